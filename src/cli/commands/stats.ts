/** `stats`: how much the snapshots hold. */
import {
  countStatistics,
  type Statistics,
  type StatisticsMode,
  selectSnapshots,
  startLock,
  statisticsModes,
} from '../../repository/mod.ts';
import { sizeText } from '../format-text.ts';
import { collect, type FilterOptions, filterOf, lockWaitMs, parseChoice } from '../options.ts';
import type { Output } from '../output.ts';
import { openFromContext } from '../repository-access.ts';
import type { VerbModule } from '../verb.ts';

interface StatsOptions extends FilterOptions {
  readonly mode: string;
}

export const verb: VerbModule<StatsOptions> = {
  configure(command) {
    command
      .argument('[snapshots...]', 'ids or latest; all if none is given')
      .option('--mode <mode>', `what to count: ${statisticsModes.join(', ')}`, 'restore-size')
      .option('-H, --host <name>', 'only snapshots of that host', collect)
      .option('--tag <tags>', 'only snapshots with all of these tags, separated by commas', collect)
      .option('--path <path>', 'only snapshots with that path', collect)
      .addHelpText(
        'after',
        '\nrestore-size: what a restore writes; files-by-contents: equal files once;\n' +
          'blobs-per-file: each blob once a file; raw-data: each blob once, as it is stored',
      );
  },

  async run(context, args, options) {
    const { output, globals } = context;
    const mode: StatisticsMode = parseChoice('--mode', options.mode, statisticsModes);
    await using repository = await openFromContext(context);
    await using lock = globals.lock
      ? await startLock(repository, { exclusive: false, waitMs: lockWaitMs(globals), signal: context.signal })
      : undefined;
    const signal = lock?.signal ?? context.signal;
    await repository.loadIndex(signal);
    const snapshots = await selectSnapshots(repository, args, { signal, filter: filterOf(options) });
    const roots = snapshots.map(({ snapshot }) => snapshot.tree);
    const statistics = await countStatistics(repository, roots, mode, signal);
    output.object({ ...statisticsJson(statistics), snapshots_count: snapshots.length });
    showStatistics(output, statistics, mode, snapshots.length);
    return undefined;
  },
};

/** restic's names; zeros are left out but for the size and the files. */
function statisticsJson(statistics: Statistics): object {
  const fields = {
    total_uncompressed_size: statistics.totalUncompressedSize,
    compression_ratio: statistics.compressionRatio,
    compression_progress: statistics.compressionProgress,
    compression_space_saving: statistics.compressionSpaceSaving,
    total_blob_count: statistics.totalBlobs,
  };
  const present = Object.entries(fields).filter(([, value]) => value !== undefined && value !== 0);
  const { totalSize, totalFiles = 0 } = statistics;
  return { total_size: totalSize, total_file_count: totalFiles, ...Object.fromEntries(present) };
}

function showStatistics(output: Output, statistics: Statistics, mode: StatisticsMode, snapshots: number): void {
  const { totalBlobs = 0, totalFiles = 0, totalUncompressedSize = 0 } = statistics;
  const { compressionProgress = 0, compressionRatio = 0, compressionSpaceSaving = 0 } = statistics;
  const line = (title: string, value: string | number, shown = true): void => {
    if (shown) output.line(`${title.padStart(24)}:  ${value}`);
  };
  output.line(`Stats in ${mode} mode:`);
  line('Snapshots processed', snapshots);
  line('Total Blob Count', totalBlobs, totalBlobs > 0);
  line('Total File Count', totalFiles, totalFiles > 0);
  line('Total Uncompressed Size', sizeText(totalUncompressedSize), totalUncompressedSize > 0);
  line('Total Size', sizeText(statistics.totalSize));
  line('Compression Progress', `${compressionProgress.toFixed(2)}%`, compressionProgress > 0);
  line('Compression Ratio', `${compressionRatio.toFixed(2)}x`, compressionRatio > 0);
  line('Compression Space Saving', `${compressionSpaceSaving.toFixed(2)}%`, compressionSpaceSaving > 0);
}
