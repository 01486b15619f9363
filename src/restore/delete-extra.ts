/**
 * Removes from the target what the snapshot does not have, and what stands in the way of what it has.
 *
 * Guarantees: links are removed, never followed; what the selection leaves out stays, and so do the folders that it is in;
 * each removal is told by its place; a dry run tells the same and removes nothing.
 */
import { readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { type ByteString, fsPath } from '../base/byte-string.ts';
import { existingAt } from './existing.ts';
import { errorAt } from './node-attributes.ts';
import type { Selection } from './selection.ts';

export interface RemoveOptions {
  readonly selection: Selection;
  readonly dryRun: boolean;
  readonly onRemoved: (location: ByteString, kind: 'dir' | 'file' | 'other', bytes: number) => void;
  readonly onProblem: (location: ByteString, error: unknown) => void;
  /** Called between removals: lets others work. */
  readonly breathe: () => Promise<void>;
  readonly signal: AbortSignal;
}

/** Removes an item with all below it. False if it, or something in it, stays. */
export async function removeItem(path: ByteString, location: ByteString, options: RemoveOptions): Promise<boolean> {
  const { selection, dryRun, onRemoved, onProblem, breathe, signal } = options;
  await breathe();
  signal.throwIfAborted();
  try {
    const existing = existingAt(path);
    if (existing === undefined) return true;
    const isFolder = existing.kind === 'dir';
    if (selection !== undefined && !selection(location, isFolder).item) return false;
    if (!isFolder) {
      if (!dryRun) unlinkSync(fsPath(path));
      onRemoved(location, existing.kind === 'file' ? 'file' : 'other', existing.kind === 'file' ? existing.size : 0);
      return true;
    }
    let empty = true;
    for (const name of readdirSync(fsPath(path), 'latin1').sort()) {
      empty = (await removeItem(`${path}/${name}`, `${location}/${name}`, options)) && empty;
    }
    if (!empty) return false;
    if (!dryRun) rmdirSync(fsPath(path));
    onRemoved(location, 'dir', 0);
    return true;
  } catch (error) {
    signal.throwIfAborted();
    onProblem(location, errorAt(error, 'remove', path));
    return false;
  }
}
