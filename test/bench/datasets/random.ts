/**
 * The bench's own random numbers: the same on every machine and in every version of Node.
 *
 * `Sfc32` (PractRand's small fast counting generator, 32-bit words) makes decisions and small contents; `keystream`
 * (AES-256-CTR under a fixed key, seekable) makes incompressible bytes by the gigabyte.
 */
import { createCipheriv, createHash } from 'node:crypto';

export class Sfc32 {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** Two 32-bit seeds; 12 rounds are thrown away, so that near seeds give unrelated streams. */
  constructor(seed: number, stream: number) {
    this.#a = seed | 0;
    this.#b = stream | 0;
    this.#c = 0x9e3779b9 | 0;
    for (let round = 0; round < 12; round++) this.next();
  }

  /** 32 random bits, as a signed integer. */
  next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum;
  }

  /** An integer in [0, limit), limit ≤ 2³¹ (the bias is below 2⁻³² × limit). */
  below(limit: number): number {
    return Math.floor(((this.next() >>> 0) / 0x1_0000_0000) * limit);
  }
}

/** Permutes `array` in place (Fisher and Yates). */
export function shuffle(array: Uint8Array | Uint32Array, random: Sfc32): void {
  for (let i = array.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const kept = array[i] ?? 0;
    array[i] = array[j] ?? 0;
    array[j] = kept;
  }
}

const KEY = createHash('sha256').update('holdfast bench keystream 1').digest();
const ZEROS = new Uint8Array(1 << 16);

/** Fills `target` with the bytes of the endless fixed key stream that start at `from` (below 2⁵³). */
export function keystream(target: Uint8Array, from: number): void {
  const skip = from % 16;
  const counter = Buffer.alloc(16);
  counter.writeBigUInt64BE(BigInt((from - skip) / 16), 8);
  const cipher = createCipheriv('aes-256-ctr', KEY, counter);
  if (skip > 0) cipher.update(ZEROS.subarray(0, skip));
  for (let at = 0; at < target.length; at += ZEROS.length) {
    target.set(cipher.update(ZEROS.subarray(0, Math.min(ZEROS.length, target.length - at))), at);
  }
}
