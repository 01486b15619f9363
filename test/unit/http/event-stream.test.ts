import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { isHoldfastError } from '../../../src/base/errors.ts';
import { type EventFrame, EventParser } from '../../../src/control/event-parser.ts';
import { EventHub, type EventHubOptions } from '../../../src/http/event-stream.ts';
import { FakeClock } from '../../support/fake-clock.ts';

interface Events extends Record<string, unknown> {
  readonly counted: { readonly n: number; readonly text?: string };
}

/** A hub behind a real HTTP server. */
async function serveHub(options: Partial<EventHubOptions> = {}) {
  const clock = new FakeClock();
  const hub = new EventHub<Events>({ clock, ...options });
  const responses: ServerResponse[] = [];
  const server = createServer((request, response) => {
    responses.push(response);
    try {
      hub.listen(response, request.headers['last-event-id']?.toString());
    } catch (error) {
      response.writeHead(isHoldfastError(error, 'too-many-requests') ? 429 : 500).end();
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    clock,
    hub,
    port,
    responses,
    [Symbol.asyncDispose]: async () => {
      hub.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

type Served = Awaited<ReturnType<typeof serveHub>>;

/** A listener that reads only as far as it is asked. */
class Reader {
  readonly socket: Socket;
  readonly #parser = new EventParser();
  readonly #frames: EventFrame[] = [];
  readonly #chunks: AsyncIterator<unknown>;
  comments = 0;

  constructor({ port }: Served, lastEventId?: string) {
    this.socket = connect({ port, host: '127.0.0.1' });
    const resume = lastEventId === undefined ? '' : `last-event-id: ${lastEventId}\r\n`;
    // HTTP/1.0: the body is not in chunks, and is the stream itself.
    this.socket.write(`GET / HTTP/1.0\r\n${resume}\r\n`);
    this.#chunks = this.socket.setEncoding('utf8')[Symbol.asyncIterator]();
  }

  /** The next event; undefined when the stream ended. */
  async next(): Promise<EventFrame | undefined> {
    while (this.#frames.length === 0) {
      const { value, done } = await this.#chunks.next().catch(() => ({ value: '', done: true }));
      if (done === true) return undefined;
      this.comments += String(value).match(/^:$/gm)?.length ?? 0;
      this.#frames.push(...this.#parser.push(String(value)));
    }
    return this.#frames.shift();
  }

  async take(count: number): Promise<readonly string[]> {
    const taken: string[] = [];
    while (taken.length < count) {
      const frame = await this.next();
      if (frame === undefined) break;
      taken.push(frame.type === 'counted' ? frame.data : frame.type);
    }
    return taken;
  }
}

const counted = (...numbers: readonly number[]) => numbers.map((n) => JSON.stringify({ n }));

describe('the hub of events', () => {
  it('tells every listener every event from "open" on, in order', async () => {
    await using served = await serveHub();
    served.hub.publish('counted', { n: 0 });
    const [one, two] = [new Reader(served), new Reader(served)];
    expect([await one.take(1), await two.take(1)]).toEqual([['open'], ['open']]);
    for (const n of [1, 2, 3]) served.hub.publish('counted', { n });
    await served.clock.advance(20);
    expect(await one.take(3)).toEqual(counted(1, 2, 3));
    expect(await two.take(3)).toEqual(counted(1, 2, 3));
  });

  it('sends a single event at once, without waiting for a batch', async () => {
    await using served = await serveHub();
    const reader = new Reader(served);
    await reader.take(1);
    served.hub.publish('counted', { n: 1 });
    expect(await reader.take(1)).toEqual(counted(1));
  });

  it('serialises an event once for all listeners', async () => {
    await using served = await serveHub();
    const readers = Array.from({ length: 20 }, () => new Reader(served));
    for (const reader of readers) await reader.take(1);
    let times = 0;
    const data = {
      n: 1,
      toJSON: () => {
        times++;
        return { n: 1 };
      },
    };
    served.hub.publish('counted', data);
    for (const reader of readers) expect(await reader.take(1)).toEqual(counted(1));
    expect(times).toBe(1);
  });

  it('goes on where a listener left off', async () => {
    await using served = await serveHub();
    const before = new Reader(served);
    const id = (await before.next())?.id;
    before.socket.destroy();
    const ids = [1, 2, 3].map((n) => served.hub.publish('counted', { n }));
    expect(await new Reader(served, id).take(4)).toEqual(['open', ...counted(1, 2, 3)]);
    expect(await new Reader(served, ids[1]).take(2)).toEqual(['open', ...counted(3)]);
    const uptodate = new Reader(served, ids[2]);
    expect(await uptodate.take(1)).toEqual(['open']);
    await served.clock.advance(40);
    served.hub.publish('counted', { n: 4 });
    expect(await uptodate.take(1)).toEqual(counted(4));
  });

  it('says "reset" when what was missed is gone, or is of another process', async () => {
    await using served = await serveHub({ keepEvents: 2 });
    const ids = [1, 2, 3, 4].map((n) => served.hub.publish('counted', { n }));
    await served.clock.advance(40);
    const [epoch] = ids[0]?.split(/-\d+$/) ?? [];
    for (const id of [ids[0], 'otherepo-3', `${epoch}-99`, `${epoch}-x`, '', '../../x']) {
      const reader = new Reader(served, id);
      expect([id, await reader.take(2)]).toEqual([id, ['open', 'reset']]);
      served.hub.publish('counted', { n: 5 });
      expect(await reader.take(1)).toEqual(counted(5));
      reader.socket.destroy();
      await served.clock.advance(40);
    }
    expect(await new Reader(served, served.hub.publish('counted', { n: 6 })).take(1)).toEqual(['open']);
  });

  it('sends heartbeats', async () => {
    await using served = await serveHub({ heartbeatMs: 1000 });
    const reader = new Reader(served);
    await reader.take(1);
    await served.clock.advance(3000);
    served.hub.publish('counted', { n: 1 });
    await reader.take(1);
    expect(reader.comments).toBe(3);
  });

  it('queues nothing for a slow listener: it is reset when it reads again, and others miss nothing', async () => {
    await using served = await serveHub({ keepEvents: 100 });
    const [slow, quick] = [new Reader(served), new Reader(served)];
    await slow.take(1);
    await quick.take(1);
    const text = 'x'.repeat(10_000);
    const seen: number[] = [];
    for (let n = 0; n < 2000; n++) {
      served.hub.publish('counted', { n, text });
      if (n % 50 !== 49) continue;
      await served.clock.advance(20);
      for (const data of await quick.take(50)) seen.push(JSON.parse(data).n);
    }
    expect(seen).toEqual(Array.from({ length: 2000 }, (_, n) => n));
    // What the kernel's socket takes is not ours; what waits in this process is one chunk and the socket's buffer.
    for (const response of served.responses) expect(response.writableLength).toBeLessThan(200_000);
    const types = new Set<string>();
    let last: EventFrame | undefined;
    do {
      last = await slow.next();
      types.add(last?.type ?? 'ended');
    } while (last?.type === 'counted');
    expect(last?.type).toBe('reset');
    served.hub.publish('counted', { n: 2001 });
    await served.clock.advance(20);
    expect(await slow.take(1)).toEqual(counted(2001));
  });

  it('disconnects a listener whose socket takes nothing for a minute', async () => {
    await using served = await serveHub({ keepEvents: 1000, keepBytes: 64 * 1024 * 1024 });
    const slow = new Reader(served);
    await slow.take(1);
    slow.socket.pause();
    for (let n = 0; n < 1000; n++) served.hub.publish('counted', { n, text: 'x'.repeat(20_000) });
    await served.clock.advance(45_000);
    expect(served.hub.listeners).toBe(1);
    await served.clock.advance(60_000);
    expect(served.hub.listeners).toBe(0);
  });

  it('forgets listeners that go away, takes only so many, and ends all when it is closed', async () => {
    await using served = await serveHub({ listeners: 2 });
    const readers = [new Reader(served), new Reader(served)];
    for (const reader of readers) await reader.take(1);
    const refused = await fetch(`http://127.0.0.1:${served.port}`);
    expect(refused.status).toBe(429);
    const closed = once(served.responses[0]!, 'close');
    readers[0]?.socket.destroy();
    await closed;
    expect(served.hub.listeners).toBe(1);
    served.hub.close();
    expect(await readers[1]?.next()).toBeUndefined();
    expect((await fetch(`http://127.0.0.1:${served.port}`)).status).toBe(429);
  });
});
