/**
 * Changes single fields in the JSON text of an object and leaves every other byte as it is: fields that are not known
 * here, 64-bit integers and escapes survive. The text must be valid JSON.
 */
import type { ByteString } from '../../base/byte-string.ts';
import { HoldfastError } from '../../base/errors.ts';

/** The text with the value of a field replaced by `value` (JSON text); added at the end where there is none. */
export function withField(text: ByteString, name: string, value: ByteString): ByteString {
  const span = valueSpan(text, name);
  if (span !== undefined) return text.slice(0, span.start) + value + text.slice(span.end);
  const end = text.lastIndexOf('}');
  const comma = /^\{\s*$/.test(text.slice(0, end)) ? '' : ',';
  return `${text.slice(0, end)}${comma}"${name}":${value}${text.slice(end)}`;
}

function valueSpan(text: ByteString, name: string): { readonly start: number; readonly end: number } | undefined {
  let at = skipSpace(text, text.indexOf('{') + 1);
  while (text[at] === '"') {
    const keyEnd = stringEnd(text, at);
    const key = text.slice(at + 1, keyEnd - 1);
    const start = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const end = valueEnd(text, start);
    if (key === name) return { start, end };
    at = skipSpace(text, end);
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return undefined;
}

function skipSpace(text: ByteString, from: number): number {
  let at = from;
  while (/[ \t\r\n]/.test(text[at] ?? '')) at++;
  return at;
}

/** Behind the quote that ends the string that starts at `from`. */
function stringEnd(text: ByteString, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
  throw new HoldfastError('corrupt', 'a string in the JSON text does not end');
}

function valueEnd(text: ByteString, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; ) {
    const char = text[at]!;
    if (char === '"') {
      at = stringEnd(text, at);
      if (depth === 0) return at;
      continue;
    }
    if (depth === 0 && at > from && /[,}\] \t\r\n]/.test(char)) return at;
    if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') {
      depth--;
      if (depth === 0) return at + 1;
    }
    at++;
  }
  throw new HoldfastError('corrupt', 'a value in the JSON text does not end');
}
