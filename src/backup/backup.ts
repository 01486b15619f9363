/**
 * One backup, from sources to snapshot.
 *
 *   check that the sources are there (a source that is missing or suddenly empty stops the run: nothing is written)
 *   write the lock; while it settles, load the index and find the parent snapshot
 *   walk (tree-walk.ts); workers read and store files (worker/), every 10 s an index file names the packs so far
 *   flush packs → write the rest of the index → verify the lock → write the snapshot
 *
 * The order is what makes a kill at any instant harmless. On cancel or failure finished packs are indexed, so that the
 * next run finds them, and the lock is released.
 */
import { availableParallelism } from 'node:os';
import { type ByteString, toUtf8 } from '../base/byte-string.ts';
import { HoldfastError } from '../base/errors.ts';
import { formatTime } from '../format/go-time.ts';
import type { Id } from '../format/id.ts';
import {
  type Compression,
  defaultPackSizeBytes,
  type FinishedPack,
  IndexSaver,
  listSnapshots,
  loadSnapshot,
  type Repository,
  type StoredSnapshot,
  saveSnapshot,
  startLock,
  TreeBytes,
} from '../repository/mod.ts';
import { createNodeMaker, type NodeMakerOptions, type Selector } from '../source/mod.ts';
import { FileQueue } from './file-queue.ts';
import type { ChangeRules } from './parent-folder.ts';
import type { BackupProblem, BackupProgress, BackupSummary } from './report.ts';
import { checkSources, checkStillFull } from './source-check.ts';
import { planTargets } from './targets.ts';
import { TreeSaver } from './tree-saver.ts';
import { TreeWalk, type WalkOptions } from './tree-walk.ts';
import { WorkerPool } from './worker/pool.ts';
import type { WorkerSetup } from './worker/protocol.ts';
import { WorkerState } from './worker/worker-state.ts';

/** Who makes the snapshot. */
export interface BackupIdentity {
  readonly hostname: string;
  readonly username: string;
  readonly uid?: number;
  readonly gid?: number;
}

export interface BackupOptions {
  readonly repository: Repository;
  /** Files and folders, absolute or relative to `cwd`. */
  readonly targets: readonly ByteString[];
  readonly cwd: ByteString;
  /** Makes the rules of what is left out, for the sources' absolute paths. */
  readonly selector: (roots: readonly ByteString[]) => Selector;
  readonly identity: BackupIdentity;
  readonly programVersion: string;
  readonly nodes: Pick<NodeMakerOptions, 'owners' | 'attributes' | 'withAccessTime'>;
  readonly tags?: readonly string[];
  /** The exclude patterns, for the record. */
  readonly excludes?: readonly string[];
  /** `none` reads everything again; an id compares with that one; otherwise the latest of this host and these paths. */
  readonly parent?: 'none' | Id;
  /** The snapshot's time; now, unless given. */
  readonly time?: Date;
  readonly rules?: ChangeRules;
  /** A source that is empty although the parent snapshot had files there is an error, unless this is set. */
  readonly allowEmpty?: boolean;
  /** Write no snapshot where the tree equals the parent's. */
  readonly skipIfUnchanged?: boolean;
  readonly dryRun?: boolean;
  readonly compression?: Compression;
  readonly packSizeBytes?: number;
  /** How long to wait for another's exclusive lock. */
  readonly lockWaitMs?: number;
  /** Worker threads; as many as cores, at least 2, unless given. 0 works on this thread. */
  readonly threads?: number;
  readonly signal: AbortSignal;
  /** Called a few times a second while the walk goes on. */
  readonly onProgress?: (progress: BackupProgress) => void;
  /** Called when a path cannot be read, as it happens. */
  readonly onProblem?: (problem: BackupProblem) => void;
}

const indexEveryMs = 10_000;
/** A full index file is written at once, not kept for the end, where it would take memory. */
const fullIndexBlobs = 50_000;
const progressEveryMs = 100;
const salvageMs = 500;

/**
 * Runs a backup. Files that cannot be read are reported in the summary, not thrown.
 *
 * @throws `source-missing`, `locked`, `no-space` and the backend's codes; `signal.reason` when cancelled
 */
export async function runBackup(options: BackupOptions): Promise<BackupSummary> {
  const { repository, dryRun = false } = options;
  const startedAt = new Date();
  const targets = planTargets(options.targets, options.cwd);
  checkSources(targets.paths);
  const selector = options.selector(targets.paths);
  await using lock = dryRun
    ? undefined
    : await startLock(repository, { exclusive: false, waitMs: options.lockWaitMs ?? 0, signal: options.signal });
  const signal = lock?.signal ?? options.signal;
  const [index, parent] = await Promise.all([repository.loadIndex(signal), findParent(options, targets.paths)]);
  if (parent !== undefined && options.allowEmpty !== true) {
    await checkStillFull({ repository, paths: targets.paths, root: parent.snapshot.tree, signal });
  }

  const saver = new IndexSaver(repository, lock === undefined ? {} : { beforeSave: (during) => lock.verify(during) });
  let packedBytes = 0;
  let indexedAtMs = performance.now();
  let indexing: Promise<unknown> = Promise.resolve();
  const onPack = ({ pack, entries }: FinishedPack): void => {
    saver.addEntries(index.blobs, pack, entries);
    for (const entry of entries) packedBytes += index.blobs.length(entry);
    const due = performance.now() - indexedAtMs >= indexEveryMs;
    if (due) indexedAtMs = performance.now();
    else if (saver.pendingBlobs < fullIndexBlobs) return;
    indexing = indexing.then(() => (due ? saver.flush(signal) : saver.saveFull(signal)));
    indexing.catch(() => undefined); // awaited before the snapshot
  };

  const setup = workerSetup(options);
  const { backend } = repository;
  try {
    await using pool = new WorkerPool({
      setup,
      backend,
      onPack,
      threads: options.threads ?? Math.max(2, availableParallelism()),
    });
    await using trees = new TreeSaver({ setup, backend, onPack, signal });
    const queue = new FileQueue(pool, index.blobs, () => walk.wake());
    const nodes = createNodeMaker({ ...options.nodes, problem: (path, error) => walk.reportProblem(path, error) });
    const walk = new TreeWalk({
      selector,
      nodes,
      queue,
      trees,
      table: index.blobs,
      rules: options.rules ?? { ignoreCtime: false, ignoreInode: false },
      parentTree: parentTrees(repository, signal),
      onProblem: options.onProblem ?? (() => undefined),
      signal,
    });
    using _ = reportProgress(options, walk, setup, parent);
    const tree = await walk.save(targets.root, parent?.snapshot.tree);
    await Promise.all([pool.flush(), trees.flush()]);
    await indexing;
    await saver.flush(signal);

    const summary: Omit<BackupSummary, 'snapshotId'> = {
      parentId: parent?.id,
      tree,
      files: walk.files,
      dirs: walk.dirs,
      dataBlobs: queue.added.blobs,
      treeBlobs: trees.added.blobs,
      dataAdded: queue.added.bytes + trees.added.bytes,
      dataAddedPacked: packedBytes,
      totalFiles: walk.filesDone,
      totalBytes: walk.totalBytes,
      problems: walk.problems,
      startedAt,
      endedAt: new Date(),
    };
    const skip = dryRun || (options.skipIfUnchanged === true && tree === parent?.snapshot.tree);
    if (skip) return { ...summary, snapshotId: undefined };
    await lock?.verify(signal);
    const snapshotId = await saveSnapshot(repository, snapshotOf(options, targets.paths, summary), signal);
    return { ...summary, snapshotId, endedAt: new Date() };
  } catch (error) {
    await salvage(saver);
    throw error;
  }
}

/** Indexes what was stored before a failure, so that the next run need not store it again. */
async function salvage(saver: IndexSaver): Promise<void> {
  try {
    await saver.flush(AbortSignal.timeout(salvageMs));
  } catch {
    // The failure that led here is what the user must hear of; unindexed packs do no harm.
  }
}

async function findParent(options: BackupOptions, paths: readonly ByteString[]): Promise<StoredSnapshot | undefined> {
  const { repository, parent, signal, identity } = options;
  if (parent === 'none') return undefined;
  if (parent !== undefined) return loadSnapshot(repository, parent, signal);
  const wanted = paths.map(toUtf8);
  const notAfterNs = BigInt((options.time ?? new Date()).getTime()) * 1_000_000n;
  const filter = { hosts: [identity.hostname], paths: wanted, notAfterNs };
  const candidates = await listSnapshots(repository, { signal, filter, onDamaged: () => undefined });
  return candidates.findLast(({ snapshot }) => snapshot.paths.length === wanted.length);
}

/** Reads the parent's trees. One that cannot be read only means that its folder is compared with nothing. */
function parentTrees(repository: Repository, signal: AbortSignal): WalkOptions['parentTree'] {
  const trees = new TreeBytes(repository);
  return async (id) => {
    try {
      const loaded = trees.load(id, signal);
      return loaded instanceof Uint8Array ? loaded : await loaded;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof HoldfastError) return undefined;
      throw error;
    }
  };
}

function workerSetup(options: BackupOptions): WorkerSetup {
  const { repository } = options;
  return {
    location: repository.backend.location,
    key: repository.key,
    table: repository.index.blobs.shared,
    state: new WorkerState().shared,
    polynomial: repository.config.chunkerPolynomial,
    repositoryVersion: repository.config.version,
    compression: options.compression ?? 'auto',
    packSizeBytes: options.packSizeBytes ?? defaultPackSizeBytes,
    dryRun: options.dryRun ?? false,
  };
}

function reportProgress(
  options: BackupOptions,
  walk: TreeWalk,
  setup: WorkerSetup,
  parent: StoredSnapshot | undefined,
): Disposable {
  const { onProgress } = options;
  if (onProgress === undefined) return { [Symbol.dispose]() {} };
  const state = new WorkerState(setup.state);
  const known = parent?.snapshot.summary;
  const report = (): void =>
    onProgress({
      filesDone: walk.filesDone,
      bytesDone: walk.unchangedBytes + state.bytesRead,
      filesTotal: known?.totalFilesProcessed,
      bytesTotal: known?.totalBytesProcessed,
      problems: walk.problems.length,
      currentPath: walk.currentPath,
    });
  const timer = setInterval(report, progressEveryMs);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      report();
    },
  };
}

function snapshotOf(
  options: BackupOptions,
  paths: readonly ByteString[],
  summary: Omit<BackupSummary, 'snapshotId'>,
): Parameters<typeof saveSnapshot>[1] {
  const { identity, tags = [], excludes = [] } = options;
  return {
    time: timeText(options.time ?? summary.startedAt),
    ...(summary.parentId === undefined ? {} : { parent: summary.parentId }),
    tree: summary.tree,
    paths: paths.map(toUtf8),
    hostname: identity.hostname,
    username: identity.username,
    ...(identity.uid === undefined ? {} : { uid: identity.uid }),
    ...(identity.gid === undefined ? {} : { gid: identity.gid }),
    ...(excludes.length === 0 ? {} : { excludes }),
    ...(tags.length === 0 ? {} : { tags }),
    programVersion: options.programVersion,
    summary: {
      backupStart: timeText(summary.startedAt),
      backupEnd: timeText(summary.endedAt),
      filesNew: summary.files.new,
      filesChanged: summary.files.changed,
      filesUnmodified: summary.files.unmodified,
      dirsNew: summary.dirs.new,
      dirsChanged: summary.dirs.changed,
      dirsUnmodified: summary.dirs.unmodified,
      dataBlobs: summary.dataBlobs,
      treeBlobs: summary.treeBlobs,
      dataAdded: summary.dataAdded,
      dataAddedPacked: summary.dataAddedPacked,
      totalFilesProcessed: summary.totalFiles,
      totalBytesProcessed: summary.totalBytes,
    },
  };
}

function timeText(time: Date): string {
  return formatTime(BigInt(time.getTime()) * 1_000_000n);
}
