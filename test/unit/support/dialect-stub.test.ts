/** The stub is strict, or client tests show nothing: plants what is not documented, and sees it refused. */
import { describe, expect, it } from 'vitest';
import {
  answerBody,
  type Dialect,
  dialects,
  type Fixture,
  fixture,
  fixturesOf,
  requestPath,
} from '../../support/dialect-fixtures.ts';
import { documentedCredential } from '../../support/dialect-product.ts';
import { type DialectStub, startDialectStub } from '../../support/dialect-stub.ts';
import { httpSink } from '../../support/http-sink.ts';
import { rawAnswers } from '../../support/raw-answer.ts';

interface Change {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly redirect?: 'manual';
}

/** The fixture's request with its sample values, changed; an empty header is left out. */
function ask(stub: DialectStub, of: Fixture, change: Change = {}): Promise<Response> {
  const { header, prefix } = documentedCredential[of.dialect];
  const query = new URLSearchParams(of.request.query).toString();
  const fields = of.request.parameters.filter((one) => one.in === 'body');
  const samples = { string: 'some', integer: 1, boolean: true };
  const made =
    fields.length === 0 ? undefined : Object.fromEntries(fields.map(({ name, type }) => [name, samples[type]]));
  const body = 'body' in change ? change.body : (of.request.body ?? made);
  const headers = {
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(of.request.headers['Content-Type'] === undefined ? {} : { 'content-type': of.request.headers['Content-Type'] }),
    accept: 'application/json',
    [header]: `${prefix}${stub.token}`,
    ...change.headers,
  };
  return fetch(`${stub.url}${change.path ?? requestPath(of) + (query === '' ? '' : `?${query}`)}`, {
    method: change.method ?? of.request.method,
    headers: Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== '')),
    redirect: change.redirect ?? 'follow',
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

const everything = dialects.flatMap((dialect) =>
  fixturesOf(dialect).map((of) => ({ of, title: `${dialect}/${of.name}` })),
);

describe('what is documented', () => {
  it.each(everything)('$title: asked as documented, answers as documented', async ({ of }) => {
    await using stub = await startDialectStub(of.dialect);
    stub.answer(of.name);
    const response = await ask(stub, of);
    const text = await response.text();
    expect(stub.refused).toEqual([]);
    expect(response.status).toBe(of.response.status);
    expect(stub.unused()).toBe(0);
    for (const [name, value] of Object.entries(of.response.headers)) expect(response.headers.get(name)).toBe(value);
    if (of.response.text !== undefined) expect(text).toBe(of.response.text);
    else if (answerBody(of) === undefined) expect(text).toBe('');
    else expect(JSON.parse(text)).toEqual(answerBody(of));
  });

  it('answers the good answer without being told, of the version asked for', async () => {
    await using stub = await startDialectStub('organizations', { version: '2018' });
    const of = fixture('organizations', 'backup-list-2018');
    expect(await (await ask(stub, of)).json()).toEqual(of.response.body);
    expect((await ask(stub, fixture('organizations', 'backup-delete'))).status).toBe(599);
    await using newer = await startDialectStub('organizations');
    expect(await (await ask(newer, of)).json()).toEqual(fixture('organizations', 'backup-list').response.body);
  });

  it('stands below a prefix', async () => {
    await using stub = await startDialectStub('stacks', { prefix: '/api/3' });
    expect(stub.url).toMatch(/\/api\/3$/);
    expect((await ask(stub, fixture('stacks', 'backup'))).status).toBe(200);
    const outside = await fetch(new URL('/stacks/x/backups', stub.url), {
      headers: { authorization: `Bearer ${stub.token}` },
    });
    expect(outside.status).toBe(599);
  });
});

describe('what is not documented', () => {
  const created = { name: 'one' };
  it.each<[title: string, dialect: Dialect, name: string, change: Change, why: string]>([
    ['another path', 'fa', 'backup-create', { path: '/fa/api/v0/backup/new' }, 'POST /fa/api/v0/backup/new'],
    ['a doubled slash', 'fa', 'backup-create', { path: '//fa/api/v0/backup' }, 'POST //fa/api/v0/backup'],
    ['no slash at the end', 'organizations', 'backup-detail', { path: '/organizations/backup/detail/xxx' }, 'GET /org'],
    ['another method', 'panel', 'backup', { method: 'PUT' }, 'PUT /api/client'],
    ['an id that is no integer', 'fa', 'backup-status', { path: '/fa/api/v0/backup/x1' }, 'GET /fa'],
    [
      'another level',
      'organizations',
      'backup-list',
      { path: '/organizations/backup/list/project/x/list/' },
      'GET /org',
    ],
    [
      'no credential',
      'organizations',
      'backup-list',
      { headers: { token: '' } },
      'without its credential (token: <token>)',
    ],
    ['a wrong credential', 'panel', 'backup', { headers: { authorization: 'Bearer x' } }, 'without its credential'],
    ['another scheme', 'fa', 'backup-status', { headers: { authorization: 'Token x' } }, 'without its credential'],
    ['no content type', 'fa', 'backup-status', { headers: { 'content-type': '' } }, 'header Content-Type: (none)'],
    [
      'another content type',
      'panel',
      'backup-create',
      { headers: { 'content-type': 'text/plain' } },
      'a body of type text/plain',
    ],
    ['no Accept', 'panel', 'backup', { headers: { accept: '' } }, 'header Accept: */*'],
    ['a query', 'fa', 'backup-status', { path: '/fa/api/v0/backup/1?page=1' }, 'query parameter page'],
    ['a query of the product', 'stacks', 'backup-list', { path: '/stacks/x/backups?page=1' }, 'query parameter page'],
    [
      'a query of another type',
      'stacks',
      'backup-list',
      { path: '/stacks/x/backups?group=a' },
      'group=a, which is integer',
    ],
    ['a value that is no option', 'stacks', 'backup-list', { path: '/stacks/x/backups?db_type=db2' }, 'one of mysql'],
    ['a query twice', 'stacks', 'backup-list', { path: '/stacks/x/backups?group=1&group=2' }, 'group twice'],
    [
      'an import without its group',
      'stacks',
      'backup-import',
      { path: '/stacks/x/backups?remote_url=u&db_type=mysql' },
      'without query parameter group',
    ],
    ['a body without a field', 'fa', 'backup-create', { body: { id: 1 } }, '$.path: missing'],
    [
      'a field of another type',
      'fa',
      'backup-create',
      { body: { id: '1', path: 'a' } },
      '$.id: string instead of integer',
    ],
    ['a field too many', 'fa', 'backup-cancel', { body: { id: 1, force: true } }, '$.force: not a documented field'],
    ['no body', 'fa', 'backup-cancel-all', { body: undefined }, 'without a body'],
    ['a body that is no JSON', 'fa', 'backup-create', { body: '{' }, 'not a JSON object'],
    ['no required field', 'panel', 'backup-create', { body: { ignored: 'a' } }, 'without field name'],
    ['an unknown field', 'panel', 'backup-create', { body: { ...created, size: 1 } }, 'field size'],
    [
      'a list for a text',
      'panel',
      'backup-create',
      { body: { ...created, ignored: ['a'] } },
      'field ignored of type object',
    ],
    [
      'a form',
      'panel',
      'backup-create',
      { body: 'name=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      'a body of type',
    ],
    ['form data', 'organizations', 'backup-create', { body: created }, 'field name'],
  ])('refuses %s', async (_, dialect, name, change, why) => {
    await using stub = await startDialectStub(dialect);
    const response = await ask(stub, fixture(dialect, name), change);
    expect(response.status).toBe(599);
    const text = await response.text();
    expect(text).toContain(`Not documented for ${dialect}: `);
    expect(text).toContain(why);
    expect(stub.refused.map(({ reason }) => reason)).toEqual([text]);
    expect(stub.requests).toHaveLength(1);
  });

  it('takes {} where no data are required', async () => {
    await using stub = await startDialectStub('organizations');
    expect((await ask(stub, fixture('organizations', 'backup-create'), { body: {} })).status).toBe(200);
    await using panel = await startDialectStub('panel');
    const empty = { body: undefined, headers: { 'content-type': 'application/json' } };
    expect((await ask(panel, fixture('panel', 'backup-lock'), empty)).status).toBe(200);
  });

  it.each<[title: string, dialect: Dialect, name: string, change: (token: string) => Change]>([
    [
      'paging',
      'organizations',
      'backup-list',
      () => ({ path: '/organizations/backup/list/organization/x/list/?page=2&page_size=50' }),
    ],
    [
      'the SDK’s credential',
      'organizations',
      'backup-list',
      (token) => ({ headers: { token: '', authorization: `Token ${token}` } }),
    ],
    [
      'the key’s credential',
      'organizations',
      'backup-list',
      (token) => ({ headers: { token: '', authorization: `Bearer ${token}` } }),
    ],
    [
      'its own routes',
      'fa',
      'backup-create',
      () => ({ path: '/fa/api/v0/restore/new', body: { restore_id: 1, backup_id: 1, dst_path: 'a' } }),
    ],
    ['paging', 'panel', 'backup-list', () => ({ path: '/api/client/servers/1a2b3c4d/backups?page=2&per_page=50' })],
    ['no name', 'panel', 'backup-create', () => ({ body: {} })],
    ['paging', 'stacks', 'backup-list', () => ({ path: '/stacks/x/backups?page=2' })],
    ['.json', 'stacks', 'backup-list', () => ({ path: '/stacks/x/backups.json' })],
    [
      'JSON with nulls',
      'stacks',
      'backup-create',
      () => ({ path: '/stacks/x/backups', body: { db_type: 'mysql', gzip: false, frequency: null } }),
    ],
  ])('takes %s of %s only with the product', async (_, dialect, name, change) => {
    await using strict = await startDialectStub(dialect);
    expect((await ask(strict, fixture(dialect, name), change(strict.token))).status).toBe(599);
    await using stub = await startDialectStub(dialect, { withProduct: true });
    await ask(stub, fixture(dialect, name), change(stub.token));
    expect(stub.refused).toEqual([]);
  });
});

describe('scenarios', () => {
  it('answer in the order queued, each for its own request, then as documented again', async () => {
    await using stub = await startDialectStub('fa');
    stub.answer('backup-status-unknown', { times: 2 });
    stub.answer('backup-status', {
      values: ({ target }) => ({ 'data.id': Number(target.split('/').at(-1)), 'data.status': 'failed' }),
    });
    stub.answer('restore-create-failed');
    const status = async () =>
      (await ask(stub, fixture('fa', 'backup-status'), { path: '/fa/api/v0/backup/77' })).json();
    expect((await ask(stub, fixture('fa', 'restore-create'))).status).toBe(400);
    expect(await status()).toMatchObject({ code: 4001 });
    expect(await status()).toMatchObject({ code: 4001 });
    expect(await status()).toMatchObject({ data: { id: 77, status: 'failed' } });
    expect(await status()).toEqual(fixture('fa', 'backup-status').response.body);
    expect(stub.requests.map((one) => one.fixture)).toEqual(['restore-create', ...Array(4).fill('backup-status')]);
    expect(stub.requests[0]).toMatchObject({ method: 'POST', target: '/fa/api/v0/restore' });
    expect(JSON.parse(String(stub.requests[0]!.body))).toEqual(fixture('fa', 'restore-create').request.body);
  });

  it('cannot answer what the document has no shape of', async () => {
    await using stub = await startDialectStub('fa');
    expect(() => stub.answer('backup-status', { values: { 'data.id': 'three' } })).toThrow('$.data.id: string instead');
    expect(() => stub.answer('backup-status', { values: { 'data.size': 1 } })).toThrow('not a documented field');
    expect(() => stub.answer('backup-status', { values: { 'nowhere.size': 1 } })).toThrow('no nowhere.size');
    expect(() => stub.answer('product:backup-new')).toThrow('No fixture');
    stub.answer('backup-status', { values: () => ({ 'data.id': 'three' }) });
    expect((await ask(stub, fixture('fa', 'backup-status'))).status).toBe(599);
    expect(stub.refused).toHaveLength(1);
  });

  it('give lists of any length and the dialect’s nulls', async () => {
    await using stub = await startDialectStub('panel');
    const of = fixture('panel', 'backup');
    stub.answer('backup', { values: { 'attributes.completed_at': null, 'attributes.checksum': 'sha1:00' } });
    stub.answer('backup-list', { values: { data: [], 'meta.pagination.total': 0 } });
    expect(await (await ask(stub, of)).json()).toMatchObject({ attributes: { completed_at: null } });
    expect(await (await ask(stub, fixture('panel', 'backup-list'))).json()).toMatchObject({ data: [] });
  });

  it('are those of the product, when it is on', async () => {
    await using stub = await startDialectStub('panel', { withProduct: true });
    stub.answer('product:restoring');
    const response = await ask(stub, fixture('panel', 'backup-list'));
    expect([response.status, await response.json()]).toMatchObject([409, { errors: [{ status: '409' }] }]);
  });

  it('answer errors to what only the product asks, too', async () => {
    await using stub = await startDialectStub('organizations', { withProduct: true });
    stub.answer('list-forbidden');
    stub.answer('product:error-list');
    const second = { path: '/organizations/backup/list/organization/x/list/?page=2' };
    expect((await ask(stub, fixture('organizations', 'backup-list'), second)).status).toBe(403);
    expect((await ask(stub, fixture('organizations', 'backup-list'), second)).status).toBe(406);
  });

  it('point at files of their own, whose requests are kept', async () => {
    await using stub = await startDialectStub('panel');
    const url = stub.download({ body: 'bytes' });
    stub.answer('backup-download', { values: { 'attributes.url': url } });
    expect(await (await ask(stub, fixture('panel', 'backup-download'))).json()).toMatchObject({ attributes: { url } });
    expect(await (await fetch(url)).text()).toBe('bytes');
    expect(stub.requests.at(-1)).toMatchObject({ target: new URL(url).pathname, fixture: undefined });
    expect(stub.refused).toEqual([]);
  });
});

describe('raw answers', () => {
  const of = fixture('fa', 'backup-status');

  it('are sent as they are: garbage, HTML, nothing, two objects', async () => {
    await using stub = await startDialectStub('fa');
    stub.answerRaw(rawAnswers.garbage);
    stub.answerRaw(rawAnswers.html, { name: 'backup-status' });
    stub.answerRaw(rawAnswers.empty);
    stub.answerRaw(rawAnswers.twice(400, { code: 400 }));
    expect(new Uint8Array(await (await ask(stub, of)).arrayBuffer())).toEqual(rawAnswers.garbage.body);
    expect(await (await ask(stub, of)).text()).toContain('<html>');
    expect(await (await ask(stub, of)).text()).toBe('');
    const twice = await ask(stub, of);
    expect([twice.status, await twice.text()]).toEqual([400, '{"code":400}{"code":400}']);
  });

  it('break off: reset, truncated', async () => {
    await using stub = await startDialectStub('fa');
    stub.answerRaw(rawAnswers.reset);
    stub.answerRaw(rawAnswers.truncated);
    await expect(ask(stub, of)).rejects.toThrow();
    const truncated = await ask(stub, of);
    expect(truncated.status).toBe(200);
    await expect(truncated.text()).rejects.toThrow();
  });

  it('come in two halves, the second when it is let', async () => {
    await using stub = await startDialectStub('fa');
    const gate = Promise.withResolvers<void>();
    stub.answerRaw({ body: 'slowly', fault: gate.promise });
    const reader = (await ask(stub, of)).body!.getReader();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('slo');
    gate.resolve();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('wly');
  });

  it('ask to wait, and lead elsewhere', async () => {
    await using stub = await startDialectStub('fa');
    await using elsewhere = await httpSink();
    stub.answerRaw(rawAnswers.busy(429, '7'));
    stub.answerRaw(rawAnswers.redirect(elsewhere.url));
    const busy = await ask(stub, of);
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([429, '7']);
    const moved = await ask(stub, of, { redirect: 'manual' });
    expect([moved.status, moved.headers.get('location')]).toEqual([302, elsewhere.url]);
    expect(elsewhere.received).toEqual([]);
  });
});
