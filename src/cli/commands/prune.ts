/** `prune`: removes what no snapshot needs, and always says what it did. */
import type { Command } from 'commander';
import { HoldfastError } from '../../base/errors.ts';
import {
  type PruneLimits,
  type PruneOptions,
  type PruneReport,
  type PruneStats,
  pruneRepository,
  unusedShare,
} from '../../repository/mod.ts';
import { countText, sizeText } from '../format-text.ts';
import { lockWaitMs, parseBytes, parseCount } from '../options.ts';
import type { Output } from '../output.ts';
import { Progress } from '../progress.ts';
import { openFromContext } from '../repository-access.ts';
import type { GlobalOptions, VerbModule } from '../verb.ts';

/** The options that `prune` and `forget --prune` share. */
export interface PruneFlags {
  readonly maxUnused: string;
  readonly maxRepackSize?: string;
  readonly repackCacheableOnly: boolean;
  readonly repackSmall: boolean;
  readonly repackSmallerThan?: string;
  readonly repackUncompressed: boolean;
  readonly threads?: string;
}

interface PruneVerbOptions extends PruneFlags {
  readonly unsafeAllowRemoveAll: boolean;
  readonly dryRun: boolean;
}

const defaultPackSize = '16M';
const phases = { index: 'reading the index', trees: 'reading trees', repack: 'repacking', remove: 'removing packs' };
const nouns = { index: 'index files', trees: 'trees', repack: 'packs', remove: 'packs' };

export function addPruneFlags(command: Command): void {
  command
    .option('--max-unused <limit>', 'unused data that may stay: a size, x% or unlimited', '5%')
    .option('--max-repack-size <size>', 'stop packing anew after that much')
    .option('--repack-cacheable-only', 'pack only packs of trees anew', false)
    .option('--repack-small', 'pack packs anew that are below 80 % of the pack size', false)
    .option('--repack-smaller-than <size>', 'pack packs anew that are smaller than that')
    .option('--repack-uncompressed', 'pack everything anew that is not compressed', false)
    .option('--threads <count>', 'worker threads');
}

export const verb: VerbModule<PruneVerbOptions> = {
  configure(command) {
    addPruneFlags(command);
    command
      .option('--unsafe-allow-remove-all', 'remove everything where there is no snapshot at all', false)
      .option('-n, --dry-run', 'say what would be done, change nothing', false);
  },

  async run(context, _args, options) {
    const { output, globals, signal } = context;
    const settings = pruneSettings(options, globals);
    if (!globals.lock && !options.dryRun) throw needsLock();
    await using repository = await openFromContext(context);
    const report = await withPruneProgress(output, (onProgress) =>
      pruneRepository({
        repository,
        ...settings,
        allowNoSnapshots: options.unsafeAllowRemoveAll,
        dryRun: options.dryRun,
        withoutLock: !globals.lock,
        lockWaitMs: lockWaitMs(globals),
        signal,
        onProgress,
      }),
    );
    showPrune(output, report, options.maxUnused);
    return undefined;
  },
};

export function needsLock(): HoldfastError {
  return new HoldfastError('invalid-input', '--no-lock goes with --dry-run only.', {
    hint: 'Removing needs a lock, so that nobody relies on what is removed.',
  });
}

/** What the shared options say. */
export function pruneSettings(
  flags: PruneFlags,
  globals: GlobalOptions,
): Pick<PruneOptions, 'limits' | 'packSizeBytes' | 'threads'> {
  const packSizeBytes =
    globals.packSize === undefined ? undefined : parseCount('--pack-size', globals.packSize) * 1024 * 1024;
  return {
    limits: limitsOf(flags, packSizeBytes ?? parseBytes('--pack-size', defaultPackSize)),
    ...(packSizeBytes === undefined ? {} : { packSizeBytes }),
    ...(flags.threads === undefined ? {} : { threads: parseCount('--threads', flags.threads) }),
  };
}

function limitsOf(flags: PruneFlags, packSizeBytes: number): PruneLimits {
  const { maxUnused, maxRepackSize, repackSmallerThan, repackSmall } = flags;
  const smallPackBytes =
    repackSmallerThan === undefined
      ? repackSmall
        ? Math.floor(packSizeBytes * 0.8)
        : undefined
      : parseBytes('--repack-smaller-than', repackSmallerThan);
  return {
    maxUnusedBytes: maxUnusedOf(maxUnused.trim()),
    maxRepackBytes:
      maxRepackSize === undefined ? Number.POSITIVE_INFINITY : parseBytes('--max-repack-size', maxRepackSize),
    repackCacheableOnly: flags.repackCacheableOnly,
    repackUncompressed: flags.repackUncompressed,
    ...(smallPackBytes === undefined ? {} : { smallPackBytes }),
  };
}

function maxUnusedOf(text: string): PruneLimits['maxUnusedBytes'] {
  if (text === 'unlimited') return () => Number.POSITIVE_INFINITY;
  if (!text.endsWith('%')) {
    const bytes = parseBytes('--max-unused', text);
    return () => bytes;
  }
  const percent = Number(text.slice(0, -1));
  if (text.length > 1 && percent >= 0 && percent < 100) return unusedShare(percent);
  throw new HoldfastError('invalid-input', `--max-unused cannot be "${text}".`, {
    hint: 'Give a size, a percentage from 0 up to below 100, or "unlimited".',
  });
}

export async function withPruneProgress<T>(
  output: Output,
  work: (onProgress: NonNullable<PruneOptions['onProgress']>) => Promise<T>,
): Promise<T> {
  using progress = new Progress(output);
  return await work(({ phase, done, total, bytesDone, bytesTotal }) =>
    progress.update({
      verb: phases[phase],
      itemsDone: done,
      itemsTotal: total,
      itemNoun: nouns[phase],
      ...(bytesDone === undefined ? {} : { bytesDone, bytesTotal }),
    }),
  );
}

/** The result; with --json restic's summary. */
export function showPrune(output: Output, report: PruneReport, maxUnused: string): void {
  const { stats, dryRun } = report;
  output.object(statsJson(stats, dryRun));
  const { blobs, bytes, packs } = stats;
  const line = (title: string, count: number, size: number): string =>
    `${title.padEnd(14)}${String(count).padStart(10)} blobs / ${sizeText(size)}`;
  output.verbose(line('used:', blobs.used, bytes.used));
  if (blobs.duplicate > 0) output.verbose(line('duplicates:', blobs.duplicate, bytes.duplicate));
  output.verbose(line('unused:', blobs.unused, bytes.unused));
  output.verbose(line('total:', blobs.total, bytes.total));
  if (packs.removeTotal + packs.repack + packs.missing === 0) {
    const unused = bytes.duplicate + bytes.unused;
    const share = bytes.total === 0 ? 0 : (100 * unused) / bytes.total;
    output.info(
      unused === 0
        ? `Nothing to do: all ${countText(blobs.used, 'blob')} (${sizeText(bytes.used)}) are in use.`
        : `Nothing to do: ${sizeText(unused)} (${share.toFixed(1)} %) are unused, which --max-unused ${maxUnused} and the other limits let stay.`,
    );
    return;
  }
  const would = dryRun ? 'would be ' : '';
  output.info(line('to repack:', blobs.repack, bytes.repack));
  output.info(line('this removes:', blobs.repackRemove, bytes.repackRemove));
  output.info(line('to delete:', blobs.remove, bytes.remove + bytes.unreferenced));
  output.info(line('total prune:', blobs.removeTotal, bytes.removeTotal));
  output.info(line('remaining:', blobs.remaining, bytes.remaining));
  output.info(`unused after:  ${sizeText(bytes.remainingUnused)}`);
  if (packs.missing > 0) output.info(`${countText(packs.missing, 'missing pack')} that nothing needs: forgotten.`);
  output.info(
    `${countText(packs.removeTotal, 'pack')} ${would}removed, ${packs.repack} ${would}packed anew` +
      `${dryRun ? '; nothing was changed.' : ` into ${report.newPacks}; ${sizeText(bytes.removeTotal)} freed.`}`,
  );
}

function statsJson({ blobs, bytes, packs }: PruneStats, dryRun: boolean): object {
  return {
    message_type: 'summary',
    ...(dryRun ? { dry_run: true } : {}),
    blobs: {
      used: blobs.used,
      duplicate: blobs.duplicate,
      unused: blobs.unused,
      total: blobs.total,
      repack: blobs.repack,
      repack_remove: blobs.repackRemove,
      remove: blobs.remove,
      remove_total: blobs.removeTotal,
      remaining: blobs.remaining,
    },
    bytes: {
      used: bytes.used,
      duplicate: bytes.duplicate,
      unused: bytes.unused,
      unreferenced: bytes.unreferenced,
      uncompressed: bytes.uncompressed,
      total: bytes.total,
      repack: bytes.repack,
      repack_remove: bytes.repackRemove,
      remove: bytes.remove,
      remove_total: bytes.removeTotal,
      remaining: bytes.remaining,
      remaining_unused: bytes.remainingUnused,
    },
    packfiles: {
      used: packs.used,
      unused: packs.unused,
      partly_used: packs.partlyUsed,
      unreferenced: packs.unreferenced,
      total: packs.total,
      keep: packs.keep,
      repack: packs.repack,
      remove: packs.remove,
      remove_total: packs.removeTotal,
    },
  };
}
