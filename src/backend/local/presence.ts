/**
 * Is there a repository at all? Asked when something was not found, so that a disk that is not mounted never reads as
 * "this pack is lost" or "there are no snapshots".
 */
import { HoldfastError } from '../../base/errors.ts';
import type { Layout } from '../layout.ts';
import { isMissing, statIfThere } from './system-calls.ts';

/** Throws `no-repository` where neither a config nor the folder for packs is found. */
export async function assertRepositoryThere(layout: Layout): Promise<void> {
  for (const path of [layout.pathOf({ type: 'config', name: 'config' }), layout.typeFolder('data')]) {
    if ((await statIfThere(path)) !== undefined) return;
  }
  throw noRepository(layout.base);
}

/** Runs `work`; where it finds something missing because the whole repository is, that is what is said. */
export async function orNoRepository<T>(layout: Layout, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isMissing(error)) await assertRepositoryThere(layout);
    throw error;
  }
}

function noRepository(base: string): HoldfastError {
  return new HoldfastError('no-repository', `There is no repository at ${base}.`, {
    hint: 'Check the path, and that its disk is mounted; "holdfast init" makes a new repository.',
    context: { path: base },
  });
}
