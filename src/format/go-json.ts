/**
 * JSON text exactly as Go's encoding/json writes it, as a ByteString (UTF-8 bytes).
 *
 * Go escapes `<`, `>`, `&`, U+2028, U+2029 and controls below 0x20 (short forms for \n \r \t only), leaves DEL and
 * all else raw, and writes `\ufffd` for every invalid UTF-8 byte.
 */
import { type ByteString, fromUtf8 } from '../base/byte-string.ts';
import { HoldfastError } from '../base/errors.ts';
import { runeAt, runeBytes } from './utf8-rune.ts';

const plain = /^[\x20\x21\x23-\x25\x27-\x3b\x3d\x3f-\x5b\x5d-\x7f]*$/;

/** The byte string as a JSON string, quotes included. */
export function jsonString(bytes: ByteString): ByteString {
  return plain.test(bytes) ? `"${bytes}"` : `"${escapeJson(bytes)}"`;
}

/** A text (not bytes) as a JSON string, quotes included. */
export function jsonText(text: string): ByteString {
  return jsonString(fromUtf8(text));
}

/**
 * Any plain value as Go would write it: for unknown fields that are kept. Object keys keep their order.
 * Bigints are written as integers; strings are texts.
 */
export function jsonValue(value: unknown): ByteString {
  if (typeof value === 'string') return jsonText(value);
  if (typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return `[${value.map(jsonValue).join(',')}]`;
  if (typeof value !== 'object') throw new HoldfastError('internal', `a ${typeof value} cannot be JSON`);
  return `{${Object.entries(value)
    .map(([key, item]) => `${jsonText(key)}:${jsonValue(item)}`)
    .join(',')}}`;
}

function escapeJson(bytes: ByteString): ByteString {
  let out = '';
  let start = 0; // of the raw run that is not copied yet
  for (let i = 0; i < bytes.length; ) {
    const point = runeAt(bytes, i);
    const escaped = escapeOf(point);
    const next = i + runeBytes(point);
    if (escaped !== undefined) {
      out += bytes.slice(start, i) + escaped;
      start = next;
    }
    i = next;
  }
  return out + bytes.slice(start);
}

function escapeOf(point: number): string | undefined {
  if (point < 0) return '\\ufffd';
  switch (point) {
    case 0x22:
      return '\\"';
    case 0x5c:
      return '\\\\';
    case 0x0a:
      return '\\n';
    case 0x0d:
      return '\\r';
    case 0x09:
      return '\\t';
    case 0x3c:
      return '\\u003c';
    case 0x3e:
      return '\\u003e';
    case 0x26:
      return '\\u0026';
    case 0x2028:
      return '\\u2028';
    case 0x2029:
      return '\\u2029';
  }
  return point < 0x20 ? `\\u${point.toString(16).padStart(4, '0')}` : undefined;
}
