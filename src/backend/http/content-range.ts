/** The header Content-Range (RFC 9110, section 14.4). */

/** Of "bytes 0-9/100", where "*" stands for what is not told. */
export function contentRangeOf(text: string | undefined): { from?: number; to?: number; sizeBytes?: number } {
  const match = /^bytes +(?:(\d+)-(-?\d+)|\*)\/(\d+|\*)$/.exec(text ?? '');
  if (match === null) return {};
  const [, from, to, size] = match;
  return {
    ...(from === undefined ? {} : { from: Number(from), to: Number(to) }),
    ...(size === undefined || size === '*' ? {} : { sizeBytes: Number(size) }),
  };
}
