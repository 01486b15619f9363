/** `holdfast server` as organizations, against what the documents of 2020 and 2018 show. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseSize } from '../../../src/remote/dialects/organizations/wire.ts';
import { fixture } from '../../support/dialect-fixtures.ts';
import { Restic } from '../../support/restic.ts';
import { nullableOf, sameShape } from '../../support/same-shape.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

type Json = Record<string, unknown>;

let server: TestServer;
let admin: string;
let member: string;

const scopes = [
  { id: 'lab', dialect: 'organizations', sid: 'org-1', folders: ['lab'], unitPrice: { perGib: 1024 ** 2 } },
  { id: 'old', dialect: 'organizations', folders: ['old'], shape: '2018' },
  { id: 'other', dialect: 'organizations', folders: ['other'] },
];

beforeAll(async () => {
  server = await startTestServer({ scopes });
  for (const name of ['a', 'b', 'c'])
    writeFileSync(server.folder.at('lab', `${name}.txt`), `content of ${name}`.repeat(50));
  writeFileSync(server.folder.at('old', 'database.sql'), 'x'.repeat(3_000_000));
  admin = await server.token('admin');
  member = await server.token('member');
});

afterAll(async () => {
  expect(server.faults).toEqual([]);
  await server[Symbol.asyncDispose]();
});

const list = (sid = 'org-1', serializer = 'list', level = 'organization') =>
  `/organizations/backup/list/${level}/${sid}/${serializer}/`;
const detail = (sid: string) => `/organizations/backup/detail/${sid}/`;

function ask(method: string, path: string, options: { headers?: Json; body?: string; token?: string } = {}) {
  const headers = { token: options.token ?? admin, ...options.headers } as Record<string, string>;
  return fetch(`${server.url}${path}`, {
    method,
    headers,
    ...(options.body === undefined ? {} : { body: options.body }),
  });
}

async function json(method: string, path: string, options?: Parameters<typeof ask>[2]): Promise<Json> {
  const response = await ask(method, path, options);
  expect(response.status).toBe(200);
  return (await response.json()) as Json;
}

async function text(response: Response): Promise<readonly [number, string]> {
  return [response.status, await response.text()];
}

async function made(sid = 'org-1'): Promise<Json> {
  const { sid: id } = await json('POST', list(sid, 'detail'));
  await server.ended(String(id));
  return json('GET', detail(String(id)));
}

const results = (page: Json): Json[] => page.results as Json[];

function expectShape(actual: unknown, name: string): void {
  const { body } = fixture('organizations', name).response;
  expect(sameShape(actual, body, { nullable: nullableOf('organizations') })).toEqual([]);
}

describe('organizations, as of 2020', { timeout: 60_000 }, () => {
  it('answers GET of the list', async () => {
    await made();
    const page = await json('GET', list());
    expectShape(page, 'backup-list');
    expect(page).toMatchObject({ page_number: 1, next: null, previous: null });
  });

  it('answers serializer name with exactly its fields', async () => {
    await made();
    expectShape(await json('GET', list('org-1', 'name')), 'backup-list-name');
  });

  it('answers serializer list with exactly its fields', async () => {
    await made();
    expectShape(await json('GET', list('org-1', 'list')), 'backup-list');
  });

  it('answers serializer detail with exactly its fields', async () => {
    await made();
    expectShape(await json('GET', list('org-1', 'detail')), 'backup-list-detail');
  });

  it('answers GET of the detail with exactly its fields', async () => {
    expectShape(await made(), 'backup-detail');
  });

  it('answers a create with 200 and the detail object, whatever the serializer', async () => {
    for (const serializer of ['name', 'list', 'detail']) {
      const created = await json('POST', list('org-1', serializer));
      expectShape(created, 'backup-create');
      expect(created).toMatchObject({ status: 'In Progress', file_path: '', description: '', change_permission: true });
      await server.ended(String(created.sid));
    }
  });

  it('makes one backup for each POST, its body absent, empty or {}', async () => {
    const { count } = await json('GET', list());
    const bodies = [
      {},
      { headers: { 'content-type': 'application/json' } },
      { headers: { 'content-type': 'application/json' }, body: '' },
      { headers: { 'content-type': 'application/json' }, body: '{}' },
    ];
    for (const body of bodies) await server.ended(String((await json('POST', list(), body)).sid));
    expect((await json('GET', list())).count).toBe(Number(count) + bodies.length);
  });

  it('shows the status from In Progress to Completed or Error', async () => {
    expect((await made()).status).toBe('Completed');
    const statuses = { running: 'In Progress', failed: 'Error', cancelled: 'Error', expired: 'Date Expired' } as const;
    for (const [state, status] of Object.entries(statuses)) {
      const { id } = server.row({ scope: 'lab', state: state as keyof typeof statuses });
      expect(await json('GET', detail(id))).toMatchObject({ status, file_path: '' });
      server.catalog.backups.remove(id);
    }
  });

  it('counts the versions of the scope and the files of the backup', async () => {
    const before = Number((await made()).versions);
    expect(await made()).toMatchObject({ files: 3, versions: before + 3 });
  });

  it('answers file_size as text with its unit', async () => {
    const { file_size: size, file_path: path } = await made();
    const bytes = (await (await fetch(String(path))).arrayBuffer()).byteLength;
    expect(size).toMatch(/^\d+\u00a0bytes$/);
    expect(parseSize(String(size))).toBe(bytes);
  });

  it('computes the price from the stored bytes', async () => {
    writeFileSync(server.folder.at('lab', 'noise'), crypto.getRandomValues(new Uint8Array(60_000)));
    const { sid, price } = await made();
    const { storedBytes } = server.catalog.backups.get(String(sid))!;
    expect(storedBytes).toBeGreaterThan(60_000);
    // 1024² a GiB is a 1024th a byte.
    expect(price).toBe(`$${(storedBytes! / 1024).toFixed(2)}`);
    const { rmSync } = await import('node:fs');
    rmSync(server.folder.at('lab', 'noise'));
  });

  it('answers the file_path of the backup', async () => {
    const { file_path: path } = await made();
    const response = await fetch(String(path));
    const tar = gunzipSync(Buffer.from(await response.arrayBuffer()));
    for (const name of ['a', 'b', 'c']) expect(tar.includes(`content of ${name}`.repeat(50))).toBe(true);
    const part = await fetch(String(path), { headers: { range: 'bytes=10-19' } });
    expect([part.status, part.headers.get('content-length')]).toEqual([206, '10']);
    const forged = String(path).replace(/signature=./, 'signature=x');
    expect((await fetch(forged)).status).toBe(403);
  });

  it('answers date_created in UTC with six decimals', async () => {
    const { date_created: created, sid } = await made();
    expect(created).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(Date.parse(String(created))).toBe(server.catalog.backups.get(String(sid))!.createdAt);
  });

  it('answers change_permission by what the caller may do', async () => {
    expect((await made()).change_permission).toBe(true);
    expect((await made('old')).change_permission).toBe(true);
  });

  it('answers add_permission by what the caller may do', async () => {
    expect((await json('GET', list())).add_permission).toBe(true);
  });

  it('pages by page and page_size, 10 by default, with an exact count', async () => {
    const names = Array.from({ length: 25 }, (_, n) => `row ${n}`);
    const rows = names.map((name) => server.row({ scope: 'other', name }));
    const first = await json('GET', list('other', 'name'));
    expect(first).toMatchObject({ page_size: 10, page_number: 1, page_count: 3, count: 25 });
    expect(results(first)).toHaveLength(10);
    const last = await json('GET', `${list('other', 'name')}?page=4&page_size=7`);
    expect(last).toMatchObject({ page_size: 7, page_number: 4, page_count: 4, count: 25 });
    expect(results(last).map(({ name }) => name)).toEqual(['row 3', 'row 2', 'row 1', 'row 0']);
    for (const wrong of ['page=5&page_size=7', 'page=0', 'page=x', 'page_size=-1']) {
      expect((await ask('GET', `${list('other', 'name')}?${wrong}`)).status).toBe(404);
    }
    for (const { id } of rows) server.catalog.backups.remove(id);
  });

  it('answers next and previous as absolute URLs or null', async () => {
    const rows = Array.from({ length: 5 }, () => server.row({ scope: 'other' }));
    const seen: unknown[] = [];
    let url: string | null = `${server.url}${list('other', 'name')}?page_size=2`;
    for (let page = 1; url !== null; page++) {
      const answer = (await (await fetch(url, { headers: { token: admin } })).json()) as Json;
      expect(answer.previous === null).toBe(page === 1);
      seen.push(...results(answer).map(({ sid }) => sid));
      url = answer.next as string | null;
    }
    expect(seen).toEqual(rows.map(({ id }) => id).reverse());
    for (const { id } of rows) server.catalog.backups.remove(id);
  });

  it('changes name and description by PATCH, and nothing else', async () => {
    const before = await made();
    const change = {
      name: 'Renamed',
      description: 'for good',
      status: 'Error',
      files: 99,
      sid: 'x',
      file_size: '1 GB',
    };
    const headers = { 'content-type': 'application/json' };
    const changed = await json('PATCH', detail(String(before.sid)), { headers, body: JSON.stringify(change) });
    expectShape(changed, 'backup-update');
    expect(changed).toMatchObject({ name: 'Renamed', description: 'for good', status: 'Completed', files: 3 });
    expect(changed.sid).toBe(before.sid);
    const nothing = await json('PATCH', detail(String(before.sid)), { headers, body: '{}' });
    expect(nothing).toMatchObject({ name: 'Renamed', description: 'for good' });
    for (const body of [{ name: '' }, { name: 7 }, { description: null }]) {
      const refused = await ask('PATCH', detail(String(before.sid)), { headers, body: JSON.stringify(body) });
      expect(refused.status).toBe(406);
      expect(await refused.text()).toContain(Object.keys(body)[0]);
    }
    expect((await ask('PATCH', detail(String(before.sid)), { headers, body: '{"name":' })).status).toBe(400);
  });

  it('deletes by DELETE with 204 and no body, data included', async () => {
    const { sid } = await made();
    const { snapshotId } = server.catalog.backups.get(String(sid))!;
    const snapshots = () => readdirSync(`${server.repository('lab')}/snapshots`);
    expect(snapshots()).toContain(snapshotId);
    expect(await text(await ask('DELETE', detail(String(sid))))).toEqual([204, '']);
    expect(snapshots()).not.toContain(snapshotId);
    expect((await ask('GET', detail(String(sid)))).status).toBe(406);
    const restic = new Restic({
      repository: server.repository('lab'),
      password: await server.password('lab'),
      home: server.folder.path,
    });
    expect((await restic.check()).code).toBe(0);
  });

  it('lets only admins list and create, and answers 405 with Allow to other methods of the list', async () => {
    for (const method of ['GET', 'POST']) {
      expect((await ask(method, list(), { token: member })).status).toBe(403);
      expect((await ask(method, list(), { token: await server.token('public') })).status).toBe(403);
    }
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      const response = await ask(method, list());
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST, HEAD, OPTIONS']);
    }
  });

  it('lets only admins read, change and delete, and answers 405 with Allow to other methods of the detail', async () => {
    const { sid } = await made();
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      expect((await ask(method, detail(String(sid)), { token: member })).status).toBe(403);
    }
    for (const method of ['PUT', 'POST']) {
      const response = await ask(method, detail(String(sid)));
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, PATCH, DELETE, HEAD, OPTIONS']);
    }
  });

  it('refuses an unknown level, sid or serializer with 406', async () => {
    expect((await ask('GET', list('org-1', 'list', 'project'))).status).toBe(406);
    expect((await ask('GET', list('nobody'))).status).toBe(406);
    const [status, body] = await text(await ask('GET', list('org-1', 'short')));
    expect([status, body]).toEqual([406, 'Wrong serializer - name, list, detail are acceptable']);
    expect((await ask('GET', list('lab'))).status).toBe(406);
  });

  it('answers 406 to an unknown sid of a detail', async () => {
    const panel = server.row({ scope: 'panel-of-another-dialect' });
    for (const sid of ['unknown', panel.id, '%00', '..%2f..']) {
      expect((await ask('GET', detail(sid))).status).toBe(406);
    }
    server.catalog.backups.remove(panel.id);
  });

  it('takes the credential as token, Authorization Token and Authorization Bearer', async () => {
    const forms = [{ token: admin }, { authorization: `Token ${admin}` }, { authorization: `Bearer ${admin}` }];
    for (const headers of forms) {
      expect((await fetch(`${server.url}${list()}`, { headers: headers as Record<string, string> })).status).toBe(200);
    }
  });

  it('hides the organizations that a token is not for', async () => {
    const token = await server.token('admin', ['other']);
    const { sid } = await made();
    const wrongId = fixture('organizations', 'list-wrong-id').response.text;
    expect(await text(await ask('GET', list(), { token }))).toEqual([406, wrongId]);
    expect(await text(await ask('GET', detail(String(sid)), { token }))).toEqual([406, wrongId]);
    expect((await ask('GET', list('other'), { token })).status).toBe(200);
  });

  it('backs up what restic restores, and what is in it', async () => {
    const { sid } = await made();
    const { snapshotId } = server.catalog.backups.get(String(sid))!;
    const restic = new Restic({
      repository: server.repository('lab'),
      password: await server.password('lab'),
      home: server.folder.path,
    });
    const target = server.folder.at('restored');
    await restic.restore(snapshotId!, target);
    expect(existsSync(`${target}${server.folder.at('lab', 'a.txt')}`)).toBe(true);
  });
});

describe('organizations, as of 2018', { timeout: 60_000 }, () => {
  it('answers GET of the list in the 2018 shape where the scope says so', async () => {
    await made('old');
    expectShape(await json('GET', list('old', 'list')), 'backup-list-2018');
  });

  it('answers exactly the fields of 2018, without status', async () => {
    await made('old');
    for (const serializer of ['list', 'detail']) {
      const [first] = results(await json('GET', list('old', serializer)));
      expect(Object.keys(first!)).toEqual([
        'sid',
        'name',
        'description',
        'database_size',
        'date_created',
        'change_permission',
      ]);
    }
  });

  it('names 2018 backups by their time', async () => {
    const { name, description, date_created: created } = await made('old');
    const time = String(created).slice(0, 19).replaceAll(/[-:T]/g, '');
    expect([name, description]).toEqual([`${time}.gz`, `Data backup on ${time}`]);
  });

  it('answers database_size as text with its unit', async () => {
    const { sid, database_size: size } = await made('old');
    const { archive } = server.catalog.backups.get(String(sid))!;
    expect(archive!.bytes).toBeGreaterThan(1024);
    expect(size).toBe(`${(archive!.bytes / 1024).toFixed(1)}\u00a0KB`);
  });

  it('answers a create in the 2018 shape', async () => {
    const created = await json('POST', list('old', 'detail'));
    expectShape(created, 'backup-create-2018');
    await server.ended(String(created.sid));
  });

  it('answers GET of the detail in the 2018 shape', async () => {
    expectShape(await made('old'), 'backup-detail-2018');
  });

  it('answers 401 with the documented text to a missing credential', async () => {
    for (const [method, name] of [
      ['GET', 'list-unauthenticated'],
      ['POST', 'create-unauthenticated'],
    ] as const) {
      const { status, text: words } = fixture('organizations', name).response;
      expect(await text(await fetch(`${server.url}${list('old')}`, { method }))).toEqual([status, words]);
      expect(await text(await ask(method, list('old'), { token: 'wrong' }))).toEqual([status, words]);
    }
  });

  it('answers 403 with the documented text to a member', async () => {
    for (const [method, name] of [
      ['GET', 'list-forbidden'],
      ['POST', 'create-forbidden'],
    ] as const) {
      const { status, text: words } = fixture('organizations', name).response;
      expect(await text(await ask(method, list('old'), { token: member }))).toEqual([status, words]);
    }
  });

  it('answers 406 with the documented text to a wrong sid', async () => {
    for (const [method, name] of [
      ['GET', 'list-wrong-id'],
      ['POST', 'create-wrong-id'],
    ] as const) {
      const { status, text: words } = fixture('organizations', name).response;
      expect(await text(await ask(method, list('nobody')))).toEqual([status, words]);
    }
  });

  it('answers 406 with the documented text to a wrong level', async () => {
    for (const [method, name] of [
      ['GET', 'list-wrong-level'],
      ['POST', 'create-wrong-level'],
    ] as const) {
      const { status, text: words } = fixture('organizations', name).response;
      expect(await text(await ask(method, list('old', 'list', 'user')))).toEqual([status, words]);
    }
  });
});
