/** Single ranges of bytes (RFC 9110, 14.1.2). */

/** Half open. */
export interface ByteSpan {
  readonly start: number;
  readonly end: number;
}

/**
 * What a `Range` header asks for: undefined for the whole (no header, another unit, several ranges, or nonsense, which RFC 9110 lets
 * a server ignore).
 */
export function parseRange(header: string | undefined, length: number): ByteSpan | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (match === null) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const suffix = Number(last);
    return suffix === 0 || length === 0 ? 'unsatisfiable' : { start: Math.max(0, length - suffix), end: length };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= length) return 'unsatisfiable';
  return { start, end: last === '' ? length : Math.min(length, Number(last) + 1) };
}

/** These bytes of a stream; ends the stream when it has them. */
export async function* slice(
  bytes: AsyncIterable<Uint8Array>,
  offset: number,
  length: number,
): AsyncGenerator<Uint8Array, void> {
  let before = offset;
  let left = length;
  if (left === 0) return;
  for await (const piece of bytes) {
    const from = Math.min(before, piece.length);
    before -= from;
    const wanted = piece.subarray(from, from + left);
    if (wanted.length > 0) yield wanted;
    left -= wanted.length;
    if (left === 0) return;
  }
}
