import { describe, expect, it } from 'vitest';
import { HoldfastError, messageOf } from '../../../src/base/errors.ts';
import type { ThreadMessage } from '../../../src/base/thread-pool.ts';
import { serveRequests } from '../../../src/base/thread-server.ts';

/** Answers of requests by number are given by hand. */
function served(atOnce?: number) {
  const running = new Map<number, PromiseWithResolvers<string>>();
  const told: string[] = [];
  const post = (message: ThreadMessage<string, never>): void => {
    if ('answer' in message) told.push(`${message.request}: ${message.answer}`);
    else if ('failed' in message) told.push(`failed: ${messageOf(HoldfastError.fromJSON(message.failed))}`);
  };
  const handle = serveRequests<number, string>(
    {
      ...(atOnce === undefined ? {} : { atOnce }),
      answer: (request) => {
        const outcome = Promise.withResolvers<string>();
        running.set(request, outcome);
        return outcome.promise;
      },
      close: async () => void told.push('closed'),
    },
    post,
    () => told.push('ended'),
  );
  return {
    told,
    running,
    ask(...requests: number[]) {
      for (const request of requests) handle({ request, body: request });
    },
    close: () => handle('close'),
    async finish(request: number, error?: Error) {
      const outcome = running.get(request)!;
      running.delete(request);
      if (error === undefined) outcome.resolve('done');
      else outcome.reject(error);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

describe('the server of a thread', () => {
  it('answers one request after the other', async () => {
    const { ask, finish, running, told } = served();
    ask(1, 2);
    expect([...running.keys()]).toEqual([1]);
    await finish(1);
    expect([...running.keys()]).toEqual([2]);
    await finish(2);
    expect(told).toEqual(['1: done', '2: done']);
  });

  it('answers several at once where it can, never more', async () => {
    const { ask, finish, running, told } = served(2);
    ask(1, 2, 3);
    expect([...running.keys()]).toEqual([1, 2]);
    await finish(2);
    expect([...running.keys()]).toEqual([1, 3]);
    await finish(3);
    await finish(1);
    expect(told).toEqual(['2: done', '3: done', '1: done']);
  });

  it('tells the first failure, and nothing of what runs beside it or comes later', async () => {
    const { ask, finish, running, told } = served(2);
    ask(1, 2, 3);
    await finish(1, new HoldfastError('no-space', 'It is full.'));
    await finish(2);
    ask(4);
    expect(running.size).toBe(0);
    expect(told).toEqual(['failed: It is full.']);
  });

  it('closes when what runs has ended, and begins nothing more', async () => {
    const { ask, finish, running, close, told } = served(2);
    ask(1, 2, 3);
    close();
    await finish(1);
    expect(told).toEqual([]);
    await finish(2, new Error('late'));
    expect(told).toEqual(['closed', 'ended']);
    expect(running.size).toBe(0);
  });
});
