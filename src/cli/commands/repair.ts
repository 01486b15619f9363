/** `repair index`, `repair packs`, `repair snapshots`: mend what can be mended, and name what is lost. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { toUtf8 } from '../../base/byte-string.ts';
import { fromSystemError, HoldfastError } from '../../base/errors.ts';
import {
  acquireLock,
  changeText,
  parsePackIds,
  type RepairIndexReport,
  type RepairPacksReport,
  type RepairSnapshotsReport,
  type Repository,
  type RepositoryLock,
  repairIndex,
  repairPacks,
  repairSnapshots,
} from '../../repository/mod.ts';
import { exitCodes } from '../exit-codes.ts';
import { countText, safeText } from '../format-text.ts';
import { collect, type FilterOptions, filterOf, lockWaitMs, parseChoice } from '../options.ts';
import type { Output } from '../output.ts';
import { Progress } from '../progress.ts';
import { openFromContext } from '../repository-access.ts';
import type { Context, VerbModule } from '../verb.ts';

interface RepairOptions extends FilterOptions {
  readonly readAllPacks: boolean;
  readonly dryRun: boolean;
  readonly forget: boolean;
  readonly copies: boolean;
}

interface Work {
  readonly repository: Repository;
  readonly lock: RepositoryLock | undefined;
  readonly names: readonly string[];
  readonly options: RepairOptions;
  readonly signal: AbortSignal;
}

const shownLines = 200;

export const verb: VerbModule<RepairOptions> = {
  configure(command: Command) {
    command
      .argument('<what>', 'index, packs or snapshots')
      .argument('[ids...]', 'of packs (as check names them) or snapshots (all if none is given)')
      .option('-n, --dry-run', 'say what would be done and lost, change nothing', false)
      .option('--read-all-packs', 'index: trust no index file, read the header of every pack', false)
      .option('--no-copies', 'packs: keep no copies of the damaged packs in the current folder')
      .option('--forget', 'snapshots: remove the damaged ones', false)
      .option('-H, --host <name>', 'snapshots: only of that host', collect)
      .option('--tag <tags>', 'snapshots: only with all of these tags, separated by commas', collect)
      .option('--path <path>', 'snapshots: only with that path', collect);
  },

  async run(context, args, options) {
    const { globals, signal } = context;
    const [text = '', ...names] = args;
    const what = parseChoice('repair', text, ['index', 'packs', 'snapshots'] as const);
    if (!globals.lock && !options.dryRun) {
      throw new HoldfastError('invalid-input', '--no-lock goes with --dry-run only.', {
        hint: 'Repairs need a lock, so that nobody writes meanwhile.',
      });
    }
    await using repository = await openFromContext(context);
    await using lock = globals.lock
      ? await acquireLock(repository, { exclusive: true, waitMs: lockWaitMs(globals), signal })
      : undefined;
    const work = { repository, lock, names, options, signal: lock?.signal ?? signal };
    if (what === 'index') return await runIndex(context, work);
    return what === 'packs' ? await runPacks(context, work) : await runSnapshots(context, work);
  },
};

async function runIndex({ output }: Context, { options, names, ...work }: Work): Promise<number | undefined> {
  if (names.length > 0) throw unexpected(names[0]!);
  const { readAllPacks, dryRun } = options;
  using progress = new Progress(output);
  const onProgress = (done: number, total: number): void =>
    progress.update({ verb: 'reading packs', itemsDone: done, itemsTotal: total, itemNoun: 'packs' });
  const report = await repairIndex({ ...work, readAllPacks, dryRun, onProgress });
  progress[Symbol.dispose]();
  showIndex(output, report, dryRun);
  return undefined;
}

function showIndex(output: Output, report: RepairIndexReport, dryRun: boolean): void {
  output.object({
    message_type: 'summary',
    ...(dryRun ? { dry_run: true } : {}),
    damaged_indexes: report.damagedIndexes,
    packs_added: report.added,
    packs_corrected: report.corrected,
    packs_missing: report.missing,
    packs_unreadable: report.unreadable,
    indexes_written: report.indexesWritten,
    indexes_removed: report.indexesRemoved,
  });
  const would = dryRun ? 'would be ' : '';
  for (const id of report.damagedIndexes) output.info(`index file ${id} is damaged: ${would}replaced`);
  for (const id of report.added) output.info(`pack ${id} was in no index: ${would}added`);
  for (const id of report.corrected) output.info(`pack ${id} has another size than the index says: ${would}read again`);
  for (const id of report.missing) output.info(`pack ${id} is gone: ${would}forgotten`);
  for (const { id, reason } of report.unreadable) output.warn(`pack ${id} cannot be indexed: ${reason}`);
  if (report.unreadable.length > 0) {
    output.warn(`  holdfast repair packs ${report.unreadable.map(({ id }) => id).join(' ')}`);
  }
  if (dryRun) output.info('Nothing was changed.');
  else if (report.indexesWritten + report.indexesRemoved === 0) output.info('The index is right: nothing to do.');
  else {
    const { indexesWritten: written, indexesRemoved: removed } = report;
    output.info(`Wrote ${countText(written, 'index file')}, removed ${removed}.`);
  }
}

async function runPacks({ output }: Context, { options, names, ...work }: Work): Promise<number | undefined> {
  const packIds = parsePackIds(names);
  if (packIds.length === 0) {
    throw new HoldfastError('invalid-input', 'No pack is named.', { hint: 'Give the ids that check names.' });
  }
  using progress = new Progress(output);
  const report = await repairPacks({
    ...work,
    packIds,
    dryRun: options.dryRun,
    ...(options.copies ? { onPack: async (id, bytes) => keepCopy(output, id, bytes) } : {}),
    onProgress: (done, total) =>
      progress.update({ verb: 'salvaging', itemsDone: done, itemsTotal: total, itemNoun: 'packs' }),
  });
  progress[Symbol.dispose]();
  showPacks(output, report, options.dryRun);
  return undefined;
}

/** As restic does: whatever a later tool may still get out of a pack is not thrown away. */
function keepCopy(output: Output, id: string, bytes: Uint8Array): void {
  const path = join(process.cwd(), `pack-${id}`);
  try {
    // A run that was killed may have left it, or its beginning.
    const isOurs = existsSync(path) && readFileSync(path).equals(bytes.subarray(0, statSync(path).size));
    writeFileSync(path, bytes, { flag: isOurs ? 'w' : 'wx' });
  } catch (error) {
    throw fromSystemError(error, `keep a copy of the pack in ${path}`);
  }
  output.info(`kept a copy of the pack in ${path}`);
}

function showPacks(output: Output, report: RepairPacksReport, dryRun: boolean): void {
  output.object({
    message_type: 'summary',
    ...(dryRun ? { dry_run: true } : {}),
    saved_blobs: report.savedBlobs,
    lost_blobs: report.lostBlobs,
    damaged_files: report.damagedFiles.map(({ path, ...rest }) => ({ path: toUtf8(path), ...rest })),
    removed_packs: report.removedPacks,
  });
  const { savedBlobs, lostBlobs, damagedFiles } = report;
  const [saved, lost] = dryRun ? ['can be saved', 'are lost'] : ['were saved', 'are lost'];
  output.info(`${countText(savedBlobs, 'blob')} ${saved}, ${lostBlobs.length} ${lost}.`);
  if (damagedFiles.length > 0) {
    output.warn(`${countText(damagedFiles.length, 'file or folder')} cannot be restored whole:`);
    for (const { path, snapshots } of damagedFiles.slice(0, shownLines)) {
      output.warn(`  ${toUtf8(path)}  in ${snapshots.map((id) => id.slice(0, 8)).join(', ')}`);
    }
    output.warn('"holdfast repair snapshots --forget" takes what is lost out of the snapshots.');
  }
  if (dryRun) output.info('Nothing was changed.');
}

async function runSnapshots({ output }: Context, { options, ...work }: Work): Promise<number | undefined> {
  const { dryRun, forget } = options;
  using progress = new Progress(output);
  const report = await repairSnapshots({
    ...work,
    dryRun,
    forget,
    filter: filterOf(options),
    onProgress: (done, total) =>
      progress.update({ verb: 'reading snapshots', itemsDone: done, itemsTotal: total, itemNoun: 'snapshots' }),
  });
  progress[Symbol.dispose]();
  showSnapshots(output, report, options);
  const left = report.snapshots.filter(({ outcome, removed }) => outcome === 'unreadable' && !removed);
  return left.length > 0 && !dryRun ? exitCodes.failed : exitCodes.done;
}

function showSnapshots(output: Output, report: RepairSnapshotsReport, { dryRun, forget }: RepairOptions): void {
  output.object({
    message_type: 'summary',
    ...(dryRun ? { dry_run: true } : {}),
    examined: report.examined,
    snapshots: report.snapshots.map(({ id, newId, outcome, removed, changes }) => ({
      id,
      ...(newId === undefined ? {} : { new_id: newId }),
      outcome,
      removed: removed && !dryRun,
      changes: changes.map(({ path, what }) => ({ path: toUtf8(path), what })),
    })),
  });
  for (const { id, newId, outcome, removed, changes } of report.snapshots) {
    output.info(`snapshot ${id.slice(0, 8)}:`);
    for (const change of changes.slice(0, shownLines)) output.info(`  ${safeText(changeText(change))}`);
    if (changes.length > shownLines) output.info(`  … and ${changes.length - shownLines} more: --json lists them`);
    if (newId !== undefined) output.info(`  saved without what is lost as ${newId.slice(0, 8)}`);
    else if (outcome === 'repaired') output.info('  would be saved without what is lost');
    if (removed) output.info(dryRun ? '  would be removed' : '  removed');
    else if (outcome === 'unreadable') {
      output.warn(`  cannot be repaired: "holdfast repair snapshots --forget ${id}" removes it`);
    }
  }
  if (report.snapshots.length === 0) output.info(`None of ${countText(report.examined, 'snapshot')} is damaged.`);
  else if (dryRun) output.info('Nothing was changed.');
  else if (!forget) output.info('The damaged snapshots are still there; --forget removes them.');
}

function unexpected(text: string): HoldfastError {
  return new HoldfastError('invalid-input', `"${text}" is not expected after "repair index".`, {
    hint: 'Leave it out.',
  });
}
