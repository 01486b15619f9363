/** The promises of the loopback control API, each against a real server on a real port. */
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../support/fake-clock.ts';
import { type RawAnswer, rawExchange, requestText } from '../support/raw-http.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { exampleServer, token } from '../unit/agent/control-server/example-server.ts';

type Server = Awaited<ReturnType<typeof exampleServer>>;

const authorization = `Bearer ${token}`;
const code = (answer: RawAnswer | undefined) => JSON.parse(answer?.body ?? '{}').error?.code;

/** A GET with a good credential, unless the headers say otherwise. */
const get = (server: Server, path: string, headers: Readonly<Record<string, string>> = {}) =>
  rawExchange(server.port, requestText(`GET ${path}`, { host: `127.0.0.1:${server.port}`, authorization, ...headers }));

describe('Host', () => {
  it('is exactly 127.0.0.1:port, localhost:port or [::1]:port, else 403', async () => {
    await using server = await exampleServer();
    const { port } = server;
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]) {
      expect([host, (await get(server, '/api/notes', { host }))?.status]).toEqual([host, 200]);
    }
    const foreign = [
      '127.0.0.1',
      'localhost',
      `127.0.0.1:${port + 1}`,
      `evil.example:${port}`,
      `127.0.0.1:${port}.evil.example`,
    ].concat([`127.0.0.2:${port}`, `0.0.0.0:${port}`, `127.1:${port}`, `user@127.0.0.1:${port}`, '']);
    for (const host of foreign) {
      const answer = await get(server, '/api/notes', { host });
      expect([host, answer?.status, code(answer)]).toEqual([host, 403, 'permission']);
    }
  });

  it('is checked before routing: unknown routes, broken paths and the login are 403 too', async () => {
    await using server = await exampleServer();
    for (const path of ['/api/unknown', '/%', '/login?code=x', '/', 'http://127.0.0.1/api/notes']) {
      expect([path, (await get(server, path, { host: 'evil.example' }))?.status]).toEqual([path, 403]);
    }
  });

  it('may be there once only', async () => {
    await using server = await exampleServer();
    const hosts = [`127.0.0.1:${server.port}`, 'evil.example'].map((host) => ['host', host] as const);
    for (const twice of [hosts, hosts.toReversed()]) {
      const text = requestText('GET /api/notes', [...twice, ['authorization', authorization]]);
      expect((await rawExchange(server.port, text))?.status).toBe(403);
    }
    const none = await rawExchange(server.port, `GET /api/notes HTTP/1.0\r\nauthorization: ${authorization}\r\n\r\n`);
    expect(none?.status).toBe(403);
  });
});

describe('other web sites', () => {
  it('are 403 by Origin: foreign, null, of another port or scheme', async () => {
    await using server = await exampleServer();
    const own = `http://127.0.0.1:${server.port}`;
    expect((await get(server, '/api/notes', { origin: own }))?.status).toBe(200);
    const foreign = ['null', 'https://evil.example', `http://127.0.0.1:${server.port + 1}`, 'http://127.0.0.1'].concat([
      own.replace('http:', 'https:'),
      `http://localhost:${server.port}`,
      `${own}.evil.example`,
      '',
    ]);
    for (const origin of foreign) {
      expect([origin, (await get(server, '/api/notes', { origin }))?.status]).toEqual([origin, 403]);
    }
  });

  it('are 403 by Sec-Fetch-Site, with a good cookie too', async () => {
    await using server = await exampleServer();
    for (const [site, status] of [
      ['cross-site', 403],
      ['same-site', 403],
      ['same-origin', 200],
      ['none', 200],
    ] as const) {
      expect([site, (await get(server, '/api/notes', { 'sec-fetch-site': site }))?.status]).toEqual([site, status]);
    }
  });

  it('get no CORS header, and no answer to a preflight', async () => {
    await using server = await exampleServer();
    const own = { origin: `http://127.0.0.1:${server.port}` };
    const answer = await get(server, '/api/notes', own);
    expect(Object.keys(answer?.headers ?? {}).filter((name) => name.startsWith('access-control'))).toEqual([]);
    const preflight = requestText('OPTIONS /api/notes', {
      host: `127.0.0.1:${server.port}`,
      origin: 'https://evil.example',
      'access-control-request-method': 'POST',
    });
    expect((await rawExchange(server.port, preflight))?.status).toBe(403);
  });
});

describe('the credential', () => {
  it('is asked for on every route of the table, and by what is no route', async () => {
    await using server = await exampleServer({ hub: { listeners: 0 } });
    const paths = server.routes.map(({ verb, path }) => [
      verb,
      path.replaceAll(/:\w+/g, '1').replace('*', 'index.html'),
    ]);
    expect(paths.length).toBeGreaterThan(9);
    expect(server.routes.map(({ path }) => path)).toContain('/api/events');
    for (const [verb, path] of [...paths, ['GET', '/'], ['GET', '/api/unknown'], ['GET', '/%'], ['POST', '/login']]) {
      const headers = { host: `127.0.0.1:${server.port}`, 'content-type': 'application/json' };
      const without = await rawExchange(server.port, requestText(`${verb} ${path}`, headers));
      expect([verb, path, without?.status]).toEqual([verb, path, 401]);
      if (path === '/login') continue;
      const answer = await rawExchange(server.port, requestText(`${verb} ${path}`, { ...headers, authorization }));
      expect([verb, path, answer?.status === 401]).toEqual([verb, path, false]);
    }
  });

  it('is wrong when it is nearly right', async () => {
    await using server = await exampleServer();
    const wrong = [`Bearer ${token}x`, `Bearer ${token.slice(1)}`, token, 'Bearer ', `Basic ${btoa(`:${token}`)}`];
    for (const one of wrong)
      expect([one, (await get(server, '/api/notes', { authorization: one }))?.status]).toEqual([one, 401]);
    const cookie = `holdfast-${server.port}=${token}`;
    expect((await get(server, '/api/notes', { authorization: '', cookie }))?.status).toBe(401);
  });

  it('is never taken from a URL', async () => {
    await using server = await exampleServer();
    for (const path of [
      `/api/notes?token=${token}`,
      `/api/notes?access_token=${token}`,
      `/api/notes?code=${server.credentials.newLoginCode()}`,
    ]) {
      expect((await get(server, path, { authorization: '' }))?.status).toBe(401);
    }
  });

  it('is answered with 429 after too many wrong ones, while the right one still passes', async () => {
    const clock = new FakeClock();
    await using server = await exampleServer({ clock });
    const wrong = () => get(server, '/api/notes', { authorization: 'Bearer wrong' });
    const statuses: (number | undefined)[] = [];
    for (let count = 0; count < 22; count++) statuses.push((await wrong())?.status);
    expect(statuses.indexOf(429)).toBe(20);
    await clock.advance(10_000);
    const limited = await wrong();
    expect([limited?.status, limited?.headers['retry-after'], code(limited)]).toEqual([429, '50', 'too-many-requests']);
    expect((await get(server, '/login?code=wrong'))?.status).toBe(429);
    expect((await get(server, '/api/notes'))?.status).toBe(200);
    await clock.advance(60_000);
    expect((await wrong())?.status).toBe(401);
  });
});

describe('the login', () => {
  const login = (server: Server, loginCode: string) => get(server, `/login?code=${loginCode}`, { authorization: '' });

  it('by a code sets a cookie that no script reads and no other site sends, and goes on to the window', async () => {
    await using server = await exampleServer();
    const answer = await login(server, server.credentials.newLoginCode());
    expect([answer?.status, answer?.headers.location, answer?.headers['cache-control']]).toEqual([
      303,
      '/',
      'no-store',
    ]);
    const [pair = '', ...attributes] = (answer?.headers['set-cookie'] ?? '').split('; ');
    expect(attributes).toEqual(['HttpOnly', 'SameSite=Strict', 'Path=/']);
    const cookie = `other=1; ${pair}`;
    expect((await get(server, '/api/notes', { authorization: '', cookie }))?.status).toBe(200);
    const elsewhere = pair.replace(/^holdfast-\d+/, 'holdfast-1');
    expect((await get(server, '/api/notes', { authorization: '', cookie: elsewhere }))?.status).toBe(401);
  });

  it('works once a code: of 100 at the same time one gets in', async () => {
    await using server = await exampleServer();
    const loginCode = server.credentials.newLoginCode();
    const answers = await Promise.all(Array.from({ length: 100 }, () => login(server, loginCode)));
    expect(answers.filter((answer) => answer?.status === 303)).toHaveLength(1);
    expect(answers.filter((answer) => answer?.headers['set-cookie'] !== undefined)).toHaveLength(1);
  });

  it('works for 60 s a code', async () => {
    const clock = new FakeClock();
    await using server = await exampleServer({ clock });
    const [early, late] = [server.credentials.newLoginCode(), server.credentials.newLoginCode()];
    await clock.advance(59_999);
    expect((await login(server, early))?.status).toBe(303);
    await clock.advance(1);
    expect((await login(server, late))?.status).toBe(401);
  });

  it('ends when nobody used it for a day, and when it is ended', async () => {
    const clock = new FakeClock();
    await using server = await exampleServer({ clock });
    const cookieOf = async () =>
      (await login(server, server.credentials.newLoginCode()))?.headers['set-cookie']?.split(';')[0] ?? '';
    const status = async (cookie: string) => (await get(server, '/api/notes', { authorization: '', cookie }))?.status;
    const [used, unused, ended] = [await cookieOf(), await cookieOf(), await cookieOf()];
    await clock.advance(20 * 3_600_000);
    expect(await status(used)).toBe(200);
    server.credentials.end(ended.split('=')[1] ?? '');
    expect(await status(ended)).toBe(401);
    await clock.advance(20 * 3_600_000);
    expect([await status(used), await status(unused)]).toEqual([200, 401]);
  });

  it('tells a person who comes without, in a page', async () => {
    await using server = await exampleServer();
    const answer = await get(server, '/', { authorization: '', accept: 'text/html,*/*' });
    expect([answer?.status, answer?.headers['content-type']]).toEqual([401, 'text/html; charset=utf-8']);
    expect(answer?.body).toContain('holdfast open');
  });
});

describe('limits', () => {
  it('are held by headers, bodies and time', async () => {
    await using server = await exampleServer({ limits: { headersMs: 100, requestMs: 100, bodyBytes: 100 } });
    const host = `127.0.0.1:${server.port}`;
    const long = await get(server, '/api/notes', { 'x-long': 'x'.repeat(20_000) });
    expect([long?.status, code(long)]).toEqual([431, 'invalid-input']);
    const large = requestText('POST /api/notes', {
      host,
      authorization,
      'content-type': 'application/json',
      'content-length': '1000',
    });
    expect((await rawExchange(server.port, large))?.status).toBe(413);
    const unfinished = await rawExchange(server.port, `GET /api/notes HTTP/1.1\r\nhost: ${host}\r\n`);
    expect([unfinished?.status, code(unfinished)]).toEqual([408, 'timeout']);
    expect((await rawExchange(server.port, 'nonsense\r\n\r\n'))?.status).toBe(400);
  });

  it('leave the server well: it goes on after each kind of broken request', async () => {
    await using server = await exampleServer();
    const host = `127.0.0.1:${server.port}`;
    const broken = [
      '\0\0\0',
      'GET\r\n\r\n',
      'GET /api/notes HTTP/9.9\r\n\r\n',
      `CONNECT ${host} HTTP/1.1\r\nhost: ${host}\r\n\r\n`,
    ].concat([requestText('GET /api/notes', { host, authorization, 'transfer-encoding': 'x', 'content-length': '3' })]);
    for (const text of broken)
      expect([text, (await rawExchange(server.port, text))?.status === 200]).toEqual([text, false]);
    expect((await get(server, '/%E0%A4%A'))?.status).toBe(400);
    expect((await get(server, `/api/notes/${'x'.repeat(2000)}`))?.status).toBe(404);
    expect((await get(server, '/api/notes'))?.status).toBe(200);
  });
});

describe('headers of answers', () => {
  it('forbid sniffing, framing, referrers and keeping', async () => {
    await using server = await exampleServer();
    const answers = [
      await get(server, '/api/notes'),
      await get(server, '/api/unknown'),
      await get(server, '/api/notes', { authorization: '' }),
      await get(server, '/api/notes', { host: 'evil.example' }),
      await rawExchange(server.port, 'nonsense\r\n\r\n'),
      await get(server, '/%'),
    ];
    for (const answer of answers) {
      expect(answer?.headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      });
      expect(answer?.headers['x-powered-by']).toBeUndefined();
    }
  });
});

describe('secrets', () => {
  it('that are sent in any field come back in no answer and no report', async () => {
    await using server = await exampleServer();
    const canary = 'canary-5f1c';
    const headers = {
      authorization: `Bearer ${canary}`,
      cookie: `holdfast-${server.port}=${canary}`,
      'x-secret': canary,
    };
    const body = JSON.stringify({ text: 5, stars: canary });
    const posts = [body, `{"text":"${canary}`].map((text) => {
      const lines = { host: `127.0.0.1:${server.port}`, authorization, 'content-type': 'application/json' };
      return rawExchange(
        server.port,
        requestText('POST /api/notes', { ...lines, 'content-length': String(text.length) }, text),
      );
    });
    const answers = await Promise.all([
      get(server, '/api/notes', headers),
      get(server, `/login?code=${canary}`),
      get(server, `/api/notes?limit=${canary}`),
      get(server, `/api/unknown?password=${canary}`),
      ...posts,
    ]);
    expect(answers.map((answer) => answer?.status)).toEqual([401, 401, 422, 404, 422, 400]);
    expect(JSON.stringify([answers, server.reported])).not.toContain(canary);
  });
});

describe('the window', () => {
  it('is the files of its folder, with a strict policy', async () => {
    await using folder = await windowFolder();
    await using server = await exampleServer({ rendererFolder: folder.at('window') });
    const page = await get(server, '/');
    expect([page?.status, page?.headers['content-type'], page?.body]).toEqual([
      200,
      'text/html; charset=utf-8',
      '<p>window',
    ]);
    expect(page?.headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/);
    expect((await get(server, '/plans/1'))?.body).toBe('<p>window');
    const script = await get(server, '/assets/app-1.js');
    expect([script?.headers['content-type'], script?.body]).toEqual(['text/javascript; charset=utf-8', 'run()']);
    expect((await get(server, '/assets/none.js'))?.status).toBe(404);
    expect((await get(server, '/api/none'))?.status).toBe(404);
  });

  it('sends nothing from outside of its folder', async () => {
    await using folder = await windowFolder();
    await using server = await exampleServer({ rendererFolder: folder.at('window') });
    const tricks = [
      '/../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/assets/..%5c..%5csecret.txt',
      '/link.txt',
    ].concat([
      '/linked/secret.txt',
      '//secret.txt',
      '/.hidden.txt',
      '/%00.txt',
      '/assets/%2e%2e/%2e%2e/secret.txt',
      '/assets.txt/',
    ]);
    for (const path of tricks) {
      const answer = await get(server, path);
      expect([path, answer?.status, answer?.body.includes('secret')]).toEqual([path, 404, path.includes('secret')]);
      expect(answer?.body).not.toContain('the-secret');
    }
  });

  it('says how to build it while it is not there', async () => {
    await using folder = await temporaryFolder();
    await using server = await exampleServer({ rendererFolder: folder.at('window') });
    const answer = await get(server, '/');
    expect([answer?.status, answer?.body.includes('npm run build')]).toEqual([503, true]);
  });
});

describe('the document of the API', () => {
  it('lists every route of the contract', async () => {
    await using server = await exampleServer();
    const { paths, openapi } = JSON.parse((await get(server, '/api/openapi.json'))?.body ?? '');
    expect(openapi).toBe('3.1.0');
    const listed = Object.entries<object>(paths).flatMap(([path, verbs]) =>
      Object.keys(verbs).map((verb) => `${verb.toUpperCase()} ${path}`),
    );
    const own = ['/*', '/login', '/api/openapi.json'];
    const routes = server.routes
      .filter(({ verb, path }) => verb !== 'HEAD' && !own.includes(path))
      .map(({ verb, path }) => `${verb} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
    expect(listed.toSorted()).toEqual(routes.toSorted());
  });
});

async function windowFolder() {
  const folder = await temporaryFolder();
  await mkdir(folder.at('window/assets/x'), { recursive: true });
  await writeFile(folder.at('secret.txt'), 'the-secret');
  await writeFile(folder.at('window/.hidden.txt'), 'the-secret');
  await writeFile(folder.at('window/index.html'), '<p>window');
  await writeFile(folder.at('window/assets/app-1.js'), 'run()');
  await symlink(folder.at('secret.txt'), folder.at('window/link.txt'));
  await symlink(folder.path, folder.at('window/linked'));
  expect(await readFile(folder.at('window/linked/secret.txt'), 'utf8')).toBe('the-secret');
  return folder;
}
