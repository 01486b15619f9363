/** The client of panel against `holdfast server`. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { connectRemote } from '../../../src/remote/connect.ts';
import { downloadSegments } from '../../../src/remote/http/download.ts';
import type { Remote, RemoteBackup } from '../../../src/remote/remote.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

const { signal } = new AbortController();
const ids = { games: '1a2b3c4d-1111-4111-8111-111111111111', zip: '2b3c4d5e-1111-4111-8111-111111111111' };
type Name = keyof typeof ids;

let server: TestServer;
let admin: string;
const at = (...parts: string[]) => server.folder.at(...parts);

beforeAll(async () => {
  const common = { dialect: 'panel', limits: { backups: 3 } };
  server = await startTestServer({
    scopes: [
      { ...common, id: 'games', uuid: ids.games, folders: ['games'] },
      { ...common, id: 'zip', uuid: ids.zip, folders: ['zip'], archive: 'zip', truncateRequired: true },
    ],
  });
  for (const name of ['games', 'zip']) {
    mkdirSync(at(name, 'world'));
    writeFileSync(at(name, 'world', 'level.dat'), `level of ${name} `.repeat(10_000));
    writeFileSync(at(name, 'server.log'), 'a log');
  }
  admin = await server.token('admin');
});

afterAll(async () => {
  expect(server.faults).toEqual([]);
  await server[Symbol.asyncDispose]();
});

function connect(name: Name, credential = admin): Remote {
  return connectRemote({
    dialect: 'panel',
    baseUrl: server.url,
    scope: ids[name].slice(0, 8),
    credential,
    memory: { load: async () => undefined, save: async () => undefined },
    clock: systemClock,
    // The longest waits between tries: a restore is over in them.
    random: () => 0.99,
    userAgent: 'holdfast test',
  });
}

async function made(remote: Remote, order: Parameters<Remote['create']>[0] = {}): Promise<RemoteBackup> {
  const [backup] = await remote.create(order, signal);
  expect(backup?.state).toBe('running');
  return remote.wait(backup!.id, { signal });
}

async function downloaded(
  remote: Remote,
  { id }: RemoteBackup,
): Promise<{ readonly name: string; readonly bytes: Buffer }> {
  const { fileName, ...download } = await remote.download(id, signal);
  expect(download.checksum).toBeDefined();
  const target = at(fileName);
  await downloadSegments({ ...download, identity: id, target, signal });
  const bytes = readFileSync(target);
  rmSync(target);
  return { name: fileName, bytes };
}

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('panel, asked by our client', { timeout: 60_000 }, () => {
  it('makes, shows, lists, downloads, locks and deletes', async () => {
    const remote = connect('games');
    const backup = await made(remote, { name: 'Größe', ignored: ['*.log', '!keep.log'], locked: true });
    expect(backup).toMatchObject({
      state: 'done',
      name: 'Größe',
      locked: true,
      ignoredFiles: ['*.log', '!keep.log'],
      checksum: { algorithm: 'sha1' },
    });
    expect(await remote.test(signal)).toBe('1 backup');
    expect(await Array.fromAsync(remote.list({}, signal))).toEqual([backup]);
    expect(await remote.get(backup.id, signal)).toEqual(backup);

    const { name, bytes } = await downloaded(remote, backup);
    expect([name, bytes.length]).toEqual(['Größe.tar.gz', backup.sizeBytes]);
    expect(createHash('sha1').update(bytes).digest('hex')).toBe(backup.checksum!.hex);
    const tar = gunzipSync(bytes).toString('latin1');
    expect(tar).toContain('level of games');
    expect(tar).not.toContain('server.log');

    expect(await failure(remote.delete(backup.id, signal))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('locked'),
    });
    for (const locked of [true, false, false]) {
      expect((await remote.setLocked(backup.id, locked, signal)).locked).toBe(locked);
    }
    await remote.delete(backup.id, signal);
    expect(await failure(remote.get(backup.id, signal))).toMatchObject({ code: 'not-found' });
    expect(await Array.fromAsync(remote.list({}, signal))).toEqual([]);
  });

  it('downloads a zip as one, and what another version measured with the checksum of now', async () => {
    const remote = connect('zip');
    const backup = await made(remote, { name: 'world' });
    const { archive } = server.catalog.backups.get(backup.id)!;
    const old = { ...archive!, sha1: '0'.repeat(40), bytes: 1, recipe: 'of before' };
    server.catalog.backups.update(backup.id, { archive: old }, Date.now());
    expect('checksum' in (await remote.get(backup.id, signal))).toBe(false);
    const { name, bytes } = await downloaded(remote, backup);
    expect([name, bytes.subarray(0, 2).toString(), bytes.length]).toEqual(['world.zip', 'PK', backup.sizeBytes]);
    await remote.delete(backup.id, signal);
  });

  it.each(['games', 'zip'] as const)('restores %s, with and without truncate; others wait meanwhile', async (name) => {
    const remote = connect(name);
    const backup = await made(remote);
    for (const truncate of [undefined, false, true]) {
      rmSync(at(name, 'world', 'level.dat'));
      writeFileSync(at(name, 'extra'), 'not in the backup');
      const restore = await remote.restore(backup.id, truncate === undefined ? {} : { truncate }, signal);
      // Asked while it restores: answered when it is done.
      const [listed, waited] = await Promise.all([
        Array.fromAsync(remote.list({}, signal)),
        remote.wait(backup.id, { signal }),
      ]);
      expect([listed, waited]).toEqual([[backup], backup]);
      expect(await remote.restoreStatus(restore, signal)).toEqual({ state: 'done' });
      expect(readFileSync(at(name, 'world', 'level.dat'), 'utf8')).toContain(`level of ${name}`);
      expect(existsSync(at(name, 'extra'))).toBe(truncate !== true);
    }
    await remote.delete(backup.id, signal);
  });

  it('lists all of more backups than a page has', async () => {
    const rows = Array.from({ length: 103 }, () => server.row({ scope: 'zip' }).id);
    expect((await Array.fromAsync(connect('zip').list({}, signal))).map(({ id }) => id)).toEqual(rows.toReversed());
    for (const id of rows) server.catalog.backups.remove(id);
  });

  it('tells of limits, states, roles and servers as what they are', async () => {
    const remote = connect('games');
    const backups = [await made(remote), await made(remote), await made(remote)];
    expect(await failure(remote.create({}, signal))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('limit of 3 backups'),
    });
    const failed = server.row({ scope: 'games', state: 'failed' });
    expect(await failure(remote.restore(failed.id, {}, signal))).toMatchObject({ code: 'conflict' });
    expect(await failure(remote.download(failed.id, signal))).toMatchObject({ code: 'conflict' });
    expect((await remote.get(failed.id, signal)).state).toBe('failed');
    server.catalog.backups.remove(failed.id);
    expect(await failure(remote.create({ name: 'x'.repeat(192) }, signal))).toMatchObject({ code: 'invalid-input' });
    const member = connect('games', await server.token('member'));
    expect(await Array.fromAsync(member.list({}, signal))).toHaveLength(3);
    expect(await failure(member.create({}, signal))).toMatchObject({ code: 'permission' });
    expect(await failure(connect('games', 'wrong').test(signal))).toMatchObject({ code: 'unauthenticated' });
    const elsewhere = connect('games', await server.token('admin', ['zip']));
    expect(await failure(elsewhere.test(signal))).toMatchObject({ code: 'not-found' });
    for (const { id } of backups) await remote.delete(id, signal);
  });
});
