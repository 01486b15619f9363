/**
 * Files of exclude patterns (restic's --exclude-file): one a line, blanks around it and lines with `#` in front ignored, a byte
 * order mark (UTF-8 or UTF-16) understood. And sizes as restic writes them.
 */
import type { ByteString } from '../../base/byte-string.ts';
import { fromUtf8 } from '../../base/byte-string.ts';
import { HoldfastError } from '../../base/errors.ts';

/**
 * @param environment where given, `$NAME` and `${NAME}` are replaced from it (an unknown one by nothing) and `$$` is a dollar
 *   sign, as restic does in files (and never on the command line). Without it, dollars stand for themselves.
 */
export function parsePatternFile(
  content: Uint8Array,
  environment?: Readonly<Record<string, string | undefined>>,
): ByteString[] {
  const patterns: ByteString[] = [];
  for (const rawLine of decode(content).split('\n')) {
    const line = trim(rawLine);
    if (line === '' || line.startsWith('#')) continue;
    patterns.push(environment === undefined ? line : expand(line, environment));
  }
  return patterns;
}

/** Bytes from "500", "10k", "1M", "2G", "1T" (units of 1024, either case, `b` for bytes). */
export function parseSize(text: string): number {
  const match = /^([+-]?\d+)([bkmgt]?)$/i.exec(text);
  const bytes = Number(match?.[1] ?? Number.NaN) * 1024 ** 'bkmgt'.indexOf((match?.[2] || 'b').toLowerCase());
  if (Number.isSafeInteger(bytes) && bytes >= 0) return bytes;
  throw new HoldfastError('invalid-input', `"${text}" is not a size`, {
    hint: 'Give a whole number with one of the units k, M, G, T: 500k, 10M.',
  });
}

function decode(content: Uint8Array): ByteString {
  const buffer = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const [first, second, third] = content;
  if (first === 0xef && second === 0xbb && third === 0xbf) return buffer.toString('latin1', 3);
  if (first === 0xff && second === 0xfe) return fromUtf8(buffer.toString('utf16le', 2));
  if (first === 0xfe && second === 0xff) {
    const even = Buffer.from(buffer.subarray(2, buffer.length - (buffer.length % 2)));
    return fromUtf8(even.swap16().toString('utf16le'));
  }
  return buffer.toString('latin1');
}

/** ASCII blanks only: in a byte string U+0085 and U+00A0 would be parts of other characters. */
function trim(line: ByteString): ByteString {
  return line.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, '');
}

function expand(line: ByteString, environment: Readonly<Record<string, string | undefined>>): ByteString {
  return line.replace(/\$(?:(\$)|\{([^}]*)\}|([A-Za-z0-9_]+))/g, (_whole, dollar, braced, plain) => {
    if (dollar !== undefined) return '$';
    return fromUtf8(environment[braced ?? plain] ?? '');
  });
}
