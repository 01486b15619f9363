/** The data plane against its protocol (restic doc/100_references, REST backend), and against callers that mean harm. */
import { once } from 'node:events';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { rawExchange, requestText } from '../../support/raw-http.ts';
import { filesBelow, type RestClient, restClient, sha256, version2 } from '../../support/rest-client.ts';
import { runOk } from '../../support/run-process.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { serverHome } from '../../support/server-process.ts';
import { limitedFolder } from '../../support/temporary-folder.ts';

const mib = 1024 * 1024;
const quotaBytes = 2 * mib;

let server: TestServer;
let admin: RestClient;
let member: RestClient;
let reader: RestClient;
let full: RestClient;
let adminToken: string;

async function repositoryOf(one: TestServer, scope: string, role: 'admin' | 'member' | 'public'): Promise<RestClient> {
  return restClient(`${one.url}/restic/${scope}/`, await one.token(role, [scope]));
}

beforeAll(async () => {
  server = await startTestServer({
    scopes: [
      { id: 'laptop', dialect: 'restic' },
      { id: 'other', dialect: 'restic' },
      { id: 'full', dialect: 'restic', limits: { storedBytes: quotaBytes } },
      { id: 'files', dialect: 'fa' },
    ],
    stallMs: 300,
  });
  adminToken = await server.token('admin', ['laptop']);
  admin = restClient(`${server.url}/restic/laptop/`, adminToken);
  member = await repositoryOf(server, 'laptop', 'member');
  reader = await repositoryOf(server, 'laptop', 'public');
  full = await repositoryOf(server, 'full', 'admin');
  const other = await repositoryOf(server, 'other', 'admin');
  for (const client of [member, full, other]) expect((await client.ask('POST', '?create=true')).status).toBe(200);
  expect(await member.save('config', 'a configuration')).toBe(200);
});

afterAll(async () => {
  expect(server.faults).toEqual([]);
  await server[Symbol.asyncDispose]();
});

const stored = (scope = 'laptop') => filesBelow(server.repository(scope));
const unique = (() => {
  let n = 0;
  return () => `content ${n++}`;
})();

async function saved(content: Uint8Array | string, type = 'data'): Promise<string> {
  const name = `${type}/${sha256(content)}`;
  expect(await member.save(name, content)).toBe(200);
  return name;
}

/** Waits until the folder holds these files and nothing besides. */
async function untilStored(files: readonly string[], scope = 'laptop'): Promise<void> {
  await server.until(() => (stored(scope).join() === files.join() ? true : undefined));
}

describe('the protocol', { timeout: 60_000 }, () => {
  it('makes a repository, and again: it is there', async () => {
    expect((await admin.ask('POST', '?create=true')).status).toBe(200);
    expect((await admin.ask('POST', '')).status).toBe(400);
    expect(readdirSync(server.repository('laptop')).sort()).toEqual([
      'config',
      'data',
      'index',
      'keys',
      'locks',
      'snapshots',
    ]);
  });

  it.each(['data', 'index', 'keys', 'locks', 'snapshots'])(
    'saves, lists, gives and removes files of %s',
    async (type) => {
      const content = unique();
      const name = sha256(content);
      await saved(content, type);
      const old = await reader.ask('GET', `${type}/`);
      expect(old.headers.get('content-type')).toBe('application/vnd.x.restic.rest.v1');
      const oldText = await old.text();
      expect(Number(old.headers.get('content-length'))).toBe(oldText.length);
      expect(JSON.parse(oldText)).toContain(name);
      const now = await reader.ask('GET', `${type}/`, { headers: { accept: version2 } });
      expect(now.headers.get('content-type')).toBe(version2);
      expect(await now.json()).toContainEqual({ name, size: content.length });
      const head = await reader.ask('HEAD', `${type}/${name}`);
      expect([head.status, head.headers.get('content-length')]).toEqual([200, String(content.length)]);
      const whole = await reader.ask('GET', `${type}/${name}`);
      expect([whole.status, whole.headers.get('content-length')]).toEqual([200, String(content.length)]);
      expect(await whole.text()).toBe(content);
      expect((await admin.ask('DELETE', `${type}/${name}`)).status).toBe(200);
      for (const method of ['HEAD', 'GET', 'DELETE'])
        expect((await admin.ask(method, `${type}/${name}`)).status).toBe(404);
    },
  );

  it('gives ranges: from, to, the end; and says what it has where there is none', async () => {
    const content = 'abcdefghij';
    const name = await saved(content);
    const ranged = async (range: string) => {
      const response = await reader.ask('GET', name, { headers: { range } });
      const { status, headers } = response;
      return [status, await response.text(), headers.get('content-length'), headers.get('content-range')];
    };
    expect(await ranged('bytes=2-4')).toEqual([206, 'cde', '3', 'bytes 2-4/10']);
    expect(await ranged('bytes=7-')).toEqual([206, 'hij', '3', 'bytes 7-9/10']);
    expect(await ranged('bytes=-2')).toEqual([206, 'ij', '2', 'bytes 8-9/10']);
    expect(await ranged('bytes=5-500')).toEqual([206, 'fghij', '5', 'bytes 5-9/10']);
    expect(await ranged('bytes=10-')).toEqual([416, '', '0', 'bytes */10']);
  });

  it('takes a pack of 128 MiB, and gives it back as it was', async () => {
    const pack = Buffer.alloc(128 * mib, 'a large pack ');
    const name = await saved(pack);
    const back = Buffer.from(await (await reader.ask('GET', name)).arrayBuffer());
    expect(back.equals(pack)).toBe(true);
    const part = await reader.ask('GET', name, { headers: { range: `bytes=${3 * mib - 5}-${3 * mib + 4}` } });
    expect(Buffer.from(await part.arrayBuffer()).equals(pack.subarray(3 * mib - 5, 3 * mib + 5))).toBe(true);
    await admin.ask('DELETE', name);
  });
});

describe('a store in trouble', { timeout: 60_000 }, () => {
  const everything = async (client: RestClient, name: string) => {
    const asked = [
      ['HEAD', 'config'],
      ['GET', 'config'],
      ['HEAD', name],
      ['GET', name],
      ['DELETE', name],
      ['GET', 'data/'],
      ['GET', 'keys/'],
    ] as const;
    const answers = [];
    for (const [method, path] of asked) {
      const response = await client.ask(method, path);
      answers.push([`${method} ${path.slice(0, 6)}`, response.status, await response.text()] as const);
    }
    answers.push(['POST data/', await client.save(`data/${sha256('new')}`, 'new'), ''] as const);
    return answers;
  };

  it('that is gone is 503 for all but its config, and does not say where it was', async () => {
    await using one = await startTestServer({ scopes: [{ id: 'laptop', dialect: 'restic' }] });
    const client = await repositoryOf(one, 'laptop', 'admin');
    await client.ask('POST', '?create=true');
    const name = `data/${sha256('pack')}`;
    expect([await client.save('config', 'configuration'), await client.save(name, 'pack')]).toEqual([200, 200]);
    renameSync(one.repository('laptop'), one.folder.at('elsewhere'));
    const answers = await everything(client, name);
    expect(answers.map(([, status]) => status)).toEqual([404, 404, 503, 503, 503, 503, 503, 503]);
    expect(JSON.stringify(answers)).not.toContain(one.folder.path);
    renameSync(one.folder.at('elsewhere'), one.repository('laptop'));
    expect((await client.ask('GET', name)).status).toBe(200);
    expect((await client.ask('GET', `data/${sha256('other')}`)).status).toBe(404);
    expect(one.faults).toEqual([]);
  });

  it('that may only be read is a fault of the server, not of the caller: 500, and in the log', async ({ skip }) => {
    const folder = await limitedFolder({ size: '8m' });
    if (folder === undefined) return skip('needs to mount');
    await using one = await startTestServer({ scopes: [{ id: 'laptop', dialect: 'restic' }] });
    rmSync(one.folder.at('repositories'), { recursive: true, force: true });
    symlinkSync(folder.path, one.folder.at('repositories'));
    await using _ = folder;
    const client = await repositoryOf(one, 'laptop', 'admin');
    await client.ask('POST', '?create=true');
    const name = `data/${sha256('pack')}`;
    await client.save(name, 'pack');
    await runOk('mount', ['-o', 'remount,ro', folder.path]);
    expect(await client.save(`data/${sha256('new')}`, 'new')).toBe(500);
    const removal = await client.ask('DELETE', name);
    expect([removal.status, await removal.text()]).toEqual([500, 'The server may not use its own disk.\n']);
    expect(one.faults.join('\n')).toMatch(/POST .*read-only[\s\S]*DELETE .*read-only/);
  });
});

describe('who may what', { timeout: 60_000 }, () => {
  it('lets members add, remove locks and nothing else; readers read', async () => {
    const [data, lock] = [await saved(unique()), await saved(unique(), 'locks')];
    const before = stored();
    for (const path of [data, 'config', '']) expect((await member.ask('DELETE', path)).status).toBe(403);
    for (const path of [data, lock, 'config']) expect((await reader.ask('DELETE', path)).status).toBe(403);
    const fresh = unique();
    expect(await reader.save(`data/${sha256(fresh)}`, fresh)).toBe(403);
    expect((await reader.ask('POST', '?create=true')).status).toBe(403);
    expect(stored()).toEqual(before);
    expect((await member.ask('DELETE', lock)).status).toBe(200);
    expect((await admin.ask('DELETE', '')).status).toBe(501);
  });

  it("answers for another's repository as for one that is not there", async () => {
    const answers = [];
    for (const scope of ['other', 'nowhere', 'files']) {
      for (const [method, path] of [
        ['GET', 'data/'],
        ['HEAD', 'config'],
        ['POST', '?create=true'],
        ['DELETE', 'config'],
      ]) {
        const { status, headers } = await admin.ask(method!, `../${scope}/${path}`);
        answers.push([method, path, status, headers.get('content-length'), headers.get('content-type')].join(' '));
      }
    }
    expect(new Set(answers).size).toBe(4);
    expect(answers.every((answer) => answer.includes(' 404 '))).toBe(true);
  });

  it('asks for a token: as Basic, whoever the user is, or as Bearer', async () => {
    const none = await fetch(`${admin.url}config`);
    expect([none.status, none.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="holdfast"']);
    const basic = (user: string, password: string) =>
      fetch(`${admin.url}config`, { headers: { authorization: `Basic ${btoa(`${user}:${password}`)}` } });
    expect((await basic('anybody', adminToken)).status).toBe(200);
    expect((await basic('', adminToken)).status).toBe(200);
    const wrong = await basic('anybody', `${adminToken.slice(0, -1)}_`);
    expect([wrong.status, wrong.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="holdfast"']);
  });

  it('takes no password over plain http from another machine, by what a proxy tells of it', async () => {
    await using proxied = await startTestServer({
      scopes: [{ id: 'laptop', dialect: 'restic' }],
      config: { behindProxy: true },
    });
    const token = await proxied.token('admin');
    const authorization = `Basic ${btoa(`u:${token}`)}`;
    const ask = async (url: string, forwarded: Record<string, string>) =>
      (await fetch(`${url}/restic/laptop/config`, { headers: { authorization, ...forwarded } })).status;
    const far = { 'x-forwarded-for': '203.0.113.9' };
    expect(await ask(proxied.url, { ...far, 'x-forwarded-proto': 'http' })).toBe(403);
    expect(await ask(proxied.url, { ...far, 'x-forwarded-proto': 'https' })).toBe(404);
    expect(await ask(proxied.url, { 'x-forwarded-for': '127.0.0.1, 203.0.113.9' })).toBe(403);
    // Without a proxy nobody is believed.
    expect(await ask(server.url, { ...far, 'x-forwarded-proto': 'http' })).not.toBe(403);
  });

  const [address] = Object.values(networkInterfaces()).flatMap((all = []) =>
    all.filter(({ internal, family }) => !internal && family === 'IPv4').map((one) => one.address),
  );
  it.skipIf(address === undefined)('takes no password over plain http at an address of the network', async () => {
    await using open = await startTestServer({
      scopes: [{ id: 'laptop', dialect: 'restic' }],
      config: { listen: { host: address, port: 0 } },
    });
    const token = await open.token('admin');
    const url = `${open.url}/restic/laptop/config`;
    const basic = await fetch(url, { headers: { authorization: `Basic ${btoa(`u:${token}`)}` } });
    expect([basic.status, await basic.text()]).toEqual([403, expect.stringContaining('use https')]);
  });
});

describe('uploads', { timeout: 60_000 }, () => {
  it('refuses content that has another hash', async () => {
    const before = stored();
    expect(await member.save(`data/${sha256('this')}`, 'that')).toBe(400);
    expect(await member.save(`snapshots/${sha256('this')}`, '')).toBe(400);
    expect(stored()).toEqual(before);
  });

  it('never overwrites, and says so before all of it was sent', async () => {
    const content = unique();
    const name = await saved(content);
    expect(await admin.save(name, content)).toBe(403);
    expect(await admin.save(name, Buffer.alloc(20 * mib))).toBe(403);
    expect(await admin.save('config', 'another configuration')).toBe(403);
    expect(await (await reader.ask('GET', 'config')).text()).toBe('a configuration');
    expect(await (await reader.ask('GET', name)).text()).toBe(content);
  });

  it.each([
    ['of a length', 100_000],
    ['in chunks', 'chunked'],
  ] as const)('leaves nothing of an upload %s that is cut off', async (_, length) => {
    const before = stored();
    const content = unique();
    for (const cut of ['destroy', 'end', 'resetAndDestroy'] as const) {
      const socket = await member.begin(`data/${sha256(content)}`, content, length);
      await server.until(() => (stored().length > before.length ? true : undefined));
      socket[cut]();
      await untilStored(before);
      socket.destroy();
    }
    expect((await reader.ask('HEAD', `data/${sha256(content)}`)).status).toBe(404);
  });

  it('cuts off who sends nothing any more', async () => {
    const before = stored();
    const socket = await member.begin(`data/${sha256('x')}`, 'y', 10);
    await once(socket.resume(), 'end');
    socket.destroy();
    await untilStored(before);
  });

  it('publishes one of 50 uploads of the same at the same time', async () => {
    const content = Buffer.alloc(mib, unique());
    const name = `data/${sha256(content)}`;
    const before = stored();
    const answers = await Promise.all(Array.from({ length: 50 }, () => member.save(name, content)));
    expect(answers.sort()).toEqual([200, ...new Array(49).fill(403)]);
    expect(stored().filter((path) => !before.includes(path))).toEqual([`data/${name.slice(5, 7)}/${name.slice(5)}`]);
  });

  it('holds a quota: of what is announced, of what comes, and of many at once', async () => {
    const before = stored('full');
    const large = Buffer.alloc(quotaBytes + 1, unique());
    expect(await full.save(`data/${sha256(large)}`, large)).toBe(413);
    const streamed = await full.ask('POST', `data/${sha256(large)}`, {
      body: new Blob([large]).stream(),
      duplex: 'half',
    } as RequestInit);
    expect([streamed.status, await streamed.text()]).toEqual([413, expect.stringContaining('quota')]);
    await untilStored(before, 'full');
    const many = Array.from({ length: 8 }, () => Buffer.alloc(0.5 * mib, unique()));
    const answers = await Promise.all(many.map((content) => full.save(`data/${sha256(content)}`, content)));
    expect(answers.toSorted()).toEqual([...new Array(4).fill(200), ...new Array(4).fill(413)]);
    // Still to be tidied up.
    const lock = unique();
    expect(await full.save(`locks/${sha256(lock)}`, lock)).toBe(200);
    const index = unique();
    expect(await full.save(`index/${sha256(index)}`, index)).toBe(200);
    const again = many[answers.indexOf(413)]!;
    expect(await full.save(`data/${sha256(again)}`, again)).toBe(413);
    const name = sha256(many[answers.indexOf(200)]!);
    expect((await full.ask('DELETE', `data/${name}`)).status).toBe(200);
    // Those count as well.
    expect(await full.save(`data/${sha256(again)}`, again)).toBe(413);
    for (const path of [`locks/${sha256(lock)}`, `index/${sha256(index)}`])
      expect((await full.ask('DELETE', path)).status).toBe(200);
    expect(await full.save(`data/${sha256(again)}`, again)).toBe(200);
  });

  it.each([
    ['in chunks', 1, 8 * mib, 'chunked'],
    ['many of them', 64, 64 * 1024, 'kept'],
    ['that come and go', 40, 64 * 1024, 'removed'],
  ] as const)('holds the quota of a member against locks: %s', async (_, count, bytes, how) => {
    await using one = await startTestServer({
      scopes: [{ id: 'full', dialect: 'restic', limits: { storedBytes: quotaBytes } }],
    });
    const client = await repositoryOf(one, 'full', 'member');
    await client.ask('POST', '?create=true');
    const fill = async () => {
      for (let status = 200; status === 200; ) {
        const content = Buffer.alloc(0.25 * mib, unique());
        status = await client.save(`data/${sha256(content)}`, content);
      }
    };
    await fill();
    for (let n = 0; n < count; n++) {
      const lock = Buffer.alloc(bytes, unique());
      const path = `locks/${sha256(lock)}`;
      const body = how === 'chunked' ? new Blob([lock]).stream() : lock;
      await (await client.ask('POST', path, { body, duplex: 'half' } as RequestInit)).text();
      if (how === 'removed') await client.ask('DELETE', path);
    }
    await fill();
    const stored = filesBelow(one.repository('full')).map((path) => statSync(`${one.repository('full')}/${path}`).size);
    // What locks may take beyond it.
    expect(stored.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(quotaBytes + mib);
  });

  it('says that the disk is full, and leaves nothing', async ({ skip }) => {
    const folder = await limitedFolder({ size: '8m' });
    if (folder === undefined) return skip('needs to mount');
    await using tight = await startTestServer({ scopes: [{ id: 'laptop', dialect: 'restic' }], folder });
    const client = await repositoryOf(tight, 'laptop', 'member');
    await client.ask('POST', '?create=true');
    const content = Buffer.alloc(16 * mib, 'x');
    expect(await client.save(`data/${sha256(content)}`, content)).toBe(507);
    expect(filesBelow(tight.repository('laptop'))).toEqual([]);
    expect(await client.save(`data/${sha256('small')}`, 'small')).toBe(200);
  });

  it('counts a file that many remove at once as gone once', async () => {
    await using one = await startTestServer({
      scopes: [{ id: 'full', dialect: 'restic', limits: { storedBytes: mib } }],
    });
    const client = await repositoryOf(one, 'full', 'admin');
    await client.ask('POST', '?create=true');
    const [first, second, third] = Array.from({ length: 3 }, () => Buffer.alloc(0.5 * mib, unique()));
    const save = (content: Buffer) => client.save(`data/${sha256(content)}`, content);
    expect([await save(first!), await save(second!), await save(third!)]).toEqual([200, 200, 413]);
    const removed = await Promise.all(
      Array.from({ length: 12 }, async () => (await client.ask('DELETE', `data/${sha256(first!)}`)).status),
    );
    expect(removed.sort()).toEqual([200, ...new Array(11).fill(404)]);
    expect([await save(third!), await save(first!)]).toEqual([200, 413]);
  });

  it('killed in the middle of one, shows nothing of it and goes on', async () => {
    await using home = await serverHome({ scopes: [{ id: 'laptop', name: 'laptop', dialect: 'restic' }] });
    const first = await home.start();
    const token = first.firstToken!;
    const client = restClient(`${first.url}/restic/laptop/`, token);
    await client.ask('POST', '?create=true');
    const content = Buffer.alloc(3 * mib, 'killed');
    const name = `data/${sha256(content)}`;
    await client.begin(name, content.subarray(0, 2 * mib), content.length);
    const folder = home.folder.at('home/.local/share/holdfast/server/repositories/laptop');
    await server.until(() => (filesBelow(folder).length > 0 ? true : undefined));
    await first.end('SIGKILL');
    const second = restClient(`${(await home.start()).url}/restic/laptop/`, token);
    expect(await (await second.ask('GET', 'data/')).json()).toEqual([]);
    expect((await second.ask('HEAD', name)).status).toBe(404);
    expect(await second.save(name, content)).toBe(200);
  });
});

describe('reads', { timeout: 60_000 }, () => {
  it.each(['goes away', 'takes nothing any more'])('end for a caller that %s', async (how) => {
    const name = await saved(Buffer.alloc(64 * mib, unique()));
    const reads = vi.spyOn(server.services.repositories.backend('laptop'), 'readRange');
    const connected = once(server.server.http.server, 'connection');
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(server.url).port) }).pause();
    socket.on('error', () => undefined);
    socket.write(requestText(`GET /restic/laptop/${name}`, { host: 'x', authorization: `Bearer ${adminToken}` }));
    const [accepted] = (await connected) as [Socket];
    const closed = new Promise((resolve) => accepted.once('close', resolve));
    await server.until(() => (reads.mock.calls.length > 0 ? true : undefined));
    if (how === 'goes away') socket.destroy();
    await closed;
    socket.destroy();
    expect(reads.mock.calls.length).toBeLessThan(32);
    reads.mockRestore();
    await admin.ask('DELETE', name);
  });
});

describe('names', { timeout: 120_000 }, () => {
  const hash = sha256('no such content');
  const piece = fc.oneof(
    fc.constantFrom(
      '..',
      '.',
      '%2e%2e',
      '%2e',
      '%2f',
      '%5c',
      '\\',
      '%00',
      '',
      '//',
      '~',
      'data',
      'DATA',
      'config',
      'keys',
    ),
    fc.constantFrom(
      hash.toUpperCase(),
      `${hash}0`,
      hash.slice(1),
      'x'.repeat(5000),
      `${hash}%00`,
      `${hash}/`,
      '%ff',
      '%',
    ),
    fc.string({ minLength: 1, maxLength: 20 }).map((text) => encodeURIComponent(text.toWellFormed())),
  );

  it('that are none are refused, whatever they are, and nothing is touched', async () => {
    const outside = server.folder.at('canary');
    mkdirSync(outside);
    const port = Number(new URL(server.url).port);
    const before = filesBelow(server.folder.path).filter((path) => !path.includes('sqlite'));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('POST', 'DELETE', 'GET', 'HEAD'),
        fc.array(piece, { minLength: 1, maxLength: 5 }),
        async (method, pieces) => {
          const path = `/restic/laptop/${pieces.join('/')}`;
          // What there is, is no garbage.
          if (/^\/restic\/laptop\/((data|keys)\/?|config)?$/.test(path)) return;
          const answer = await rawExchange(
            port,
            requestText(
              `${method} ${path}`,
              { host: `127.0.0.1:${port}`, authorization: `Bearer ${adminToken}`, 'content-length': '1' },
              'x',
            ),
          );
          expect([path, Math.floor((answer?.status ?? 0) / 100)]).toEqual([path, 4]);
        },
      ),
      { numRuns: 400 },
    );
    expect(filesBelow(server.folder.path).filter((path) => !path.includes('sqlite'))).toEqual(before);
  });
});
