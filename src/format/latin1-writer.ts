/**
 * Builds byte strings in a buffer that is used again. JS concatenation is lazy: flattening a node of some 25 pieces costs more
 * than everything else about it; written as bytes, it becomes a flat string at once.
 */
import type { ByteString } from '../base/byte-string.ts';

const FIRST_BYTES = 16 * 1024;
/** A file of many chunks may need more for once. */
const MAX_KEPT_BYTES = 1024 * 1024;

/** Not for two texts at a time: `start` begins, `finish` ends. */
export class Latin1Writer {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #at = 0;

  start(): void {
    this.#at = 0;
  }

  /** What was written since `start`. */
  finish(): ByteString {
    const text = this.#bytes.toString('latin1', 0, this.#at);
    if (this.#bytes.length > MAX_KEPT_BYTES) this.#bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
    return text;
  }

  /** Chars written since `start`. */
  get position(): number {
    return this.#at;
  }

  text(text: ByteString): void {
    this.#reserve(text.length);
    const bytes = this.#bytes;
    const at = this.#at;
    for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
    this.#at = at + text.length;
  }

  /** Writes a text if all of its chars are marked in `allowed` (256 entries), else nothing. */
  textOf(text: ByteString, allowed: Uint8Array): boolean {
    this.#reserve(text.length);
    const bytes = this.#bytes;
    const at = this.#at;
    for (let i = 0; i < text.length; i++) {
      const char = text.charCodeAt(i);
      if (allowed[char] !== 1) return false;
      bytes[at + i] = char;
    }
    this.#at = at + text.length;
    return true;
  }

  raw(piece: Uint8Array): void {
    this.#reserve(piece.length);
    const bytes = this.#bytes;
    const at = this.#at;
    for (let i = 0; i < piece.length; i++) bytes[at + i] = piece[i]!;
    this.#at = at + piece.length;
  }

  /** Writes once more what was written between two positions. */
  repeat(from: number, to: number): void {
    this.#reserve(to - from);
    const bytes = this.#bytes;
    const at = this.#at;
    for (let i = from; i < to; i++) bytes[at + i - from] = bytes[i]!;
    this.#at = at + to - from;
  }

  char(code: number): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = code;
  }

  /** Exactly `count` digits, leading zeros included. */
  digits(value: number, count: number): void {
    this.#reserve(count);
    const at = this.#at;
    let rest = value | 0;
    for (let i = at + count - 1; i >= at; i--) {
      const next = (rest / 10) | 0;
      this.#bytes[i] = 0x30 + rest - next * 10;
      rest = next;
    }
    this.#at = at + count;
  }

  /** A safe integer of at least 0, in decimal. */
  integer(value: number): void {
    if (value >= 1e9) {
      const high = Math.floor(value / 1e9);
      this.integer(high);
      this.digits(value - high * 1e9, 9);
      return;
    }
    let count = 1;
    for (let limit = 10; value >= limit; limit *= 10) count++;
    this.digits(value, count);
  }

  #reserve(length: number): void {
    if (this.#at + length <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow((this.#at + length) * 2);
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = larger;
  }
}
