import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createClient } from '../../../src/control/client.ts';
import type { EventOf } from '../../../src/control/contract-types.ts';
import type { StreamState } from '../../../src/control/listen.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { type ExampleOptions, exampleServer, token } from '../agent/control-server/example-server.ts';
import { exampleContract } from './example-contract.ts';

const { signal } = new AbortController();

describe('the client', () => {
  it('makes addresses in which nothing can be mistaken for a path', async () => {
    const { notes } = createClient(exampleContract, { baseUrl: 'http://h' });
    expect(notes.get.url({ params: { id: 'a/b?c#d é' } })).toBe('http://h/api/notes/a%2Fb%3Fc%23d%20%C3%A9');
    expect(() => notes.get.url({ params: { id: '..' } })).toThrow('".."');
    expect(notes.list.url({ query: { limit: 5, words: ['a&b', 'c'] } })).toBe(
      'http://h/api/notes?limit=5&words=a%26b&words=c',
    );
    expect(createClient(exampleContract, { baseUrl: '' }).notes.list.url({})).toBe('/api/notes');
  });

  it('gives the errors of the agent as they were thrown, with the status', async () => {
    await using server = await exampleServer();
    // @ts-expect-error: a field of another type
    const wrong = server.client.notes.add({ body: { text: 5 }, signal });
    await expect(wrong).rejects.toMatchObject({
      name: 'HoldfastError',
      code: 'invalid-input',
      fields: [{ path: 'text' }],
      context: { httpStatus: 422 },
    });
    const stranger = createClient(exampleContract, { baseUrl: server.baseUrl, token: 'wrong' });
    await expect(stranger.notes.list({ signal })).rejects.toMatchObject({
      code: 'unauthenticated',
      context: { httpStatus: 401 },
    });
  });

  it('says "network" when nobody answers, and gives the reason when it is cancelled', async () => {
    await using server = await exampleServer();
    const { baseUrl } = server;
    await server[Symbol.asyncDispose]();
    const client = createClient(exampleContract, { baseUrl, token });
    await expect(client.notes.list({ signal })).rejects.toMatchObject({ code: 'network', retry: 'backoff' });
    const cancelled = client.notes.list({ signal: AbortSignal.abort(new Error('not any more')) });
    await expect(cancelled).rejects.toThrow('not any more');
  });

  it('keeps no connection that the agent might close while nobody looks', async () => {
    await using silent = await answering(200, '{"notes":[],"asked":{}}');
    let connections = 0;
    silent.server.on('connection', () => {
      connections += 1;
    });
    for (let n = 0; n < 3; n++) await silent.client.notes.list({ signal });
    expect(connections).toBe(3);
  });

  it('does not take the answer of something else for the agent', async () => {
    await using other = await answering(200, '<html>');
    await expect(other.client.notes.list({ signal })).rejects.toMatchObject({ code: 'internal' });
    await using proxy = await answering(502, '<html>Bad gateway');
    await expect(proxy.client.notes.list({ signal })).rejects.toMatchObject({
      code: 'network',
      context: { httpStatus: 502 },
    });
    await using strange = await answering(500, '{"error":{"code":5}}');
    await expect(strange.client.notes.list({ signal })).rejects.toMatchObject({ code: 'network' });
  });
});

/** A client that listens to a real server, and what it was told. */
async function listening(options: ExampleOptions & { readonly since?: string } = {}) {
  const { since, ...example } = options;
  const clock = new FakeClock();
  const server = await exampleServer({ ...example, clock });
  const waits = new FakeClock();
  const client = createClient(exampleContract, {
    baseUrl: server.baseUrl,
    token,
    sleep: (ms, stop) => waits.sleep(ms, stop),
  });
  const abort = new AbortController();
  const told: (string | EventOf<typeof exampleContract>)[] = [];
  const states: StreamState[] = [];
  let wake = Promise.withResolvers<void>();
  const note = () => {
    wake.resolve();
    wake = Promise.withResolvers();
  };
  const ended = client.events({
    signal: abort.signal,
    ...(since === undefined ? {} : { since }),
    onEvent: (event) => {
      told.push(event);
      note();
    },
    onReset: () => {
      told.push('reset');
      note();
    },
    onState: (state) => {
      states.push(state);
      note();
    },
  });
  ended.catch(note);
  return {
    server,
    clock,
    waits,
    told,
    states,
    ended,
    abort,
    /** Waits until something that is told makes it true. */
    until: async (is: () => boolean) => {
      while (!is()) await wake.promise;
    },
    state: () => states.at(-1)?.state,
    [Symbol.asyncDispose]: async () => {
      abort.abort();
      await ended.catch(() => undefined);
      await server[Symbol.asyncDispose]();
    },
  };
}

describe('listening to events', () => {
  it('gives events by type, until it is cancelled', async () => {
    await using it = await listening();
    await it.until(() => it.state() === 'open');
    const id = it.server.events.publish('note.removed', { id: '7' });
    await it.until(() => it.told.length > 0);
    expect(it.told).toEqual([{ id, type: 'note.removed', data: { id: '7' } }]);
    expect(it.states.map(({ state }) => state)).toEqual(['connecting', 'open']);
    it.abort.abort();
    await it.ended;
  });

  it('connects again by itself, waiting longer each time, and misses nothing', async () => {
    await using it = await listening();
    await it.until(() => it.state() === 'open');
    for (const text of ['one', 'two']) {
      it.server.dropConnections();
      await it.until(() => it.state() === 'waiting');
      expect(it.states.at(-1)).toMatchObject({ retryInMs: 500, error: { code: 'network' } });
      it.server.events.publish('note.added', { id: '1', text, stars: 0 });
      await it.clock.advance(20);
      await it.waits.advance(500);
      await it.until(() => it.state() === 'open');
      await it.until(() => it.told.length > 0);
      expect(it.told.splice(0)).toMatchObject([{ type: 'note.added', data: { text } }]);
    }
  });

  it('waits longer while nobody is there, and is reset when a new agent answers', async () => {
    await using it = await listening();
    await it.until(() => it.state() === 'open');
    await it.server[Symbol.asyncDispose]();
    const waited: number[] = [];
    for (let count = 0; count < 7; count++) {
      await it.until(() => it.state() === 'waiting');
      const last = it.states.at(-1);
      waited.push(last?.state === 'waiting' ? last.retryInMs : 0);
      it.states.length = 0;
      await it.waits.advance(waited.at(-1) ?? 0);
    }
    expect(waited).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
    await it.until(() => it.state() === 'waiting');
    await using again = await exampleServer({ port: it.server.port });
    await it.waits.advance(15_000);
    await it.until(() => it.told.length > 0);
    expect(it.told).toEqual(['reset']);
    again.events.publish('note.removed', { id: '1' });
    await it.until(() => it.told.length > 1);
  });

  it('notices a connection on which nothing comes any more', async () => {
    await using it = await listening({ hub: { heartbeatMs: 3_600_000 } });
    await it.until(() => it.state() === 'open');
    await it.waits.advance(44_000);
    expect(it.state()).toBe('open');
    await it.waits.advance(1_000);
    await it.until(() => it.state() === 'waiting');
    expect(it.states.at(-1)).toMatchObject({ error: { message: expect.stringContaining('not been heard') } });
  });

  it('resumes from where it is told to', async () => {
    await using it = await listening({ since: 'elsewhere-12' });
    await it.until(() => it.told.length > 0);
    expect(it.told).toEqual(['reset']);
  });

  it('gives up where trying again does not help', async () => {
    await using server = await exampleServer();
    const stranger = createClient(exampleContract, { baseUrl: server.baseUrl, token: 'wrong' });
    const callbacks = { onEvent: () => {}, onReset: () => {} };
    await expect(stranger.events({ signal, ...callbacks })).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('passes on what a callback throws', async () => {
    await using server = await exampleServer();
    const broken = new Error('broken view');
    const onReset = () => {
      throw broken;
    };
    await expect(server.client.events({ signal, since: 'x', onEvent: () => {}, onReset })).rejects.toBe(broken);
  });
});

async function answering(status: number, body: string) {
  const server = createServer((_, response) => response.writeHead(status).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    server,
    client: createClient(exampleContract, { baseUrl: `http://127.0.0.1:${port}` }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
