import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { HoldfastError } from '../../../src/base/errors.ts';
import { StopFlag } from '../../../src/base/stop-flag.ts';
import { ThreadPool } from '../../../src/base/thread-pool.ts';
import { codeOf, messageFrom } from '../repository/test-repository.ts';

const entry = new URL('../../fixtures/thread-pool-worker.ts', import.meta.url);

/** A pool of the fixture's workers; `threads: 0` runs the like on this thread. */
function pool(threads: number, events: string[] = [], beats = new SharedArrayBuffer(8)) {
  const flag = new StopFlag();
  return new ThreadPool<unknown, string, string, string>({
    entry,
    setup: { stop: flag.shared, greeting: 'hello', beats },
    threads,
    inline: (_, emit) => ({
      answer: async (request) => {
        if (request === 'throw') throw new HoldfastError('no-space', 'It is full.', { hint: 'Empty it.' });
        if (request === 'throw-other') throw new TypeError('a bug');
        if (request === 'event') emit('news');
        return request === 'event' ? 'told' : `hello ${request}`;
      },
      close: async () => emit('closed'),
    }),
    onEvent: (event) => events.push(event),
    stop: () => flag.raise(),
  });
}

describe.each([
  ['inline', 0],
  ['one thread', 1],
  ['two threads', 2],
])('a thread pool: %s', (_, threads) => {
  it('answers each request with its own answer', async () => {
    await using made = pool(threads);
    const asked = Array.from({ length: 20 }, (_value, number) => `${number}`);
    expect(await Promise.all(asked.map((text) => made.ask(text)))).toEqual(asked.map((text) => `hello ${text}`));
    expect(await made.askAll('all', { start: true })).toEqual(Array(made.size).fill('hello all'));
  });

  it('tells how many workers have nothing to do', async () => {
    await using made = pool(threads);
    expect(made.idle).toBe(made.size);
    const asked = [made.ask('first')];
    expect(made.idle).toBe(made.size - 1);
    for (let more = 1; more <= made.size; more++) asked.push(made.ask('more'));
    expect(made.idle).toBe(0);
    await Promise.all(asked);
    expect(made.idle).toBe(made.size);
  });

  it('gives events before the answer that follows them, and those of closing', async () => {
    const events: string[] = [];
    await using made = pool(threads, events);
    expect(await made.ask('event')).toBe('told');
    expect(events).toEqual(['news']);
    await made[Symbol.asyncDispose]();
    expect(events.filter((event) => event === 'closed')).toHaveLength(made.size);
  });

  it('a failure comes out as it was, for all that is open and all that follows', async () => {
    await using made = pool(threads);
    const outcomes = await Promise.allSettled([made.ask('throw'), made.askAll('x', { start: true })]);
    expect(outcomes[0]).toMatchObject({ status: 'rejected', reason: { code: 'no-space', hint: 'Empty it.' } });
    expect(await codeOf(() => made.ask('later'))).toBe('no-space');
  });

  it('a bug is told as one', async () => {
    await using made = pool(threads);
    expect(await codeOf(() => made.ask('throw-other'))).toBe('internal');
    expect(await messageFrom(() => made.ask('later'))).toContain('a bug');
  });

  it('takes no more once it is closed, started or not', async () => {
    const started = pool(threads);
    await started.ask('x');
    await started[Symbol.asyncDispose]();
    expect(await codeOf(() => started.ask('y'))).toBe('internal');
    expect(await messageFrom(() => started.ask('y'))).toContain('closed');
    const never = pool(threads);
    await never[Symbol.asyncDispose]();
    expect(await messageFrom(() => never.ask('y'))).toContain('closed');
    expect(await messageFrom(() => never.askAll('y', { start: true }))).toContain('closed');
    await started[Symbol.asyncDispose]();
  });

  it('asks no workers that were never started, unless told to', async () => {
    await using made = pool(threads);
    expect(await made.askAll('x', { start: false })).toEqual([]);
  });
});

describe('worker threads that end', () => {
  it('by exit: everything open fails', async () => {
    await using made = pool(2);
    const open = Promise.allSettled([made.ask('exit'), made.ask('until-stopped')]);
    for (const outcome of await open) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'internal' } });
    }
    expect(await messageFrom(() => made.ask('x'))).toContain('code 7');
  });

  it('by an error nobody caught: it is in the message', async () => {
    await using made = pool(1);
    expect(await messageFrom(() => made.ask('crash'))).toContain('crashed');
  });

  it('because they look at the stop flag: soon', async () => {
    const made = pool(2);
    await made.askAll('x', { start: true });
    const open = Promise.allSettled([made.ask('until-stopped'), made.ask('until-stopped')]);
    await made[Symbol.asyncDispose]();
    for (const outcome of await open) expect(outcome.status).toBe('rejected');
  });

  it('because they are killed: within a second', async () => {
    const beats = new SharedArrayBuffer(8);
    const made = pool(1, [], beats);
    await made.ask('x');
    const open = codeOf(() => made.ask('spin'));
    const startMs = performance.now();
    await made[Symbol.asyncDispose]();
    expect(performance.now() - startMs).toBeLessThan(1000);
    expect(await open).toBe('internal');
    const last = new Int32Array(beats)[0];
    await systemClock.sleep(100, new AbortController().signal);
    expect(new Int32Array(beats)[0]).toBe(last);
  });
});
