/**
 * Restores what was picked in a snapshot: to where it was, or into another folder; or says what that would do.
 *
 *   every path is there?  else nothing is done
 *   one restore of them all (restore.ts), with everything that it guarantees
 */
import type { ByteString } from '../base/byte-string.ts';
import { HoldfastError } from '../base/errors.ts';
import { findNode, loadSnapshot, TreeReader } from '../repository/mod.ts';
import type { RestoreSummary } from './report.ts';
import { type RestoreOptions, runRestore } from './restore.ts';
import { namesOf, outermost, pathBelow, selectPaths } from './selected-paths.ts';

export interface RestoreSelectionOptions
  extends Omit<RestoreOptions, 'snapshot' | 'filter' | 'target' | 'cwd' | 'selection' | 'folder' | 'deleteExtra'> {
  /** A snapshot's whole id. */
  readonly snapshot: string;
  /** Absolute paths in the snapshot, each a file or folder with all in it. */
  readonly paths: readonly ByteString[];
  readonly destination: RestoreDestination;
}

export type RestoreDestination =
  /** Where it was when it was saved. */
  | { readonly kind: 'original' }
  /**
   * A folder (absolute), which is made if it is missing. Paths come to lie in it as they are below `from`, an absolute
   * folder of the snapshot: by default its root, so that they keep all their folders.
   */
  | { readonly kind: 'folder'; readonly path: ByteString; readonly from?: ByteString };

/**
 * @throws `not-found` naming a path that the snapshot does not have; `invalid-input` for a selection that is none, or that
 *   lies outside of `from`; `unsupported`; else as runRestore
 */
export async function restoreSelection(options: RestoreSelectionOptions): Promise<RestoreSummary> {
  const { repository, snapshot, paths: picked, destination, signal, ...rest } = options;
  const paths = outermost(picked);
  const from = destination.kind === 'folder' ? `/${namesOf(destination.from ?? '/').join('/')}` : '/';
  const below = paths.map((path) => pathBelow(path, from));
  if (destination.kind === 'original' && process.platform === 'win32') {
    throw new HoldfastError('unsupported', 'On Windows nothing can be restored to its original place yet.', {
      hint: 'Restore to another folder, and move it from there.',
    });
  }
  await repository.loadIndex(signal);
  const { snapshot: stored } = await loadSnapshot(repository, snapshot, signal);
  const reader = new TreeReader(repository);
  for (const path of paths) if (path !== '/') await findNode(reader, stored.tree, namesOf(path), signal);
  const selection = selectPaths(below);
  return runRestore({
    ...rest,
    repository,
    signal,
    snapshot,
    folder: from,
    target: destination.kind === 'original' ? '/' : destination.path,
    cwd: '/',
    ...(selection === undefined ? {} : { selection }),
  });
}
