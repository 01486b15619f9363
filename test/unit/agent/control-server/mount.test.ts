import { describe, expect, it } from 'vitest';
import { mountContract } from '../../../../src/agent/control-server/mount.ts';
import { createHttpServer } from '../../../../src/http/http-server.ts';
import { exampleContract } from '../../control/example-contract.ts';
import { exampleServer, token } from './example-server.ts';

const { signal } = new AbortController();
const authorization = `Bearer ${token}`;

describe('a mounted contract', () => {
  it('answers each kind of method to its client', async () => {
    await using server = await exampleServer();
    const { notes, system } = server.client;
    expect(await notes.add({ body: { text: 'second' }, signal })).toEqual({ id: '2', text: 'second', stars: 0 });
    expect(await notes.get({ params: { id: '2' }, signal })).toEqual({ id: '2', text: 'second', stars: 0 });
    expect(await notes.remove({ params: { id: '2' }, signal })).toBeUndefined();
    expect((await notes.list({ signal })).notes.map(({ id }) => id)).toEqual(['1']);
    expect(await system.stop({ signal })).toBeUndefined();
  });

  it('reads numbers, truth values and lists from the query, and fills in defaults', async () => {
    await using server = await exampleServer();
    const asked = async (query: Parameters<typeof server.client.notes.list>[0]['query']) =>
      (await server.client.notes.list({ ...(query === undefined ? {} : { query }), signal })).asked;
    expect(await asked(undefined)).toEqual({ limit: 10 });
    expect(await asked({ limit: 5, starred: false, words: ['one'] })).toEqual({
      limit: 5,
      starred: false,
      words: ['one'],
    });
    expect(await asked({ words: ['5', 'true & more'] })).toEqual({ limit: 10, words: ['5', 'true & more'] });
  });

  it('sends bytes with their type and name', async () => {
    await using server = await exampleServer();
    const answer = await server.client.notes.download({ params: { id: '1' }, signal });
    expect(answer).toMatchObject({ mediaType: 'text/plain', fileName: "my 'note'.txt" });
    expect(await new Response(answer.body).text()).toBe('first');
    const response = await fetch(`${server.baseUrl}/api/notes/1/content`, { headers: { authorization } });
    expect(response.headers.get('content-security-policy')).toContain('sandbox');
    expect(await response.text()).toBe('first');
  });

  it('cuts the connection when bytes break off, so that half is not taken for whole, and reports it', async () => {
    const broken = new Error('the disk went away');
    const body = (async function* () {
      yield 'half';
      throw broken;
    })();
    await using server = await exampleServer({ notes: { download: () => ({ mediaType: 'text/plain', body }) } });
    const answer = await server.client.notes.download({ params: { id: '1' }, signal });
    await expect(new Response(answer.body).text()).rejects.toThrow();
    expect(server.reported).toEqual([{ error: broken, request: 'GET /notes/:id/content' }]);
  });

  it('tells the handler when its caller goes away', async () => {
    const entered = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<unknown>();
    await using server = await exampleServer({
      notes: {
        get: async (_, context) => {
          context.signal.addEventListener('abort', () => gone.resolve(context.signal.reason));
          entered.resolve();
          return { id: '1', text: String(await gone.promise), stars: 0 };
        },
      },
    });
    const abort = new AbortController();
    const call = server.client.notes.get({ params: { id: '1' }, signal: abort.signal });
    await entered.promise;
    abort.abort(new Error('changed my mind'));
    await expect(call).rejects.toThrow('changed my mind');
    expect(await gone.promise).toMatchObject({ code: 'cancelled' });
  });

  it('gives up the bytes of a caller that goes away', async () => {
    const given = Promise.withResolvers<void>();
    const body = (async function* () {
      try {
        for (;;) yield 'more and more of it '.repeat(1000);
      } finally {
        given.resolve();
      }
    })();
    await using server = await exampleServer({ notes: { download: () => ({ mediaType: 'text/plain', body }) } });
    const abort = new AbortController();
    const answer = await server.client.notes.download({ params: { id: '1' }, signal: abort.signal });
    const reader = answer.body.getReader();
    await reader.read();
    abort.abort();
    await given.promise;
    expect(server.reported).toEqual([]);
  });

  it('does not abort a call whose caller waits', async () => {
    const states: boolean[] = [];
    await using server = await exampleServer({
      notes: {
        add: async ({ body }, context) => {
          await fetch(`${server.baseUrl}/api/notes`, { headers: { authorization } });
          states.push(context.signal.aborted);
          return { id: '1', ...body };
        },
      },
    });
    await server.client.notes.add({ body: { text: 'x' }, signal });
    expect(states).toEqual([false]);
  });
});

describe('bad input to a mounted contract', () => {
  const post = async (baseUrl: string, body: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${baseUrl}/api/notes`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json', ...headers },
      body,
    });
    return { status: response.status, body: JSON.parse(await response.text()) };
  };

  it('is 422 with each field named', async () => {
    await using server = await exampleServer();
    const answer = await post(server.baseUrl, '{"text":"","stars":"many","tetx":1}');
    expect(answer.status).toBe(422);
    expect(answer.body.error.code).toBe('invalid-input');
    expect(answer.body.error.fields.map(({ path }: { path: string }) => path).toSorted()).toEqual([
      'stars',
      'tetx',
      'text',
    ]);
    expect(answer.body.error.message).toContain('"text"');
    expect(JSON.stringify(answer.body)).not.toContain('many');
    expect((await post(server.baseUrl, '')).status).toBe(422);
    expect((await post(server.baseUrl, '[]')).status).toBe(422);
  });

  it('is 422 in the query too', async () => {
    await using server = await exampleServer();
    for (const query of ['limit=0', 'limit=1e9', 'limit=x', 'starred=1', 'limit=1&limit=2', 'other=1']) {
      const response = await fetch(`${server.baseUrl}/api/notes?${query}`, { headers: { authorization } });
      expect([query, response.status]).toEqual([query, 422]);
    }
  });

  it('is 400 when it is no JSON, 415 when it is no application/json, 413 when it is too large', async () => {
    await using server = await exampleServer({ limits: { bodyBytes: 1000 } });
    expect(await post(server.baseUrl, '{"text":')).toMatchObject({
      status: 400,
      body: { error: { code: 'invalid-input' } },
    });
    expect(await post(server.baseUrl, '{"__proto__":{"x":1},"text":"a"}')).toMatchObject({ status: 400 });
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/jsonx',
      'multipart/form-data; boundary=x',
    ]) {
      expect(await post(server.baseUrl, '{"text":"a"}', { 'content-type': type })).toMatchObject({
        status: 415,
        body: { error: { code: 'unsupported' } },
      });
    }
    const response = await fetch(`${server.baseUrl}/api/notes/1`, { method: 'DELETE', headers: { authorization } });
    expect(response.status).toBe(415);
    expect((await post(server.baseUrl, JSON.stringify({ text: 'x'.repeat(2000) }))).status).toBe(413);
    expect(server.reported).toEqual([]);
  });

  it('is 404 for an unknown id, and for an unknown route', async () => {
    await using server = await exampleServer();
    await expect(server.client.notes.get({ params: { id: 'x' }, signal })).rejects.toMatchObject({
      code: 'not-found',
      message: 'There is no note x.',
      context: { id: 'x', httpStatus: 404 },
    });
    for (const [method, path] of [
      ['GET', '/api/nothing'],
      ['PATCH', '/api/notes/1'],
      ['HEAD', '/api/notes'],
      ['POST', '/elsewhere'],
    ] as const) {
      const response = await fetch(server.baseUrl + path, {
        method,
        headers: { authorization, 'content-type': 'application/json' },
      });
      expect([path, response.status]).toEqual([path, 404]);
      expect(response.headers.get('content-type')).toContain('application/json');
    }
  });
});

describe('a fault of ours', () => {
  it('is a 500 that says nothing of the inside, and is reported', async () => {
    const fault = new Error('secret-canary in /home/me/file');
    await using server = await exampleServer({
      notes: {
        get: () => {
          throw fault;
        },
      },
    });
    const response = await fetch(`${server.baseUrl}/api/notes/1?password=canary`, { headers: { authorization } });
    const text = await response.text();
    expect([response.status, JSON.parse(text).error.code]).toEqual([500, 'internal']);
    expect(text).not.toMatch(/canary|home|\.ts/);
    expect(server.reported).toEqual([{ error: fault, request: 'GET /api/notes/1' }]);
  });

  it('is an answer that does not fit the contract, where answers are checked', async () => {
    await using server = await exampleServer({
      notes: {
        get: () => ({ id: '1', text: 'x', stars: 0.5 }),
        download: () => ({ mediaType: 'text/html', body: emptyBody() }),
      },
    });
    await expect(server.client.notes.get({ params: { id: '1' }, signal })).rejects.toMatchObject({ code: 'internal' });
    await expect(server.client.notes.download({ params: { id: '1' }, signal })).rejects.toMatchObject({
      code: 'internal',
    });
    expect(server.reported).toHaveLength(2);
  });

  it('is a handler that is missing: it does not compile, and does not start', () => {
    const server = createHttpServer({ report: () => {} });
    const options = { checkAnswers: true, report: () => {} };
    // @ts-expect-error: the handlers of a whole group are missing
    expect(() => mountContract(server, exampleContract, { system: { stop: () => {} } }, options)).toThrow('notes.list');
  });
});

async function* emptyBody(): AsyncGenerator<string> {}
