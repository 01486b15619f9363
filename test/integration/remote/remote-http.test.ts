import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Clock } from '../../../src/base/clock.ts';
import { HoldfastError, isHoldfastError } from '../../../src/base/errors.ts';
import { RemoteHttp, type RemoteHttpOptions } from '../../../src/remote/http/remote-http.ts';
import { selfSigned } from '../../support/certificate.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { neverMs, PassingClock } from '../../support/passing-clock.ts';
import { type Respond, remoteServer, sendJson } from '../../support/remote-server.ts';
import { requireTool } from '../../support/tools.ts';

const canary = 'canary-5f1d/+=x y';
const signal = new AbortController().signal;
const schema = z.object({ ok: z.boolean() });

function client(baseUrl: string, clock: Clock, more: Partial<RemoteHttpOptions> = {}): RemoteHttp {
  return new RemoteHttp({
    baseUrl,
    clock,
    credential: () => ({ header: 'Authorization', value: `Bearer ${canary}` }),
    random: () => 0.5,
    userAgent: 'holdfast-test',
    timeouts: { connectMs: neverMs, headersMs: neverMs, stallMs: neverMs },
    ...more,
  });
}

/** What was thrown, which must be an error of ours without the credential anywhere in it. */
async function failure(work: Promise<unknown>): Promise<HoldfastError> {
  const error = await work.then(
    (value) => expect.fail(`no error, but ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  );
  if (!isHoldfastError(error)) throw error;
  const all = JSON.stringify([error.toJSON(), error.stack, String(error.cause), Object.entries(error)]);
  for (const secret of [canary, 'canary-5f1d', encodeURIComponent(canary), Buffer.from(canary).toString('base64')]) {
    expect(all).not.toContain(secret);
  }
  return error;
}

async function tcpServer(listener: (socket: import('node:net').Socket) => void) {
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    listener(socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, [Symbol.asyncDispose]: async () => void server.close() };
}

async function until(fits: () => boolean): Promise<void> {
  while (!fits()) await nextTurn();
}

describe('requests', () => {
  it('sends path, query, body and credential, and parses the answer', async () => {
    await using server = await remoteServer((_, response) => sendJson(response, { ok: true }, 201, { 'x-a': 'b' }));
    const http = client(`${server.url}/prefix/`, new PassingClock());
    const answer = await http.request({
      method: 'POST',
      path: '/a%2Fb',
      query: { page: 2, none: undefined, many: ['x', 'y z'] },
      json: { name: 'ü' },
      schema,
      signal,
    });
    expect(answer).toMatchObject({ status: 201, body: { ok: true }, headers: { 'x-a': 'b' } });
    expect(server.asked[0]).toMatchObject({
      method: 'POST',
      url: '/prefix/a%2Fb?page=2&many=x&many=y+z',
      body: '{"name":"ü"}',
      headers: {
        authorization: `Bearer ${canary}`,
        accept: 'application/json',
        'content-type': 'application/json',
        'user-agent': 'holdfast-test',
      },
    });
  });

  it('sends forms, and nothing at all', async () => {
    await using server = await remoteServer((_, response) => response.writeHead(204).end());
    const http = client(server.url, new PassingClock());
    await http.requestText({ method: 'POST', path: '/', form: { a: '1 2', b: [1, 2] }, signal });
    const empty = await http.requestText({ method: 'DELETE', path: '/', signal });
    expect(server.asked.map(({ body }) => body)).toEqual(['a=1+2&b=1&b=2', '']);
    expect(server.asked[1]?.headers).toMatchObject({ 'content-length': '0' });
    expect(server.asked[1]?.headers).not.toHaveProperty('content-type');
    expect(empty.text).toBe('');
  });

  it('shares a connection between requests that may be repeated, and gives the others their own', async () => {
    await using server = await remoteServer((_, response) => sendJson(response, { ok: true }));
    const http = client(server.url, new PassingClock());
    for (const method of ['GET', 'GET', 'POST'] as const) await http.request({ method, path: '/', schema, signal });
    expect(server.asked.map(({ headers }) => headers.connection)).toEqual(['keep-alive', 'keep-alive', 'close']);
  });

  it('takes statuses that are expected, and the first of two objects', async () => {
    await using server = await remoteServer((_, response) => response.writeHead(400).end('{"ok":true} {"ok":false}'));
    const http = client(server.url, new PassingClock());
    const options = { method: 'GET', path: '/', expect: [400], schema, signal } as const;
    expect(await http.request({ ...options, firstJsonOnly: true })).toMatchObject({ status: 400, body: { ok: true } });
    expect(await failure(http.request(options))).toMatchObject({ code: 'unsupported' });
  });
});

describe('errors', () => {
  it.each([
    [401, 'unauthenticated', /does not accept the credential/],
    [403, 'permission', /does not accept the credential/],
    [404, 'not-found', /no such thing/],
    [405, 'unsupported', /no such operation/],
    [409, 'conflict', /busy/],
    [422, 'invalid-input', /does not take/],
    [500, 'io', /failed/],
    [507, 'no-space', /no space/],
  ])('%i is %s', async (status, code, message) => {
    await using server = await remoteServer((_, response) => {
      response.writeHead(status).end(`you sent ${canary}, \u001b[31m${encodeURIComponent(canary)}`);
    });
    const http = client(server.url, new PassingClock());
    const error = await failure(http.requestText({ method: 'POST', path: '/x', query: { key: 'hidden' }, signal }));
    expect(error).toMatchObject({ code, context: { status, method: 'POST', path: '/x' } });
    expect(error.message).toMatch(message);
    expect(error.message).toContain('POST /x (status');
    expect(error.message).toContain('you sent [redacted], \\u001b[31m[redacted]');
    expect(error.message).not.toContain('hidden');
    expect(error.hint).not.toBe(undefined);
    expect(server.asked).toHaveLength(1);
  });

  it('asks the dialect first, and shows it no credential', async () => {
    await using server = await remoteServer((_, response) =>
      sendJson(response, { why: `bad\n\u001b[2J${canary}` }, 400),
    );
    const http = client(server.url, new PassingClock(), {
      readError: ({ body }) => new HoldfastError('conflict', z.object({ why: z.string() }).parse(body).why),
    });
    const error = await failure(http.requestText({ method: 'GET', path: '/', signal }));
    expect(error).toMatchObject({ code: 'conflict', message: 'bad \\u001b[2J[redacted]', context: { status: 400 } });
  });

  it.each([
    ['a web page', '<!DOCTYPE html><form>log in</form>', /looks like a web page/, /no JSON/],
    ['nothing', '', /base URL/, /empty/],
    ['a field too much', '{"ok":true,"\\u001b[2J":1}', /base URL/, /Unrecognized key: "\\u001b\[2J"/],
    ['another shape', `{"ok":"${canary}"}`, /base URL/, /"ok": .*It says: "\{"ok":"\[redacted\]"\}"/],
  ])('says what is wrong with %s', async (_, body, hint, message) => {
    await using server = await remoteServer((_asked, response) => response.end(body));
    const http = client(server.url, new PassingClock());
    const error = await failure(http.request({ method: 'GET', path: '/list', schema: schema.strict(), signal }));
    expect(error).toMatchObject({ code: 'unsupported', context: { status: 200, path: '/list' } });
    expect(error.hint).toMatch(hint);
    expect(error.message).toMatch(message);
  });

  it('refuses answers without an end', async () => {
    const endless = function* () {
      for (;;) yield Buffer.alloc(1024 * 1024, ' ');
    };
    await using server = await remoteServer((_, response) => pipeline(endless, response).catch(() => undefined));
    const error = await failure(
      client(server.url, new PassingClock()).requestText({ method: 'GET', path: '/', signal }),
    );
    expect(error).toMatchObject({ code: 'unsupported', message: expect.stringContaining('16 MiB') });
  });

  it('blames the address, not the credential, when nothing is there', async () => {
    const gone = await tcpServer(() => undefined);
    await gone[Symbol.asyncDispose]();
    const clock = new PassingClock();
    const refused = await failure(
      client(`http://127.0.0.1:${gone.port}`, clock).requestText({ method: 'POST', path: '/', signal }),
    );
    expect(refused).toMatchObject({ code: 'network', context: { requestSent: false } });
    expect(refused.message).toContain('Nothing answers at 127.0.0.1');
    expect(clock.slept).toEqual([500, 1000, 2000]); // a POST too: it was surely not sent
    const unknown = await failure(
      client('https://no-such-host.invalid', clock).requestText({ method: 'GET', path: '/', signal }),
    );
    expect(unknown.code).toBe('network');
    expect(unknown.message).toContain('no-such-host.invalid');
    expect(`${refused.hint}${unknown.hint}`).not.toMatch(/credential|password/);
  });

  it('says that another service answers there', async () => {
    await using ssh = await tcpServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    const http = client(`http://127.0.0.1:${ssh.port}`, new PassingClock());
    expect(await failure(http.requestText({ method: 'GET', path: '/', signal }))).toMatchObject({
      code: 'unsupported',
    });
    await using plain = await remoteServer((_, response) => response.end());
    const tls = client(`https://127.0.0.1:${plain.port}`, new PassingClock());
    const error = await failure(tls.requestText({ method: 'GET', path: '/', signal }));
    expect(error).toMatchObject({ code: 'network', message: expect.stringContaining('No encrypted connection') });
  });

  it('refuses credentials that HTTP cannot carry', async () => {
    const http = client('http://127.0.0.1:9', new PassingClock(), {
      credential: () => ({ header: 'token', value: `${canary}\r\nx: y` }),
    });
    expect(await failure(http.requestText({ method: 'GET', path: '/', signal }))).toMatchObject({
      code: 'invalid-input',
    });
  });
});

describe('timeouts', () => {
  const timeouts = { connectMs: 20_000, headersMs: 30_000, stallMs: 40_000 };

  it('of connecting: a server that never finishes the handshake', async () => {
    await using silent = await tcpServer(() => undefined);
    const clock = new FakeClock();
    const failed = failure(
      client(`https://127.0.0.1:${silent.port}`, clock, { timeouts, random: () => 0 }).requestText({
        method: 'POST',
        path: '/',
        signal,
      }),
    );
    await clock.advance(19_999);
    expect(clock.sleeping).toBe(1);
    for (let attempt = 0; attempt < 4; attempt++) {
      await until(() => clock.sleeping === 1);
      await clock.advance(20_000);
    }
    expect(await failed).toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('no connection within 20 s'),
    });
  });

  it('of the answer, which does not repeat a POST', async () => {
    await using server = await remoteServer(() => undefined);
    const clock = new FakeClock();
    const failed = failure(client(server.url, clock, { timeouts }).requestText({ method: 'POST', path: '/', signal }));
    await until(() => server.asked.length === 1);
    await clock.advance(30_000);
    const error = await failed;
    expect(error).toMatchObject({ code: 'timeout', retry: 'backoff', context: { requestSent: true } });
    expect(error.message).toContain('no answer within 30 s');
    expect(error.hint).toContain('later');
  });

  it('of a pause within the body', async () => {
    await using server = await remoteServer((_, response) => response.writeHead(200).write('{"ok":'));
    const clock = new FakeClock();
    let isRead = false;
    const http = client(server.url, clock, { timeouts });
    const failed = failure(
      http.transport
        .send({ method: 'GET', url: new URL(server.url), headers: {}, repeatable: true }, signal)
        .then(async ({ body }) => {
          for await (const _ of body) isRead = true;
        }),
    );
    await until(() => isRead && clock.sleeping === 1);
    await clock.advance(40_000);
    expect(await failed).toMatchObject({ code: 'timeout', message: expect.stringContaining('within 40 s') });
  });
});

describe('retries', () => {
  it('repeats what is safe, with jitter, a bounded number of times', async () => {
    await using server = await remoteServer((_, response, count) => {
      if (count === 0) response.destroy();
      else if (count === 1)
        response.writeHead(200, { 'content-length': '100' }).write('{"ok"', () => response.destroy());
      else if (count === 2) response.writeHead(502).end();
      else sendJson(response, { ok: true });
    });
    const clock = new PassingClock();
    const http = client(server.url, clock);
    expect((await http.request({ method: 'GET', path: '/', schema, signal })).body).toEqual({ ok: true });
    expect(clock.slept).toEqual([500, 1000, 2000]);

    await using down = await remoteServer((_, response) => response.writeHead(504).end());
    const get = client(down.url, clock).requestText({ method: 'GET', path: '/', signal });
    expect(await failure(get)).toMatchObject({ code: 'network', retry: 'backoff' });
    expect(down.asked).toHaveLength(4);
    const post = client(down.url, clock).requestText({ method: 'POST', path: '/', signal });
    expect(await failure(post)).toMatchObject({ code: 'network' });
    expect(down.asked).toHaveLength(5);
    const put = client(down.url, clock).requestText({ method: 'PUT', path: '/', repeatable: true, signal });
    await failure(put);
    expect(down.asked).toHaveLength(9);
  });

  it('does not repeat a POST whose connection broke off', async () => {
    await using server = await remoteServer((_, response) => response.destroy());
    const failed = await failure(
      client(server.url, new PassingClock()).requestText({ method: 'POST', path: '/', signal }),
    );
    expect(failed).toMatchObject({ code: 'network', context: { requestSent: true } });
    expect(server.asked).toHaveLength(1);
  });

  it.each([
    ['seconds', '7', 7500],
    ['a date', 'Sun, 01 Mar 2026 12:00:09 GMT', 9500],
  ])('waits as long as Retry-After says in %s, a POST too', async (_, retryAfter, waitMs) => {
    await using server = await remoteServer((_asked, response, count) => {
      if (count === 0) response.writeHead(429, { 'retry-after': retryAfter }).end();
      else sendJson(response, { ok: true });
    });
    const clock = new PassingClock();
    await client(server.url, clock).request({ method: 'POST', path: '/', schema, signal });
    expect(clock.slept).toEqual([waitMs]);
  });

  it('gives up at once when it would be too long, and says how long', async () => {
    await using server = await remoteServer((_, response) => response.writeHead(429, { 'retry-after': '600' }).end());
    const clock = new PassingClock();
    const error = await failure(client(server.url, clock).requestText({ method: 'GET', path: '/', signal }));
    expect(error).toMatchObject({ code: 'too-many-requests', retry: 'backoff', context: { retryAfterSeconds: 600 } });
    expect(clock.slept).toEqual([]);
  });

  it('repeats what the dialect says was turned away', async () => {
    await using server = await remoteServer((_, response, count) => {
      if (count === 0) response.writeHead(503).end('throttled');
      else sendJson(response, { ok: true });
    });
    const http = client(server.url, new PassingClock(), { isThrottled: ({ text }) => text === 'throttled' });
    await http.request({ method: 'POST', path: '/', schema, signal });
    expect(server.asked).toHaveLength(2);
  });

  it('slows down before the limit is reached', async () => {
    let remaining = 100;
    await using server = await remoteServer((_, response) => {
      sendJson(response, { ok: true }, 200, { 'x-ratelimit-limit': '100', 'x-ratelimit-remaining': String(remaining) });
    });
    const clock = new PassingClock();
    const http = client(server.url, clock);
    const ask = () => http.request({ method: 'GET', path: '/', schema, signal });
    for (remaining of [100, 25, 15, 3, 0, 99, 98]) await ask();
    expect(clock.slept).toEqual([1000, 5000, 60_000]);
  });

  it('is cancelled at once, wherever it is', async () => {
    const reason = new Error('enough');
    await using silent = await remoteServer(() => undefined);
    await using busy = await remoteServer((_, response) => response.writeHead(503, { 'retry-after': '60' }).end());
    await using slow = await remoteServer((_, response) => response.writeHead(200).write('{'));
    for (const { url, asked } of [silent, busy, slow]) {
      const cancel = new AbortController();
      const http = client(url, new FakeClock());
      const asking = http.requestText({ method: 'GET', path: '/', signal: cancel.signal });
      await until(() => asked.length === 1);
      cancel.abort(reason);
      await expect(asking).rejects.toBe(reason);
    }
  });
});

describe('redirects', () => {
  it('are followed to the same origin, with the credential', async () => {
    await using server = await remoteServer(({ url }, response) => {
      if (url === '/a') response.writeHead(307, { location: '/b?x=1' }).end();
      else sendJson(response, { ok: true });
    });
    await client(server.url, new PassingClock()).request({ method: 'POST', path: '/a', json: [1], schema, signal });
    expect(server.asked[1]).toMatchObject({
      method: 'POST',
      url: '/b?x=1',
      body: '[1]',
      headers: { authorization: `Bearer ${canary}` },
    });
  });

  it('never take the credential to another origin', async () => {
    await using other = await remoteServer((_, response) => response.writeHead(401).end());
    await using server = await remoteServer((_, response) => response.writeHead(302, { location: other.url }).end());
    const http = client(server.url, new PassingClock());
    const error = await failure(
      http.requestText({ method: 'GET', path: '/a', headers: { cookie: canary, token: canary }, signal }),
    );
    expect(JSON.stringify(other.asked)).not.toContain('canary');
    expect(error).toMatchObject({ code: 'unauthenticated', hint: expect.stringContaining(other.url) });
    expect(http.credentialHeaders(new URL(other.url))).toEqual({});
    expect(http.credentialHeaders(new URL(`${server.url}/x`))).toEqual({ authorization: `Bearer ${canary}` });
  });

  it.each([301, 302, 303])('of a POST by %i are not followed', async (status) => {
    await using server = await remoteServer((_, response) => response.writeHead(status, { location: '/b' }).end());
    const http = client(server.url, new PassingClock());
    expect(await failure(http.requestText({ method: 'POST', path: '/', signal }))).toMatchObject({
      code: 'unsupported',
    });
    expect(server.asked).toHaveLength(1);
  });

  it('of a POST to another origin, or more than five, or to what is not http, are refused', async () => {
    await using server = await remoteServer(({ url }, response) => {
      const location =
        { '/other': 'http://127.0.0.1:9/', '/file': 'file:///etc/passwd', '/plain': 'http://192.0.2.1/' }[url] ?? url;
      response.writeHead(307, { location }).end();
    });
    const http = client(server.url, new PassingClock());
    const ask = (method: 'GET' | 'POST', path: string) => failure(http.requestText({ method, path, signal }));
    expect(await ask('POST', '/other')).toMatchObject({ code: 'unsupported' });
    expect(server.asked).toHaveLength(1);
    expect((await ask('GET', '/loop')).message).toContain('more than 5 times');
    expect(server.asked).toHaveLength(7);
    expect(await ask('GET', '/file')).toMatchObject({ code: 'invalid-input' });
    expect(await ask('GET', '/plain')).toMatchObject({ code: 'invalid-input' });
  });
});

const openssl = requireTool('openssl');

describe.skipIf(openssl === undefined)('certificates', () => {
  it('of an authority that is given are taken, others are not', async () => {
    const { key, cert } = await selfSigned('IP:127.0.0.1');
    await using server = await remoteServer((_, response) => sendJson(response, { ok: true }), { key, cert });
    const ask = (more: Partial<RemoteHttpOptions>) =>
      client(server.url, new PassingClock(), more).request({ method: 'GET', path: '/', schema, signal });
    expect((await ask({ ca: cert })).body).toEqual({ ok: true });
    const error = await failure(ask({}));
    expect(error).toMatchObject({ code: 'network', retry: 'never', hint: expect.stringContaining('CA certificate') });
    expect(server.asked).toHaveLength(1);
  });

  it('for another name are refused', async () => {
    const { key, cert } = await selfSigned('DNS:other.example');
    await using server = await remoteServer((_, response) => sendJson(response, { ok: true }), { key, cert });
    const http = client(server.url, new PassingClock(), { ca: cert });
    const error = await failure(http.requestText({ method: 'GET', path: '/', signal }));
    expect(error).toMatchObject({ code: 'network', message: expect.stringContaining('another name') });
    expect(server.asked).toHaveLength(0);
  });

  it('protect from being led to where nothing is encrypted', async () => {
    const { key, cert } = await selfSigned('IP:127.0.0.1');
    await using plain = await remoteServer((_, response) => sendJson(response, { ok: true }));
    const lead: Respond = (_, response) => response.writeHead(302, { location: plain.url }).end();
    await using server = await remoteServer(lead, { key, cert });
    const http = client(server.url, new PassingClock(), { ca: cert, allowInsecure: true });
    const error = await failure(http.requestText({ method: 'GET', path: '/', signal }));
    expect(error).toMatchObject({ code: 'unsupported', message: expect.stringContaining('not encrypted') });
    expect(plain.asked).toHaveLength(0);
  });
});

describe('anything at all', () => {
  it('as a body gives an error of ours, or what the schema says', async () => {
    let body = Buffer.alloc(0);
    let headers: Record<string, string> = {};
    await using server = await remoteServer((_, response) => response.writeHead(200, headers).end(body));
    const http = client(server.url, new PassingClock());
    const deep = fc.integer({ min: 1, max: 100_000 }).map((depth) => '['.repeat(depth));
    const bodies = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      deep,
      fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)),
    );
    const encodings = fc.constantFrom('', '', 'gzip', 'br', 'deflate', 'zstd');
    await fc.assert(
      fc.asyncProperty(bodies, encodings, async (content, encoding) => {
        body = Buffer.from(content as string);
        headers = encoding === '' ? {} : { 'content-encoding': encoding };
        const error = await failure(http.request({ method: 'GET', path: '/', schema, signal }));
        expect(error.code).toBe('unsupported');
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
        expect(error.message).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
        expect(error.message.length).toBeLessThan(2500);
      }),
      { numRuns: 200 },
    );
  });

  it('on the wire gives an error of ours', async () => {
    let raw = Buffer.alloc(0);
    await using server = await tcpServer((socket) => socket.once('data', () => socket.end(raw)));
    const http = client(`http://127.0.0.1:${server.port}`, new PassingClock());
    const head = fc.constantFrom('', 'HTTP/1.1 200 OK\r\n', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
    await fc.assert(
      fc.asyncProperty(head, fc.uint8Array({ maxLength: 500 }), async (start, rest) => {
        raw = Buffer.concat([Buffer.from(start), rest]);
        const error = await failure(http.request({ method: 'POST', path: '/', schema, signal }));
        expect(['unsupported', 'network']).toContain(error.code);
      }),
      { numRuns: 100 },
    );
  });
});
