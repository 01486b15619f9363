/** What the restore suites share: a source that is saved in memory, restored on this thread, and compared. */
import { lutimesSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fromUtf8 } from '../../../src/base/byte-string.ts';
import { fileAttributes } from '../../../src/platform/attributes.ts';
import type { Repository } from '../../../src/repository/mod.ts';
import type { RestoreSummary } from '../../../src/restore/report.ts';
import { type RestoreOptions, runRestore } from '../../../src/restore/restore.ts';
import { compareTrees, type Mismatch } from '../../support/compare-trees.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts';
import { backup, type RunOptions } from '../backup/test-backup.ts';
import { memoryRepository, never } from '../repository/test-repository.ts';

export interface Stage extends AsyncDisposable {
  readonly folder: TemporaryFolder;
  readonly source: string;
  /** Does not exist yet. */
  readonly target: string;
  readonly repository: Repository;
  /** Saves the source. */
  save(options?: RunOptions): Promise<void>;
  /** Restores the source's last state into the target. */
  restore(options?: Partial<RestoreOptions>): Promise<RestoreSummary>;
  /** How the target differs from the source, the two folders' own attributes left out. */
  differences(): Mismatch[];
}

export async function stage(repository?: Repository): Promise<Stage> {
  const folder = await temporaryFolder();
  const source = join(folder.path, 'source');
  const target = join(folder.path, 'target');
  mkdirSync(source);
  const used = repository ?? (await memoryRepository());
  return {
    folder,
    source,
    target,
    repository: used,
    async save(options = {}) {
      const owners = { lookupUser: () => '', lookupGroup: () => '' };
      const nodes = { owners, attributes: fileAttributes(), withAccessTime: false };
      await backup(used, [source], { nodes, allowEmpty: true, ...options });
    },
    restore: (options = {}) =>
      runRestore({
        repository: used,
        snapshot: `latest:${source}`,
        target: fromUtf8(target),
        cwd: '/',
        lock: false,
        threads: 0,
        signal: never,
        ...options,
      }),
    differences: () => compareTrees(source, target, { sparse: true }).filter(({ path }) => path !== ''),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** Writes a file, with its folders, that was changed so many seconds after the epoch. */
export function write(path: string, content: string | Uint8Array, seconds = 1_000_000): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  lutimesSync(path, seconds, seconds);
}

/** Paths and codes of what failed. */
export function failures(summary: RestoreSummary): Record<string, string> {
  return Object.fromEntries(summary.problems.map(({ path, error }) => [path, error.code]));
}
