/** What the backup suites share: runs on small repositories in memory, and what a snapshot holds, read back from it. */
import { runBackup } from '../../../src/backup/backup.ts';
import type { BackupOptions } from '../../../src/backup/backup-options.ts';
import type { BackupSummary } from '../../../src/backup/report.ts';
import { type ByteString, fromUtf8 } from '../../../src/base/byte-string.ts';
import { decodeTree, type Node } from '../../../src/format/tree.ts';
import type { Repository } from '../../../src/repository/mod.ts';
import { loadSnapshot } from '../../../src/repository/snapshots.ts';
import { compileExcludes, type ExcludeOptions } from '../../../src/source/mod.ts';
import { never } from '../repository/test-repository.ts';
import { quickClock } from './quick-clock.ts';

export type RunOptions = Partial<BackupOptions> & { readonly exclude?: Omit<ExcludeOptions, 'roots'> };

/** A backup on this thread, as host "test". */
export function backup(
  repository: Repository,
  targets: readonly string[],
  { exclude = {}, ...options }: RunOptions = {},
): Promise<BackupSummary> {
  return runBackup({
    repository,
    targets: targets.map(fromUtf8),
    cwd: '/',
    selector: (roots) => compileExcludes({ ...exclude, roots }),
    identity: { hostname: 'test', username: 'tester' },
    programVersion: 'holdfast test',
    nodes: {
      owners: { lookupUser: () => '', lookupGroup: () => '' },
      attributes: { listXattrs: () => [] },
      withAccessTime: false,
    },
    threads: 0,
    clock: quickClock,
    signal: never,
    ...options,
  });
}

export interface SavedItem {
  readonly node: Node;
  /** Of a file. */
  readonly content: Buffer | undefined;
}

/** Everything in a snapshot by its path in there, every blob read back from the repository. */
export async function readBack(repository: Repository, summary: BackupSummary): Promise<Map<ByteString, SavedItem>> {
  if (summary.snapshotId === undefined) throw new Error('there is no snapshot');
  const { snapshot } = await loadSnapshot(repository, summary.snapshotId, never);
  await repository.loadIndex(never);
  const items = new Map<ByteString, SavedItem>();
  const visit = async (tree: string, path: ByteString): Promise<void> => {
    for (const node of decodeTree(await repository.readBlob('tree', tree, never))) {
      const parts = await Promise.all((node.content ?? []).map((id) => repository.readBlob('data', id, never)));
      const content = node.type === 'file' ? Buffer.concat(parts) : undefined;
      items.set(`${path}/${node.name}`, { node, content });
      if (node.subtree !== undefined) await visit(node.subtree, `${path}/${node.name}`);
    }
  };
  await visit(snapshot.tree, '');
  return items;
}

/** The paths that a run could not save whole. */
export function problemPaths(summary: BackupSummary): string[] {
  return summary.problems.map((problem) => problem.path);
}
