/**
 * Folders of the target: made when the first item in them is, given their attributes when the last one is done.
 *
 * Guarantees: a folder is one that this run made, or was seen by lstat to be a real folder; nothing is ever put below a
 * link. Below paths longer than one system call takes, a folder is held open, and what is in it is reached through
 * `/proc/self/fd/N/.` (Linux; elsewhere the system's error is reported).
 */
import { chmodSync, closeSync, constants, mkdirSync, openSync, readdirSync, unlinkSync } from 'node:fs';
import { type ByteString, fsPath, toUtf8 } from '../base/byte-string.ts';
import { HoldfastError, systemCode } from '../base/errors.ts';
import type { Node } from '../format/tree.ts';
import { comparableName, type Existing, existingAt } from './existing.ts';
import { applyToPath, attributesOf, errorAt } from './node-attributes.ts';
import { mayReplace, type OverwritePolicy } from './policy.ts';

export interface Folder {
  /** For system calls. */
  path: ByteString;
  /** In the snapshot, with a leading "/"; "" for the root. */
  readonly location: ByteString;
  /** Undefined for the target itself. */
  readonly node: Node | undefined;
  readonly parent: Folder | undefined;
  /** What is still to be done in it, or 0. */
  pending: number;
  state: 'unmade' | 'made' | 'blocked';
  /** This run made it: nothing was in it. */
  fresh: boolean;
  /** Made even if nothing in it is restored. Else it only leads to what is, and stays as it is if it is there already. */
  readonly selected: boolean;
  /** Its mode, where it had to be opened to its owner. */
  modeBefore: number | undefined;
  /** False where its place is known to be free. */
  readonly mayBeThere: boolean;
  /** Held open because its path is too long, or −1. */
  fd: number;
}

export interface FolderRules {
  readonly policy: OverwritePolicy;
  readonly dryRun: boolean;
}

/** Bytes of a path that one call takes for sure, less room for a name. */
const longestPath = 4096 - 32 - 256;
/** What no folder of a real system reaches; ends the walk of a tree that was made to have no end. */
const longestLocation = 65_536;
const folderFlags = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0);

/** The folder that is restored to. */
export function targetFolder(path: ByteString): Folder {
  return { path, location: '', node: undefined, parent: undefined, selected: true, ...unmade, mayBeThere: true };
}

/** A folder in another one. */
export function folderIn(
  parent: Folder,
  node: Node,
  { selected, mayBeThere }: { readonly selected: boolean; readonly mayBeThere: boolean },
): Folder {
  const path = `${parent.path}/${node.name}`;
  const location = `${parent.location}/${node.name}`;
  return { path, location, node, parent, selected, ...unmade, mayBeThere };
}

const unmade = { pending: 0, state: 'unmade', fresh: false, modeBefore: undefined, fd: -1 } as const;

/**
 * Makes a folder whose parent is made, or takes the one that is there.
 *
 * @throws `exists` where something else is there that the policy keeps; other HoldfastErrors that name the path
 */
export function makeFolder(folder: Folder, { policy, dryRun }: FolderRules): void {
  if (folder.location.length > longestLocation) {
    throw new HoldfastError('unsupported', `Folders are nested too deep at ${toUtf8(folder.location.slice(0, 200))}…`);
  }
  try {
    const existing = folder.mayBeThere ? existingAt(folder.path) : undefined;
    if (existing?.kind === 'dir') takeFolder(folder, existing, dryRun);
    else replaceByFolder(folder, existing, policy, dryRun);
    if (folder.path.length > longestPath && process.platform === 'linux' && !(dryRun && folder.fresh)) {
      folder.fd = openSync(fsPath(folder.path), folderFlags);
      folder.path = `/proc/self/fd/${folder.fd}/.`;
    }
  } catch (error) {
    throw errorAt(error, 'make the folder', folder.path);
  }
  folder.state = 'made';
}

function takeFolder(folder: Folder, existing: Existing, dryRun: boolean): void {
  const ownUid = process.geteuid?.();
  const ownMode = existing.mode & 0o700;
  // Restored before, with a mode that keeps its owner out: it gets it back at the end.
  if (!dryRun && ownUid !== 0 && existing.uid === ownUid && ownMode !== 0o700 && folder.node !== undefined) {
    chmodSync(fsPath(folder.path), existing.mode | 0o700);
    folder.modeBefore = existing.mode;
  }
}

function replaceByFolder(
  folder: Folder,
  existing: Existing | undefined,
  policy: OverwritePolicy,
  dryRun: boolean,
): void {
  if (existing !== undefined) {
    if (folder.node === undefined || !mayReplace(folder.node, existing, policy)) {
      const shown = toUtf8(folder.path);
      throw new HoldfastError('exists', `${shown} is there, and is no folder.`, {
        hint: 'Restore to another folder, or choose another policy for what is there.',
        context: { path: shown },
      });
    }
    if (!dryRun) unlinkSync(fsPath(folder.path));
  }
  folder.fresh = true;
  if (dryRun) return;
  try {
    mkdirSync(fsPath(folder.path), 0o700);
  } catch (error) {
    // Another name in the snapshot that this file system takes for the same.
    if (systemCode(error) !== 'EEXIST' || existingAt(folder.path)?.kind !== 'dir') throw error;
    folder.fresh = false;
  }
}

/** The names in a folder that was there before, in the form that `comparableName` gives, with the exact ones. */
export function namesThere(folder: Folder): Map<string, ByteString> {
  if (folder.fresh) return new Map();
  try {
    const names = readdirSync(fsPath(folder.path), 'latin1');
    return new Map(names.map((name) => [comparableName(name), name]));
  } catch (error) {
    throw errorAt(error, 'list the folder', folder.path);
  }
}

/** Gives a folder its attributes, unless it was there and is not selected; everything in it is done. Tells what could not be set. */
export function finishFolder(folder: Folder, dryRun: boolean): HoldfastError | undefined {
  if (folder.state !== 'made' || folder.node === undefined || dryRun) return undefined;
  if (!folder.selected && !folder.fresh) {
    if (folder.modeBefore !== undefined) chmodSync(fsPath(folder.path), folder.modeBefore);
    return undefined;
  }
  return applyToPath(folder.path, attributesOf(folder.node), folder.fresh);
}

export function closeFolder(folder: Folder): void {
  if (folder.fd >= 0) closeSync(folder.fd);
  folder.fd = -1;
}
