/** Makes what is neither file nor folder: symlinks, fifos, devices. One system call each, so the main thread does it. */
import { readlinkSync, renameSync, symlinkSync, unlinkSync } from 'node:fs';
import { type ByteString, fsPath, toUtf8 } from '../base/byte-string.ts';
import { HoldfastError, systemCode } from '../base/errors.ts';
import { unixMode } from '../format/file-mode.ts';
import type { Node } from '../format/tree.ts';
import { fileAttributes } from '../platform/attributes.ts';
import type { Existing } from './existing.ts';
import { temporaryPathOf } from './names.ts';
import { applyToPath, attributesOf } from './node-attributes.ts';

/**
 * Makes the item, in place (`create`) or under a temporary name that is renamed.
 *
 * @returns whether it was there already, and only got its attributes; and what could not be set of these
 */
export function makeOther(
  node: Node,
  path: ByteString,
  existing: Existing | undefined,
  work: 'create' | 'beside',
): { readonly made: boolean; readonly unset: HoldfastError | undefined } {
  if (isSameOther(node, path, existing)) {
    return { made: false, unset: applyToPath(path, attributesOf(node), false) };
  }
  if (work === 'create') {
    make(node, path);
    return { made: true, unset: applyToPath(path, attributesOf(node), true) };
  }
  const temporary = temporaryPathOf(path);
  remove(temporary);
  try {
    make(node, temporary);
    const unset = applyToPath(temporary, attributesOf(node), true);
    renameSync(fsPath(temporary), fsPath(path));
    return { made: true, unset };
  } catch (error) {
    remove(temporary);
    throw error;
  }
}

/** Whether a symlink is there that leads to the same, and is known by no other name. */
export function isSameOther(node: Node, path: ByteString, existing: Existing | undefined): boolean {
  if (node.type !== 'symlink' || existing?.kind !== 'symlink' || existing.links !== 1) return false;
  return readlinkSync(fsPath(path), 'latin1') === node.linktarget;
}

function make(node: Node, path: ByteString): void {
  switch (node.type) {
    case 'symlink':
      symlinkSync(fsPath(node.linktarget ?? ''), fsPath(path));
      return;
    case 'fifo':
      fileAttributes().makeFifo(path, 0o600);
      return;
    case 'dev':
    case 'chardev':
      if (process.geteuid?.() !== 0) {
        throw new HoldfastError('permission', `${toUtf8(path)} is a device, which only root can make.`, {
          hint: 'Run as root, or leave devices out by --exclude.',
          context: { path: toUtf8(path) },
        });
      }
      fileAttributes().makeDevice(path, unixMode(node.mode), node.device ?? 0n);
      return;
    default:
      throw new HoldfastError('unsupported', `${toUtf8(path)} is of a kind that cannot be restored (${node.type}).`, {
        context: { path: toUtf8(path) },
      });
  }
}

function remove(path: ByteString): void {
  try {
    unlinkSync(fsPath(path));
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}
