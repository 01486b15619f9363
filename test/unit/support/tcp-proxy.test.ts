import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';

/** Answers each byte with the same one; notes all that came. */
describe('a TCP proxy', () => {
  let server: Server;
  let proxy: TcpProxy;
  let arrived = '';
  beforeEach(async () => {
    arrived = '';
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        arrived += chunk;
        socket.write(chunk);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    proxy = await startTcpProxy((server.address() as AddressInfo).port);
  });
  afterEach(async () => {
    await proxy[Symbol.asyncDispose]();
    await new Promise((resolve) => server.close(resolve));
  });

  it('passes all on, both ways', async () => {
    const client = new Client(proxy.port);
    client.socket.write('x'.repeat(1_000_000));
    await client.has(1_000_000);
    expect(proxy.bytes).toEqual({ up: 1_000_000, down: 1_000_000 });
    client.socket.end();
    await client.ended;
    expect(client.end).toBe('close');
  });

  it.each(['close', 'reset'] as const)('cuts answers after so many bytes: %s', async (how) => {
    proxy.cutAfter({ direction: 'down', bytes: 7, how });
    const client = new Client(proxy.port);
    client.socket.write('0123456789');
    await client.ended;
    expect(client.end).toBe(how);
    if (how === 'close') expect(client.text).toBe('0123456');
    expect(proxy.hits).toBe(1);
    const second = new Client(proxy.port);
    second.socket.write('0123456789');
    await second.has(10);
  });

  it('falls silent after so many bytes, on the connection that it concerns', async () => {
    proxy.cutAfter({ direction: 'up', bytes: 3, how: 'silence' });
    const client = new Client(proxy.port);
    client.socket.write('abcdef');
    while (proxy.bytes.up < 6) await new Promise(setImmediate);
    client.socket.write('g');
    const second = new Client(proxy.port);
    second.socket.write('1234');
    await second.has(4);
    expect(arrived).toBe('abc1234');
    expect(client.end).toBeUndefined();
    client.socket.destroy();
  });

  it('cuts what is sent, so often', async () => {
    proxy.cutAfter({ direction: 'up', bytes: 3, how: 'close', times: 2 });
    for (const _ of [1, 2]) {
      const client = new Client(proxy.port);
      client.socket.write('abcdef');
      await client.ended;
    }
    expect(arrived).toBe('abcabc');
    const third = new Client(proxy.port);
    third.socket.write('abcdef');
    await third.has(6);
  });

  it('loses an answer: the request arrives', async () => {
    proxy.loseAnswer({ afterBytes: 4 });
    const client = new Client(proxy.port);
    client.socket.write('abc');
    await client.has(3);
    client.socket.write('defg');
    await client.ended;
    expect(client.end).toBe('reset');
    expect(client.text).toBe('abc');
    expect(arrived).toBe('abcdefg');
  });

  it('swallows in either direction, and recovers', async () => {
    const client = new Client(proxy.port);
    client.socket.write('a');
    await client.has(1);
    proxy.set({ swallow: ['down'] });
    client.socket.write('b');
    while (arrived !== 'ab' || proxy.bytes.down < 2) await new Promise(setImmediate);
    proxy.set({ swallow: ['up'] });
    client.socket.write('c');
    while (proxy.bytes.up < 3) await new Promise(setImmediate);
    proxy.set({});
    client.socket.write('d');
    await client.has(2);
    expect(client.text).toBe('ad');
    expect(arrived).toBe('abd');
  });

  it('refuses new connections, and cuts all at once', async () => {
    const first = new Client(proxy.port);
    first.socket.write('a');
    await first.has(1);
    proxy.set({ refuse: true });
    const second = new Client(proxy.port);
    await second.ended;
    expect(second.end).toBe('reset');
    first.socket.write('b');
    await first.has(2);
    proxy.cut('reset');
    await first.ended;
    expect(first.end).toBe('reset');
  });

  it('is slow, or late', async () => {
    const client = new Client(proxy.port);
    client.socket.write('a');
    await client.has(1);
    proxy.set({ downRate: 1000 });
    let from = performance.now();
    client.socket.write('x'.repeat(200));
    await client.has(201);
    expect(performance.now() - from).toBeGreaterThan(130);
    proxy.set({ delayMs: 100 });
    from = performance.now();
    for (let n = 0; n < 20; n++) {
      client.socket.write('b');
      await new Promise(setImmediate);
    }
    await client.has(221);
    const tookMs = performance.now() - from;
    expect(tookMs).toBeGreaterThan(98);
    expect(tookMs).toBeLessThan(1500); // not one after the other
  });
});

class Client {
  readonly socket: Socket;
  text = '';
  end: 'close' | 'reset' | undefined;
  readonly ended: Promise<void>;
  #onData = () => {};

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (chunk) => {
      this.text += chunk;
      this.#onData();
    });
    this.ended = new Promise((resolve) => {
      this.socket
        .on('error', () => {
          this.end = 'reset';
        })
        .on('close', () => {
          this.end ??= 'close';
          resolve();
        });
    });
  }

  async has(length: number): Promise<void> {
    while (this.text.length < length) {
      await new Promise<void>((resolve) => {
        this.#onData = resolve;
      });
    }
  }
}
