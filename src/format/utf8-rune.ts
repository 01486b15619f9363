/**
 * UTF-8 inside byte strings, by Go's rules: one code point at a time, an invalid byte counts for itself.
 */
import type { ByteString } from '../base/byte-string.ts';

/** The code point that starts at `i`, or −1 when the byte there starts no valid one (then one byte is to be skipped). */
export function runeAt(bytes: ByteString, i: number): number {
  const first = bytes.charCodeAt(i);
  if (first < 0x80) return first;
  if (first < 0xc2 || first > 0xf4) return -1;
  const second = continuation(bytes, i + 1);
  if (second < 0) return -1;
  if (first < 0xe0) return ((first & 0x1f) << 6) | second;
  const third = continuation(bytes, i + 2);
  if (third < 0) return -1;
  if (first < 0xf0) {
    const point = ((first & 0x0f) << 12) | (second << 6) | third;
    return point < 0x800 || (point >= 0xd800 && point <= 0xdfff) ? -1 : point;
  }
  const fourth = continuation(bytes, i + 3);
  if (fourth < 0) return -1;
  const point = ((first & 0x07) << 18) | (second << 12) | (third << 6) | fourth;
  return point < 0x10000 || point > 0x10ffff ? -1 : point;
}

/** Bytes that a code point takes; 1 for the −1 of an invalid byte. */
export function runeBytes(point: number): number {
  if (point < 0x80) return 1;
  if (point < 0x800) return 2;
  return point < 0x10000 ? 3 : 4;
}

/** A valid code point as its UTF-8 bytes. */
export function runeToBytes(point: number): ByteString {
  const { fromCharCode } = String;
  if (point < 0x80) return fromCharCode(point);
  if (point < 0x800) return fromCharCode(0xc0 | (point >> 6), 0x80 | (point & 0x3f));
  const last = 0x80 | (point & 0x3f);
  const middle = 0x80 | ((point >> 6) & 0x3f);
  if (point < 0x10000) return fromCharCode(0xe0 | (point >> 12), middle, last);
  return fromCharCode(0xf0 | (point >> 18), 0x80 | ((point >> 12) & 0x3f), middle, last);
}

/** True when all of it is valid UTF-8. */
export function isUtf8(bytes: ByteString): boolean {
  for (let i = 0; i < bytes.length; ) {
    const point = runeAt(bytes, i);
    if (point < 0) return false;
    i += runeBytes(point);
  }
  return true;
}

/** The six bits of a continuation byte, or −1 when there is none at `i` (NaN past the end is none). */
function continuation(bytes: ByteString, i: number): number {
  const byte = bytes.charCodeAt(i);
  return (byte & 0xc0) === 0x80 ? byte & 0x3f : -1;
}
