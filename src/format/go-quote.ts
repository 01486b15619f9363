/**
 * Names in trees: the body of Go's strconv.Quote, then JSON-escaped (restic design.rst, Trees and Data).
 *
 * Quoting keeps printable Unicode and writes everything else with escapes, so any bytes survive: byte ff → `\xff`.
 */
import { type ByteString, fromUtf8, isAscii } from '../base/byte-string.ts';
import { HoldfastError } from '../base/errors.ts';
import { isPrintable } from './unicode-print.ts';
import { runeAt, runeBytes, runeToBytes } from './utf8-rune.ts';

/** Printable ASCII without `"`, `&`, `<`, `>`, `\`: the same in every form. */
const plain = /^[\x20\x21\x23-\x25\x27-\x3b\x3d\x3f-\x5b\x5d-\x7e]*$/;

/** 1 for the bytes that stand for themselves in names: printable ASCII without `"`, `&`, `<`, `>`, `\\`. */
export const plainNameChars: Uint8Array = Uint8Array.from({ length: 256 }, (_, code) =>
  plain.test(String.fromCharCode(code)) ? 1 : 0,
);

/** A name as the JSON string of a tree, quotes included. */
export function jsonName(name: ByteString): ByteString {
  return plain.test(name) ? `"${name}"` : `"${escapeName(name)}"`;
}

/** The body of Go's strconv.Quote (no surrounding quotes), not JSON-escaped. */
export function goQuote(name: ByteString): ByteString {
  let out = '';
  for (let i = 0; i < name.length; ) {
    const point = runeAt(name, i);
    const next = i + runeBytes(point);
    out += point < 0 ? `\\x${hex(name.charCodeAt(i), 2)}` : (quoteEscape(point) ?? name.slice(i, next));
    i = next;
  }
  return out;
}

/**
 * The bytes of a quoted body, as text from a JSON parser (Go's strconv.Unquote).
 * Throws 'corrupt' on what Go would refuse.
 */
export function goUnquote(quoted: string): ByteString {
  if (!/["\\\n]/.test(quoted)) return isAscii(quoted) ? quoted : fromUtf8(quoted);
  const bytes = fromUtf8(quoted);
  let out = '';
  let start = 0;
  for (let i = 0; i < bytes.length; ) {
    const char = bytes.charCodeAt(i);
    if (char === 0x22 || char === 0x0a) throw corrupt(quoted);
    if (char !== 0x5c) {
      i++;
      continue;
    }
    out += bytes.slice(start, i);
    const [value, next] = unescapeAt(bytes, i + 1, quoted);
    out += value;
    start = next;
    i = next;
  }
  return out + bytes.slice(start);
}

/** Quoting and JSON escaping in one: each backslash and quote of the quoted form is escaped once more. */
function escapeName(name: ByteString): ByteString {
  return goQuote(name).replace(/["\\<>&]/g, (char) => jsonEscapes[char] ?? char);
}

const jsonEscapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
};

const shortEscapes: ReadonlyMap<number, string> = new Map([
  [0x07, '\\a'],
  [0x08, '\\b'],
  [0x0c, '\\f'],
  [0x0a, '\\n'],
  [0x0d, '\\r'],
  [0x09, '\\t'],
  [0x0b, '\\v'],
  [0x22, '\\"'],
  [0x5c, '\\\\'],
]);
const shortValues: ReadonlyMap<string, string> = new Map(
  [...shortEscapes].map(([code, short]) => [short.charAt(1), String.fromCharCode(code)]),
);

/** The escape that a valid code point needs, or undefined when it stands for itself. */
function quoteEscape(point: number): string | undefined {
  const short = shortEscapes.get(point);
  if (short !== undefined) return short;
  if (point < 0x20 || point === 0x7f) return `\\x${hex(point, 2)}`;
  if (point < 0x7f || isPrintable(point)) return undefined;
  return point < 0x10000 ? `\\u${hex(point, 4)}` : `\\U${hex(point, 8)}`;
}

/** What follows a backslash at `i`: the bytes it stands for, and where the rest begins. */
function unescapeAt(bytes: ByteString, i: number, quoted: string): [value: ByteString, next: number] {
  const kind = bytes.charAt(i);
  const short = shortValues.get(kind);
  if (short !== undefined) return [short, i + 1];
  const digits = { x: 2, u: 4, U: 8 }[kind];
  if (digits === undefined) return unescapeOctal(bytes, i, quoted);
  const text = bytes.slice(i + 1, i + 1 + digits);
  if (text.length !== digits || !/^[0-9a-fA-F]+$/.test(text)) throw corrupt(quoted);
  const code = Number.parseInt(text, 16);
  if (kind === 'x') return [String.fromCharCode(code), i + 3];
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) throw corrupt(quoted);
  return [runeToBytes(code), i + 1 + digits];
}

function unescapeOctal(bytes: ByteString, i: number, quoted: string): [value: ByteString, next: number] {
  const text = bytes.slice(i, i + 3);
  if (!/^[0-3][0-7]{2}$/.test(text)) throw corrupt(quoted);
  return [String.fromCharCode(Number.parseInt(text, 8)), i + 3];
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

function corrupt(quoted: string): HoldfastError {
  return new HoldfastError('corrupt', `the name ${JSON.stringify(quoted)} has an invalid escape`);
}
