/** The header `Retry-After` (RFC 9110, 10.2.3). */

/** Milliseconds from `now`, at least 0; undefined where the header is missing or makes no sense. */
export function retryAfterMs(header: string | undefined, now: Date): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  // Date.parse would take almost anything, as "-5" or "1.5".
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return undefined;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - now.getTime());
}
