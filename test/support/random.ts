/** Seeded randomness: the same seed gives the same numbers and bytes on every machine and Node version. */
import { createCipheriv, createHash } from 'node:crypto';

export interface SeededRandom {
  /** A float in [0, 1). */
  next(): number;
  /** An integer in [low, high], both included. */
  integer(low: number, high: number): number;
  /** True with that probability. */
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** A new array in random order. */
  shuffle<T>(items: readonly T[]): T[];
  /** Incompressible bytes. */
  bytes(length: number): Buffer;
  /** Word-like text, about 3 : 1 compressible. */
  text(length: number): Buffer;
  /** An independent generator, named so that adding one does not shift the others. */
  fork(name: string): SeededRandom;
}

const words =
  'the of backup and file to folder in tree is blob that chunk with index for pack it snapshot as lock was on key are be this have from or one had by word but not what all were we when your can said there use an each which she do how their if'.split(
    ' ',
  );

/** The stream is AES-128-CTR under a key made from the seed. */
export function seededRandom(seed: number | string): SeededRandom {
  const key = createHash('sha256').update(`holdfast test seed ${seed}`).digest().subarray(0, 16);
  const stream = createCipheriv('aes-128-ctr', key, Buffer.alloc(16));
  const zeros = Buffer.alloc(4096);
  let block = Buffer.alloc(0);
  let at = 0;
  const uint32 = (): number => {
    if (at + 4 > block.length) {
      block = stream.update(zeros);
      at = 0;
    }
    const value = block.readUInt32LE(at);
    at += 4;
    return value;
  };
  const random: SeededRandom = {
    next: () => (uint32() * 0x200000 + (uint32() >>> 11)) / 2 ** 53,
    integer: (low, high) => low + Math.floor(random.next() * (high - low + 1)),
    chance: (probability) => random.next() < probability,
    pick: (items) => {
      if (items.length === 0) throw new Error('pick from an empty list');
      return items[random.integer(0, items.length - 1)] as (typeof items)[number];
    },
    shuffle: (items) => {
      const result = [...items];
      for (let i = result.length - 1; i > 0; i--) {
        const j = random.integer(0, i);
        [result[i], result[j]] = [result[j] as (typeof result)[number], result[i] as (typeof result)[number]];
      }
      return result;
    },
    bytes: (length) => stream.update(Buffer.alloc(length)),
    text: (length) => {
      const parts: string[] = [];
      for (let size = 0; size < length; ) {
        const word = `${random.pick(words)}${random.chance(0.08) ? '\n' : ' '}`;
        parts.push(word);
        size += word.length;
      }
      return Buffer.from(parts.join('').slice(0, length), 'latin1');
    },
    fork: (name) => seededRandom(`${seed}/${name}`),
  };
  return random;
}
