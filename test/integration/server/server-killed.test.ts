/** A server that is killed in the middle of its work, and started again: nothing is half there, nothing is lost. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { Secrets } from '../../../src/platform/secrets.ts';
import { connectRemote } from '../../../src/remote/connect.ts';
import { downloadSegments } from '../../../src/remote/http/download.ts';
import type { Remote, RemoteBackup } from '../../../src/remote/remote.ts';
import { Catalog } from '../../../src/server/catalog/catalog.ts';
import { makeTree } from '../../support/make-tree.ts';
import { Restic } from '../../support/restic.ts';
import { type ServerHome, serverHome } from '../../support/server-process.ts';

const { signal } = new AbortController();
const uuid = '1a2b3c4d-0000-4000-8000-000000000001';
const uid = '5999b763474b0eafa5fafb64bff0ba80';

function connect(dialect: 'panel' | 'stacks', url: string, credential: string): Remote {
  return connectRemote({
    dialect,
    baseUrl: url,
    scope: dialect === 'panel' ? uuid : uid,
    credential,
    memory: { load: async () => undefined, save: async () => undefined },
    clock: systemClock,
    random: Math.random,
    userAgent: 'holdfast test',
  });
}

async function panelHome() {
  const home = await serverHome();
  const games = home.folder.at('games');
  makeTree(games, { files: 40, bytes: 25_000_000, seed: 'games' });
  await home.holdfast.ok(['server', 'scope', 'add', 'games', '--dialect', 'panel', '--folder', games, '--file', '-'], {
    input: JSON.stringify({ uuid }),
  });
  return home;
}

const data = (home: ServerHome) => home.folder.at('home/.local/share/holdfast/server');

/** By the real restic, with the password that the server keeps. */
async function checkBy(home: ServerHome, scope: string): Promise<void> {
  const secrets = new Secrets({
    folder: home.folder.at('home/.config/holdfast/server-secrets'),
    keychain: async () => undefined,
  });
  const password = await secrets.readSecret(`server-${scope}-repository`, signal);
  const restic = new Restic({
    repository: `${data(home)}/repositories/${scope}`,
    password: password!,
    home: home.folder.path,
  });
  await restic.run(['unlock', '--remove-all']);
  expect((await restic.run(['check', '--read-data'])).code).toBe(0);
}

async function until(look: () => boolean): Promise<void> {
  while (!look()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Bytes in the packs of a scope, those in progress included. */
function packed(home: ServerHome, scope: string): number {
  try {
    return readdirSync(`${data(home)}/repositories/${scope}`, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .reduce((sum, entry) => sum + statSync(`${entry.parentPath}/${entry.name}`).size, 0);
  } catch {
    return 0;
  }
}

async function downloaded(remote: Remote, backup: RemoteBackup, target: string): Promise<void> {
  const { segments, transport, checksum, sizeBytes } = await remote.download(backup.id, signal);
  await downloadSegments({
    segments,
    transport,
    identity: backup.id,
    target,
    signal,
    ...(checksum === undefined ? {} : { checksum }),
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
  });
}

describe('a server that is killed', { timeout: 120_000 }, () => {
  it('goes on with a backup, and the repository is sound', async () => {
    await using home = await panelHome();
    const first = await home.start();
    const token = first.firstToken!;
    const [created] = await connect('panel', first.url, token).create({ name: 'cut' }, signal);
    await until(() => packed(home, 'games') > 1_000_000);
    expect(await first.end('SIGKILL')).toBe('SIGKILL');
    const second = await home.start();
    const remote = connect('panel', second.url, token);
    const ended = await remote.wait(created!.id, { signal });
    expect(ended).toMatchObject({ state: 'done', name: 'cut' });
    expect(await Array.fromAsync(remote.list({}, signal))).toHaveLength(1);
    await downloaded(remote, ended, home.folder.at('archive.tar.gz'));
    await second.end('SIGTERM');
    await checkBy(home, 'games');
  });

  it('leaves a client that downloads with nothing half there, and the next try with all of it', async () => {
    await using home = await panelHome();
    const first = await home.start();
    const token = first.firstToken!;
    const remote = connect('panel', first.url, token);
    const [created] = await remote.create({}, signal);
    const done = await remote.wait(created!.id, { signal });
    const { attributes } = (await (
      await fetch(`${first.url}/api/client/servers/${uuid}/backups/${done.id}/download`, {
        headers: { authorization: `Bearer ${token}` },
      })
    ).json()) as { attributes: { url: string } };
    const response = await fetch(attributes.url);
    const reader = response.body!.getReader();
    await reader.read();
    await first.end('SIGKILL');
    await expect(
      (async () => {
        while (!(await reader.read()).done);
      })(),
    ).rejects.toThrow();
    const second = await home.start();
    // The link is spent, also over the kill.
    expect((await fetch(attributes.url.replace(first.url, second.url))).status).toBe(403);
    const target = home.folder.at('whole.tar.gz');
    await downloaded(connect('panel', second.url, token), done, target);
    expect(statSync(target).size).toBe(done.sizeBytes);
  });

  it('goes on with an import, or tells that it failed; nothing of it is half there', async () => {
    const dump = randomBytes(60_000_000);
    let served = 0;
    const site = createServer((_, answer) => {
      served++;
      // The first time only a part of it comes, until the server is killed.
      if (served === 1) answer.write(dump.subarray(0, 40_000_000));
      else answer.end(dump);
    });
    await once(site.listen(0, '127.0.0.1'), 'listening');
    const { port } = site.address() as AddressInfo;
    try {
      await using home = await serverHome({
        imports: { allowHosts: ['127.0.0.1'] },
        scopes: [
          {
            id: 'stack',
            name: 'Stack',
            dialect: 'stacks',
            uid,
            databases: [{ engine: 'mysql', host: '127.0.0.1', port: 1, databases: ['shop'] }],
          },
        ],
      });
      const first = await home.start();
      const remote = connect('stacks', first.url, first.firstToken!);
      // There is no database behind it: the backup fails, its group is there.
      const [failed] = await remote.create({}, signal);
      await remote.wait(failed!.id, { signal });
      using catalog = Catalog.open(`${data(home)}/catalog.sqlite`);
      const [task] = catalog.tasks.list('stack');
      const url = `http://127.0.0.1:${port}/shop.sql`;
      const imported = await remote.import({ group: String(task!.number), databaseType: 'mysql', url }, signal);
      await until(() => served === 1 && packed(home, 'stack') > 1_000_000);
      await first.end('SIGKILL');
      const second = await home.start();
      const again = connect('stacks', second.url, first.firstToken!);
      expect(await again.wait(imported.id, { signal })).toMatchObject({ state: 'done' });
      const target = home.folder.at('import.tar');
      await downloaded(again, { id: imported.id, state: 'done' }, target);
      const { readFileSync } = await import('node:fs');
      const tar = readFileSync(target);
      const start = tar.indexOf(dump.subarray(0, 100));
      expect(
        createHash('sha256')
          .update(tar.subarray(start, start + dump.length))
          .digest('hex'),
      ).toBe(createHash('sha256').update(dump).digest('hex'));
      await second.end('SIGTERM');
      await checkBy(home, 'stack');
    } finally {
      site.closeAllConnections();
      site.close();
    }
  });

  it('drains when it is told to end: what is asked is answered, what runs goes on at the next start', async () => {
    await using home = await panelHome();
    const first = await home.start();
    const token = first.firstToken!;
    const [created] = await connect('panel', first.url, token).create({}, signal);
    await until(() => packed(home, 'games') > 500_000);
    expect(await first.end('SIGTERM')).toBe(0);
    const second = await home.start();
    expect(await connect('panel', second.url, token).wait(created!.id, { signal })).toMatchObject({ state: 'done' });
  });
});
