import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { SharedLimits } from '../../../src/backend/limits.ts';
import { FakeClock } from '../../support/fake-clock.ts';

interface Moved {
  readonly bytes: number;
  readonly beginMs: number;
  readonly endMs: number;
}

const never = new AbortController().signal;

describe('limits of bandwidth', () => {
  it('let everything go at once where there are none', () => {
    expect(new SharedLimits().take('up', 1e12, never)).toBeUndefined();
  });

  it('keep the rate, but for a tenth of a second that is saved up', async () => {
    const { clock, limits } = limited({ up: 1000 });
    const moved = mover(limits, 100);
    await clock.advance(10_000);
    expect(moved.bytes).toBeGreaterThan(9_900);
    expect(moved.bytes).toBeLessThan(10_400);
    moved.stop();
  });

  it('count up and down apart', async () => {
    const { clock, limits } = limited({ up: 1000 });
    expect(limits.take('down', 1e9, never)).toBeUndefined();
    limits.set({ up: 1000, down: 500_000 });
    const up = mover(limits, 100);
    const down = mover(limits, 100, 'down');
    await clock.advance(1000);
    expect(up.bytes).toBeLessThan(1500);
    expect(down.bytes).toBeGreaterThan(400_000);
    up.stop();
    down.stop();
  });

  it('serve all in turn: large ones get the same, a small one waits for none of them', async () => {
    const { clock, limits } = limited({ up: 100_000 });
    const large = [1, 2, 3, 4].map(() => mover(limits, 16 * 2 ** 20));
    let ofMany = 0;
    const many = mover(limits, 65_536, 'up', (bytes) => {
      ofMany = bytes;
    });
    await clock.advance(20_000);
    let doneAfterMs = Number.NaN;
    const begunMs = clock.monotonicMs();
    const small = (async () => {
      await limits.take('up', 300, never);
      doneAfterMs = clock.monotonicMs() - begunMs;
    })();
    await clock.advance(1000);
    await small;
    expect(doneAfterMs).toBeLessThan(200);
    expect(ofMany).toBeGreaterThan(320_000);
    expect(ofMany).toBeLessThan(460_000);
    for (const one of [...large, many]) one.stop();
  });

  it('may be changed while something waits, and be taken away', async () => {
    const { clock, limits } = limited({ up: 1000 });
    let isDone = false;
    void limits.take('up', 1_000_000, never)?.then(() => {
      isDone = true;
    });
    await clock.advance(5_000);
    limits.set({ up: 1_000_000 });
    await clock.advance(900);
    expect(isDone).toBe(false);
    await clock.advance(600);
    expect(isDone).toBe(true);
    limits.set({ up: 1000 });
    const second = limits.take('up', 1_000_000, never);
    limits.set({});
    await clock.advance(1000);
    await second;
  });

  it('cut what is sent into parts', async () => {
    const { clock, limits } = limited({ up: 50_000 });
    const bytes = new Uint8Array(4500).map((_, i) => i);
    const parts: Uint8Array[] = [];
    const sending = (async () => {
      for await (const part of limits.paced('up', bytes, never)) parts.push(part);
    })();
    await clock.advance(1000);
    await sending;
    expect(parts.map(({ length }) => length)).toEqual([1000, 1000, 1000, 1000, 500]);
    expect(Buffer.concat(parts).equals(bytes)).toBe(true);
    limits.set({});
    expect(await Array.fromAsync(limits.paced('up', bytes, never))).toEqual([bytes]);
  });

  it('end a wait with the reason of an abort', async () => {
    const { clock, limits } = limited({ down: 10 });
    const control = new AbortController();
    const waiting = limits.take('down', 1000, control.signal);
    await clock.advance(1000);
    control.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(limits.take('down', 1, control.signal)).rejects.toThrow('enough');
  });

  it('are shared by threads', async () => {
    const limits = new SharedLimits();
    limits.set({ up: 400_000 });
    const workerData = { shared: limits.shared, ms: 600 };
    const entry = new URL('../../fixtures/limited-worker.ts', import.meta.url);
    const workers = [1, 2, 3].map(() => new Worker(entry, { workerData }));
    const got: Moved[] = await Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0]));
    await Promise.all(workers.map((worker) => worker.terminate()));
    const all = got.reduce((sum, { bytes }) => sum + bytes, 0);
    // Threads do not start at the same moment.
    const seconds =
      (Math.max(...got.map(({ endMs }) => endMs)) - Math.min(...got.map(({ beginMs }) => beginMs))) / 1000;
    expect(all).toBeGreaterThan(400_000 * 0.5);
    expect(all).toBeLessThan(400_000 * (seconds + 0.15));
    for (const { bytes } of got) expect(bytes).toBeGreaterThan(all / 10);
  });
});

function limited(rates: Parameters<SharedLimits['set']>[0]): { clock: FakeClock; limits: SharedLimits } {
  const clock = new FakeClock();
  const limits = new SharedLimits(undefined, clock);
  limits.set(rates);
  return { clock, limits };
}

/** Moves pieces until it is stopped. */
function mover(
  limits: SharedLimits,
  pieceBytes: number,
  direction: 'up' | 'down' = 'up',
  told?: (bytes: number) => void,
): { readonly bytes: number; stop(): void } {
  const control = new AbortController();
  let bytes = 0;
  void (async () => {
    for (;;) {
      await limits.take(direction, pieceBytes, control.signal);
      bytes += pieceBytes;
      told?.(bytes);
      if (control.signal.aborted) return;
    }
  })().catch(() => undefined);
  return {
    get bytes() {
      return bytes;
    },
    stop: () => control.abort(),
  };
}
