/** `holdfast server` as fa, against what its document shows. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../src/base/errors.ts';
import { runScopeRestore } from '../../../src/server/backups/run-restore.ts';
import { fixture } from '../../support/dialect-fixtures.ts';
import { Restic } from '../../support/restic.ts';
import { sameShape } from '../../support/same-shape.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

type Json = Record<string, unknown>;

const owners = ['ada', 'grace', 'empty', 'few', 'slow'];

let server: TestServer;
let token: string;
let nextId = 1;
let id = 0;

beforeAll(async () => {
  server = await startTestServer({
    scopes: [
      { id: 'ada', dialect: 'fa', folders: ['ada'] },
      { id: 'grace', dialect: 'fa', folders: ['grace'], doneWord: 'done' },
      { id: 'empty', dialect: 'fa', folders: ['empty'] },
      { id: 'few', dialect: 'fa', folders: ['few'], limits: { backups: 1 } },
      { id: 'slow', dialect: 'fa', folders: ['slow'], limits: { createsPerMinute: 1 } },
    ],
  });
  for (const owner of owners) {
    mkdirSync(server.folder.at(owner, 'datasets/out'), { recursive: true });
    writeFileSync(server.folder.at(owner, 'datasets/out/result.txt'), `result of ${owner}`);
    writeFileSync(server.folder.at(owner, 'datasets/out/more.bin'), Buffer.alloc(100_000, owner));
  }
  token = await server.token('admin', ['ada']);
});

afterAll(async () => {
  expect(server.faults).toEqual([]);
  await server[Symbol.asyncDispose]();
});

beforeEach(() => {
  id = nextId;
  nextId += 10;
});

function ask(method: string, path: string, body?: unknown, as = token, raw?: string): Promise<Response> {
  const text = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  return fetch(`${server.url}/fa/api/v0${path}`, {
    method,
    headers: { authorization: `Bearer ${as}`, 'content-type': 'application/json' },
    ...(text === undefined ? {} : { body: text }),
  });
}

async function json(method: string, path: string, body?: unknown, as?: string): Promise<Json> {
  const response = await ask(method, path, body, as);
  const answer = (await response.json()) as Json;
  expect([response.status, answer.message]).toEqual([
    200,
    answer.code === 4001 ? expect.stringContaining('no such record') : 'success',
  ]);
  return answer;
}

async function refused(response: Promise<Response>): Promise<string> {
  const { status, ...rest } = await response.then(async (one) => ({
    status: one.status,
    body: (await one.json()) as Json,
  }));
  expect([status, rest.body.code]).toEqual([400, 400]);
  expect(Object.keys(rest.body)).toEqual(['code', 'message']);
  return String(rest.body.message);
}

const data = (answer: Json) => answer.data as Json;
const isOver = (status: unknown) => !['pending', 'running'].includes(String(status));

async function until(
  what: 'backup' | 'restore',
  wanted: number,
  isIt: (status: unknown) => boolean = isOver,
  as?: string,
): Promise<Json> {
  for (;;) {
    const answer = await json('GET', `/${what}/${wanted}`, undefined, as);
    if (answer.code === 2001 && isIt(data(answer).status)) return data(answer);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function backedUp(path = 'datasets/out', wanted = id, as?: string): Promise<Json> {
  await json('POST', '/backup', { id: wanted, path }, as);
  return until('backup', wanted, isOver, as);
}

async function restored(dst: string, wanted = id, backup = id, as?: string): Promise<Json> {
  await json('POST', '/restore', { restore_id: wanted, backup_id: backup, dst_path: dst }, as);
  return until('restore', wanted, isOver, as);
}

/** One that takes a while: much to read. */
function largeFolder(): string {
  const folder = server.folder.at('ada', 'large');
  if (!existsSync(folder)) {
    mkdirSync(folder);
    for (let n = 0; n < 40; n++)
      writeFileSync(`${folder}/${n}`, crypto.getRandomValues(new Uint8Array(65_536)).toString().repeat(20));
  }
  return 'large';
}

/** Small files first, then one that takes a while: gigabytes of zeros. */
function slowFolder(): string {
  const folder = server.folder.at('ada', 'slow');
  if (!existsSync(folder)) {
    mkdirSync(folder);
    writeFileSync(`${folder}/a`, crypto.getRandomValues(new Uint8Array(10_000)));
    writeFileSync(`${folder}/zeros`, '');
    truncateSync(`${folder}/zeros`, 2 ** 31);
  }
  return 'slow';
}

const record = (wanted = id) => server.catalog.backups.byClientId('ada', wanted);
const snapshots = (scope = 'ada') => readdirSync(`${server.repository(scope)}/snapshots`);

function expectShape(actual: unknown, name: string): void {
  expect(sameShape(actual, fixture('fa', name).response.body)).toEqual([]);
}

describe('fa', { timeout: 60_000 }, () => {
  it('creates a backup at /backup and at /backup/new', async () => {
    expect((await backedUp()).status).toBe('success');
    await json('POST', '/backup/new', { id: id + 1, path: 'datasets/out', storage_id: -1 });
    expect((await until('backup', id + 1)).status).toBe('success');
  });

  it('answers 401 with WWW-Authenticate to a missing or wrong token', async () => {
    const missing = await fetch(`${server.url}/fa/api/v0/backup/1`);
    for (const response of [missing, await ask('GET', '/backup/1', undefined, 'wrong')]) {
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
      expect(await response.json()).toMatchObject({ code: 401, message: expect.any(String) });
    }
  });

  it('takes Content-Type without a body on every route', async () => {
    await backedUp();
    for (const [method, path] of [
      ['GET', `/backup/${id}`],
      ['GET', '/restore/1'],
      ['POST', '/backup/cancel-all'],
      ['DELETE', `/backup/${id}`],
    ] as const) {
      expect([path, (await ask(method, path)).status]).toEqual([path, 200]);
    }
    expect(await refused(ask('POST', '/backup'))).toContain('err when backup file: id');
  });

  it('keeps ids apart by owner, and replaces a finished record of the same id', async () => {
    const grace = await server.token('admin', ['grace']);
    await backedUp();
    expect(data(await json('GET', `/backup/${id}`)).path).toBe(server.folder.at('ada', 'datasets/out'));
    expect((await json('GET', `/backup/${id}`, undefined, grace)).code).toBe(4001);
    const { snapshotId, number } = record()!;
    expect((await backedUp('datasets/out/result.txt')).path).toBe(server.folder.at('ada', 'datasets/out/result.txt'));
    expect(record()!.number).not.toBe(number);
    // Once the new one is done.
    await server.until(() => (snapshots().includes(snapshotId!) ? undefined : true));
    await server.until(() => (record()!.replaces === undefined ? true : undefined));
    expect(server.catalog.backups.byNumber(number)).toBeUndefined();
  });

  it('keeps the data of a record that is replaced until there is better', async () => {
    await backedUp();
    const { snapshotId: first } = record()!;
    for (let n = 0; n < 2; n++) expect((await backedUp('not/there')).status).toBe('failed');
    expect(snapshots()).toContain(first);
    expect((await backedUp()).status).toBe('success');
    const { snapshotId: last } = record()!;
    await server.until(() => (record()!.replaces === undefined ? true : undefined));
    expect([snapshots().includes(first!), snapshots().includes(last!)]).toEqual([false, true]);
    // One that is deleted takes them with it.
    await backedUp('not/there');
    expect(snapshots()).toContain(last);
    await json('DELETE', `/backup/${id}`);
    expect(snapshots()).not.toContain(last);
    const rows = server.catalog.backups.list({ scope: 'ada' });
    expect(rows.filter(({ clientId }) => clientId === undefined)).toEqual([]);
  });

  it('removes at its start what was replaced, where a kill came before that', async () => {
    await backedUp();
    const old = record()!;
    const { backups } = server.catalog;
    backups.update(old.id, { clientId: undefined, state: 'expired' }, 1);
    const { id: newer } = server.row({ scope: 'ada', clientId: id });
    backups.update(newer, { replaces: old.id }, 1);
    expect(snapshots()).toContain(old.snapshotId);
    await server.server.backups.takeUp(server.services.config().scopes);
    await server.until(() => (backups.get(old.id) === undefined ? true : undefined));
    expect([snapshots().includes(old.snapshotId!), backups.get(newer)?.replaces]).toEqual([false, undefined]);
    backups.remove(newer);
  });

  it('replaces nothing where no backup may be made', async () => {
    const slow = await server.token('admin', ['slow']);
    expect((await backedUp('datasets', id, slow)).status).toBe('success');
    const again = await ask('POST', '/backup', { id, path: 'datasets' }, slow);
    expect([again.status, again.headers.get('retry-after')]).toEqual([429, expect.any(String)]);
    expect(await again.json()).toEqual({ code: 429, message: 'Backups are made too often.' });
    expect((await restored('back', id, id, slow)).status).toBe('success');
  });

  it('counts a record that is replaced no more', async () => {
    const few = await server.token('admin', ['few']);
    for (let n = 0; n < 3; n++) expect((await backedUp('datasets', id, few)).status).toBe('success');
    expect(await refused(ask('POST', '/backup', { id: id + 1, path: 'datasets' }, few))).toContain('1 backups already');
  });

  it('takes one of several that want the same id at once', async () => {
    for (const path of ['datasets', 'datasets/out']) {
      const asked = [1, 2, 3, 4, 5].map(() => ask('POST', '/backup', { id, path }));
      const statuses = (await Promise.all(asked)).map(({ status }) => status);
      expect(statuses.toSorted()).toEqual([200, 400, 400, 400, 400]);
      expect((await until('backup', id)).path).toBe(server.folder.at('ada', path));
    }
  });

  it('refuses paths that leave the root or hold forbidden characters', async () => {
    symlinkSync('/etc', server.folder.at('ada', 'link'));
    const wrong = [
      '../grace',
      'datasets/../../grace',
      '/etc',
      'link',
      'link/new',
      'a\0b',
      'x/a:b',
      'x/a*',
      'a?',
      'a"',
      "a'",
      'a<',
      'a>',
      'a|',
      'a|/',
      '',
      'nowhere',
      'nowhere/x',
    ];
    symlinkSync('/there/is/no/such', server.folder.at('ada', 'nowhere'));
    for (const path of wrong)
      expect(await refused(ask('POST', '/backup', { id, path }))).toMatch(/^err when backup file/);
    expect(record()).toBeUndefined();
    rmSync(server.folder.at('ada', 'link'));
    rmSync(server.folder.at('ada', 'nowhere'));
    expect((await backedUp(server.folder.at('ada', 'datasets'))).status).toBe('success');
    for (const body of [
      { id: -1, path: 'x' },
      { id: 1.5, path: 'x' },
      { id: '1', path: 'x' },
      { id: 2 ** 60, path: 'x' },
      { id },
      [],
      'x',
    ]) {
      expect((await ask('POST', '/backup', body)).status).toBe(400);
    }
    expect((await ask('POST', '/backup', undefined, token, '{"id":')).status).toBe(400);
  });

  it('looks again where a path leads when its turn comes', async () => {
    mkdirSync(server.folder.at('ada', 'swap/datasets'), { recursive: true });
    await json('POST', '/backup', { id, path: slowFolder() });
    await json('POST', '/backup', { id: id + 1, path: 'swap/datasets' });
    renameSync(server.folder.at('ada', 'swap'), server.folder.at('ada', 'swapped'));
    symlinkSync(server.folder.at('grace'), server.folder.at('ada', 'swap'));
    await json('POST', '/backup/cancel', { id });
    expect(await until('backup', id + 1)).toMatchObject({
      status: 'failed',
      extra: expect.stringContaining('leads out of the folders'),
    });
    await backedUp('datasets', id + 2);
    const target = server.folder.at('ada', 'swap/new');
    const { id: backupId } = record(id + 2)!;
    const { number } = server.catalog.restores.add({ scope: 'ada', backupId, target, createdAt: 1 });
    const context = { signal: new AbortController().signal, isCancelled: () => false, report: () => undefined };
    await expect(runScopeRestore(server.services, context, number)).rejects.toMatchObject({ code: 'permission' });
    expect(existsSync(server.folder.at('grace', 'new'))).toBe(false);
    server.catalog.restores.update(number, { state: 'failed' });
    rmSync(server.folder.at('ada', 'swap'));
  });

  it('answers 2001 before the backup has run', async () => {
    const answer = await json('POST', '/backup', { id, path: largeFolder() });
    expect(answer).toEqual(fixture('fa', 'backup-create').response.body);
    expect(['queued', 'running']).toContain(record()!.state);
    await until('backup', id);
  });

  it('answers 400 to a backup that cannot be made', async () => {
    await json('POST', '/backup', { id, path: largeFolder() });
    expect(await refused(ask('POST', '/backup', { id, path: 'datasets' }))).toBe(
      `err when backup file: the backup ${id} is running`,
    );
    await until('backup', id);
  });

  it('answers the status of a backup', async () => {
    await backedUp();
    expect(await json('GET', `/backup/${id}`)).toMatchObject({
      code: 2001,
      message: 'success',
      data: { id, status: 'success' },
    });
  });

  it('answers exactly the fields of a backup’s status', async () => {
    await backedUp();
    expectShape(await json('GET', `/backup/${id}`), 'backup-status');
  });

  it('answers the id that was asked for', async () => {
    await backedUp();
    expect(data(await json('GET', `/backup/${id}`)).id).toBe(id);
    expect((await ask('GET', '/backup/x')).status).toBe(400);
  });

  it('answers the absolute path', async () => {
    expect((await backedUp('datasets')).path).toBe(server.folder.at('ada', 'datasets'));
  });

  it('goes through every state of a backup', async () => {
    const seen = new Set<unknown>();
    await json('POST', '/backup', { id, path: largeFolder() });
    await until('backup', id, (status) => {
      seen.add(status);
      return isOver(status);
    });
    expect([...seen].at(-1)).toBe('success');
    expect(seen.has('pending') || seen.has('running')).toBe(true);
    const states = { queued: 'pending', running: 'running', failed: 'failed', cancelled: 'cancel' } as const;
    for (const [state, status] of Object.entries(states)) {
      const row = server.row({ scope: 'ada', state: state as keyof typeof states, clientId: id + 1 });
      expect(data(await json('GET', `/backup/${id + 1}`)).status).toBe(status);
      server.catalog.backups.remove(row.id);
    }
  });

  it('counts total_size and pack_size of a backup', async () => {
    writeFileSync(server.folder.at('ada', 'datasets/out/random'), crypto.getRandomValues(new Uint8Array(50_000)));
    const { stat } = await backedUp();
    const restic = new Restic({
      repository: server.repository('ada'),
      password: await server.password('ada'),
      home: server.folder.path,
    });
    const { stdout } = await restic.run(['stats', '--json', '--mode', 'restore-size', record()!.snapshotId!]);
    expect((stat as Json).total_size).toBe((JSON.parse(stdout) as { total_size: number }).total_size);
    expect((stat as Json).pack_size).toBe(record()!.storedBytes);
    expect(Number((stat as Json).pack_size)).toBeGreaterThan(50_000);
    const { stat: again } = await backedUp('datasets/out', id + 1);
    expect(Number((again as Json).pack_size)).toBeLessThan(10_000);
  });

  it('counts total_size while a backup runs', async () => {
    await json('POST', '/backup', { id, path: slowFolder() });
    const counted = (status: unknown) => status === 'running' && record()!.totalBytes === undefined;
    for (;;) {
      const { status, stat } = data(await json('GET', `/backup/${id}`));
      expect(status === 'pending' || counted(status)).toBe(true);
      if (Number((stat as Json).total_size) > 0) {
        expect(Number((stat as Json).total_size)).toBeLessThanOrEqual(2 ** 31 + 10_000);
        break;
      }
    }
    await json('POST', '/backup/cancel', { id });
    await until('backup', id);
  });

  it('answers what could not be read as extra, also of a backup that is done', async () => {
    const row = server.row({ scope: 'ada', clientId: id, error: '1 items could not be read.' });
    expect(data(await json('GET', `/backup/${id}`))).toMatchObject({
      status: 'success',
      extra: '1 items could not be read.',
    });
    server.catalog.backups.remove(row.id);
  });

  it('answers the error of a failed backup as extra', async () => {
    const failed = await backedUp('not/there');
    expect(failed).toMatchObject({ status: 'failed', extra: expect.stringMatching(/not\/there|exist/) });
  });

  it('answers 4001 to an unknown backup', async () => {
    const answer = await json('GET', '/backup/987654');
    expect(answer).toEqual({ code: 4001, message: 'err when load backup [ 987654 ]: no such record', data: null });
    expectShape(answer, 'backup-status-unknown');
  });

  it('restores at /restore and at /restore/new', async () => {
    await backedUp();
    expect((await restored(`back-${id}`)).status).toBe('success');
    const target = server.folder.at('ada', `back-${id}`);
    expect(readFileSync(`${target}/result.txt`, 'utf8')).toBe('result of ada');
    writeFileSync(`${target}/extra`, 'stays');
    writeFileSync(`${target}/result.txt`, 'overwritten later');
    await json('POST', '/restore/new', { restore_id: id + 1, backup_id: id, dst_path: `back-${id}` });
    await until('restore', id + 1);
    expect([readFileSync(`${target}/result.txt`, 'utf8'), readFileSync(`${target}/extra`, 'utf8')]).toEqual([
      'result of ada',
      'stays',
    ]);
  });

  it('restores a single file into the folder that is named', async () => {
    await backedUp('datasets/out/result.txt');
    expect((await restored(`file-${id}`)).status).toBe('success');
    expect(readFileSync(server.folder.at('ada', `file-${id}`, 'result.txt'), 'utf8')).toBe('result of ada');
  });

  it('restores within the root, also where a link leads out of it', async () => {
    await backedUp('datasets');
    mkdirSync(server.folder.at('ada', 'trap'));
    mkdirSync(server.folder.at('outside'));
    writeFileSync(server.folder.at('outside', 'result.txt'), 'not yours');
    symlinkSync(server.folder.at('outside'), server.folder.at('ada', 'trap/out'));
    await restored('trap');
    expect(readdirSync(server.folder.at('outside'))).toEqual(['result.txt']);
    expect(readFileSync(server.folder.at('outside', 'result.txt'), 'utf8')).toBe('not yours');
  });

  it('takes the restore_id of the client, and fails a restore of an unknown backup', async () => {
    expect(await restored('nowhere', id, 987_654)).toMatchObject({
      restore_id: id,
      backup_id: 987_654,
      status: 'failed',
    });
    expect(existsSync(server.folder.at('ada', 'nowhere'))).toBe(false);
  });

  it('refuses dst_paths that leave the root or hold forbidden characters', async () => {
    await backedUp();
    for (const path of ['../grace/x', '/tmp/x', 'a:b', 'x/..', '']) {
      const body = { restore_id: id, backup_id: id, dst_path: path };
      expect(await refused(ask('POST', '/restore', body))).toMatch(/^err when backup file/);
    }
    expect((await json('GET', `/restore/${id}`)).code).toBe(4001);
  });

  it('answers 2001 before the restore has run', async () => {
    await backedUp();
    const answer = await json('POST', '/restore', { restore_id: id, backup_id: id, dst_path: `later-${id}` });
    expect(answer).toEqual(fixture('fa', 'restore-create').response.body);
    await until('restore', id);
  });

  it('answers 400 to a restore that cannot be made', async () => {
    expect(await refused(ask('POST', '/restore', { restore_id: id, dst_path: 'x' }))).toContain('backup_id');
  });

  it('answers the status of a restore', async () => {
    await backedUp();
    await restored(`status-${id}`);
    expect(await json('GET', `/restore/${id}`)).toMatchObject({
      code: 2001,
      message: 'success',
      data: { status: 'success' },
    });
  });

  it('answers exactly the fields of a restore’s status', async () => {
    await backedUp();
    await restored(`fields-${id}`);
    expectShape(await json('GET', `/restore/${id}`), 'restore-status');
  });

  it('answers the ids of a restore', async () => {
    await backedUp();
    expect(await restored(`ids-${id}`, id + 3)).toMatchObject({ restore_id: id + 3, backup_id: id });
  });

  it('answers the absolute dst_path', async () => {
    await backedUp();
    expect((await restored(`path-${id}`)).dst_path).toBe(server.folder.at('ada', `path-${id}`));
  });

  it('answers success or done as the setting says', async () => {
    const grace = await server.token('member', ['grace']);
    expect((await backedUp('datasets', id, grace)).status).toBe('done');
    expect((await restored('again', id, id, grace)).status).toBe('done');
    expect((await backedUp()).status).toBe('success');
  });

  it('counts total_size of a restore', async () => {
    const { stat } = await backedUp();
    expect((await restored(`size-${id}`)).stat).toEqual({ total_size: (stat as Json).total_size, pack_size: 0 });
  });

  it('answers the error of a failed restore as extra', async () => {
    await backedUp();
    writeFileSync(server.folder.at('ada', `blocked-${id}`), 'a file where a folder should be');
    expect(await restored(`blocked-${id}`)).toMatchObject({ status: 'failed', extra: expect.stringMatching(/.+/) });
  });

  it('answers 4001 to an unknown restore', async () => {
    const answer = await json('GET', '/restore/987654');
    expect(answer).toEqual({ code: 4001, message: 'err when load restore [ 987654 ]: no such record', data: null });
    expectShape(answer, 'restore-status-unknown');
  });

  it('cancels a running backup, soon after', async () => {
    await json('POST', '/backup', { id, path: largeFolder() });
    await json('POST', '/backup/cancel', { id });
    // It may have ended in between.
    expect(['cancel', 'success']).toContain((await until('backup', id)).status);
    const [one, two] = [id + 1, id + 2];
    for (const wanted of [one, two]) await json('POST', '/backup', { id: wanted, path: largeFolder() });
    await json('POST', '/backup/cancel', { id: two });
    expect((await until('backup', two)).status).toBe('cancel');
    await until('backup', one);
  });

  it('leaves a finished backup alone on cancel', async () => {
    await backedUp();
    await json('POST', '/backup/cancel', { id });
    expect((await until('backup', id)).status).toBe('success');
  });

  it('answers a cancel with data null', async () => {
    await backedUp();
    expect(await json('POST', '/backup/cancel', { id })).toEqual(fixture('fa', 'backup-cancel').response.body);
  });

  it('answers 400 to a cancel of an unknown backup', async () => {
    expect(await refused(ask('POST', '/backup/cancel', { id: 987_654 }))).toBe('err when backup file: no such record');
    expect(await refused(ask('POST', '/restore/cancel', { id: 987_654 }))).toContain('no such record');
  });

  it('cancels all that runs or waits', async () => {
    for (let n = 0; n < 4; n++) await json('POST', '/backup', { id: id + n, path: largeFolder() });
    await json('POST', '/backup/cancel-all', { id: 1 });
    const ended = await Promise.all([0, 1, 2, 3].map((n) => until('backup', id + n)));
    expect(ended.filter(({ status }) => status === 'cancel').length).toBeGreaterThanOrEqual(3);
    expect((await json('POST', '/restore/cancel-all')).code).toBe(2001);
  });

  it('ignores the body of cancel-all', async () => {
    for (const body of [undefined, {}, { id: 'x' }, [1]])
      expect((await json('POST', '/backup/cancel-all', body)).code).toBe(2001);
    // As the document has it, with a comma too many.
    expect((await ask('POST', '/backup/cancel-all', undefined, token, '{"id": 1,}')).status).toBe(200);
  });

  it('answers 2001 to a cancel of all', async () => {
    expect(await json('POST', '/backup/cancel-all', { id: 1 })).toEqual(
      fixture('fa', 'backup-cancel-all').response.body,
    );
  });

  it('answers 400 when cancelling all fails', async () => {
    const { backups } = server.server;
    const cancelAll = backups.cancelAll.bind(backups);
    backups.cancelAll = async () => {
      throw new HoldfastError('io', 'The disk refuses.');
    };
    try {
      expect(await refused(ask('POST', '/backup/cancel-all', { id: 1 }))).toBe(
        'err when cancel all backup: The disk refuses.',
      );
    } finally {
      backups.cancelAll = cancelAll;
    }
  });

  it('destroys all data and records', async () => {
    const empty = await server.token('admin', ['empty']);
    await backedUp('datasets', id, empty);
    await restored('x', id, id, empty);
    expect(data(await json('GET', '/backup/repo-destroyed', undefined, empty))).toEqual({ destroyed: false });
    await json('POST', '/backup/destroy-repo', undefined, empty);
    expect(existsSync(server.repository('empty'))).toBe(false);
    expect((await json('GET', `/backup/${id}`, undefined, empty)).code).toBe(4001);
    expect((await json('GET', `/restore/${id}`, undefined, empty)).code).toBe(4001);
    expect(data(await json('GET', '/backup/repo-destroyed', undefined, empty))).toEqual({ destroyed: true });
  });

  it('answers success only when the data are gone, and starts anew with the next backup', async () => {
    const empty = await server.token('admin', ['empty']);
    await backedUp('datasets', id, empty);
    expect(await json('POST', '/backup/destroy-repo', undefined, empty)).toEqual(
      fixture('fa', 'destroy-repo').response.body,
    );
    expect(existsSync(server.repository('empty'))).toBe(false);
    expect((await backedUp('datasets', id, empty)).status).toBe('success');
    const restic = new Restic({
      repository: server.repository('empty'),
      password: await server.password('empty'),
      home: server.folder.path,
    });
    expect((await restic.check()).code).toBe(0);
  });

  it('answers 400 when the data could not be destroyed', async () => {
    const empty = await server.token('admin', ['empty']);
    await backedUp('datasets', id, empty);
    const { repositories } = server.services;
    const refuse = async () => {
      throw new HoldfastError('permission', 'The disk refuses.');
    };
    const isDestroyed = async () => data(await json('GET', '/backup/repo-destroyed', undefined, empty)).destroyed;
    const failure = 'err when destroy repo: The disk refuses.';
    const { setAside, removeAside } = repositories;
    try {
      // Before anything is lost: all is as it was.
      repositories.setAside = refuse;
      expect(await refused(ask('POST', '/backup/destroy-repo', undefined, empty))).toBe(failure);
      expect(data(await json('GET', `/backup/${id}`, undefined, empty)).status).toBe('success');
      expect((await restored('still', id, id, empty)).status).toBe('success');
      repositories.setAside = setAside;
      // While it is removed: no backup is said to be there, nor all to be gone.
      repositories.removeAside = refuse;
      renameSync(server.repository('empty'), `${server.repository('empty')}.removed`);
      expect(await refused(ask('POST', '/backup/destroy-repo', undefined, empty))).toBe(failure);
      expect((await json('GET', `/backup/${id}`, undefined, empty)).code).toBe(4001);
      expect(await isDestroyed()).toBe(false);
    } finally {
      Object.assign(repositories, { setAside, removeAside });
    }
    // The next backup does not wait for that, and the next try ends it.
    expect((await backedUp('datasets', id, empty)).status).toBe('success');
    await json('POST', '/backup/destroy-repo', undefined, empty);
    expect([await isDestroyed(), existsSync(`${server.repository('empty')}.removed`)]).toEqual([true, false]);
  });

  it('does not say of a repository behind a link that it is gone', async () => {
    const empty = await server.token('admin', ['empty']);
    await backedUp('datasets', id, empty);
    const [place, elsewhere] = [server.repository('empty'), server.folder.at('elsewhere')];
    await server.release('empty');
    renameSync(place, elsewhere);
    symlinkSync(elsewhere, place);
    expect(await refused(ask('POST', '/backup/destroy-repo', undefined, empty))).toContain('is a link');
    expect((await restored('linked', id, id, empty)).status).toBe('success');
    await server.release('empty');
    rmSync(place);
    renameSync(elsewhere, place);
    await json('POST', '/backup/destroy-repo', undefined, empty);
  });

  it('deletes snapshot and record, and cancels before if it runs', async () => {
    await backedUp();
    const { snapshotId } = record()!;
    await json('DELETE', `/backup/${id}`);
    expect(snapshots()).not.toContain(snapshotId);
    expect((await json('GET', `/backup/${id}`)).code).toBe(4001);
    await json('POST', '/backup', { id, path: largeFolder() });
    const before = snapshots().length;
    await json('DELETE', `/backup/${id}`);
    expect([record(), snapshots().length]).toEqual([undefined, before]);
  });

  it('answers 2001 to a delete', async () => {
    await backedUp();
    expect(await json('DELETE', `/backup/${id}`)).toEqual(fixture('fa', 'backup-delete').response.body);
  });

  it('answers 400 to a delete of an unknown backup', async () => {
    expect(await refused(ask('DELETE', '/backup/987654'))).toBe('err when delete a backup: no such record');
  });

  it('lets a public token read only, and wants a token for one owner', async () => {
    const reader = await server.token('public', ['ada']);
    expect((await ask('GET', '/backup/1', undefined, reader)).status).toBe(200);
    expect((await ask('POST', '/backup', { id, path: 'datasets' }, reader)).status).toBe(403);
    expect((await ask('GET', '/backup/1', undefined, await server.token('admin'))).status).toBe(403);
  });

  it('keeps every path within the root, whatever is named', async () => {
    const { ownerPath } = await import('../../../src/server/dialects/fa/owner-path.ts');
    const root = server.folder.at('ada');
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.stringMatching(/^[./\\a]{0,12}$/)), async (path) => {
        const full = await ownerPath(root, path).catch((error: { code: string }) => error);
        expect(
          typeof full === 'string' ? full === root || full.startsWith(`${root}/`) : full.code === 'invalid-input',
        ).toBe(true);
      }),
    );
  });
});
