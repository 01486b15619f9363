/**
 * Stores the content and the trees of one snapshot: puts workers, queue and walk together, and takes them apart again
 * (with their memory) when everything is in durable packs.
 */

import { availableParallelism } from 'node:os';
import { isHoldfastError } from '../base/errors.ts';
import { littleBytes } from '../base/near-threads.ts';
import { onAbort } from '../base/on-abort.ts';
import type { Id } from '../format/id.ts';
import { defaultPackSizeBytes, type FinishedPack, type StoredSnapshot, TreeBytes } from '../repository/mod.ts';
import { createNodeMaker } from '../source/mod.ts';
import type { BackupOptions } from './backup-options.ts';
import { CarriedOver } from './carried-over.ts';
import { ChangeScope, type SourceChanges } from './change-scope.ts';
import { FileQueue } from './file-queue.ts';
import type { BackupSummary } from './report.ts';
import { checkStreamsStillFull } from './source-check.ts';
import { saveStreams } from './streamed/save-streams.ts';
import type { Targets } from './targets.ts';
import { TreeSaver } from './tree-saver.ts';
import { TreeWalk, type WalkOptions } from './tree-walk.ts';
import { WalkTally } from './walk-tally.ts';
import { WorkerPool } from './worker/pool.ts';
import type { WorkerSetup } from './worker/protocol.ts';
import { Successors } from './worker/successors.ts';
import { WorkerState } from './worker/worker-state.ts';

export interface SaveTreeOptions extends Omit<BackupOptions, 'changes' | 'time'> {
  readonly plan: Targets;
  /** The snapshot's. */
  readonly time: Date;
  /** Of the last snapshot of these paths, whether or not it is compared with. */
  readonly lastTree: Id | undefined;
  readonly parentSnapshot: StoredSnapshot | undefined;
  /** What changed since the parent snapshot; undefined: everything is looked at. */
  readonly changes: SourceChanges | undefined;
  /** Called when a pack is durable. */
  readonly onPack: (pack: FinishedPack) => void;
}

export type SavedTree = Pick<
  BackupSummary,
  | 'tree'
  | 'files'
  | 'dirs'
  | 'dataBlobs'
  | 'treeBlobs'
  | 'dataAdded'
  | 'totalFiles'
  | 'totalBytes'
  | 'problems'
  | 'scanned'
>;

const progressEveryMs = 100;

/** All packs are durable, and were told to `onPack`, when it resolves. */
export async function saveTree(options: SaveTreeOptions): Promise<SavedTree> {
  const { repository, onPack, signal, parentSnapshot, plan } = options;
  const { backend } = repository;
  const table = repository.index.blobs;
  const setup = workerSetup(options);
  const threads = options.threads ?? Math.max(2, availableParallelism());
  await using pool = new WorkerPool({
    setup,
    backend,
    onPack,
    threads,
    nearBytes: options.changes === undefined && options.threads !== undefined ? 0 : littleBytes,
  });
  const suspectPacks = new Set<number>();
  await using trees = new TreeSaver({ setup, backend, onPack, signal, suspectPacks });
  using _stop = onAbort(signal, () => new WorkerState(setup.state).stop());
  const queue = new FileQueue(pool, table, () => walk.wake());
  const tally = new WalkTally(options.onProblem ?? (() => undefined));
  const parentTree = parentTrees(options, suspectPacks);
  const carried = carriedOver(options);
  const walk = new TreeWalk({
    selector: options.selector(plan.roots),
    nodes: createNodeMaker({ ...options.nodes, problem: (path, error) => tally.problem(path, error) }),
    queue,
    trees,
    table,
    rules: options.rules ?? { ignoreCtime: false, ignoreInode: false },
    tally,
    parentTree,
    scope: options.changes === undefined ? undefined : new ChangeScope(options.changes, table),
    carried,
    defaults: {
      timeNs: BigInt(options.time.getTime()) * 1_000_000n,
      uid: options.identity.uid ?? 0,
      gid: options.identity.gid ?? 0,
    },
    signal,
  });
  using _ = reportProgress(options, tally, setup);
  const streams = await savedStreams(options, pool, tally);
  const tree: Id = await walk.save(plan.root, streams?.root, parentSnapshot?.snapshot.tree);
  await untilAborted(Promise.all([pool.flush(), trees.flush()]), signal);
  await carried?.addTo(tally, parentTree);
  return {
    tree,
    files: tally.files,
    dirs: tally.dirs,
    dataBlobs: queue.added.blobs + (streams?.added.blobs ?? 0),
    treeBlobs: trees.added.blobs,
    dataAdded: queue.added.bytes + (streams?.added.bytes ?? 0) + trees.added.bytes,
    totalFiles: tally.files.new + tally.files.changed + tally.files.unmodified,
    totalBytes: tally.totalBytes,
    problems: tally.problems,
    scanned: options.changes === undefined ? 'everything' : 'changes',
  };
}

/** What was streamed, stored; undefined where nothing is. */
async function savedStreams(
  { repository, streamed, plan, lastTree, allowEmpty, signal }: SaveTreeOptions,
  pool: WorkerPool,
  tally: WalkTally,
): Promise<Awaited<ReturnType<typeof saveStreams>> | undefined> {
  if (streamed === undefined) return undefined;
  const saved = await saveStreams({ streamed, targets: plan.root, pool, tally, signal });
  if (lastTree !== undefined && allowEmpty !== true) {
    await checkStreamsStillFull({ repository, plan, root: lastTree, signal }, streamed.paths, saved.root);
  }
  return saved;
}

function carriedOver({ changes, parentSnapshot }: SaveTreeOptions): CarriedOver | undefined {
  const known = parentSnapshot?.snapshot.summary;
  return changes === undefined || known === undefined ? undefined : new CarriedOver(known);
}

/**
 * Reads the parent's trees. One that cannot be read means that its folder is compared with nothing, and that its pack is
 * not to be relied on.
 */
function parentTrees(
  { repository, changes, signal }: SaveTreeOptions,
  suspectPacks: Set<number>,
): WalkOptions['parentTree'] {
  const trees = new TreeBytes(repository);
  const { blobs } = repository.index;
  return async (id) => {
    try {
      // Few trees are worth a request each; nearly all of them are worth whole packs.
      if (changes !== undefined) return await repository.readBlob('tree', id, signal);
      const loaded = trees.load(id, signal);
      return loaded instanceof Uint8Array ? loaded : await loaded;
    } catch (error) {
      signal.throwIfAborted();
      if (!isHoldfastError(error)) throw error;
      const entry = blobs.find('tree', id);
      if (entry >= 0) suspectPacks.add(blobs.pack(entry));
      return undefined;
    }
  };
}

/** The result of `work`, or the signal's reason as soon as that is aborted. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  using _ = onAbort(signal, () => reject(signal.reason));
  return await Promise.race([work, promise]);
}

function workerSetup(options: SaveTreeOptions): WorkerSetup {
  const { repository } = options;
  return {
    place: repository.backend.place,
    key: repository.key,
    table: repository.index.blobs.shared,
    state: new WorkerState().shared,
    successors: new Successors().shared,
    polynomial: repository.config.chunkerPolynomial,
    repositoryVersion: repository.config.version,
    compression: options.compression ?? 'auto',
    packSizeBytes: options.packSizeBytes ?? defaultPackSizeBytes,
    dryRun: options.dryRun ?? false,
  };
}

/** Tells the progress a few times a second; the totals of a look at everything are the parent snapshot's, as a guess. */
function reportProgress(options: SaveTreeOptions, tally: WalkTally, setup: WorkerSetup): Disposable {
  const { onProgress, parentSnapshot, changes } = options;
  if (onProgress === undefined) return { [Symbol.dispose]() {} };
  const state = new WorkerState(setup.state);
  const known = changes === undefined ? parentSnapshot?.snapshot.summary : undefined;
  const report = (): void =>
    onProgress({
      filesDone: tally.filesDone,
      bytesDone: tally.unchangedBytes + state.bytesRead,
      filesTotal: known?.totalFilesProcessed,
      bytesTotal: known?.totalBytesProcessed,
      problems: tally.problems.length,
      currentPath: tally.currentPath,
    });
  const timer = setInterval(report, progressEveryMs);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      report();
    },
  };
}
