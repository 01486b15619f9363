/** `holdfast server` as panel, against what its document shows. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { answerBody, fixture } from '../../support/dialect-fixtures.ts';
import { Restic } from '../../support/restic.ts';
import { runProcess } from '../../support/run-process.ts';
import { nullableOf, sameShape } from '../../support/same-shape.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

type Json = Record<string, unknown>;
interface Backup {
  readonly uuid: string;
  readonly is_successful: boolean;
  readonly is_locked: boolean;
  readonly name: string;
  readonly ignored_files: readonly string[];
  readonly checksum: string | null;
  readonly bytes: number;
  readonly created_at: string;
  readonly completed_at: string | null;
}

const uuid = (n: number) => `${String(n).repeat(8)}-1111-4111-8111-111111111111`;
const ids = {
  games: uuid(1),
  zip: uuid(2),
  pair: uuid(3),
  strict: uuid(4),
  few: uuid(5),
  slow: uuid(6),
  rows: uuid(7),
};
type Name = keyof typeof ids;
const scopes = [
  { id: 'games', uuid: ids.games, folders: ['games'] },
  { id: 'zip', uuid: ids.zip, folders: ['zip'], archive: 'zip' },
  { id: 'pair', uuid: ids.pair, folders: ['pair/one', 'pair/two'] },
  { id: 'strict', uuid: ids.strict, folders: ['strict'], truncateRequired: true },
  { id: 'few', uuid: ids.few, folders: ['few'], limits: { backups: 2 } },
  { id: 'slow', uuid: ids.slow, folders: ['slow'], limits: { createsPerMinute: 2 } },
  { id: 'rows', uuid: ids.rows, folders: ['rows'] },
].map((scope) => ({ dialect: 'panel', ...scope }));

/** The system's, shifted: links expire without waiting. */
let shiftMs = 0;
const clock: Clock = {
  now: () => new Date(systemClock.now().getTime() + shiftMs),
  monotonicMs: () => systemClock.monotonicMs(),
  sleep: (ms, signal) => systemClock.sleep(ms, signal),
};

let server: TestServer;
let admin: string;
let member: string;
const at = (...parts: string[]) => server.folder.at(...parts);

beforeAll(async () => {
  server = await startTestServer({ clock, scopes });
  for (const folder of ['games', 'zip', 'pair/one', 'pair/two', 'strict', 'few', 'slow', 'rows']) {
    mkdirSync(at(folder, 'world'), { recursive: true });
    writeFileSync(at(folder, 'world', 'level.dat'), `level of ${folder} `.repeat(5000));
    writeFileSync(at(folder, 'server.log'), 'log\n');
  }
  admin = await server.token('admin');
  member = await server.token('member');
});

afterAll(async () => {
  expect(server.faults).toEqual([]);
  await server[Symbol.asyncDispose]();
});

const path = (name: Name, rest = '') => `/api/client/servers/${ids[name].slice(0, 8)}/backups${rest}`;

interface Asked {
  readonly token?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

function ask(method: string, target: string, { token = admin, headers = {}, body }: Asked = {}): Promise<Response> {
  return fetch(`${server.url}${target}`, {
    method,
    headers: {
      accept: 'application/json',
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

/** As real clients send what changes something: JSON by its type, and nothing in it. */
const bare = (method: string, target: string) =>
  ask(method, target, { headers: { 'content-type': 'application/json' } });

async function json(method: string, target: string, asked?: Asked): Promise<Json> {
  const response = await ask(method, target, asked);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toContain('application/json');
  return (await response.json()) as Json;
}

const attributes = (answer: Json) => answer.attributes as Backup;
const show = async (name: Name, id: string) => attributes(await json('GET', path(name, `/${id}`)));
const create = async (name: Name, body: unknown = { name: 'a backup' }) =>
  attributes(await json('POST', path(name), { body }));

async function made(name: Name, body?: unknown): Promise<Backup> {
  const { uuid: id } = await create(name, body);
  await server.ended(id);
  return show(name, id);
}

async function link(name: Name, id: string): Promise<string> {
  const { attributes: signed } = await json('GET', path(name, `/${id}/download`));
  return (signed as { url: string }).url;
}

async function download(name: Name, id: string): Promise<Buffer> {
  const response = await fetch(await link(name, id));
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

/** The one error that a document or an answer has. */
const onlyError = (body: unknown): Json => {
  const { errors } = body as { errors: Json[] };
  expect(errors).toHaveLength(1);
  return errors[0]!;
};

async function failure(response: Response): Promise<readonly [number, Json]> {
  expect(response.headers.get('content-type')).toContain('application/json');
  return [response.status, onlyError(await response.json())];
}

/** Sends a request but for its body, which makes its answer's status come. */
async function headOf(method: string, target: string): Promise<(body: string) => Promise<number>> {
  const headers = { authorization: `Bearer ${admin}`, 'content-type': 'application/json' };
  const sent = request(`${server.url}${target}`, { method, headers });
  sent.flushHeaders();
  const [socket] = (await once(sent, 'socket')) as [Socket];
  if (socket.connecting) await once(socket, 'connect');
  return async (body) => {
    sent.end(body);
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    answer.resume();
    return answer.statusCode ?? 0;
  };
}

const refusal = (status: number, code: string, detail: string) => [status, { code, status: String(status), detail }];
const notRestored = refusal(400, 'BadRequestHttpException', 'This backup cannot be restored');
const restoring = refusal(
  409,
  'ServerStateConflictException',
  'This server is currently restoring from a backup, please try again later.',
);

/** Waits until no restore waits or runs. @returns the last one's state */
async function restored(name: Name): Promise<string> {
  await server.until(() => (server.catalog.restores.openOf(name).length === 0 ? true : undefined));
  const rows = server.catalog.backups.list({ scope: name });
  const last = rows.map(({ id }) => server.catalog.restores.lastOf(id)).filter((row) => row !== undefined);
  return last.sort((a, b) => b.number - a.number)[0]!.state;
}

async function restore(name: Name, id: string, body?: unknown): Promise<string> {
  const target = path(name, `/${id}/restore`);
  const response = body === undefined ? await bare('POST', target) : await ask('POST', target, { body });
  expect([response.status, await response.text()]).toEqual([204, '']);
  return restored(name);
}

function expectShape(answer: Json, name: string): void {
  const documented = answerBody(fixture('panel', name));
  // What is beyond the document, as the product has it.
  const { meta } = answer as { meta?: { backup_count?: number; pagination: { links: object } } };
  const bareAnswer = structuredClone(answer) as { meta?: { backup_count?: number; pagination: { links: object } } };
  if (meta !== undefined) {
    expect(meta.backup_count).toEqual(expect.any(Number));
    delete bareAnswer.meta!.backup_count;
    bareAnswer.meta!.pagination.links = {};
  }
  expect(sameShape(bareAnswer, documented, { nullable: nullableOf('panel') })).toEqual([]);
}

const restic = async (name: Name) =>
  new Restic({ repository: server.repository(name), password: await server.password(name), home: server.folder.path });

/** A row of a backup that never ran, removed at the end of the block. */
function row(name: Name, change: Parameters<TestServer['row']>[0] extends infer R ? Omit<R, 'scope'> : never = {}) {
  const { id } = server.row({ scope: name, content: { kind: 'folders', paths: [], ignored: [] }, ...change });
  return { id, [Symbol.dispose]: () => server.catalog.backups.remove(id) };
}

describe('panel: reading', { timeout: 60_000 }, () => {
  it('answers the list of a server’s backups', async () => {
    const first = await made('games');
    const second = await made('games', { name: 'second' });
    for (const server of [ids.games, ids.games.slice(0, 8), ids.games.toUpperCase()]) {
      const { object, data } = await json('GET', `/api/client/servers/${server}/backups`);
      expect(object).toBe('list');
      const listed = (data as Json[]).map((one) => attributes(one).uuid);
      expect(listed.slice(0, 2)).toEqual([second.uuid, first.uuid]);
    }
  });

  it('answers exactly the fields of the list', async () => {
    await made('games');
    expectShape(await json('GET', path('games')), 'backup-list');
  });

  it('answers one backup', async () => {
    const { uuid: id } = await made('games', { name: 'the one' });
    expect(await show('games', id)).toMatchObject({ uuid: id, name: 'the one', is_successful: true });
    for (const other of ['nonsense', '%00', ids.games, '..%2f..']) {
      expect(await failure(await ask('GET', path('games', `/${other}`)))).toEqual(
        refusal(404, 'NotFoundHttpException', 'The requested resource could not be found on the server.'),
      );
    }
    expect((await ask('GET', path('rows', `/${id}`))).status).toBe(404);
  });

  it('answers exactly the fields of a backup', async () => {
    const { uuid: id } = await made('games');
    expectShape(await json('GET', path('games', `/${id}`)), 'backup');
  });

  it('gives each backup a uuid', async () => {
    const [one, two] = [await made('games'), await made('games')];
    expect(one.uuid).toMatch(/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/);
    expect(two.uuid).not.toBe(one.uuid);
  });

  it('answers is_successful false with completed_at for a failed backup', async () => {
    renameSync(at('rows'), at('away'));
    const failed = await made('rows');
    renameSync(at('away'), at('rows'));
    expect(failed).toMatchObject({ is_successful: false, bytes: 0, checksum: null });
    expect(failed.completed_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    using cancelled = row('rows', { state: 'cancelled' });
    expect(await show('rows', cancelled.id)).toMatchObject({ is_successful: false, completed_at: expect.any(String) });
  });

  it('answers is_locked as it was set', async () => {
    expect((await made('games', { name: 'x', is_locked: true })).is_locked).toBe(true);
    expect((await made('games', { name: 'x', is_locked: false })).is_locked).toBe(false);
    expect((await made('games', { name: 'x' })).is_locked).toBe(false);
  });

  it('answers the name, or one with the time', async () => {
    expect((await made('games', { name: 'Größe 💾' })).name).toBe('Größe 💾');
    for (const body of [{}, { name: null }, { name: '  ' }]) {
      const { name, created_at: created } = await made('games', body);
      expect(name).toMatch(/^Backup at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
      expect(Math.abs(Date.parse(`${name.slice(10).replace(' ', 'T')}Z`) - Date.parse(created))).toBeLessThan(2000);
    }
    expect((await bare('POST', path('games'))).status).toBe(200);
  });

  it('answers ignored_files as they were given', async () => {
    expect((await made('games', { name: 'x', ignored: '*.log\n!keep.log\n/cache/' })).ignored_files).toEqual([
      '*.log',
      '!keep.log',
      '/cache/',
    ]);
    expect((await made('games')).ignored_files).toEqual([]);
  });

  it('answers a checksum that is the archive’s', async () => {
    for (const name of ['games', 'zip', 'pair'] as const) {
      const { uuid: id, checksum } = await made(name);
      const [one, two] = [await download(name, id), await download(name, id)];
      expect(one.equals(two)).toBe(true);
      expect(checksum).toBe(`sha1:${createHash('sha1').update(one).digest('hex')}`);
    }
  });

  it('tells no checksum that another version measured, and the new one with the link', async () => {
    const { uuid: id, checksum } = await made('games');
    const { archive } = server.catalog.backups.get(id)!;
    const old = { ...archive!, sha1: '0'.repeat(40), bytes: 1, recipe: 'of before' };
    server.catalog.backups.update(id, { archive: old }, Date.now());
    expect((await show('games', id)).checksum).toBeNull();
    const bytes = await download('games', id);
    expect(await show('games', id)).toMatchObject({ checksum, bytes: bytes.length });
  });

  it('answers the bytes of the backup', async () => {
    for (const name of ['games', 'zip'] as const) {
      const { uuid: id, bytes } = await made(name);
      expect((await download(name, id)).length).toBe(bytes);
    }
  });

  it('answers created_at', async () => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    const { created_at: created } = await made('games');
    expect(created).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(Date.parse(created)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(created)).toBeLessThanOrEqual(Date.now());
  });

  it('answers completed_at null while it runs', async () => {
    const created = await create('games');
    expect(created).toMatchObject({ completed_at: null, is_successful: false, checksum: null });
    for (const state of ['queued', 'running'] as const) {
      using running = row('rows', { state, completedAt: undefined });
      expect(await show('rows', running.id)).toMatchObject({ completed_at: null, is_successful: false });
    }
    await server.ended(created.uuid);
    expect((await show('games', created.uuid)).completed_at).toMatch(/Z$/);
  });

  it('pages by page and per_page, 20 by default and 50 at most', async () => {
    using rows = new DisposableStack();
    for (const { id } of server.catalog.backups.list({ scope: 'rows' })) server.catalog.backups.remove(id);
    for (let n = 0; n < 53; n++) rows.use(row('rows', { name: `row ${n}`, ...(n < 3 ? { state: 'failed' } : {}) }));
    const pagination = async (query: string) => {
      const { data, meta } = await json('GET', path('rows', query));
      const { pagination: shown, backup_count: good } = meta as { pagination: Json; backup_count: number };
      expect(good).toBe(50);
      expect(shown.count).toBe((data as Json[]).length);
      return { ...shown, names: (data as Json[]).map((one) => attributes(one).name) };
    };
    expect(await pagination('')).toMatchObject({ total: 53, count: 20, per_page: 20, current_page: 1, total_pages: 3 });
    expect(await pagination('?per_page=100')).toMatchObject({ count: 50, per_page: 50, total_pages: 2 });
    const last = await pagination('?page=3');
    expect(last).toMatchObject({ count: 13, current_page: 3 });
    expect(last.names.at(-1)).toBe('row 0');
    expect(await pagination('?page=9')).toMatchObject({ count: 0, total: 53, current_page: 9 });
    const far = Number.MAX_SAFE_INTEGER;
    expect(await pagination(`?page=${far}`)).toMatchObject({ count: 0, total: 53, current_page: far });
    for (const odd of [
      '?page=0',
      '?page=x',
      '?page=-3',
      '?per_page=x',
      '?page=1&page=2',
      '?page=Infinity',
      '?page=1e300',
    ]) {
      expect(await pagination(odd)).toMatchObject({ current_page: 1, per_page: 20 });
    }
    const seen: string[] = [];
    let next: string | undefined = `${server.url}${path('rows', '?per_page=25')}`;
    for (let n = 0; next !== undefined && n < 9; n++) {
      const page = (await (await fetch(next, { headers: { authorization: `Bearer ${admin}` } })).json()) as never as {
        data: Json[];
        meta: { pagination: { links: { next?: string; previous?: string } } };
      };
      seen.push(...page.data.map((one) => attributes(one).name));
      expect(page.meta.pagination.links.previous === undefined).toBe(n === 0);
      next = page.meta.pagination.links.next;
    }
    expect(seen).toEqual(Array.from({ length: 53 }, (_, n) => `row ${52 - n}`));
  });
});

describe('panel: download', { timeout: 60_000 }, () => {
  it('answers exactly the fields of a signed_url', async () => {
    const { uuid: id } = await made('games');
    expectShape(await json('GET', path('games', `/${id}/download`)), 'backup-download');
  });

  it('gives a link that works once, for 15 minutes', async () => {
    const { uuid: id, checksum } = await made('games');
    const url = await link('games', id);
    expect(url).toMatch(/\/a-backup\.tar\.gz$/);
    expect(await link('zip', (await made('zip')).uuid)).toMatch(/\/a-backup\.zip$/);
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(404);
    const answers = await Promise.all(Array.from({ length: 100 }, () => fetch(url)));
    const good = answers.filter(({ status }) => status === 200);
    expect(good).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(99);
    const bytes = Buffer.from(await good[0]!.arrayBuffer());
    expect(`sha1:${createHash('sha1').update(bytes).digest('hex')}`).toBe(checksum);
    expect(good[0]!.headers.get('content-type')).toBe('application/gzip');
    expect((await fetch(url)).status).toBe(403);

    const [early, late] = [await link('games', id), await link('games', id)];
    try {
      shiftMs = 15 * 60_000 - 10_000;
      const ranged = await fetch(early, { headers: { range: 'bytes=5-' } });
      expect([ranged.status, ranged.headers.get('cache-control')]).toEqual([200, 'no-store']);
      expect(Buffer.from(await ranged.arrayBuffer()).equals(bytes)).toBe(true);
      shiftMs = 15 * 60_000 + 10_000;
      expect((await fetch(late)).status).toBe(403);
    } finally {
      shiftMs = 0;
    }
  });

  it('gives a tar.gz or a zip, as the scope says, with what was backed up', async () => {
    const tar = gunzipSync(await download('games', (await made('games')).uuid)).toString('latin1');
    expect(tar).toContain('world/level.dat');
    expect(tar).toContain('level of games level of games');
    expect(tar).not.toContain(at('games').slice(1));
    writeFileSync(at('world.zip'), await download('zip', (await made('zip')).uuid));
    const script =
      'import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); print(z.namelist(), len(z.read("world/level.dat")))';
    const { stdout } = await runProcess('python3', ['-c', script, at('world.zip')]);
    expect(stdout.trim()).toBe("['server.log', 'world/', 'world/level.dat'] 65000");
    const pair = gunzipSync(await download('pair', (await made('pair')).uuid)).toString('latin1');
    for (const one of ['one', 'two']) expect(pair).toContain(`${at('pair', one).slice(1)}/world/level.dat`);
  });

  it('answers 400 to a download from an unknown disk', async () => {
    const unknown = refusal(400, 'BadRequestHttpException', 'Unknown disk driver type');
    expect(unknown[1]).toEqual(onlyError(answerBody(fixture('panel', 'backup-download-unknown-disk'))));
    const { uuid: id } = await made('few');
    await server.release('few');
    renameSync(server.repository('few'), at('elsewhere'));
    expect(await failure(await ask('GET', path('few', `/${id}/download`)))).toEqual(unknown);
    renameSync(at('elsewhere'), server.repository('few'));
    expect((await ask('GET', path('few', `/${id}/download`))).status).toBe(200);
    using expired = row('rows', { state: 'expired' });
    expect(await failure(await ask('GET', path('rows', `/${expired.id}/download`)))).toEqual(unknown);
    expect((await ask('DELETE', path('few', `/${id}`))).status).toBe(204);
  });

  it('answers 400 to a download of an unfinished or failed backup', async () => {
    for (const state of ['queued', 'running', 'failed', 'cancelled'] as const) {
      using one = row('rows', { state });
      const [status, { code }] = await failure(await ask('GET', path('rows', `/${one.id}/download`)));
      expect([status, code]).toEqual([400, 'BadRequestHttpException']);
    }
  });
});

describe('panel: creating, locking, deleting', { timeout: 60_000 }, () => {
  it('creates a backup', async () => {
    const { uuid: id } = await made('games', { name: 'for restic' });
    const target = at('by-restic');
    await (await restic('games')).restore(server.catalog.backups.get(id)!.snapshotId!, target);
    expect(readFileSync(`${target}${at('games', 'world', 'level.dat')}`, 'utf8')).toContain('level of games');
    rmSync(target, { recursive: true });
  });

  it('answers a create with 200 and the backup', async () => {
    const answer = await json('POST', path('games'), { body: { name: 'new' } });
    expectShape(answer, 'backup-create');
    expect(attributes(answer)).toMatchObject({ name: 'new', completed_at: null });
    await server.ended(attributes(answer).uuid);
  });

  it('takes a name, and none unless it is strict', async () => {
    const longest = '💾'.repeat(191);
    expect((await made('games', { name: longest })).name).toBe(longest);
    const tooLong = await failure(await ask('POST', path('games'), { body: { name: `${longest}x` } }));
    expect(tooLong).toEqual([
      422,
      {
        code: 'ValidationException',
        status: '422',
        detail: 'The name may not be greater than 191 characters.',
        meta: { source_field: 'name', rule: 'max' },
      },
    ]);
    const response = await ask('POST', path('games'), { body: { name: 7, ignored: [], is_locked: 'yes' } });
    const { errors } = (await response.json()) as { errors: { meta: Json }[] };
    expect([response.status, errors.map(({ meta }) => meta)]).toEqual([
      422,
      [
        { source_field: 'name', rule: 'string' },
        { source_field: 'ignored', rule: 'string' },
        { source_field: 'is_locked', rule: 'boolean' },
      ],
    ]);
    for (const body of ['{"name":', '[]', '"x"']) expect((await ask('POST', path('games'), { body })).status).toBe(400);
  });

  it('takes ignored as commas and as lines', async () => {
    const names = ['a.log', 'keep.log', 'b.tmp', 'world/c.log', 'x,y.txt'];
    for (const name of names) writeFileSync(at('games', name), name);
    const kept = async (ignored: string) => {
      const { uuid: id, ignored_files: shown } = await made('games', { name: 'x', ignored });
      const tar = gunzipSync(await download('games', id)).toString('latin1');
      return [shown, names.filter((name) => tar.includes(`${name}\0`))];
    };
    expect(await kept('*.log, *.tmp ,')).toEqual([['*.log', '*.tmp'], ['x,y.txt']]);
    expect(await kept('*.log\n!keep.log')).toEqual([
      ['*.log', '!keep.log'],
      ['keep.log', 'b.tmp', 'x,y.txt'],
    ]);
    expect(await kept('/*.log\r\n\r\nx,y.txt\r\n')).toEqual([
      ['/*.log', 'x,y.txt'],
      ['b.tmp', 'world/c.log'],
    ]);
    expect(await kept('')).toEqual([[], names]);
    for (const name of names) rmSync(at('games', name));
  });

  it('creates a locked backup', async () => {
    const created = await create('games', { name: 'safe', is_locked: true });
    expect(created.is_locked).toBe(true);
    await server.ended(created.uuid);
    const [status, error] = await failure(await bare('DELETE', path('games', `/${created.uuid}`)));
    expect([status, error.code]).toEqual([400, 'BackupLockedException']);
    expect((await made('games', { name: 'x', is_locked: '1' })).is_locked).toBe(true);
  });

  it('toggles the lock, and deletes no locked backup', async () => {
    const { uuid: id } = await made('games');
    const toggle = async () => attributes((await (await bare('POST', path('games', `/${id}/lock`))).json()) as Json);
    expect((await toggle()).is_locked).toBe(true);
    expect(await failure(await bare('DELETE', path('games', `/${id}`)))).toEqual(
      refusal(400, 'BackupLockedException', 'Cannot delete a backup that is marked as locked.'),
    );
    expect(await show('games', id)).toMatchObject({ is_locked: true, is_successful: true });
    expect((await toggle()).is_locked).toBe(false);
    expect((await bare('DELETE', path('games', `/${id}`))).status).toBe(204);
  });

  it('answers a lock with 200 and the backup', async () => {
    const { uuid: id } = await made('games');
    const answer = await json('POST', path('games', `/${id}/lock`));
    expectShape(answer, 'backup-lock');
    expect(attributes(answer)).toMatchObject({ uuid: id, is_locked: true });
  });

  it('deletes a backup', async () => {
    const { uuid: id } = await made('games');
    expect((await bare('DELETE', path('games', `/${id}`))).status).toBe(204);
    expect((await ask('GET', path('games', `/${id}`))).status).toBe(404);
    expect((await bare('DELETE', path('games', `/${id}`))).status).toBe(404);
  });

  it('answers a delete with 204', async () => {
    const response = await bare('DELETE', path('games', `/${(await made('games')).uuid}`));
    expect([response.status, await response.text()]).toEqual([204, '']);
  });

  it('removes the stored data with the backup', async () => {
    writeFileSync(at('strict', 'noise'), crypto.getRandomValues(new Uint8Array(60_000)));
    const { uuid: id } = await made('strict');
    rmSync(at('strict', 'noise'));
    const kept = await made('strict');
    const size = async () =>
      Number((await (await restic('strict')).json<{ total_size: number }>(['stats', '--mode', 'raw-data'])).total_size);
    const before = await size();
    expect((await bare('DELETE', path('strict', `/${id}`))).status).toBe(204);
    expect(before - (await size())).toBeGreaterThan(50_000);
    expect((await (await restic('strict')).check()).code).toBe(0);
    // What stays was packed anew, and its archive is the same.
    const bytes = await download('strict', kept.uuid);
    expect(`sha1:${createHash('sha1').update(bytes).digest('hex')}`).toBe(kept.checksum);
  });

  it('removes what a backup left that was killed before its row knew the snapshot', async () => {
    const { uuid: id } = await made('strict');
    const { snapshotId } = server.catalog.backups.get(id)!;
    server.catalog.backups.update(id, { state: 'failed', snapshotId: undefined, archive: undefined }, Date.now());
    expect(readdirSync(`${server.repository('strict')}/snapshots`)).toContain(snapshotId);
    expect((await bare('DELETE', path('strict', `/${id}`))).status).toBe(204);
    expect(readdirSync(`${server.repository('strict')}/snapshots`)).not.toContain(snapshotId);
  });

  it('begins no new repository where the one that backups are in is gone', async () => {
    const { uuid: id, checksum } = await made('strict');
    await server.release('strict');
    renameSync(server.repository('strict'), at('elsewhere'));
    expect((await made('strict')).is_successful).toBe(false);
    expect(existsSync(server.repository('strict'))).toBe(false);
    renameSync(at('elsewhere'), server.repository('strict'));
    expect((await made('strict')).is_successful).toBe(true);
    expect(
      `sha1:${createHash('sha1')
        .update(await download('strict', id))
        .digest('hex')}`,
    ).toBe(checksum);
  });

  it('answers 400 to more backups than are allowed', async () => {
    const [one] = [await made('few'), await made('few')];
    expect(await failure(await ask('POST', path('few'), { body: {} }))).toEqual(
      refusal(
        400,
        'TooManyBackupsException',
        'Cannot create a new backup, this server has reached its limit of 2 backups.',
      ),
    );
    await bare('DELETE', path('few', `/${one.uuid}`));
    expect((await made('few')).is_successful).toBe(true);
  });

  it('answers 429 with Retry-After to creates that come too often', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask('POST', path('slow'), { body: {} })));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(3);
    const [status, { code }] = await failure(refused[0]!);
    expect([status, code]).toEqual([429, 'TooManyRequestsHttpException']);
    const seconds = Number(refused[0]!.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(50);
    expect(seconds).toBeLessThanOrEqual(60);
    for (const { id } of server.catalog.backups.list({ scope: 'slow' })) await server.ended(id);
    try {
      shiftMs = 61_000;
      expect((await made('slow')).is_successful).toBe(true);
      // Set back: nobody waits for the clock to catch up.
      shiftMs = -3_600_000;
      expect((await made('slow')).is_successful).toBe(true);
    } finally {
      shiftMs = 0;
    }
  });
});

describe('panel: restoring', { timeout: 60_000 }, () => {
  it('restores a backup', async () => {
    const { uuid: id } = await made('games');
    writeFileSync(at('games', 'world', 'level.dat'), 'broken');
    rmSync(at('games', 'server.log'));
    expect(await restore('games', id)).toBe('done');
    expect(readFileSync(at('games', 'world', 'level.dat'), 'utf8')).toContain('level of games');
    expect(existsSync(at('games', 'server.log'))).toBe(true);
  });

  it('removes other files only with truncate', async () => {
    for (const name of ['games', 'pair'] as const) {
      const { uuid: id } = await made(name);
      const inside =
        name === 'games'
          ? [at('games', 'new.txt')]
          : [at('pair', 'one', 'new.txt'), at('pair', 'two', 'world', 'new.txt')];
      // Beside the folders of the backup: never touched.
      const beside = at('pair', 'beside.txt');
      for (const file of [...inside, beside]) writeFileSync(file, 'new');
      const there = () => inside.map((file) => existsSync(file));
      const bodies = name === 'pair' ? [undefined] : [undefined, {}, { truncate: false }, { truncate: null }];
      for (const body of bodies) {
        expect(await restore(name, id, body)).toBe('done');
        expect(there()).not.toContain(false);
      }
      expect(await restore(name, id, { truncate: true })).toBe('done');
      expect(there()).not.toContain(true);
      expect(existsSync(beside)).toBe(true);
      rmSync(beside);
    }
  });

  it('removes nothing where the restore cannot begin', async () => {
    const { uuid: id } = await made('strict');
    const { snapshotId } = server.catalog.backups.get(id)!;
    await server.release('strict');
    const snapshot = `${server.repository('strict')}/snapshots/${snapshotId}`;
    renameSync(snapshot, at('snapshot'));
    writeFileSync(at('strict', 'new.txt'), 'new');
    expect(await restore('strict', id, { truncate: true })).toBe('failed');
    expect(readdirSync(at('strict')).sort()).toEqual(['new.txt', 'server.log', 'world']);
    renameSync(at('snapshot'), snapshot);
    await server.release('strict');
    renameSync(server.repository('strict'), at('elsewhere'));
    expect(await restore('strict', id, { truncate: true })).toBe('failed');
    expect(readdirSync(at('strict')).sort()).toEqual(['new.txt', 'server.log', 'world']);
    expect(existsSync(server.repository('strict'))).toBe(false);
    renameSync(at('elsewhere'), server.repository('strict'));
    expect(await restore('strict', id, { truncate: true })).toBe('done');
    expect(readdirSync(at('strict')).sort()).toEqual(['server.log', 'world']);
  });

  it('demands truncate where the scope says so', async () => {
    const { uuid: id } = await made('strict');
    for (const body of [undefined, {}, { truncate: null }]) {
      const target = path('strict', `/${id}/restore`);
      const response = body === undefined ? await bare('POST', target) : await ask('POST', target, { body });
      expect(await failure(response)).toEqual([
        422,
        {
          code: 'ValidationException',
          status: '422',
          detail: 'The truncate field is required.',
          meta: { source_field: 'truncate', rule: 'required' },
        },
      ]);
    }
    expect(await restore('strict', id, { truncate: false })).toBe('done');
    const wrong = await failure(
      await ask('POST', path('games', `/${(await made('games')).uuid}/restore`), { body: { truncate: 'x' } }),
    );
    expect(wrong[1].meta).toEqual({ source_field: 'truncate', rule: 'boolean' });
  });

  it('answers a restore with 204, and 409 elsewhere while it runs', async () => {
    const { uuid: id } = await made('games');
    const open = server.catalog.restores.add({ scope: 'games', backupId: id, createdAt: Date.now() });
    const all = [
      ['GET', ''],
      ['POST', ''],
      ['GET', `/${id}`],
      ['GET', `/${id}/download`],
      ['POST', `/${id}/lock`],
      ['POST', `/${id}/restore`],
      ['DELETE', `/${id}`],
    ] as const;
    for (const state of ['queued', 'running'] as const) {
      server.catalog.restores.update(open.number, { state });
      for (const [method, rest] of all) {
        expect(await failure(await bare(method, path('games', rest)))).toEqual(restoring);
      }
    }
    expect((await ask('GET', path('rows'))).status).toBe(200);
    expect((await ask('GET', path('games'), { token: 'wrong' })).status).toBe(401);
    server.catalog.restores.update(open.number, { state: 'failed' });
    expect((await ask('GET', path('games'))).status).toBe(200);
  });

  it('begins one restore of many that are asked for at once', async () => {
    const { uuid: id } = await made('games');
    const answers = await Promise.all(Array.from({ length: 20 }, () => bare('POST', path('games', `/${id}/restore`))));
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
    expect(await restored('games')).toBe('done');

    // All of them past the first look, before one has its whole body.
    const slow = await Promise.all(Array.from({ length: 5 }, () => headOf('POST', path('games', `/${id}/restore`))));
    expect((await ask('GET', path('games'))).status).toBe(200);
    const statuses = await Promise.all(slow.map((finish) => finish('{}')));
    expect(statuses.sort()).toEqual([204, 409, 409, 409, 409]);
    expect(await restored('games')).toBe('done');
  });

  it('answers 400 to a restore of an unfinished or failed backup', async () => {
    expect(notRestored[1]).toEqual(onlyError(answerBody(fixture('panel', 'backup-restore-impossible'))));
    for (const state of ['queued', 'running', 'failed', 'cancelled', 'expired'] as const) {
      using one = row('rows', { state });
      expect(await failure(await bare('POST', path('rows', `/${one.id}/restore`)))).toEqual(notRestored);
    }
  });
});

describe('panel: who may', { timeout: 60_000 }, () => {
  const unauthenticated = refusal(401, 'AuthenticationException', 'Unauthenticated.');
  const denied = refusal(403, 'AccessDeniedHttpException', 'This action is unauthorized.');
  const missing = refusal(404, 'NotFoundHttpException', 'The requested resource could not be found on the server.');

  it('answers 401 without a token, and with a wrong one', async () => {
    for (const authorization of ['', 'Bearer wrong', `Basic ${admin}`, admin]) {
      expect(await failure(await ask('GET', path('games'), { headers: { authorization } }))).toEqual(unauthenticated);
    }
  });

  it('lets members and public only read', async () => {
    const { uuid: id } = await made('games');
    for (const token of [member, await server.token('public')]) {
      for (const rest of ['', `/${id}`, '?x=/download']) {
        expect((await ask('GET', path('games', rest), { token })).status).toBe(200);
      }
      for (const [method, rest] of [
        ['POST', ''],
        ['GET', `/${id}/download`],
        ['POST', `/${id}/lock`],
        ['POST', `/${id}/restore`],
        ['DELETE', `/${id}`],
      ] as const) {
        expect(await failure(await ask(method, path('games', rest), { token }))).toEqual(denied);
      }
    }
    expect((await show('games', id)).is_locked).toBe(false);
  });

  it('answers 404 in its own form to what it does not serve of the panel', async () => {
    for (const target of [
      '/api/client',
      '/api/client/account',
      '/api/client/servers/x/files/list',
      path('games', '/a/b'),
    ]) {
      expect([target, await failure(await ask('GET', target))]).toEqual([target, missing]);
      expect(await failure(await ask('GET', target, { token: 'wrong' }))).toEqual(unauthenticated);
    }
    expect(await failure(await ask('PUT', path('games'), { body: {} }))).toEqual(missing);
  });

  it('hides servers that there are not, and those that a token is not for', async () => {
    const token = await server.token('admin', ['rows']);
    expect(await failure(await ask('GET', path('games'), { token }))).toEqual(missing);
    expect((await ask('GET', path('rows'), { token })).status).toBe(200);
    for (const name of ['00000000', '1111111', 'games', ids.games.slice(0, 9)]) {
      expect(await failure(await ask('GET', `/api/client/servers/${name}/backups`))).toEqual(missing);
    }
  });
});
