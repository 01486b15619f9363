/** `diff`: what changed from one snapshot to another. */
import { fromUtf8 } from '../../base/byte-string.ts';
import {
  type DiffCounts,
  type DiffStatistics,
  diffTrees,
  findFolder,
  pathJson,
  resolveSnapshot,
  startLock,
  TreeReader,
} from '../../repository/mod.ts';
import { exitCodes } from '../exit-codes.ts';
import { sizeText } from '../format-text.ts';
import { lockWaitMs } from '../options.ts';
import type { Output } from '../output.ts';
import { openFromContext } from '../repository-access.ts';
import { ResultStream } from '../result-stream.ts';
import type { VerbModule } from '../verb.ts';

interface DiffVerbOptions {
  readonly metadata: boolean;
}

export const verb: VerbModule<DiffVerbOptions> = {
  configure(command) {
    command
      .argument('<before>', 'a snapshot, or snapshot:folder')
      .argument('<after>', 'a snapshot, or snapshot:folder')
      .option('--metadata', 'also where only mode, owner, times and the like changed', false)
      .addHelpText(
        'after',
        '\n+ added, - removed, M content changed, T type changed, U metadata changed,\n' +
          '? content changed and nothing else did: the data may be damaged',
      );
  },

  async run(context, args, { metadata }) {
    const { output, globals } = context;
    const [first = '', second = ''] = args;
    await using repository = await openFromContext(context);
    await using lock = globals.lock
      ? await startLock(repository, { exclusive: false, waitMs: lockWaitMs(globals), signal: context.signal })
      : undefined;
    const signal = lock?.signal ?? context.signal;
    const before = await resolveSnapshot(repository, first, { signal });
    const after = await resolveSnapshot(repository, second, { signal });
    output.info(`comparing snapshot ${before.id.slice(0, 8)} to ${after.id.slice(0, 8)}:\n`);
    await repository.loadIndex(signal);
    const reader = new TreeReader(repository);
    const trees = [
      await findFolder(reader, before.snapshot.tree, fromUtf8(before.subfolder), signal),
      await findFolder(reader, after.snapshot.tree, fromUtf8(after.subfolder), signal),
    ] as const;

    let damaged = false;
    const stream = new ResultStream(output);
    const statistics = await diffTrees(repository, trees[0], trees[1], {
      metadata,
      signal,
      onChange(path, modifier) {
        if (output.json) {
          return stream.raw(`{"message_type":"change","path":${pathJson(path)},"modifier":"${modifier}"}\n`);
        }
        if (output.verbosity > 0) return stream.line(`${modifier.padEnd(5)}${path}`);
      },
      onDamaged(error) {
        damaged = true;
        output.warn(`error: ${error.message}`);
      },
    });
    await stream.flush();
    output.object({
      message_type: 'statistics',
      source_snapshot: first,
      target_snapshot: second,
      changed_files: statistics.changedFiles,
      added: countsJson(statistics.added),
      removed: countsJson(statistics.removed),
    });
    showStatistics(output, statistics);
    return damaged ? exitCodes.failed : undefined;
  },
};

function countsJson({ files, dirs, others, dataBlobs, treeBlobs, bytes }: DiffCounts): object {
  return { files, dirs, others, data_blobs: dataBlobs, tree_blobs: treeBlobs, bytes };
}

function showStatistics(output: Output, { added, removed, changedFiles }: DiffStatistics): void {
  const line = (title: string, fresh: number, gone: number, more = ''): void =>
    output.line(`${title.padEnd(13)}${String(fresh).padStart(5)} new, ${String(gone).padStart(5)} removed${more}`);
  output.line();
  line('Files:', added.files, removed.files, `, ${String(changedFiles).padStart(5)} changed`);
  line('Dirs:', added.dirs, removed.dirs);
  line('Others:', added.others, removed.others);
  line('Data Blobs:', added.dataBlobs, removed.dataBlobs);
  line('Tree Blobs:', added.treeBlobs, removed.treeBlobs);
  output.line(`  Added:   ${sizeText(added.bytes)}`);
  output.line(`  Removed: ${sizeText(removed.bytes)}`);
}
