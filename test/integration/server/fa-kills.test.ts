/** A server of fa that is killed in the middle of its work: what it answered stays true, asked by the client. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { Secrets } from '../../../src/platform/secrets.ts';
import { connectRemote } from '../../../src/remote/connect.ts';
import type { Remote, RemoteMemory } from '../../../src/remote/remote.ts';
import { Restic } from '../../support/restic.ts';
import { serverHome } from '../../support/server-process.ts';

const waitMs = 60_000;
const { signal } = new AbortController();
const file = 2_000_000;

/** An owner of this many files of 2 MB, in `data` below the root. */
async function faHome(files: number) {
  const home = await serverHome();
  const root = home.folder.at('ada');
  const data = `${root}/data`;
  const repository = home.folder.at('home', '.local', 'share', 'holdfast', 'server', 'repositories', 'ada');
  mkdirSync(data, { recursive: true });
  for (let n = 0; n < files; n++) writeFileSync(`${data}/${n}`, randomBytes(file));
  const scope = { id: 'ada', name: 'ada', dialect: 'fa', folders: [root] };
  writeFileSync(home.config, JSON.stringify({ version: 1, listen: { port: 0 }, scopes: [scope] }));
  let token = '';
  let kept: unknown;
  const memory: RemoteMemory = {
    load: async () => kept,
    save: async (value) => {
      kept = value;
    },
  };
  return {
    root,
    data,
    repository,
    async start() {
      const server = await home.start();
      token = server.firstToken ?? token;
      const options = { baseUrl: server.url, credential: token, memory, clock: systemClock, random: Math.random };
      return {
        server,
        remote: connectRemote({ dialect: 'fa', ...options, userAgent: 'holdfast test' }),
        /** With an id that the client would not choose again. */
        async backUp(id: number): Promise<void> {
          const response = await fetch(`${server.url}/fa/api/v0/backup`, {
            method: 'POST',
            headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
            body: JSON.stringify({ id, path: 'data' }),
          });
          expect(response.status).toBe(200);
        },
      };
    },
    async restic(): Promise<Restic> {
      const secrets = new Secrets({
        folder: home.folder.at('home', '.config', 'holdfast', 'server-secrets'),
        keychain: async () => undefined,
      });
      const password = await secrets.readSecret('server-ada-repository', AbortSignal.timeout(waitMs));
      return new Restic({ repository, password: password!, home: home.folder.path });
    },
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

async function until<T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const untilMs = Date.now() + waitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > untilMs) throw new Error(`waited in vain for ${look}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Files in a folder and below, without what a kill left half written, which is removed a day later. */
function count(folder: string): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && !entry.name.startsWith('.holdfast-tmp-'),
  ).length;
}

function expectSame(folder: string, other: string): void {
  const names = readdirSync(other).sort();
  expect(readdirSync(folder).sort()).toEqual(names);
  for (const name of names) {
    expect([name, readFileSync(`${folder}/${name}`).equals(readFileSync(`${other}/${name}`))]).toEqual([name, true]);
  }
}

async function ended(remote: Remote, restore: { backupId: string; id?: string }) {
  return until(async () => {
    const status = await remote.restoreStatus(restore, signal);
    return status.state === 'queued' || status.state === 'running' ? undefined : status;
  });
}

async function restored(remote: Remote, id: string, target: string): Promise<string> {
  return (await ended(remote, await remote.restore(id, { target }, signal))).state;
}

describe('holdfast server of fa, killed', { timeout: 180_000 }, () => {
  it('while it saves, ends the backup well after the next start', async () => {
    await using fa = await faHome(30);
    const first = await fa.start();
    const [created] = await first.remote.create({ path: 'data' }, signal);
    await until(() => (count(`${fa.repository}/data`) > 0 ? true : undefined));
    expect(await first.server.end('SIGKILL')).toBe('SIGKILL');

    const { remote, server } = await fa.start();
    const done = await remote.wait(created!.id, { signal });
    expect(done).toMatchObject({ state: 'done', sizeBytes: 30 * file, source: fa.data });
    expect(await restored(remote, done.id, 'back')).toBe('done');
    expectSame(`${fa.root}/back`, fa.data);
    const restic = await fa.restic();
    expect((await restic.check()).code).toBe(0);
    expect(await restic.snapshots()).toHaveLength(1);
    expect(await server.end('SIGTERM')).toBe(0);
  });

  it('while it saves what replaces another, has the old data until the new ones are whole', async () => {
    await using fa = await faHome(4);
    const first = await fa.start();
    await first.backUp(1);
    await first.remote.wait('1', { signal });
    const packs = count(`${fa.repository}/data`);
    for (let n = 4; n < 40; n++) writeFileSync(`${fa.data}/${n}`, randomBytes(file));
    await first.backUp(1);
    await until(() => (count(`${fa.repository}/data`) > packs ? true : undefined));
    await first.server.end('SIGKILL');
    expect(await (await fa.restic()).snapshots()).toHaveLength(1);

    const { remote, server } = await fa.start();
    expect(await remote.wait('1', { signal })).toMatchObject({ state: 'done', sizeBytes: 40 * file });
    expect(await restored(remote, '1', 'back')).toBe('done');
    expectSame(`${fa.root}/back`, fa.data);
    await until(() => (count(`${fa.repository}/snapshots`) === 1 ? true : undefined));
    expect(await server.end('SIGTERM')).toBe(0);
    expect((await (await fa.restic()).check()).code).toBe(0);
  });

  it('before what was replaced is removed, removes it after the next start', async () => {
    await using fa = await faHome(2);
    const first = await fa.start();
    await first.backUp(1);
    await first.remote.wait('1', { signal });
    await first.backUp(1);
    await until(() => (count(`${fa.repository}/snapshots`) > 1 ? true : undefined));
    await first.server.end('SIGKILL');

    const { remote } = await fa.start();
    expect(await remote.wait('1', { signal })).toMatchObject({ state: 'done' });
    await until(() => (count(`${fa.repository}/snapshots`) === 1 ? true : undefined));
    expect(await restored(remote, '1', 'back')).toBe('done');
    expectSame(`${fa.root}/back`, fa.data);
  });

  it('in the middle of a restore, finishes it after the next start', async () => {
    await using fa = await faHome(40);
    const first = await fa.start();
    const [created] = await first.remote.create({ path: 'data' }, signal);
    await first.remote.wait(created!.id, { signal });
    const restore = await first.remote.restore(created!.id, { target: 'back' }, signal);
    await until(() => (count(`${fa.root}/back`) > 3 ? true : undefined));
    await first.server.end('SIGKILL');

    const { remote } = await fa.start();
    expect(await ended(remote, restore)).toMatchObject({ state: 'done', sizeBytes: 40 * file });
    expectSame(`${fa.root}/back`, fa.data);
  });

  it('in the middle of a destruction, goes through with it after the next start, and begins anew', async () => {
    await using fa = await faHome(10);
    const first = await fa.start();
    const [created] = await first.remote.create({ path: 'data' }, signal);
    await first.remote.wait(created!.id, { signal });
    // Much to remove, so that it is seen.
    mkdirSync(`${fa.repository}/data/litter`);
    for (let n = 0; n < 20_000; n++) writeFileSync(`${fa.repository}/data/litter/${n}`, '');
    const told = first.remote.destroyRepository(signal).then(
      () => 'gone',
      () => 'not gone',
    );
    const aside = `${fa.repository}.removed`;
    await until(() => (existsSync(aside) ? true : undefined));
    await first.server.end('SIGKILL');
    expect([await told, existsSync(aside)]).toEqual(['not gone', true]);

    const { remote } = await fa.start();
    await until(() => (existsSync(aside) ? undefined : true));
    expect(existsSync(fa.repository)).toBe(false);
    await until(() =>
      remote.get(created!.id, signal).then(
        () => undefined,
        ({ code }: { code: string }) => code === 'not-found' || undefined,
      ),
    );
    const [next] = await remote.create({ path: 'data' }, signal);
    expect(await remote.wait(next!.id, { signal })).toMatchObject({ state: 'done' });
    rmSync(fa.data, { recursive: true });
    expect(await restored(remote, next!.id, 'data')).toBe('done');
    expect(count(fa.data)).toBe(10);
    expect((await (await fa.restic()).check()).code).toBe(0);
  });
});
