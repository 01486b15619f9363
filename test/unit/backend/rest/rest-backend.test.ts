/** What the backend makes of servers as they should not be. How it behaves with real ones: test/contract/rest.test.ts. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Backend, Handle } from '../../../../src/backend/backend.ts';
import { openRestBackend } from '../../../../src/backend/rest/rest-backend.ts';
import { selfSigned } from '../../../support/certificate.ts';
import { type RawAnswer, rawAnswers, sendRaw } from '../../../support/raw-answer.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { requireTool } from '../../../support/tools.ts';

const never = new AbortController().signal;
const config: Handle = { type: 'config', name: 'config' };
const pack = Buffer.from('a pack');
const handle: Handle = { type: 'data', name: createHash('sha256').update(pack).digest('hex') };
const packPath = `/data/${handle.name}`;

type Answering = (request: IncomingMessage, response: ServerResponse) => RawAnswer | 'nothing' | Promise<RawAnswer>;

interface Scripted extends AsyncDisposable {
  readonly backend: Backend;
  readonly url: string;
  /** "GET /config" … */
  readonly asked: readonly string[];
  readonly sockets: ReadonlySet<Socket>;
  /** Of requests that have no whole answer. */
  readonly hung: ReadonlySet<Socket>;
}

/** @param answering to what; `nothing` never answers */
async function scripted(answering: Answering, credentials?: Record<string, string>): Promise<Scripted> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const hung = new Set<Socket>();
  const server = createServer(async (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const answer = await answering(request, response);
    if (answer === 'nothing' || answer.fault instanceof Promise) hung.add(request.socket);
    if (answer === 'nothing') return;
    if (answer.fault === undefined) {
      request.resume();
      if (!request.complete) await once(request, 'end');
    }
    await sendRaw(response, answer);
  });
  server.on('connection', (socket: Socket) => sockets.add(socket.on('close', () => sockets.delete(socket))));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const backend = openRestBackend(url, { location: url, ...(credentials && { credentials }) }, { stallMs: 300 });
  return {
    backend,
    url,
    asked,
    sockets,
    hung,
    async [Symbol.asyncDispose]() {
      await backend[Symbol.asyncDispose]();
      server.closeAllConnections();
      server.close();
    },
  };
}

/** By "verb path"; whatever is not named is 404, but the config is there. */
const answers =
  (table: Readonly<Record<string, RawAnswer | 'nothing'>>): Answering =>
  ({ method, url }) =>
    table[`${method} ${url}`] ?? table[`${method} *`] ?? { status: url === '/config' ? 200 : 404, body: 'x' };

const page = (status: number): RawAnswer => ({ ...rawAnswers.html, status });
const read = (backend: Backend) => backend.read(handle, never);
const save = (backend: Backend) => backend.save(handle, pack, never);
const remove = (backend: Backend) => backend.remove(handle, never);
const list = (backend: Backend) => Array.fromAsync(backend.list('data', never));

describe('a server that takes uploads into a place where no repository is', () => {
  it('gets none: its disk may be gone for a while', async () => {
    let isThere = true;
    await using server = await scripted(({ method }) => {
      if (method === 'POST') return { status: 200 };
      return { status: isThere ? 200 : 404, body: '' };
    });
    await server.backend.stat(config, never);
    await server.backend.openWriter('data', { signal: never });
    isThere = false;
    await expect(server.backend.save(handle, pack, never)).rejects.toMatchObject({ code: 'no-repository' });
    expect(server.asked).not.toContain(`POST ${packPath}`);
  });
});

describe('what a status means', () => {
  it.each([
    [
      '401: the password of the server, not that of the repository',
      read,
      { [`GET ${packPath}`]: { status: 401 } },
      'unauthenticated',
      /user and password/,
    ],
    [
      '401 with a page, as a proxy has it',
      read,
      { [`GET ${packPath}`]: page(401) },
      'unauthenticated',
      /user and password/,
    ],
    [
      '403 to a reader',
      read,
      { [`GET ${packPath}`]: { status: 403, body: 'over http\nmore' } },
      'permission',
      /may not \("over http"\)/,
    ],
    ['404 where a repository is', read, {}, 'not-found', /does not exist/],
    ['404 where none is', read, { 'HEAD /config': { status: 404 } }, 'no-repository', /no repository at/],
    [
      '404 where the config is lost',
      read,
      { 'HEAD /config': { status: 404 }, 'GET /keys/': { body: `["${handle.name}"]` } },
      'not-found',
      /does not exist/,
    ],
    ['404 with a page', read, { [`GET ${packPath}`]: page(404) }, 'no-repository', /web page/],
    ['200 with a page', read, { [`GET ${packPath}`]: rawAnswers.html }, 'no-repository', /web page/],
    ['a page for everything, to a listing', list, { 'GET /data/': rawAnswers.html }, 'no-repository', /web page/],
    ['a page for everything, to an upload', save, { 'HEAD /config': rawAnswers.html }, 'no-repository', /web page/],
    ['405', save, { 'POST *': { status: 405 } }, 'no-repository', /method/],
    ['413', save, { 'POST *': { status: 413, body: 'quota' } }, 'no-space', /quota/],
    ['413 of a proxy', save, { 'POST *': page(413) }, 'no-space', /something before it/],
    ['507', save, { 'POST *': { status: 507 } }, 'no-space', /no space/],
    ['403 to an upload: may not', save, { 'POST *': { status: 403 } }, 'permission', /may not/],
    ['403 to a removal', remove, { 'DELETE *': { status: 403 } }, 'append-only', /append-only/],
    ['503 of a busy server', read, { [`GET ${packPath}`]: rawAnswers.busy(503, '7') }, 'io', /status 503/],
    [
      '503 of a store that is gone',
      read,
      { [`GET ${packPath}`]: { status: 503 }, 'HEAD /config': { status: 404 } },
      'no-repository',
      /no repository at/,
    ],
    ['502 with a page', read, { [`GET ${packPath}`]: page(502) }, 'io', /status 502/],
    [
      'a redirect',
      read,
      { [`GET ${packPath}`]: rawAnswers.redirect('https://user:secret@other.example/x?token=secret') },
      'no-repository',
      /moved to https:\/\/other\.example\/x\.$/,
    ],
    ['no list', list, { 'GET /data/': { body: '{"error": 1}' } }, 'io', /no whole listing/],
    ['a list that is cut', list, { 'GET /data/': { body: '[{"name":"a","size":1}' } }, 'io', /no whole listing/],
    [
      'a list whose connection breaks',
      list,
      { 'GET /data/': { body: `["${handle.name}","${handle.name}"]`, fault: 'truncated' } },
      'network',
      /connection broke/,
    ],
    [
      'an empty list where nothing is',
      list,
      { 'GET *': { body: '[]' }, 'HEAD /config': { status: 404 } },
      'no-repository',
      /no repository at/,
    ],
    ['a folder that is missing', list, {}, 'corrupt', /data is missing/],
    [
      'an answer that is cut',
      read,
      { [`GET ${packPath}`]: { body: pack, fault: 'truncated' } },
      'network',
      /connection broke/,
    ],
    ['no answer', read, { [`GET ${packPath}`]: rawAnswers.reset }, 'network', /connection broke/],
    ['a lost answer to an upload', save, { 'POST *': rawAnswers.reset }, 'network', /connection broke/],
  ] as const)('%s', async (_, call, table, code, message) => {
    await using server = await scripted(answers(table));
    const error = await call(server.backend).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ name: 'HoldfastError', code, message: expect.stringMatching(message) });
    expect(error).toMatchObject({
      hint: expect.any(String),
      retry: ['io', 'network'].includes(code) ? 'backoff' : 'never',
    });
    expect(JSON.stringify(error)).not.toContain('secret');
  });

  it('403 to an upload of what is there: exists, with its size', async () => {
    const looks = [{ status: 404 }, { body: pack }];
    await using server = await scripted((request) => {
      if (request.method === 'POST') return { status: 403 };
      return request.url === packPath ? looks.shift()! : { body: 'config' };
    });
    await expect(save(server.backend)).rejects.toMatchObject({ code: 'exists', context: { sizeBytes: pack.length } });
  });

  it('what is there is not sent again', async () => {
    await using server = await scripted(answers({ [`HEAD ${packPath}`]: { body: 'half' } }));
    await expect(save(server.backend)).rejects.toMatchObject({ code: 'exists', context: { sizeBytes: 4 } });
    expect(server.asked).not.toContain(`POST ${packPath}`);
  });

  it('403 to the removal of a lock: that is allowed where files are only added', async () => {
    await using server = await scripted(answers({ 'DELETE *': { status: 403 } }));
    await expect(server.backend.remove({ ...handle, type: 'lock' }, never)).rejects.toMatchObject({
      code: 'permission',
    });
  });

  it('429 tells when to ask again', async () => {
    await using server = await scripted(answers({ 'GET *': rawAnswers.busy(429, '30') }));
    await expect(read(server.backend)).rejects.toMatchObject({
      code: 'too-many-requests',
      retry: 'backoff',
      context: { retryAfterSeconds: 30 },
    });
  });
});

describe('ranges', () => {
  const range = { offset: 2, length: 3 };
  it.each([
    ['the part', { status: 206, headers: { 'content-range': 'bytes 2-4/6' }, body: 'pac' }, 'pac'],
    ['another part', { status: 206, headers: { 'content-range': 'bytes 0-2/6' }, body: 'a p' }, 'io'],
    ['all of it', { status: 200, body: pack }, 'io'],
    [
      'less than it says',
      { status: 206, headers: { 'content-range': 'bytes 2-4/6', 'content-length': '2' }, body: 'pa' },
      'network',
    ],
    ['the end of a shorter file', { status: 206, headers: { 'content-range': 'bytes 2-3/4' }, body: 'ck' }, 'corrupt'],
    ['no such range', { status: 416, headers: { 'content-range': 'bytes */4' } }, 'corrupt'],
  ] as const)('%s', async (_, answer, expected) => {
    await using server = await scripted(answers({ [`GET ${packPath}`]: answer }));
    const found = await server.backend.readRange(handle, range, never).then(
      (bytes) => Buffer.from(bytes).toString(),
      (error: { code: string }) => error.code,
    );
    expect(found).toBe(expected);
  });
});

it('asks for the sizes of a version 1 listing, and leaves out what has gone since', async () => {
  const names = Array.from({ length: 20 }, () => randomBytes(32).toString('hex'));
  await using server = await scripted(({ url = '' }) => {
    if (url === '/data/') return { body: JSON.stringify([...names, 'temporary']) };
    if (url === '/config') return { body: 'config' };
    return url === `/data/${names[3]}` ? { status: 404 } : { body: 'x'.repeat(names.indexOf(url.slice(6)) + 1) };
  });
  const files = await list(server.backend);
  expect(files).toEqual(names.map((name, n) => ({ name, sizeBytes: n + 1 })).toSpliced(3, 1));
});

describe('connections', () => {
  it.each([
    ['a server that never answers', read, { [`GET ${packPath}`]: 'nothing' }],
    ['an upload whose answer never comes', save, { [`POST ${packPath}`]: 'nothing' }],
    [
      'an answer that stops',
      read,
      { [`GET ${packPath}`]: { body: randomBytes(1 << 20), fault: new Promise<void>(() => {}) } },
    ],
    [
      'a listing that stops',
      list,
      { 'GET /data/': { body: `["${handle.name}","x"]`, fault: new Promise<void>(() => {}) } },
    ],
  ] as const)('%s: timeout, and the connection is ended', async (_, call, table) => {
    await using server = await scripted(answers(table));
    await expect(call(server.backend)).rejects.toMatchObject({ code: 'timeout', retry: 'backoff' });
    await expect.poll(() => [...server.hung].map(({ destroyed }) => destroyed)).toEqual([true]);
  });

  it('a socket that never reads an upload: timeout', async () => {
    await using server = await scripted(({ method, url }, response) => {
      if (method !== 'POST') return { status: url === '/config' ? 200 : 404 };
      response.socket?.pause();
      return 'nothing';
    });
    const large = randomBytes(32 << 20);
    await expect(server.backend.save(handle, large, never)).rejects.toMatchObject({ code: 'timeout' });
  });

  it('a slow reader of a listing is no stall', async () => {
    const names = Array.from({ length: 20_000 }, () => randomBytes(32).toString('hex'));
    const sizes = names.map((name) => ({ name, size: 1 }));
    await using server = await scripted(answers({ 'GET /data/': { body: JSON.stringify(sizes) } }));
    let count = 0;
    for await (const _ of server.backend.list('data', never)) {
      if (count++ === 5) await new Promise((resolve) => setTimeout(resolve, 700)); // longer than a stall
    }
    expect(count).toBe(20_000);
  });

  it('one that the server closed while it was kept is made anew', async () => {
    let server: Scripted | undefined;
    await using one = await scripted((request) => {
      if (server?.asked.length === 2) {
        request.socket.resetAndDestroy();
        return 'nothing';
      }
      return { body: pack };
    });
    server = one;
    await read(one.backend);
    expect(Buffer.from(await read(one.backend)).equals(pack)).toBe(true);
    expect(one.asked).toHaveLength(3);
  });

  it('are kept, and ended by dispose', async () => {
    await using server = await scripted(answers({ [`GET ${packPath}`]: { body: pack } }));
    for (let n = 0; n < 5; n++) await read(server.backend);
    expect(server.sockets.size).toBe(1);
    await server.backend[Symbol.asyncDispose]();
    await expect.poll(() => server.sockets.size).toBe(0);
    await read(server.backend); // by a new one
  });

  it('an upload that is refused before all of it was sent says why', async () => {
    await using server = await scripted((request, response) => {
      if (request.method !== 'POST') return { status: request.url === '/config' ? 200 : 404 };
      response.writeHead(413, { connection: 'close', 'content-type': 'text/plain' }).end('quota');
      return 'nothing';
    });
    await expect(server.backend.save(handle, randomBytes(8 << 20), never)).rejects.toMatchObject({ code: 'no-space' });
  });

  it('end when the caller says so', async () => {
    await using server = await scripted(answers({ [`GET ${packPath}`]: 'nothing' }));
    const control = new AbortController();
    const reading = server.backend.read(handle, control.signal);
    const reason = new Error('stop');
    await expect.poll(() => server.asked.length).toBe(1);
    control.abort(reason);
    await expect(reading).rejects.toBe(reason);
    await expect.poll(() => server.sockets.size).toBe(0);
  });

  it.each([
    ['http://127.0.0.1:1/', 'network', /nothing listens/],
    ['http://no-such-host.invalid/', 'network', /no such host|looked up/],
  ])('%s', async (url, code, message) => {
    await using backend = openRestBackend(url, { location: url });
    await expect(read(backend)).rejects.toMatchObject({
      code,
      retry: 'backoff',
      message: expect.stringMatching(message),
    });
  });

  it('a host that takes the connection and speaks no TLS: timeout of connecting', async () => {
    const server = createTcpServer((socket) => socket.on('error', () => undefined));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    await using backend = openRestBackend(url, { location: url }, { connectMs: 200 });
    await expect(read(backend)).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('does not answer'),
    });
    server.close();
  });
});

it('sends user and password with everything', async () => {
  const seen: (string | undefined)[] = [];
  await using server = await scripted(
    (request) => {
      seen.push(request.headers.authorization);
      return { body: pack };
    },
    { username: 'ann', password: 'secret' },
  );
  await read(server.backend);
  expect(seen).toEqual([`Basic ${btoa('ann:secret')}`]);
});

describe.skipIf(requireTool('openssl') === undefined)('TLS', () => {
  it('trusts a CA of its own, and shows a certificate of its own', async () => {
    await using folder = await temporaryFolder();
    const [server, client] = [await selfSigned('IP:127.0.0.1'), await selfSigned('DNS:client.example')];
    const https = createTlsServer(
      { ...server, ca: client.cert, requestCert: true, rejectUnauthorized: true },
      (_, response) => response.end(pack),
    );
    await once(https.listen(0, '127.0.0.1'), 'listening');
    const url = `https://127.0.0.1:${(https.address() as AddressInfo).port}/`;
    const file = (name: string, text: string) => {
      writeFileSync(folder.at(name), text);
      return folder.at(name);
    };
    const caFile = file('ca.pem', server.cert);
    const combined = file('combined.pem', `${client.cert}${client.key}`);
    const clientKeyFile = file('key.pem', client.key);
    const reading = async (credentials: Record<string, string>, at = url) => {
      await using backend = openRestBackend(at, { location: at, credentials });
      return await read(backend);
    };
    expect(Buffer.from(await reading({ caFile, clientCertFile: combined })).equals(pack)).toBe(true);
    expect(await reading({ caFile, clientCertFile: file('cert.pem', client.cert), clientKeyFile })).toHaveLength(6);
    await expect(reading({})).rejects.toMatchObject({
      code: 'network',
      retry: 'never',
      message: expect.stringContaining('not trusted'),
    });
    await expect(reading({ caFile, clientCertFile: caFile })).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(reading({ caFile: folder.at('missing.pem') })).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(reading({ caFile })).rejects.toMatchObject({ code: expect.stringMatching(/permission|network/) });
    const other = url.replace('127.0.0.1', 'localhost');
    await expect(reading({ caFile, clientCertFile: combined }, other)).rejects.toMatchObject({
      message: expect.stringContaining('another name'),
    });
    https.closeAllConnections();
    https.close();
    await using plain = await scripted(answers({}));
    await expect(reading({ caFile }, plain.url.replace('http:', 'https:'))).rejects.toMatchObject({
      message: expect.stringContaining('does not speak TLS'),
    });
  });
});

it('reads the config as any file', async () => {
  await using server = await scripted(answers({ 'GET /config': { body: 'configuration' } }));
  expect(Buffer.from(await server.backend.read(config, never)).toString()).toBe('configuration');
});
