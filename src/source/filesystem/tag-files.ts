/**
 * Folders whose content is left out because of a file in them: restic's --exclude-if-present FILE[:HEADER], CACHEDIR.TAG
 * (https://bford.info/cachedir/) and `.nobackup`. The folder itself and that file stay in the backup.
 */
import { closeSync, constants, lstatSync, openSync, readSync } from 'node:fs';
import { type ByteString, fsPath, toUtf8 } from '../../base/byte-string.ts';
import { HoldfastError, messageOf } from '../../base/errors.ts';
import type { ExcludeReason } from './exclude-reason.ts';

export interface TagRule {
  readonly file: ByteString;
  /** The bytes the file must start with; empty for any content. */
  readonly header: ByteString;
  readonly reason: ExcludeReason;
}

export const cacheTag = 'CACHEDIR.TAG:Signature: 8a477f597d28d172789f06886806bc55';
export const nobackupTag = '.nobackup';

/** @param spec FILE or FILE:HEADER. */
export function parseTagRule(spec: ByteString): TagRule {
  const colon = spec.indexOf(':');
  const file = colon < 0 ? spec : spec.slice(0, colon);
  if (file === '') {
    throw new HoldfastError('invalid-input', `"${toUtf8(spec)}" names no file whose presence excludes a folder`, {
      hint: 'Give FILE or FILE:HEADER.',
    });
  }
  const header = colon < 0 ? '' : spec.slice(colon + 1);
  return { file, header, reason: Object.freeze({ kind: 'if-present', rule: toUtf8(file) } as const) };
}

/**
 * Whether the folder is tagged. A tag file that cannot be read, or that has another header, does not exclude: `warn` hears of it.
 *
 * @param prefix the folder's path with its slash
 */
export function isTagged(
  rule: TagRule,
  prefix: ByteString,
  names: readonly ByteString[],
  warn: (message: string) => void,
): boolean {
  const path = prefix + rule.file;
  if (rule.file.includes('/') ? !exists(path) : !names.includes(rule.file)) return false;
  if (rule.header === '') return true;
  const header = readStart(path, rule.header.length, warn);
  if (header === rule.header) return true;
  if (header !== undefined) warn(`${toUtf8(path)} has not the content that excludes its folder`);
  return false;
}

function exists(path: ByteString): boolean {
  return lstatSync(fsPath(path), { throwIfNoEntry: false }) !== undefined;
}

/** Never waits: a fifo of that name gives an error at once. */
function readStart(path: ByteString, length: number, warn: (message: string) => void): ByteString | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(fsPath(path), constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const buffer = Buffer.alloc(length);
    let filled = 0;
    while (filled < length) {
      const read = readSync(fd, buffer, filled, length - filled, null);
      if (read === 0) break;
      filled += read;
    }
    return buffer.toString('latin1', 0, filled);
  } catch (error) {
    warn(`Cannot read ${toUtf8(path)}, so its folder is not excluded: ${messageOf(error)}`);
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
