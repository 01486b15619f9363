/** What the watch suites share: a watcher on a temporary folder, and a record of what it tells. */

import type { FullScanReason } from '../../../../src/agent/watch/changes.ts';
import { startChokidar } from '../../../../src/agent/watch/chokidar-watcher.ts';
import { EventBurst } from '../../../../src/agent/watch/event-burst.ts';
import type { FolderWatcher } from '../../../../src/agent/watch/folder-watcher.ts';
import { startLeanWatcher } from '../../../../src/agent/watch/lean-watcher.ts';
import { WatchRules } from '../../../../src/agent/watch/watch-rules.ts';
import { compileExcludes, type ExcludeOptions } from '../../../../src/source/mod.ts';

/** Everything that was told; cleared as a test goes on. */
export interface Told {
  readonly folders: Set<string>;
  readonly subtrees: Set<string>;
  readonly lost: FullScanReason[];
  cannotFollow: number;
}

export interface WatchSetup {
  readonly exclude?: Omit<ExcludeOptions, 'roots'>;
  readonly burst?: EventBurst;
}

export type Watched = FolderWatcher & { readonly told: Told };

export async function startWatched(
  kind: 'chokidar' | 'lean',
  sources: readonly string[],
  { exclude = {}, burst = new EventBurst() }: WatchSetup = {},
): Promise<Watched> {
  const told: Told = { folders: new Set(), subtrees: new Set(), lost: [], cannotFollow: 0 };
  const options = {
    sources,
    rules: new WatchRules(compileExcludes({ ...exclude, roots: sources }), sources),
    events: {
      folderChanged: (folder: string) => told.folders.add(folder),
      subtreeChanged: (folder: string) => told.subtrees.add(folder),
      lost: (reason: FullScanReason) => told.lost.push(reason),
    },
    cannotFollow: () => {
      told.cannotFollow += 1;
    },
    signal: new AbortController().signal,
  };
  const watcher = await (kind === 'lean' ? startLeanWatcher(options, burst) : startChokidar(options, burst));
  return {
    told,
    get folders() {
      return watcher.folders;
    },
    [Symbol.asyncDispose]: () => watcher[Symbol.asyncDispose](),
  };
}
