/**
 * Names of archive entries as paths in a snapshot. Nothing is repaired but the "./" that tar puts first and the "/" behind a
 * folder's name: what has another form is made to be misread by somebody, and is refused.
 */
import { type ByteString, toUtf8 } from '../../base/byte-string.ts';
import type { ArchiveLimits } from './limits.ts';
import { refusedEntry } from './refusal.ts';

/** What becomes of links. Hard links are always refused: they name content of another entry. */
export type LinkPolicy =
  /** There must be none. */
  | 'refuse'
  /** Symlinks stay that lead, by their text alone, to something inside of the archive. */
  | 'keep-relative';

/** @returns undefined for the archive's own root folder @throws `invalid-input` naming the entry */
export function entryParts(name: ByteString, isFolder: boolean, limits: ArchiveLimits): ByteString[] | undefined {
  const refuse = (problem: string): Error => refusedEntry(toUtf8(name), problem);
  if (name === '') throw refuse('has no name');
  if (name.includes('\0')) throw refuse('has a NUL in its name');
  if (name.includes('\\')) throw refuse('has a backslash in its name');
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name)) throw refuse('has an absolute name');
  const parts = name.split('/');
  if (isFolder && parts.at(-1) === '') parts.pop();
  while (parts[0] === '.') parts.shift();
  if (parts.length === 0) {
    if (isFolder) return undefined;
    throw refuse('has no name');
  }
  if (parts.includes('..')) throw refuse('leads out of the archive');
  if (parts.includes('') || parts.includes('.')) throw refuse('has a name with an empty part');
  if (parts.length > limits.depth) throw refuse(`lies more than ${limits.depth} folders deep`);
  if (parts.some((part) => part.length > limits.nameBytes)) {
    throw refuse(`has a name of more than ${limits.nameBytes} bytes`);
  }
  return parts;
}

/**
 * A link's target that stays inside: relative, `..` only at its begin (behind a name, that may be a link itself, it could lead
 * anywhere), and not more of them than the link lies deep.
 *
 * @throws `invalid-input` naming the entry
 */
export function checkLinkTarget(name: ByteString, parts: readonly ByteString[], target: ByteString): void {
  const refuse = (problem: string): Error => refusedEntry(toUtf8(name), problem);
  if (target === '' || target.includes('\0') || target.includes('\\')) throw refuse('is a link to nothing that can be');
  if (target.startsWith('/') || /^[A-Za-z]:/.test(target)) throw refuse('is a link to an absolute path');
  const steps = target.split('/').filter((step) => step !== '' && step !== '.');
  const ups = steps.findIndex((step) => step !== '..');
  const leading = ups < 0 ? steps.length : ups;
  if (leading >= parts.length || steps.slice(leading).includes('..')) {
    throw refuse('is a link that leads out of the archive');
  }
}

/** A name of Unicode text as bytes. @throws `invalid-input` where it was not read as text */
export function textName(text: string): ByteString {
  if (text.includes('\uFFFD')) throw refusedEntry(text, 'has a name that is no valid text');
  return Buffer.from(text, 'utf8').toString('latin1');
}
