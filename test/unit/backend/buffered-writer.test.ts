import { describe, expect, it } from 'vitest';
import { bufferedWriter, SpareBuffers } from '../../../src/backend/buffered-writer.ts';

const { signal } = new AbortController();

/** Writes a file of these parts; gives what was saved, and the memory in which it lay. */
async function written(spare: SpareBuffers, parts: readonly Uint8Array[], fails = false) {
  let saved: Uint8Array | undefined;
  let memory: ArrayBufferLike | undefined;
  await using writer = bufferedWriter({
    type: 'data',
    sizeHintBytes: 1000,
    spare,
    save: async (_handle, bytes) => {
      saved = bytes.slice();
      memory = bytes.buffer;
      if (fails) throw new Error('no');
    },
    signal,
  });
  for (const part of parts) await writer.write(part);
  await writer.commit('ab'.repeat(32)).catch(() => undefined);
  return { saved, memory };
}

describe('a writer that keeps a file in memory', () => {
  it('saves what was written, also in memory that another file has lain in', async () => {
    const spare = new SpareBuffers();
    const first = await written(spare, [new Uint8Array(900).fill(1), new Uint8Array(300).fill(2)]);
    expect(first.saved).toEqual(new Uint8Array(1200).fill(1, 0, 900).fill(2, 900));
    const second = await written(spare, [new Uint8Array(10).fill(3)]);
    expect(second.saved).toEqual(new Uint8Array(10).fill(3));
    expect(second.memory).toBe(first.memory);
  });

  it('leaves memory to no other file after a failure: it may still be on its way', async () => {
    const spare = new SpareBuffers();
    const first = await written(spare, [new Uint8Array(10)], true);
    expect((await written(spare, [new Uint8Array(10)])).memory).not.toBe(first.memory);
  });

  it('keeps the memory of two files, and gives it back when it is told to', async () => {
    const spare = new SpareBuffers();
    const given = [10, 20, 30].map((bytes) => spare.take(bytes));
    for (const buffer of given) spare.give(buffer);
    expect(given.map(({ byteLength }) => byteLength)).toEqual([10, 20, 0]);
    expect(spare.take(15)).toBe(given[1]);
    spare.clear();
    expect(given[0]?.byteLength).toBe(0);
    expect(spare.take(5)).not.toBe(given[0]);
  });
});
