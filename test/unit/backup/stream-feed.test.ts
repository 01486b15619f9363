import { describe, expect, it } from 'vitest';
import { StreamFeed } from '../../../src/backup/streamed/stream-feed.ts';
import type { StreamAnswer, StreamRequest } from '../../../src/backup/worker/protocol.ts';

const mib = 1024 * 1024;
const never = new AbortController().signal;

/** Workers that answer when they are told to: one chunk for each end. */
function slowWorkers(size: number) {
  const waiting: { request: StreamRequest; worker: number; answer: () => void; fail: (error: unknown) => void }[] = [];
  let turn = 0;
  const pool = {
    size,
    get leastBusy() {
      turn += 1;
      return turn % size;
    },
    saveStream: (request: StreamRequest, worker: number) =>
      new Promise<StreamAnswer>((resolve, reject) => {
        const ends = Uint32Array.from(request.ends, (_, index) => index + 1);
        const entries = Uint32Array.from(request.ends, () => 7);
        const answer = () => resolve({ kind: 'stream', entries, ends, added: { blobs: 1, bytes: 2 } });
        waiting.push({ request, worker, answer, fail: reject });
      }),
  };
  return { pool, waiting };
}

const content = () => ({ entries: [] as readonly number[], bytes: 0 });
const turns = () => new Promise((resolve) => setImmediate(resolve));

describe('content that is fed to the workers', () => {
  it('waits while two buffers a worker are under way', async () => {
    const { pool, waiting } = slowWorkers(2);
    using feed = new StreamFeed({ pool, signal: never });
    const all = content();
    let done = false;
    const adding = feed.add(new Uint8Array(10 * mib), all).then(() => {
      done = true;
    });
    await turns();
    expect(waiting).toHaveLength(4);
    expect(done).toBe(false);
    waiting[0]!.answer();
    await turns();
    expect(waiting).toHaveLength(5);
    expect(waiting[4]!.request.buffer).toBe(waiting[0]!.request.buffer);
    for (let at = 1; at < 10; at++) {
      waiting[at]!.answer();
      await turns();
    }
    await adding;
    expect(new Set(waiting.map(({ worker }) => worker)).size).toBe(1);
  });

  it('small contents share a buffer, and get their own chunks', async () => {
    const { pool, waiting } = slowWorkers(2);
    using feed = new StreamFeed({ pool, signal: never });
    const contents = Array.from({ length: 300 }, content);
    for (const one of contents) {
      await feed.add(new Uint8Array(10), one);
      await feed.end(one);
    }
    const finished = feed.finish();
    expect(waiting.map(({ request }) => request.ends.length)).toEqual([256, 44]);
    for (const { answer } of waiting) answer();
    await finished;
    expect(contents.every(({ entries, bytes }) => entries.length === 1 && bytes === 10)).toBe(true);
    expect(feed.added).toEqual({ blobs: 2, bytes: 4 });
  });

  it('a worker that fails ends whatever waits, by its error, also at the very end', async () => {
    const error = new Error('full');
    const { pool, waiting } = slowWorkers(1);
    using feed = new StreamFeed({ pool, signal: never });
    const adding = feed.add(new Uint8Array(4 * mib), content());
    await turns();
    waiting[1]!.fail(error);
    await expect(adding).rejects.toBe(error);
    const last = slowWorkers(1);
    using other = new StreamFeed({ pool: last.pool, signal: never });
    const one = content();
    await other.add(new Uint8Array(mib), one);
    last.waiting[0]!.fail(error);
    await turns();
    await expect(other.finish()).rejects.toBe(error);
  });
});
