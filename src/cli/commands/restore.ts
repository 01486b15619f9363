/** `restore`: brings files and folders of a snapshot back. */
import { fromUtf8, toUtf8 } from '../../base/byte-string.ts';
import { HoldfastError } from '../../base/errors.ts';
import {
  type ItemCounts,
  overwritePolicies,
  type RestoredItem,
  type RestoreProblem,
  type RestoreSummary,
  runRestore,
  selectByPatterns,
} from '../../restore/mod.ts';
import { exitCodes } from '../exit-codes.ts';
import { countText, durationText, safeText, sizeText } from '../format-text.ts';
import { patternsOf } from '../input-files.ts';
import { collect, type FilterOptions, filterOf, lockWaitMs, parseChoice, parseCount } from '../options.ts';
import type { Output } from '../output.ts';
import { Progress } from '../progress.ts';
import { openFromContext } from '../repository-access.ts';
import type { VerbModule } from '../verb.ts';

interface RestoreOptions extends FilterOptions {
  readonly target?: string;
  readonly include?: readonly string[];
  readonly iinclude?: readonly string[];
  readonly includeFile?: readonly string[];
  readonly iincludeFile?: readonly string[];
  readonly exclude?: readonly string[];
  readonly iexclude?: readonly string[];
  readonly excludeFile?: readonly string[];
  readonly iexcludeFile?: readonly string[];
  readonly overwrite: string;
  readonly delete: boolean;
  readonly dryRun: boolean;
  readonly sparse: boolean;
  readonly verify: boolean;
  readonly threads?: string;
}

export const verb: VerbModule<RestoreOptions> = {
  configure(command) {
    command
      .argument('<snapshot>', 'id, start of an id, or latest; snapshot:folder restores that folder alone')
      .option('-t, --target <folder>', 'the folder to restore to')
      .option('-i, --include <pattern>', 'restore only what matches', collect)
      .option('--iinclude <pattern>', 'the same, letter case ignored', collect)
      .option('--include-file <file>', 'patterns from a file', collect)
      .option('--iinclude-file <file>', 'the same, letter case ignored', collect)
      .option('-e, --exclude <pattern>', 'leave out what matches', collect)
      .option('--iexclude <pattern>', 'the same, letter case ignored', collect)
      .option('--exclude-file <file>', 'patterns from a file', collect)
      .option('--iexclude-file <file>', 'the same, letter case ignored', collect)
      .option('--overwrite <policy>', `what is there already: ${overwritePolicies.join(', ')}`, 'always')
      .option('--delete', 'remove what the snapshot does not have', false)
      .option('-n, --dry-run', 'say what would be done, change nothing', false)
      .option('--sparse', 'leave out runs of zeros (the default)', true)
      .option('--no-sparse', 'write runs of zeros')
      .option('--verify', 'read back what was written, and compare', false)
      .option('-H, --host <name>', 'with latest: only of that host', collect)
      .option('--tag <tags>', 'with latest: only with all of these tags, separated by commas', collect)
      .option('--path <path>', 'with latest: only with that path', collect)
      .option('--threads <count>', 'worker threads');
  },

  async run(context, [snapshot = ''], options) {
    const { output, globals, signal, cwd } = context;
    if (options.target === undefined || options.target === '') {
      throw new HoldfastError('invalid-input', 'There is no folder to restore to.', {
        hint: 'Give one by --target (--target / restores everything to where it was).',
      });
    }
    if (options.dryRun && options.verify) {
      throw new HoldfastError('invalid-input', '--dry-run writes nothing that --verify could look at.', {
        hint: 'Give one of them.',
      });
    }
    const selection = selectionOf(options);
    const overwrite = parseChoice('--overwrite', options.overwrite, overwritePolicies);
    await using repository = await openFromContext(context);
    using progress = new Progress(output);
    const showItems = output.verbosity >= 3 || (options.dryRun && output.verbosity >= 2);
    const summary = await runRestore({
      repository,
      snapshot,
      filter: filterOf(options),
      target: fromUtf8(options.target),
      cwd,
      overwrite,
      deleteExtra: options.delete,
      dryRun: options.dryRun,
      sparse: options.sparse,
      verify: options.verify,
      lock: globals.lock,
      lockWaitMs: lockWaitMs(globals),
      signal,
      ...(selection === undefined ? {} : { selection }),
      ...(options.threads === undefined ? {} : { threads: parseCount('--threads', options.threads) }),
      ...(showItems ? { onItem: (item) => showItem(output, item) } : {}),
      onProblem: (problem) => showProblem(output, problem),
      onProgress: (done) => progress.updateFiles('restoring', done),
    });
    progress[Symbol.dispose]();
    showSummary(output, summary, options);
    return summary.problems.length > 0 ? exitCodes.failed : exitCodes.done;
  },
};

function selectionOf(options: RestoreOptions): ReturnType<typeof selectByPatterns> {
  return selectByPatterns({
    include: patternsOf(options.include, options.includeFile),
    includeIgnoringCase: patternsOf(options.iinclude, options.iincludeFile),
    exclude: patternsOf(options.exclude, options.excludeFile),
    excludeIgnoringCase: patternsOf(options.iexclude, options.iexcludeFile),
  });
}

/** restic's "verbose_status" message. */
function showItem(output: Output, { path, action, bytes }: RestoredItem): void {
  const item = toUtf8(path);
  output.object({ message_type: 'verbose_status', action, item, size: bytes });
  output.line(`${action.padEnd(9)} ${safeText(item)}${bytes > 0 ? `  ${sizeText(bytes)}` : ''}`);
}

/** restic's "error" message. */
function showProblem(output: Output, { path, error }: RestoreProblem): void {
  const item = toUtf8(path);
  if (output.json) {
    output.object({ message_type: 'error', error: { message: error.message }, during: 'restore', item });
  } else {
    output.warn(`not restored: ${item}: ${error.message}`);
  }
}

function showSummary(output: Output, summary: RestoreSummary, { dryRun, verify }: RestoreOptions): void {
  const { files, dirs, others, problems } = summary;
  const kinds = [files, dirs, others];
  const sum = (count: (counts: ItemCounts) => number): number => kinds.reduce((all, kind) => all + count(kind), 0);
  const restored = sum(({ restored, updated }) => restored + updated);
  const skipped = sum(({ unchanged, skipped }) => unchanged + skipped);
  const deleted = sum((counts) => counts.deleted);
  const elapsedMs = summary.endedAt.getTime() - summary.startedAt.getTime();
  output.object({
    message_type: 'summary',
    ...(dryRun ? { dry_run: true } : {}),
    seconds_elapsed: Math.floor(elapsedMs / 1000),
    total_files: restored,
    files_restored: restored,
    files_skipped: skipped,
    files_deleted: deleted,
    total_bytes: summary.bytesRestored,
    bytes_restored: summary.bytesRestored,
    bytes_skipped: summary.bytesSkipped,
    ...(verify ? { files_verified: summary.filesVerified } : {}),
    error_count: problems.length,
    snapshot_id: summary.snapshotId,
  });
  const target = safeText(toUtf8(summary.target));
  output.info(
    `${dryRun ? 'Would restore' : 'Restored'} ${countText(files.restored + files.updated, 'file')} ` +
      `(${sizeText(summary.bytesRestored)}) of ${summary.snapshotId.slice(0, 8)} to ${target} in ${durationText(elapsedMs)}.`,
  );
  if (skipped > 0) {
    const { unchanged } = files;
    output.info(`Left alone: ${countText(unchanged, 'file')} unchanged, ${skipped - unchanged} skipped by the policy.`);
  }
  if (deleted > 0) output.info(`${dryRun ? 'Would delete' : 'Deleted'}: ${deleted}.`);
  if (verify) output.info(`Read back and compared: ${countText(summary.filesVerified, 'file')}.`);
  if (problems.length > 0) output.warn(`${countText(problems.length, 'item')} could not be restored (see above).`);
}
