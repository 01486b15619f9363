/**
 * Byte strings: file names, paths and tree JSON as JS strings in which one char (0 … 0xFF) is one byte.
 *
 * File systems and the restic format deal in bytes; this form keeps names exact when they are no UTF-8, compares
 * bytewise with plain `<`, and costs V8 one byte a char.
 */
export type ByteString = string;

// biome-ignore lint/suspicious/noControlCharactersInRegex: the ASCII range is what is asked for
const ascii = /^[\x00-\x7f]*$/;

/** True when every byte is below 0x80, so that the bytes and the text are the same. */
export function isAscii(bytes: ByteString): boolean {
  return ascii.test(bytes);
}

/** For display: the bytes read as UTF-8, invalid ones as U+FFFD. */
export function toUtf8(bytes: ByteString): string {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8');
}

/** A text (what a user typed) as the bytes of its UTF-8 form. */
export function fromUtf8(text: string): ByteString {
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

/** The form that Node's fs functions take: the string itself where it is ASCII, else its bytes. */
export function fsPath(bytes: ByteString): string | Buffer {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, 'latin1');
}
