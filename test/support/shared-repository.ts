/** One repository, one temporary folder, and both programs on it: the stage of the compatibility and torture suites. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Mismatch } from './compare-trees.ts';
import { Holdfast, isResticStandIn } from './holdfast.ts';
import { copyRepository } from './repository-files.ts';
import { forgeRepository, type RepositoryForge } from './repository-forge.ts';
import { Restic } from './restic.ts';
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts';

const password = 'correct horse battery staple';

export interface SharedRepository extends AsyncDisposable {
  readonly folder: TemporaryFolder;
  readonly repository: string;
  readonly password: string;
  readonly holdfast: Holdfast;
  readonly restic: Restic;
  /** To write any object. */
  readonly forge: RepositoryForge;
  /** A copy of the repository as it is now, in a folder of its own, with a home of its own. */
  copy(): Promise<SharedRepository>;
  /** The same two programs on another repository of the same folder (made with the same password). */
  on(repository: string): { readonly holdfast: Holdfast; readonly restic: Restic };
}

/** By default the repository is forged: as restic makes it, with a key that opens fast. @param options.under where */
export async function sharedRepository(
  options: { readonly version?: 1 | 2; readonly seed?: number; readonly under?: string } = {},
): Promise<SharedRepository> {
  const folder = await temporaryFolder(options.under);
  const repository = join(folder.path, 'repository');
  return stage(folder, forgeRepository(repository, password, options.version ?? 2, options.seed));
}

function stage(folder: TemporaryFolder, forge: RepositoryForge): SharedRepository {
  const home = join(folder.path, 'home');
  mkdirSync(home);
  const on = (repository: string): { holdfast: Holdfast; restic: Restic } => ({
    holdfast: new Holdfast({ home, repository, password }),
    restic: new Restic({ repository, password, home }),
  });
  return {
    folder,
    repository: forge.repository,
    password,
    ...on(forge.repository),
    forge,
    on,
    copy: async () => {
      const other = await temporaryFolder();
      const repository = join(other.path, 'repository');
      copyRepository(forge.repository, repository);
      return stage(other, forge.of(repository));
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** Where restic 0.14 itself restores wrongly: times after 2262, hard links of symlinks, attributes of symlinks. */
export function resticRestoresWrongly(mismatch: Mismatch): boolean {
  if (mismatch.what === 'mtime') return BigInt(mismatch.a ?? 0) > 2n ** 63n;
  if (mismatch.what === 'links') return mismatch.path.includes('symlinks/linked');
  return mismatch.what === 'xattrs' && mismatch.path.includes('symlinks/');
}

/** What Holdfast's restore may get wrong: nothing, unless restic stands in for it. */
export function restoresWrongly(mismatch: Mismatch): boolean {
  return isResticStandIn && resticRestoresWrongly(mismatch);
}
