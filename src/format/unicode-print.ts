/**
 * Which characters Go's strconv.IsPrint calls printable: letters, marks, numbers, punctuation, symbols.
 */

const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u;

/** True for a code point above ASCII that strconv.Quote leaves as it is. */
export function isPrintable(point: number): boolean {
  return printable.test(String.fromCodePoint(point));
}
