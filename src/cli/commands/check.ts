/** `check`: looks for damage, and names the files and snapshots that it concerns. */
import { toUtf8 } from '../../base/byte-string.ts';
import { HoldfastError } from '../../base/errors.ts';
import {
  type CheckReport,
  checkRepository,
  extendObjectLock,
  parseReadSubset,
  type ReadSubset,
  type Repository,
} from '../../repository/mod.ts';
import { exitCodes } from '../exit-codes.ts';
import { countText, safeText, sizeText } from '../format-text.ts';
import { lockWaitMs, parseBytes, parseCount } from '../options.ts';
import type { Output } from '../output.ts';
import { Progress } from '../progress.ts';
import { openFromContext } from '../repository-access.ts';
import type { Context, VerbModule } from '../verb.ts';

interface CheckOptions {
  readonly readData: boolean;
  readonly readDataSubset?: string;
  readonly extendObjectLock: boolean;
  readonly threads?: string;
}

const shownFiles = 100;
const phases = { index: 'reading the index', trees: 'checking trees', packs: 'reading packs', damage: 'naming damage' };
const nouns = { index: 'index files', trees: 'trees', packs: 'packs', damage: '' };

export const verb: VerbModule<CheckOptions> = {
  configure(command) {
    command
      .option('--read-data', 'read all packs whole and check every byte', false)
      .option('--read-data-subset <subset>', 'read some packs whole: n/t, x% or a size')
      .option('--extend-object-lock', 'first lock what snapshots need for the whole retentionDays again', false)
      .option('--with-cache', 'accepted for restic’s sake', false)
      .option('--threads <count>', 'worker threads');
  },

  async run(context, _args, options) {
    const { output, globals, signal } = context;
    const read = readOption(options);
    const threads = options.threads === undefined ? {} : { threads: parseCount('--threads', options.threads) };
    await using repository = await openFromContext(context);
    using progress = new Progress(output);
    if (options.extendObjectLock) await keepLocked(repository, context, progress);
    const report = await checkRepository({
      repository,
      ...(read === undefined ? {} : { read }),
      ...threads,
      lock: globals.lock,
      lockWaitMs: lockWaitMs(globals),
      signal,
      onError: ({ message }) => showError(output, message),
      onProgress: ({ phase, done, total, bytesDone, bytesTotal }) =>
        progress.update({
          verb: phases[phase],
          itemsDone: done,
          itemsTotal: total,
          itemNoun: nouns[phase],
          ...(bytesDone === undefined ? {} : { bytesDone, bytesTotal }),
        }),
    });
    progress[Symbol.dispose]();
    showReport(output, report);
    return report.errors.length > 0 ? exitCodes.failed : exitCodes.done;
  },
};

/** @throws `invalid-input` where no object lock is asked for */
async function keepLocked(
  repository: Repository,
  { output, globals, signal }: Pick<Context, 'output' | 'globals' | 'signal'>,
  progress: Progress,
): Promise<void> {
  const kept = await extendObjectLock({
    repository,
    lockWaitMs: lockWaitMs(globals),
    signal,
    onProgress: ({ done, total }) =>
      progress.update({ verb: 'extending object lock', itemsDone: done, itemsTotal: total, itemNoun: 'files' }),
  });
  if (kept === undefined) {
    throw new HoldfastError('invalid-input', 'There is no object lock to extend: it is not asked for.', {
      hint: 'Only S3 has it, in a bucket that was made with it: -o s3.retentionDays=30.',
    });
  }
  output.info(`Object lock: extended on ${kept.extended} of the ${countText(kept.files, 'file')} that snapshots need.`);
}

function readOption({ readData, readDataSubset }: CheckOptions): ReadSubset | undefined {
  if (readDataSubset === undefined) return readData ? { kind: 'all' } : undefined;
  if (readData) {
    throw new HoldfastError('invalid-input', '--read-data and --read-data-subset do not go together.', {
      hint: 'Give one of them.',
    });
  }
  const subset = parseReadSubset(readDataSubset);
  if (subset !== undefined) return subset;
  const bytes = parseBytes('--read-data-subset', readDataSubset);
  if (bytes > 0) return { kind: 'bytes', bytes };
  throw new HoldfastError('invalid-input', '--read-data-subset cannot be nothing.', {
    hint: 'Give n/t, x% or a size.',
  });
}

/** restic's "error" message, on standard error as there. */
function showError(output: Output, message: string): void {
  output.warn(output.json ? JSON.stringify({ message_type: 'error', message }) : `error: ${message}`);
}

function showReport(output: Output, report: CheckReport): void {
  output.object({
    message_type: 'summary',
    num_errors: report.errors.length,
    broken_packs: report.brokenPacks.length === 0 ? null : report.brokenPacks,
    suggest_repair_index: report.suggestRepairIndex,
    suggest_prune: report.suggestPrune,
    damaged_files: report.damagedFiles.map(({ path, ...rest }) => ({ path: toUtf8(path), ...rest })),
    damaged_snapshots: report.damagedSnapshots,
    hints: report.hints.map(({ message }) => message),
  });
  if (output.json) return;
  for (const { message } of report.hints) output.verbose(`note: ${safeText(message)}`);
  if (report.errors.length === 0) showSound(output, report);
  else showDamage(output, report);
}

function showSound(output: Output, report: CheckReport): void {
  const { packsRead, bytesRead, snapshots, trees, packs } = report;
  const scope = `${countText(snapshots, 'snapshot')}, ${countText(trees, 'tree')}, ${countText(packs, 'pack')}`;
  const read = packsRead === 0 ? '' : `; ${countText(packsRead, 'pack')} (${sizeText(bytesRead)}) read whole`;
  if (report.suggestPrune) {
    output.info(
      'There are packs that no index names, left by jobs that were interrupted: harmless, prune removes them.',
    );
  }
  if (report.suggestRepairIndex) output.info('Index files name packs twice: harmless, "repair index" tidies up.');
  output.info(`No errors were found (${scope}${read}).`);
}

function showDamage(output: Output, report: CheckReport): void {
  const { damagedFiles, damagedSnapshots, brokenPacks } = report;
  output.warn(`${countText(report.errors.length, 'error')} found.`);
  if (damagedFiles.length > 0) {
    output.warn(`${countText(damagedFiles.length, 'file or folder')} cannot be restored whole:`);
    for (const { path, snapshots, type } of damagedFiles.slice(0, shownFiles)) {
      const where = snapshots.map((id) => id.slice(0, 8)).join(', ');
      output.warn(`  ${toUtf8(path)}${type === 'folder' ? ' (folder)' : ''}  in ${where}`);
    }
    if (damagedFiles.length > shownFiles || report.moreDamagedFiles) {
      output.warn('  … and more: --json lists them');
    }
  }
  for (const { id, damage } of damagedSnapshots) {
    output.warn(`  snapshot ${id.slice(0, 8)} ${damage === 'unreadable' ? 'cannot be read' : 'is damaged'}`);
  }
  if (damagedFiles.length === 0 && brokenPacks.length > 0) output.warn('No file of a snapshot is concerned.');
  output.warn('What to do:');
  if (report.suggestRepairIndex) output.warn('  holdfast repair index');
  if (brokenPacks.length > 0) {
    output.warn(`  holdfast repair packs ${brokenPacks.join(' ')}`);
    output.warn('  then back the same folders up again, which stores what is missing and still there');
  }
  if (damagedSnapshots.length > 0) output.warn('  holdfast repair snapshots --dry-run, then --forget');
}
