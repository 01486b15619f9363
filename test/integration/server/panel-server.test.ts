/** `holdfast server` as panel, against what its document shows. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/base/clock.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { fixture } from '../../support/dialect-fixtures.ts';
import { Restic } from '../../support/restic.ts';
import { nullableOf, sameShape } from '../../support/same-shape.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

type Json = Record<string, unknown>;

const uuid = '1a2b3c4d-0000-4000-8000-000000000001';
const zipUuid = '2b3c4d5e-0000-4000-8000-000000000002';
const limitedUuid = '3c4d5e6f-0000-4000-8000-000000000003';
const strictUuid = '4d5e6f70-0000-4000-8000-000000000004';

/** The system's, shifted: links expire without waiting. */
let shiftMs = 0;
const clock: Clock = {
  now: () => new Date(systemClock.now().getTime() + shiftMs),
  monotonicMs: () => systemClock.monotonicMs(),
  sleep: (ms, signal) => systemClock.sleep(ms, signal),
};

let server: TestServer;
let key: string;

beforeAll(async () => {
  server = await startTestServer({
    clock,
    scopes: [
      { id: 'games', dialect: 'panel', uuid, folders: ['games'] },
      { id: 'zipped', dialect: 'panel', uuid: zipUuid, folders: ['zipped'], archive: 'zip' },
      {
        id: 'limited',
        dialect: 'panel',
        uuid: limitedUuid,
        folders: ['zipped'],
        limits: { backups: 2, createsPerMinute: 1 },
      },
      { id: 'strict', dialect: 'panel', uuid: strictUuid, folders: ['zipped'], truncateRequired: true },
    ],
  });
  fill('games');
  fill('zipped');
  key = await server.token('admin');
});

afterAll(async () => {
  expect(server.faults).toEqual([]);
  await server[Symbol.asyncDispose]();
});

function fill(scope: string): void {
  rmSync(server.folder.at(scope), { recursive: true, force: true });
  mkdirSync(server.folder.at(scope, 'world'), { recursive: true });
  writeFileSync(server.folder.at(scope, 'world/level.dat'), 'the level'.repeat(1000));
  writeFileSync(server.folder.at(scope, 'debug.log'), 'a log');
  writeFileSync(server.folder.at(scope, 'keep.log'), 'a log to keep');
}

const base = (of = uuid) => `/api/client/servers/${of}/backups`;

function ask(
  method: string,
  path: string,
  options: { body?: unknown; as?: string; type?: boolean } = {},
): Promise<Response> {
  const { body, as = key, type = body !== undefined } = options;
  return fetch(path.startsWith('http') ? path : `${server.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${as}`,
      accept: 'application/json',
      ...(type ? { 'content-type': 'application/json' } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function json(method: string, path: string, body?: unknown): Promise<Json> {
  const response = await ask(method, path, body === undefined ? {} : { body });
  expect([path, response.status]).toEqual([path, 200]);
  return (await response.json()) as Json;
}

async function refused(response: Promise<Response>, status: number): Promise<Json> {
  const answer = await response;
  const { errors } = (await answer.json()) as { errors: Json[] };
  expect([answer.status, errors.length, errors[0]?.status]).toEqual([status, 1, String(status)]);
  return errors[0]!;
}

const attributes = (answer: Json) => answer.attributes as Json;

async function made(body: Json = { name: 'a backup' }, of = uuid): Promise<Json> {
  const created = attributes(await json('POST', base(of), body));
  await server.ended(String(created.uuid));
  return attributes(await json('GET', `${base(of)}/${created.uuid}`));
}

async function restored(id: unknown, body?: Json, of = uuid): Promise<void> {
  const response = await ask('POST', `${base(of)}/${id}/restore`, body === undefined ? { type: true } : { body });
  expect([response.status, await response.text()]).toEqual([204, '']);
  for (;;) {
    const { status } = await ask('GET', base(of));
    if (status !== 409) return;
  }
}

async function linkTo(id: unknown, of = uuid): Promise<string> {
  return String(attributes(await json('GET', `${base(of)}/${id}/download`)).url);
}

async function archiveOf(id: unknown, of = uuid): Promise<Buffer> {
  const response = await fetch(await linkTo(id, of));
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

function expectShape(actual: unknown, name: string): void {
  const { body } = fixture('panel', name).response;
  const differences = sameShape(actual, body, { nullable: nullableOf('panel') });
  // The product's own, which clients know.
  expect(differences.filter((one) => !/backup_count|links/.test(one))).toEqual([]);
}

describe('panel', { timeout: 60_000 }, () => {
  it('answers the list of a server’s backups', async () => {
    const first = await made();
    const page = await json('GET', base());
    expect((page.data as Json[]).map((one) => attributes(one).uuid)[0]).toBe(first.uuid);
    expect(await json('GET', base('1a2b3c4d'))).toEqual(page);
  });

  it('answers exactly the fields of the list', async () => {
    await made();
    const page = await json('GET', base());
    expectShape(page, 'backup-list');
    expect(page.meta).toMatchObject({
      backup_count: server.catalog.backups.count({ scope: 'games', states: ['done'] }),
    });
  });

  it('gives each backup a uuid', async () => {
    const [one, two] = [await made(), await made()];
    expect(one.uuid).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(two.uuid).not.toBe(one.uuid);
  });

  it('answers is_successful false with completed_at for a failed backup', async () => {
    const { id } = server.row({ scope: 'games', state: 'failed', error: 'x' });
    expect(attributes(await json('GET', `${base()}/${id}`))).toMatchObject({
      is_successful: false,
      completed_at: expect.stringMatching(/Z$/),
      checksum: null,
    });
    server.catalog.backups.remove(id);
  });

  it('answers is_locked as it was set', async () => {
    expect((await made()).is_locked).toBe(false);
    expect((await made({ name: 'x', is_locked: true })).is_locked).toBe(true);
  });

  it('answers the name, or one with the time', async () => {
    expect((await made({ name: 'Größe <b>' })).name).toBe('Größe <b>');
    for (const body of [{}, { name: null }, { name: '' }])
      expect((await made(body)).name).toMatch(/^Backup at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  });

  it('answers ignored_files as they were given', async () => {
    expect((await made({ name: 'x', ignored: '*.log\n!keep.log' })).ignored_files).toEqual(['*.log', '!keep.log']);
    expect((await made()).ignored_files).toEqual([]);
  });

  it('answers a checksum that is the archive’s', async () => {
    const { uuid: id, checksum, bytes } = await made();
    const [one, two] = [await archiveOf(id), await archiveOf(id)];
    expect(one.equals(two)).toBe(true);
    expect(checksum).toBe(`sha1:${createHash('sha1').update(one).digest('hex')}`);
    expect(bytes).toBe(one.length);
    const tar = gunzipSync(one);
    for (const text of ['world/level.dat', 'the levelthe level', 'a log to keep'])
      expect(tar.includes(text)).toBe(true);
    const zipped = await made({ name: 'z' }, zipUuid);
    const zip = await archiveOf(zipped.uuid, zipUuid);
    expect([zip.subarray(0, 2).toString(), zipped.checksum]).toEqual([
      'PK',
      `sha1:${createHash('sha1').update(zip).digest('hex')}`,
    ]);
  });

  it('answers the bytes of the backup', async () => {
    const { uuid: id, bytes } = await made();
    const response = await fetch(await linkTo(id));
    expect(response.headers.get('content-length')).toBe(String(bytes));
    await response.arrayBuffer();
  });

  it('answers created_at', async () => {
    const { uuid: id, created_at: created } = await made();
    expect(created).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(Math.abs(Date.parse(String(created)) - server.catalog.backups.get(String(id))!.createdAt)).toBeLessThan(
      1000,
    );
  });

  it('answers completed_at null while it runs', async () => {
    const created = attributes(await json('POST', base(), { name: 'x' }));
    expect(created).toMatchObject({ completed_at: null, is_successful: false, bytes: 0, checksum: null });
    await server.ended(String(created.uuid));
  });

  it('pages by page and per_page, 20 by default and 50 at most', async () => {
    const rows = Array.from({ length: 55 }, () => server.row({ scope: 'strict' }));
    const pagination = async (query: string) => {
      const page = await json('GET', `${base(strictUuid)}${query}`);
      return { shown: (page.data as Json[]).length, ...((page.meta as Json).pagination as Json) };
    };
    expect(await pagination('')).toMatchObject({
      shown: 20,
      total: 55,
      count: 20,
      per_page: 20,
      current_page: 1,
      total_pages: 3,
    });
    expect(await pagination('?page=3')).toMatchObject({
      shown: 15,
      count: 15,
      current_page: 3,
      links: { previous: expect.stringMatching(/^http.*page=2$/) },
    });
    expect(await pagination('?per_page=1000')).toMatchObject({ shown: 50, per_page: 50, total_pages: 2 });
    expect(await pagination('?page=9')).toMatchObject({ shown: 0, total: 55 });
    expect(await pagination('?page=x&per_page=-1')).toMatchObject({ shown: 20, current_page: 1 });
    for (const { id } of rows) server.catalog.backups.remove(id);
  });

  it('answers one backup', async () => {
    const { uuid: id } = await made({ name: 'one' });
    expect(await json('GET', `${base()}/${id}`)).toMatchObject({
      object: 'backup',
      attributes: { uuid: id, name: 'one', is_successful: true },
    });
    for (const other of ['x', uuid, '%00']) await refused(ask('GET', `${base()}/${other}`), 404);
    await refused(ask('GET', `${base(zipUuid)}/${id}`), 404);
  });

  it('answers exactly the fields of a backup', async () => {
    const { uuid: id } = await made();
    expectShape(await json('GET', `${base()}/${id}`), 'backup');
  });

  it('gives a link that works once, for 15 minutes', async () => {
    const { uuid: id } = await made();
    const link = await linkTo(id);
    const answers = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const response = await fetch(link);
        await response.arrayBuffer();
        return response.status;
      }),
    );
    expect(answers.filter((status) => status === 200)).toEqual([200]);
    expect(new Set(answers)).toEqual(new Set([200, 403]));
    const late = await linkTo(id);
    const response = await fetch(await linkTo(id));
    expect(response.headers.get('cache-control')).toBe('no-store');
    await response.arrayBuffer();
    shiftMs = 15 * 60_000 + 1000;
    try {
      expect((await fetch(late)).status).toBe(403);
    } finally {
      shiftMs = 0;
    }
    expect((await fetch(late, { method: 'HEAD' })).status).toBe(404);
    const ranged = await fetch(late, { headers: { range: 'bytes=5-' } });
    expect([ranged.status, (await ranged.arrayBuffer()).byteLength]).toEqual([200, (await archiveOf(id)).length]);
  });

  it('answers exactly the fields of a signed_url', async () => {
    const { uuid: id } = await made();
    expectShape(await json('GET', `${base()}/${id}/download`), 'backup-download');
  });

  it('answers 400 to a download from an unknown disk', async () => {
    const { id } = server.row({ scope: 'games', archive: undefined });
    expect(await refused(ask('GET', `${base()}/${id}/download`), 400)).toEqual({
      code: 'BadRequestHttpException',
      status: '400',
      detail: 'Unknown disk driver type',
    });
    server.catalog.backups.remove(id);
    const running = server.row({ scope: 'games', state: 'running' });
    await refused(ask('GET', `${base()}/${running.id}/download`), 400);
    server.catalog.backups.remove(running.id);
  });

  it('creates a backup', async () => {
    const { uuid: id } = await made({ name: 'new' });
    const { snapshotId } = server.catalog.backups.get(String(id))!;
    const restic = new Restic({
      repository: server.repository('games'),
      password: await server.password('games'),
      home: server.folder.path,
    });
    const target = server.folder.at('by-restic');
    await restic.restore(snapshotId!, target);
    expect(readFileSync(`${target}${server.folder.at('games', 'world/level.dat')}`, 'utf8')).toBe(
      'the level'.repeat(1000),
    );
    expect((await restic.check()).code).toBe(0);
  });

  it('takes a name, and none unless it is strict', async () => {
    expect((await made({})).name).toMatch(/^Backup at/);
    const long = await refused(ask('POST', base(), { body: { name: 'x'.repeat(192) } }), 422);
    expect(long).toMatchObject({ code: 'ValidationException', meta: { source_field: 'name', rule: 'max' } });
    await refused(ask('POST', base(), { body: { name: 7 } }), 422);
  });

  it('takes ignored as commas and as lines', async () => {
    const names = async (ignored: string) => {
      const { uuid: id } = await made({ name: 'x', ignored });
      const tar = gunzipSync(await archiveOf(id));
      return ['debug.log', 'keep.log', 'world/level.dat'].filter((name) => tar.includes(name));
    };
    expect(await names('debug.log,world')).toEqual(['keep.log']);
    expect(await names('*.log\n!keep.log')).toEqual(['keep.log', 'world/level.dat']);
    expect(await names('*.log\r\n!keep.log\r\n')).toEqual(['keep.log', 'world/level.dat']);
    expect(await names('')).toEqual(['debug.log', 'keep.log', 'world/level.dat']);
  });

  it('creates a locked backup', async () => {
    const { uuid: id } = await made({ name: 'x', is_locked: true });
    await refused(ask('DELETE', `${base()}/${id}`), 400);
  });

  it('answers a create with 200 and the backup', async () => {
    const response = await ask('POST', base(), { body: { name: 'x' } });
    const created = (await response.json()) as Json;
    expect(response.status).toBe(200);
    expectShape(created, 'backup');
    await server.ended(String(attributes(created).uuid));
  });

  it('keeps to the limits of backups, and of how often they are made', async () => {
    await made({}, limitedUuid);
    const soon = await ask('POST', base(limitedUuid), { body: {} });
    expect([soon.status, soon.headers.get('retry-after')]).toEqual([429, '60']);
    shiftMs = 61_000;
    try {
      await made({}, limitedUuid);
      shiftMs = 122_000;
      expect((await refused(ask('POST', base(limitedUuid), { body: {} }), 400)).detail).toContain('2 backups');
    } finally {
      shiftMs = 0;
    }
  });

  it('toggles the lock, and deletes no locked backup', async () => {
    const { uuid: id } = await made();
    const lock = async () =>
      attributes((await (await ask('POST', `${base()}/${id}/lock`, { type: true })).json()) as Json).is_locked;
    expect([await lock(), await lock(), await lock()]).toEqual([true, false, true]);
    expect((await refused(ask('DELETE', `${base()}/${id}`, { type: true }), 400)).detail).toContain('locked');
    expect(server.catalog.backups.get(String(id))?.state).toBe('done');
  });

  it('answers a lock with 200 and the backup', async () => {
    const { uuid: id } = await made();
    expectShape(await json('POST', `${base()}/${id}/lock`), 'backup');
  });

  it('restores a backup', async () => {
    const { uuid: id } = await made();
    writeFileSync(server.folder.at('games', 'world/level.dat'), 'broken');
    rmSync(server.folder.at('games', 'keep.log'));
    await restored(id);
    expect(readFileSync(server.folder.at('games', 'world/level.dat'), 'utf8')).toBe('the level'.repeat(1000));
    expect(readFileSync(server.folder.at('games', 'keep.log'), 'utf8')).toBe('a log to keep');
  });

  it('removes other files only with truncate', async () => {
    const { uuid: id } = await made();
    const extra = server.folder.at('games', 'extra.txt');
    for (const body of [undefined, {}, { truncate: false }, { truncate: true }]) {
      writeFileSync(extra, 'not in the backup');
      await restored(id, body);
      expect(existsSync(extra)).toBe(body?.truncate !== true);
    }
    const strict = await made({}, strictUuid);
    const missing = await refused(ask('POST', `${base(strictUuid)}/${strict.uuid}/restore`, { type: true }), 422);
    expect(missing.meta).toEqual({ source_field: 'truncate', rule: 'required' });
    await restored(strict.uuid, { truncate: false }, strictUuid);
  });

  it('answers a restore with 204, and 409 elsewhere while it runs', async () => {
    const { uuid: id } = await made();
    const restore = server.catalog.restores.add({ scope: 'games', backupId: String(id), createdAt: 1 });
    const asked = [
      ['GET', ''],
      ['POST', ''],
      ['GET', `/${id}`],
      ['DELETE', `/${id}`],
      ['GET', `/${id}/download`],
      ['POST', `/${id}/lock`],
      ['POST', `/${id}/restore`],
    ] as const;
    for (const [method, path] of asked) {
      const { code } = await refused(ask(method, `${base()}${path}`), 409);
      expect(code).toBe('ServerStateConflictException');
    }
    expect((await ask('GET', base(zipUuid))).status).toBe(200);
    server.catalog.restores.update(restore.number, { state: 'done' });
    expect((await ask('GET', base())).status).toBe(200);
  });

  it('answers 400 to a restore of an unfinished or failed backup', async () => {
    for (const state of ['queued', 'running', 'failed', 'cancelled', 'expired'] as const) {
      const { id } = server.row({ scope: 'games', state });
      const { detail } = await refused(ask('POST', `${base()}/${id}/restore`, { body: { truncate: true } }), 400);
      expect(detail).toBe('This backup cannot be restored');
      server.catalog.backups.remove(id);
    }
    expect(existsSync(server.folder.at('games', 'world/level.dat'))).toBe(true);
  });

  it('deletes a backup', async () => {
    const { uuid: id } = await made();
    expect((await ask('DELETE', `${base()}/${id}`)).status).toBe(204);
    await refused(ask('GET', `${base()}/${id}`), 404);
    await refused(ask('DELETE', `${base()}/${id}`), 404);
  });

  it('removes the stored data with the backup', async () => {
    writeFileSync(server.folder.at('games', 'large.bin'), crypto.getRandomValues(new Uint8Array(60_000)));
    const { uuid: id } = await made();
    rmSync(server.folder.at('games', 'large.bin'));
    const { snapshotId } = server.catalog.backups.get(String(id))!;
    const data = () =>
      readdirSync(`${server.repository('games')}/data`, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .reduce((sum, entry) => sum + readFileSync(`${entry.parentPath}/${entry.name}`).length, 0);
    const before = data();
    await ask('DELETE', `${base()}/${id}`);
    expect(readdirSync(`${server.repository('games')}/snapshots`)).not.toContain(snapshotId);
    expect(before - data()).toBeGreaterThan(59_000);
  });

  it('answers a delete with 204', async () => {
    const { uuid: id } = await made();
    const response = await ask('DELETE', `${base()}/${id}`, { type: true });
    expect([response.status, await response.text()]).toEqual([204, '']);
  });

  it('knows who may what', async () => {
    const { uuid: id } = await made();
    const missing = await fetch(`${server.url}${base()}`);
    expect([missing.status, await missing.json()]).toEqual([
      401,
      { errors: [{ code: 'AuthenticationException', status: '401', detail: 'Unauthenticated.' }] },
    ]);
    await refused(ask('GET', base(), { as: 'wrong' }), 401);
    for (const role of ['member', 'public'] as const) {
      const as = await server.token(role);
      expect((await ask('GET', `${base()}/${id}`, { as })).status).toBe(200);
      for (const [method, path] of [
        ['POST', ''],
        ['DELETE', `/${id}`],
        ['POST', `/${id}/lock`],
        ['POST', `/${id}/restore`],
        ['GET', `/${id}/download`],
      ] as const) {
        await refused(ask(method, `${base()}${path}`, { as }), 403);
      }
    }
    const elsewhere = await server.token('admin', ['zipped']);
    await refused(ask('GET', base(), { as: elsewhere }), 404);
    for (const unknown of ['ffffffff', 'games', '1a2b3c4', `${uuid}0`]) await refused(ask('GET', base(unknown)), 404);
  });
});
