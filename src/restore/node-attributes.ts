/**
 * Gives restored items their owner, extended attributes, mode and times, in that order: changing the owner takes away
 * set-id bits and capabilities, attributes need a writable file, and everything touches the times.
 *
 * Owners: root sets them; for others they are set where the system lets them, silently else (as restic does), and an item
 * that did not get its owner gets no set-id bits either.
 *
 * What cannot be set is told, and never keeps an item from being restored.
 */
import { chmodSync, fchmodSync, fchownSync, lchownSync } from 'node:fs';
import { type ByteString, fsPath, toUtf8 } from '../base/byte-string.ts';
import { fromSystemError, HoldfastError, isHoldfastError, systemCode } from '../base/errors.ts';
import { unixMode } from '../format/file-mode.ts';
import type { Node, Xattr } from '../format/tree.ts';
import { fileAttributes } from '../platform/attributes.ts';

export interface ItemAttributes {
  /** Permission and set-id bits; undefined for links, which have none of their own. */
  readonly mode: number | undefined;
  readonly uid: number;
  readonly gid: number;
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
  readonly xattrs: readonly Xattr[];
}

const ownUid = process.geteuid?.();
const ownGid = process.getegid?.();
const isRoot = ownUid === 0;
const hasOwners = ownUid !== undefined;
const setIdBits = 0o6000;
const noXattrs: readonly Xattr[] = [];

export function attributesOf(node: Node): ItemAttributes {
  return {
    mode: node.type === 'symlink' ? undefined : unixMode(node.mode) & 0o7777,
    uid: node.uid,
    gid: node.gid,
    atimeNs: node.atimeNs,
    mtimeNs: node.mtimeNs,
    xattrs: node.xattrs ?? noXattrs,
  };
}

/**
 * All but the times of an open file, which `setTimes` sets when it is closed.
 *
 * @param state `fresh` is false where the file was there before and may have extended attributes of its own; `same` is true
 *   where its owner and mode are right already
 * @returns what could not be set first; the rest is set all the same
 */
export function applyToFile(
  fd: number,
  path: ByteString,
  attributes: ItemAttributes,
  state: { readonly fresh: boolean; readonly same: boolean },
): HoldfastError | undefined {
  const { uid, gid, mode = 0 } = attributes;
  const steps = new Steps(path);
  let owned = true;
  if (!state.same) steps.try(() => (owned = chown(uid, gid, () => fchownSync(fd, uid, gid))));
  steps.try(() => applyXattrs(path, attributes.xattrs, state.fresh));
  if (!state.same) steps.try(() => fchmodSync(fd, owned ? mode : mode & ~setIdBits));
  return steps.failure;
}

/** All attributes of an item that is not open: folders, links, fifos, devices. Never follows a link. Gives what failed. */
export function applyToPath(path: ByteString, attributes: ItemAttributes, fresh: boolean): HoldfastError | undefined {
  const { uid, gid, mode } = attributes;
  const at = fsPath(path);
  const steps = new Steps(path);
  let owned = true;
  steps.try(() => (owned = chown(uid, gid, () => lchownSync(at, uid, gid))));
  steps.try(() => applyXattrs(path, attributes.xattrs, fresh));
  // chmod would follow a link; what is here is a folder, fifo or device that was just made or looked at.
  if (mode !== undefined) steps.try(() => chmodSync(at, owned ? mode : mode & ~setIdBits));
  const untimed = setTimes(path, attributes);
  return steps.failure ?? untimed;
}

/** Gives what failed. */
export function setTimes(path: ByteString, { atimeNs, mtimeNs }: ItemAttributes): HoldfastError | undefined {
  const steps = new Steps(path);
  steps.try(() => fileAttributes().setTimes(path, atimeNs, mtimeNs));
  return steps.failure;
}

/** Runs each step, whatever became of those before; keeps the first failure. */
class Steps {
  failure: HoldfastError | undefined;
  readonly #path: ByteString;

  constructor(path: ByteString) {
    this.#path = path;
  }

  try(step: () => unknown): void {
    try {
      step();
    } catch (error) {
      this.failure ??= errorAt(error, 'set the attributes of', this.#path);
    }
  }
}

/** Whether the item has its owner now. */
function chown(uid: number, gid: number, change: () => void): boolean {
  if (!hasOwners || (!isRoot && uid === ownUid && gid === ownGid)) return true;
  try {
    change();
    return true;
  } catch (error) {
    if (!isRoot && systemCode(error) === 'EPERM') return false;
    throw error;
  }
}

/** Of namespaces that are not users' to set: best effort, like owners. */
const systemXattr = /^(security|trusted)\./;

function applyXattrs(path: ByteString, xattrs: readonly Xattr[], fresh: boolean): void {
  if (fresh && xattrs.length === 0) return;
  const port = fileAttributes();
  if (!fresh) {
    for (const { name } of port.listXattrs(path)) {
      // What the system itself sets stays: SELinux labels and the like.
      if (!name.startsWith('security.') && xattrs.every((kept) => kept.name !== name)) port.removeXattr(path, name);
    }
  }
  const steps = new Steps(path);
  for (const xattr of xattrs) {
    steps.try(() => {
      try {
        port.setXattrs(path, [xattr]);
      } catch (error) {
        if (isRoot || !systemXattr.test(xattr.name) || !isHoldfastError(error, 'permission')) throw error;
      }
    });
  }
  if (steps.failure !== undefined) throw steps.failure;
}

/** Any error as a HoldfastError that names the path on disk. */
export function errorAt(error: unknown, doing: string, path: ByteString): HoldfastError {
  const shown = toUtf8(path);
  const known = fromSystemError(error, `${doing} ${shown}`);
  if (!isHoldfastError(known)) {
    return new HoldfastError(
      'io',
      `Cannot ${doing} ${shown}: ${error instanceof Error ? error.message : String(error)}`,
      {
        context: { path: shown },
        cause: error,
      },
    );
  }
  return new HoldfastError(known.code, known.message, {
    retry: known.retry,
    ...(known.hint === undefined ? {} : { hint: known.hint }),
    context: { ...known.context, path: shown },
    cause: known.cause ?? error,
  });
}

/** Errors after which nothing more can be written: the run ends. (A file too large for its file system is that file's.) */
export function isDiskFull(error: unknown): boolean {
  if (systemCode(error) === 'ENOSPC' || systemCode(error) === 'EDQUOT') return true;
  return isHoldfastError(error, 'no-space') && error.context.systemCode !== 'EFBIG';
}
