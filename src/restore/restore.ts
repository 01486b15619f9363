/**
 * A restore, from the options to the summary.
 *
 *   lock (shared) ── load the index ── find the snapshot and its folder ── make the target
 *   walk the trees once ──► worker threads read packs and write files; folders get their attributes when they are done
 *
 * A dry run is the same without doing anything. Guarantees: nothing is written outside of the target or through a link;
 * items that fail are in the summary, the rest is restored; run again after a kill, it completes. Cancelling takes effect
 * within a second and leaves no half of a file.
 */
import { mkdirSync, realpathSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { type ByteString, fromUtf8, fsPath, toUtf8 } from '../base/byte-string.ts';
import { HoldfastError, systemCode } from '../base/errors.ts';
import { littleBytes } from '../base/near-threads.ts';
import { SharedCounter } from '../base/shared-counter.ts';
import { StopFlag } from '../base/stop-flag.ts';
import type { SnapshotSummary } from '../format/snapshot.ts';
import {
  findFolder,
  type Repository,
  resolveSnapshot,
  type SnapshotFilter,
  startLock,
  TreeReader,
} from '../repository/mod.ts';
import { existingAt } from './existing.ts';
import { FileQueue } from './file-queue.ts';
import { errorAt } from './node-attributes.ts';
import type { OverwritePolicy } from './policy.ts';
import type { RestoredItem, RestoreProblem, RestoreProgress, RestoreSummary } from './report.ts';
import type { Selection } from './selection.ts';
import { Tally } from './tally.ts';
import { TreeAhead } from './tree-ahead.ts';
import { TreeRestore } from './tree-restore.ts';
import { WorkerPool } from './worker/pool.ts';
import type { WorkerSetup } from './worker/protocol.ts';

export interface RestoreOptions {
  readonly repository: Repository;
  /** `latest`, an id or the start of one; each may be followed by ":" and a folder, which is then restored alone. */
  readonly snapshot: string;
  /** A folder of it that is restored alone, where one is not named behind ":": names that are no text can be given here. */
  readonly folder?: ByteString;
  /** Which snapshots `latest` is chosen from. */
  readonly filter?: SnapshotFilter;
  /** Made if it is missing. A link that is the target itself is followed. Relative to `cwd`. */
  readonly target: ByteString;
  readonly cwd: ByteString;
  /** What to restore; everything if undefined (see selectByPatterns). */
  readonly selection?: Selection;
  /** Default `always`. */
  readonly overwrite?: OverwritePolicy;
  /** Remove what the snapshot does not have, in folders that it has, as far as the selection covers it. */
  readonly deleteExtra?: boolean;
  /** Say what would be done, change nothing. */
  readonly dryRun?: boolean;
  /** Leave out runs of zeros, so that sparse files stay sparse. Default true. */
  readonly sparse?: boolean;
  /** Read every file back that was written, and compare it. */
  readonly verify?: boolean;
  /** Worker threads; default: the cores, at least 2, once there is more than a little to restore. 0 works on this thread. */
  readonly threads?: number | undefined;
  /** False: take no lock. */
  readonly lock?: boolean;
  readonly lockWaitMs?: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: RestoreProgress) => void;
  readonly onProblem?: (problem: RestoreProblem) => void;
  /** Called for every item. */
  readonly onItem?: (item: RestoredItem) => void;
}

const progressEveryMs = 100;

/**
 * Restores a snapshot or part of one.
 *
 * @throws `not-found` for no such snapshot or folder; `invalid-input`; `no-space` when the disk is full; `locked`;
 *   `signal.reason` when cancelled. What was restored until then stays.
 */
export async function runRestore(options: RestoreOptions): Promise<RestoreSummary> {
  const { repository, selection, dryRun = false } = options;
  const startedAt = new Date();
  const path = absolute(options.target, options.cwd);
  if (options.deleteExtra === true && selection === undefined && path === '/') {
    throw new HoldfastError('invalid-input', 'That would remove all of this system that is not in the snapshot.', {
      hint: 'Restore to another folder, or select by patterns what is restored and removed.',
    });
  }
  await using lock =
    options.lock === false || dryRun
      ? undefined
      : await startLock(repository, { exclusive: false, waitMs: options.lockWaitMs ?? 0, signal: options.signal });
  const signal = lock?.signal ?? options.signal;
  const [index, { id, snapshot, subfolder }] = await Promise.all([
    repository.loadIndex(signal),
    resolveSnapshot(repository, options.snapshot, {
      signal,
      ...(options.filter === undefined ? {} : { filter: options.filter }),
    }),
  ]);
  const folder = subfolder === '' ? (options.folder ?? '') : fromUtf8(subfolder);
  const root = await findFolder(new TreeReader(repository), snapshot.tree, folder, signal);

  const target = prepareTarget(path, dryRun);
  const setup: WorkerSetup = {
    place: repository.backend.place,
    key: repository.key,
    table: index.blobs.shared,
    stop: new StopFlag().shared,
    written: new SharedCounter().shared,
    sparse: options.sparse ?? true,
    verify: options.verify ?? false,
  };
  const tally = new Tally(options);
  await using pool = new WorkerPool({
    setup,
    backend: repository.backend,
    threads: options.threads ?? Math.max(2, availableParallelism()),
    nearBytes: options.threads === undefined ? littleBytes : 0,
  });
  const walk = new TreeRestore({
    trees: new TreeAhead(repository),
    selection,
    policy: options.overwrite ?? 'always',
    deleteExtra: options.deleteExtra ?? false,
    dryRun,
    tally,
    signal,
  });
  const written = new SharedCounter(setup.written);
  const queue = new FileQueue({ pool, index, written, verify: setup.verify, wake: walk.wake, signal });
  const totals = selection === undefined && root === snapshot.tree ? snapshot.summary : undefined;
  using _ = reportProgress(options, { tally, written, walk, totals });
  await walk.restore(root, target, queue);

  const { file, dir, other, problems, bytesRestored, bytesSkipped } = tally;
  return {
    snapshotId: id,
    target: target.path,
    dryRun,
    files: file,
    dirs: dir,
    others: other,
    bytesRestored,
    bytesSkipped,
    filesVerified: queue.verified,
    problems,
    startedAt,
    endedAt: new Date(),
  };
}

function absolute(path: ByteString, cwd: ByteString): ByteString {
  if (path === '') {
    throw new HoldfastError('invalid-input', 'There is no folder to restore to.', { hint: 'Give one.' });
  }
  const onWindows = process.platform === 'win32';
  const slashed = onWindows ? path.replaceAll('\\', '/') : path;
  const isAbsolute = slashed.startsWith('/') || (onWindows && /^[a-z]:\//i.test(slashed));
  const whole = isAbsolute ? slashed : `${onWindows ? cwd.replaceAll('\\', '/') : cwd}/${slashed}`;
  return whole.replace(/(\/\.?)+$/, '') || '/';
}

/** The target, made if it is missing, links on the way to it resolved once. */
function prepareTarget(path: ByteString, dryRun: boolean): { readonly path: ByteString; readonly fresh: boolean } {
  try {
    if (dryRun && !isThere(path)) return { path, fresh: true };
    const made = makePath(path);
    const real = realpathSync(fsPath(path), 'buffer').toString('latin1');
    if (existingAt(real)?.kind !== 'dir') throw new HoldfastError('invalid-input', `${toUtf8(path)} is no folder.`);
    return { path: process.platform === 'win32' ? real.replaceAll('\\', '/') : real, fresh: made };
  } catch (error) {
    throw errorAt(error, 'restore to', path);
  }
}

/** Makes a folder with those above it; false if it is there. (Node's own says ENOENT on a read-only file system.) */
function makePath(path: ByteString): boolean {
  for (const missing of [true, false]) {
    try {
      mkdirSync(fsPath(path), { mode: 0o700 });
      return true;
    } catch (error) {
      if (systemCode(error) === 'EEXIST') return false;
      const parent = path.slice(0, Math.max(1, path.lastIndexOf('/')));
      if (systemCode(error) !== 'ENOENT' || !missing || parent === path) throw error;
      makePath(parent);
    }
  }
  return true;
}

function isThere(path: ByteString): boolean {
  try {
    realpathSync(fsPath(path));
    return true;
  } catch {
    return false;
  }
}

interface ProgressSources {
  readonly tally: Tally;
  readonly written: SharedCounter;
  readonly walk: TreeRestore;
  readonly totals: SnapshotSummary | undefined;
}

function reportProgress({ onProgress }: RestoreOptions, { tally, written, walk, totals }: ProgressSources): Disposable {
  if (onProgress === undefined) return { [Symbol.dispose]() {} };
  const report = (): void =>
    onProgress({
      filesDone: tally.filesDone,
      bytesDone: tally.bytesDone + written.value,
      filesTotal: totals?.totalFilesProcessed,
      bytesTotal: totals?.totalBytesProcessed,
      problems: tally.problems.length,
      currentPath: walk.currentPath === '' ? '/' : walk.currentPath,
    });
  const timer = setInterval(report, progressEveryMs);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      report();
    },
  };
}
