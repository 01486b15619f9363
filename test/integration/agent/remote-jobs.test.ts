/** Jobs of remotes, against a real server in the dialect of organizations: made, copied, downloaded; and agents killed meanwhile. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type AgentProfile, agentProfile, type RunningAgent } from '../../support/agent.ts';
import { runHoldfast } from '../../support/holdfast.ts';
import { type HoldingProxy, holdingProxy } from '../../support/holding-proxy.ts';
import { seededRandom } from '../../support/random.ts';
import { Restic } from '../../support/restic.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

const mib = 1024 * 1024;
/** What does not get smaller, and is more than a download fetches again after a crash (16 MiB). */
const content = seededRandom('remote jobs').bytes(40 * mib);

let profile: AgentProfile;
let agent: RunningAgent;
let server: TestServer;
let proxy: HoldingProxy;

beforeEach(async () => {
  profile = await agentProfile();
  // What the server calls itself is the proxy, so that downloads go through it, too.
  proxy = await holdingProxy(() => (server.server.http.server.address() as AddressInfo).port);
  const scopes = [{ id: 'acme', dialect: 'organizations', folders: ['data'] }];
  server = await startTestServer({ scopes, config: { publicUrl: proxy.url } });
  writeFileSync(server.folder.at('data', 'content.bin'), content);
  writeFileSync(server.folder.at('data', 'sub', 'report.txt'), 'all is well');
  agent = await profile.start();
}, 60_000);
afterEach(async () => {
  await profile[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

async function addRemote(some: { readonly ingestInto?: string } = {}): Promise<void> {
  const body = {
    remote: { name: 'Acme', dialect: 'organizations' as const, baseUrl: proxy.url, scope: 'acme', ...some },
    credential: await server.token('admin'),
  };
  await agent.client.remotes.add({ body, signal: agent.signal });
}
const create = () => agent.client.remotes.create({ params: { id: 'acme' }, body: {}, signal: agent.signal });
const madeBy = (result: Readonly<Record<string, unknown>> | undefined): string =>
  z.object({ backupIds: z.tuple([z.string()]) }).parse(result).backupIds[0];
/** A finished backup on the server. */
async function madeBackup(): Promise<string> {
  const { result } = await agent.jobEnded((await create()).id);
  return madeBy(result);
}
const downloads = (): string => {
  const path = profile.folder.at('downloads');
  mkdirSync(path, { recursive: true });
  return path;
};
const startDownload = (backup: string) =>
  agent.client.remotes.download({
    params: { id: 'acme', backup },
    body: { folder: downloads() },
    signal: agent.signal,
  });
const startIngest = (backup: string) =>
  agent.client.remotes.ingest({
    params: { id: 'acme', backup },
    body: { repositoryId: 'default' },
    signal: agent.signal,
  });
const cache = () => join(profile.home, '.cache', 'holdfast', 'remotes');
const scratch = (): string[] => {
  try {
    return readdirSync(cache());
  } catch {
    return [];
  }
};
async function killAndStart(): Promise<void> {
  await agent.end('SIGKILL');
  proxy.release();
  agent = await profile.start();
}
/** The job that goes on with one that was interrupted, when it is over. */
const taken = (id: string) =>
  agent.until(`what goes on with ${id}`, async () => (await agent.history()).find(({ retryOf }) => retryOf === id));

describe('jobs of a remote', { timeout: 180_000 }, () => {
  it('a backup is made, followed, and copied into the repository once; restic restores it', async () => {
    await addRemote({ ingestInto: 'default' });
    const made = await runHoldfast(['remote', 'create', 'acme', '--backup-name', 'Nightly', '--json'], {
      env: profile.env,
    });
    expect(made).toMatchObject({ code: 0 });
    await agent.idle();
    const [job] = await agent.history({ kind: 'remote-create' });
    expect(job).toMatchObject({
      state: 'done',
      remoteId: 'acme',
      remoteName: 'Acme',
      result: { backupIds: [expect.any(String)] },
    });
    const backup = madeBy(job?.result);
    expect(await agent.history({ kind: 'ingest' })).toMatchObject([{ state: 'done', followsJob: job?.id }]);
    await agent.client.remotes.backups({ params: { id: 'acme' }, query: { refresh: true }, signal: agent.signal });
    await agent.jobEnded((await startIngest(backup)).id);
    const snapshots = await agent.snapshots();
    expect(snapshots).toMatchObject([{ hostname: 'Acme', tags: ['remote:acme', `remote-backup:${backup}`] }]);
    expect(scratch()).toEqual([]);
    const restic = new Restic({ repository: profile.repository, password: profile.password(), home: profile.home });
    const target = profile.folder.at('restored');
    await restic.ok(['restore', 'latest', '--target', target]);
    const files = readdirSync(target, { recursive: true, encoding: 'utf8' });
    const bin = files.find((name) => name.endsWith('content.bin'));
    expect(bin).toBeDefined();
    expect(readFileSync(join(target, bin ?? '')).equals(content)).toBe(true);
    expect(files.some((name) => name.endsWith('sub/report.txt'))).toBe(true);
    await restic.ok(['check', '--read-data']);
  });

  it('what is made there by others is copied as well, once', async () => {
    await addRemote({ ingestInto: 'default' });
    const refresh = () =>
      agent.client.remotes.backups({ params: { id: 'acme' }, query: { refresh: true }, signal: agent.signal });
    await refresh();
    await agent.client.remotes.update({
      params: { id: 'acme' },
      query: {},
      body: { remote: { name: 'Acme', dialect: 'organizations', baseUrl: proxy.url, scope: 'acme' } },
      signal: agent.signal,
    });
    await madeBackup();
    expect(await agent.snapshots()).toEqual([]);
    await agent.client.remotes.update({
      params: { id: 'acme' },
      query: {},
      body: {
        remote: { name: 'Acme', dialect: 'organizations', baseUrl: proxy.url, scope: 'acme', ingestInto: 'default' },
      },
      signal: agent.signal,
    });
    const other = await fetchCreate();
    await agent.until('the copy', async () => {
      const { backups } = await refresh();
      return backups.some(({ id, state }) => id === other && state === 'done') ? true : undefined;
    });
    await agent.ended('ingest', 1);
    await agent.idle();
    await refresh();
    expect(await agent.snapshots()).toMatchObject([{ tags: ['remote:acme', `remote-backup:${other}`] }]);
  });

  it('a kill in the middle of a download: gone on with, one whole file', async () => {
    await addRemote();
    const backup = await madeBackup();
    proxy.holdAfter(30 * mib);
    const { id } = await startDownload(backup);
    await proxy.held;
    const before = proxy.answered;
    await killAndStart();
    const job = await taken(id);
    expect(job).toMatchObject({ kind: 'download', state: 'done', attempt: 2 });
    expect(await agent.past(id)).toMatchObject({ state: 'interrupted' });
    expect(readdirSync(downloads())).toHaveLength(1);
    expect(readFileSync(String(job.result?.target)).length).toBe(job.result?.bytes);
    // Not all of it was fetched again.
    expect(proxy.answered - before).toBeLessThan(35 * mib);
  });

  it('a kill in the middle of the fetching of a copy: one snapshot, nothing left over', async () => {
    await addRemote();
    const backup = await madeBackup();
    proxy.holdAfter(30 * mib);
    const { id } = await startIngest(backup);
    await proxy.held;
    mkdirSync(join(cache(), 'of a job that nobody goes on with'));
    await killAndStart();
    expect(await taken(id)).toMatchObject({ kind: 'ingest', state: 'done', result: { isNew: true } });
    expect(await agent.snapshots()).toHaveLength(1);
    expect(scratch()).toEqual([]);
  });

  it('a kill while a copy is saved: one snapshot, nothing left over', async () => {
    await addRemote();
    const backup = await madeBackup();
    const { id } = await startIngest(backup);
    await agent.until('saving', async () => {
      const job = await agent.client.jobs.get({ params: { id }, signal: agent.signal });
      return job.progress?.phase === 'saving' || job.state === 'done' ? true : undefined;
    });
    await killAndStart();
    await agent.idle();
    await agent.jobEnded((await startIngest(backup)).id);
    expect(await agent.snapshots()).toHaveLength(1);
    expect(scratch()).toEqual([]);
    const restic = new Restic({ repository: profile.repository, password: profile.password(), home: profile.home });
    await restic.ok(['check', '--read-data']);
  });

  it('a kill while the answer to an order is on its way: no second backup is made', async () => {
    await addRemote();
    await agent.client.remotes.backups({ params: { id: 'acme' }, query: { refresh: true }, signal: agent.signal });
    const started = create();
    // What is asked before the order is answered; of the order, no answer gets through.
    const orders = () => server.catalog.backups.list({ scope: 'acme' }).length;
    const held = (async () => {
      while (orders() === 0) await new Promise((resolve) => setImmediate(resolve));
      proxy.holdAfter(0);
    })();
    const { id } = await started;
    await held;
    await killAndStart();
    const job = (await agent.past(id))?.state === 'done' ? await agent.past(id) : await taken(id);
    expect(job).toMatchObject({ kind: 'remote-create', state: 'done' });
    expect(orders()).toBe(1);
  });

  it('a download that is cancelled leaves nothing behind', async () => {
    await addRemote();
    const backup = await madeBackup();
    proxy.holdAfter(2 * mib);
    const { id } = await startDownload(backup);
    await proxy.held;
    const cancelled = await agent.client.jobs.cancel({ params: { id }, signal: agent.signal });
    expect(cancelled).toMatchObject({ state: 'cancelled' });
    expect(readdirSync(downloads())).toEqual([]);
  });
});

async function fetchCreate(): Promise<string> {
  const token = await server.token('admin');
  const response = await fetch(`${server.url}/organizations/backup/list/organization/acme/detail/`, {
    method: 'POST',
    headers: { token, 'content-type': 'application/json' },
    body: '{}',
  });
  expect(response.ok).toBe(true);
  return ((await response.json()) as { sid: string }).sid;
}
