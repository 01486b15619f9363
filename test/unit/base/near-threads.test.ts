import { describe, expect, it } from 'vitest';
import { NearThreads } from '../../../src/base/near-threads.ts';
import { StopFlag } from '../../../src/base/stop-flag.ts';

const entry = new URL('../../fixtures/thread-pool-worker.ts', import.meta.url);

/** Answers say who gave them: "near" on this thread, "thread" elsewhere. */
function pool(nearBytes: number, events: string[] = []) {
  const flag = new StopFlag();
  return new NearThreads<unknown, string, string, string>({
    entry,
    setup: { stop: flag.shared, greeting: 'thread', beats: new SharedArrayBuffer(8) },
    threads: 2,
    nearBytes,
    inline: (_, emit) => ({ answer: async (request) => `near ${request}`, close: async () => emit('closed here') }),
    onEvent: (event) => events.push(event),
    stop: () => flag.raise(),
  });
}

const bytes = (count: number, files = 1) => ({ files, bytes: count });

describe('near threads', () => {
  it('do little on this thread, a file as so much more, and start no thread for it', async () => {
    await using made = pool(20_000);
    expect(await made.ask('a', bytes(10_000))).toBe('near a');
    expect(await made.ask('b', bytes(1000))).toBe('near b');
    expect(await made.ask('c', bytes(1000))).toBe('thread c');
    await using many = pool(20_000);
    expect(await many.ask('a', bytes(0, 4))).toBe('near a');
    expect(await many.ask('b', bytes(0, 1))).toBe('thread b');
  });

  it('leave this thread alone after the first that is too much for it', async () => {
    await using made = pool(20_000);
    expect(await made.ask('a', bytes(20_000))).toBe('thread a');
    expect(await made.ask('b', bytes(1))).toBe('thread b');
  });

  it('start threads at once without a budget, and for what one thread must get', async () => {
    await using made = pool(0);
    expect(await made.ask('a', bytes(0, 0))).toBe('near a');
    expect(await made.ask('a', bytes(0))).toBe('thread a');
    await using other = pool(20_000);
    expect([other.size, other.idle]).toEqual([2, 2]);
    expect(await other.askOne(other.leastBusy, 'b')).toBe('thread b');
  });

  it('ask all that worked, here and elsewhere, and close all', async () => {
    const events: string[] = [];
    const made = pool(5000, events);
    await made.askStarted('nobody');
    await made.ask('a', bytes(1));
    await made.ask('b', bytes(5000));
    await made.askStarted('event');
    expect(events).toEqual(['news', 'news']);
    await made[Symbol.asyncDispose]();
    expect(events.sort()).toEqual(['closed', 'closed', 'closed here', 'news', 'news']);
  });
});
