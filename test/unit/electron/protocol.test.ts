/** app://holdfast/: the page's files, and calls to a real HTTP server in the place of the agent. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { AgentConnection } from '../../../electron/agent/agent-view.ts';
import { answerRequest } from '../../../electron/protocol/answer-request.ts';
import { privileges } from '../../../electron/protocol/scheme.ts';
import { createClient } from '../../../src/control/client.ts';
import { contract } from '../../../src/control/contract.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const page = 'app://holdfast';
const { signal } = new AbortController();

async function windowFolder() {
  const folder = await temporaryFolder();
  mkdirSync(folder.at('renderer/assets'), { recursive: true });
  writeFileSync(folder.at('renderer/index.html'), '<!doctype html>the window');
  writeFileSync(folder.at('renderer/assets/app-1a2b.js'), 'run()');
  writeFileSync(folder.at('renderer/.hidden'), 'secret');
  writeFileSync(folder.at('outside.txt'), 'secret');
  symlinkSync(folder.at('outside.txt'), folder.at('renderer/link.txt'));
  const ask = (path: string, init?: RequestInit, connection: AgentConnection = { state: 'starting' }) =>
    answerRequest(new Request(path.startsWith('/') ? `${page}${path}` : path, init), {
      folder: folder.at('renderer'),
      connection: () => connection,
      fetch,
    });
  return { ask, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

describe('the page', () => {
  it('is served with a strict CSP, for each of its views', async () => {
    await using window = await windowFolder();
    for (const path of ['/', '/index.html', '/jobs/01J', '/.hidden']) {
      const answer = await window.ask(path);
      expect([path, answer.status, await answer.text()]).toEqual([path, 200, '<!doctype html>the window']);
      expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      const csp = answer.headers.get('content-security-policy') ?? '';
      expect(csp).toMatch(/^default-src 'none'; /);
      for (const rule of csp.split('; ').slice(1)) {
        expect(rule).toMatch(
          /^(script-src|style-src|font-src|connect-src|manifest-src) 'self'$|^img-src 'self' data:$|^(form-action|base-uri|frame-ancestors) 'none'$/,
        );
      }
    }
  });

  it('keeps what has a hash in its name, and says what it is', async () => {
    await using window = await windowFolder();
    const script = await window.ask('/assets/app-1a2b.js');
    expect(await script.text()).toBe('run()');
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(script.headers.get('cache-control')).toContain('immutable');
    expect((await window.ask('/assets/none.js')).status).toBe(404);
  });

  it('is nothing outside its folder', async () => {
    await using window = await windowFolder();
    for (const path of [
      '/../outside.txt',
      '/%2e%2e/outside.txt',
      '/..%2foutside.txt',
      '/assets/..%2f..%2foutside.txt',
      '/link.txt',
      '/%00.txt',
    ]) {
      const answer = await window.ask(path);
      expect([path, answer.status]).toEqual([path, 404]);
      expect(await answer.text()).toBe('');
    }
  });

  it('is for itself only', async () => {
    await using window = await windowFolder();
    expect((await window.ask('app://elsewhere/')).status).toBe(403);
    expect((await window.ask('/api/status', { headers: { origin: 'https://evil.example' } })).status).toBe(403);
    expect((await window.ask('/', { headers: { origin: 'null' } })).status).toBe(403);
    expect((await window.ask('/', { method: 'POST' })).status).toBe(403);
  });

  it('says how to build it when it is not there', async () => {
    await using folder = await temporaryFolder();
    const options = { folder: folder.at('none'), connection: () => ({ state: 'starting' }) as const, fetch };
    const answer = await answerRequest(new Request(`${page}/`), options);
    expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('npm run build')]);
  });

  it('comes by a scheme with an origin of its own, to which the CSP applies', () => {
    expect(privileges.scheme).toBe('app');
    expect(privileges.privileges).toMatchObject({ standard: true, secure: true, supportFetchAPI: true, stream: true });
    expect(privileges.privileges).toMatchObject({ bypassCSP: false, corsEnabled: false, allowServiceWorkers: false });
  });
});

/** Answers as a test says, and keeps what it was asked. */
async function agent(answer: (request: IncomingMessage, response: ServerResponse, body: string) => void) {
  const asked: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = [];
  const server = createServer(async (request, response) => {
    const body = (await request.setEncoding('utf8').toArray()).join('');
    asked.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
    answer(request, response, body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    asked,
    server,
    connection: { state: 'ready', baseUrl, token: 'the-token', attached: false } as const,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('calls of the page', () => {
  it('go to the agent with the token, without Origin, cookies and what else a browser says', async () => {
    await using there = await agent((_request, response) =>
      response.writeHead(201, { 'content-type': 'application/json', 'set-cookie': 'a=b', server: 'x' }).end('{"a":1}'),
    );
    await using window = await windowFolder();
    const answer = await window.ask(
      '/api/plans?x=1&y=%20',
      {
        method: 'POST',
        body: '{"name":"ä"}',
        headers: {
          'content-type': 'application/json',
          origin: page,
          'accept-language': 'de',
          referer: `${page}/plans`,
          authorization: 'Bearer page',
          'x-forwarded-for': '1.2.3.4',
        },
      },
      there.connection,
    );
    expect([answer.status, await answer.json()]).toEqual([201, { a: 1 }]);
    expect([...answer.headers.keys()].filter((name) => ['set-cookie', 'server'].includes(name))).toEqual([]);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const [asked] = there.asked;
    expect(asked).toMatchObject({ method: 'POST', url: '/api/plans?x=1&y=%20', body: '{"name":"ä"}' });
    expect(asked?.headers).toMatchObject({ authorization: 'Bearer the-token', 'content-type': 'application/json' });
    for (const name of ['origin', 'cookie', 'referer', 'x-forwarded-for', 'sec-fetch-site'])
      expect(asked?.headers).not.toHaveProperty(name);
  });

  it('stream events as they come, and end at the agent when the page goes away', async () => {
    const closed = Promise.withResolvers<void>();
    const next = Promise.withResolvers<void>();
    await using there = await agent(async (request, response) => {
      response.on('close', () => closed.resolve());
      response
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .write(`data: ${request.headers['last-event-id']}\n\n`);
      await next.promise;
      response.write('data: two\n\n');
    });
    await using window = await windowFolder();
    const leave = new AbortController();
    const headers = { accept: 'text/event-stream', 'last-event-id': '41' };
    const answer = await window.ask('/api/events', { headers, signal: leave.signal }, there.connection);
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toBe('data: 41\n\n');
    next.resolve();
    expect((await reader.read()).value).toBe('data: two\n\n');
    leave.abort();
    await closed.promise;
    await reader.closed.catch(() => undefined);
  });

  it('are answered as if the network failed while there is no agent: the control client tries again', async () => {
    await using window = await windowFolder();
    const through =
      (connection: AgentConnection): typeof fetch =>
      (url, init) =>
        window.ask(`${page}${new URL(String(url)).pathname}`, init, connection);
    await using gone = await agent(() => undefined);
    await gone[Symbol.asyncDispose]();
    for (const connection of [{ state: 'starting' }, { state: 'ended' }, gone.connection] as const) {
      const client = createClient(contract, { baseUrl: 'http://x', fetch: through(connection) });
      await expect(client.jobs.list({ signal })).rejects.toMatchObject({
        code: 'network',
        retry: 'backoff',
        context: { httpStatus: 503 },
      });
    }
  });
});
