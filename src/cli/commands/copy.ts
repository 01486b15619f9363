/** `copy`: copies snapshots from another repository into this one. */
import { HoldfastError } from '../../base/errors.ts';
import { acquireLock, copySnapshots, type StoredSnapshot, selectSnapshots, startLock } from '../../repository/mod.ts';
import { countText, safeText, sizeText, timeText } from '../format-text.ts';
import { collect, type FilterOptions, filterOf, lockWaitMs, packSizeBytes, parseChoice } from '../options.ts';
import { Progress } from '../progress.ts';
import { openFromContext, openPlace } from '../repository-access.ts';
import type { VerbModule } from '../verb.ts';

interface CopyVerbOptions extends FilterOptions {
  readonly fromRepo?: string;
  readonly fromRepositoryFile?: string;
  readonly fromPasswordFile?: string;
  readonly fromPasswordCommand?: string;
  readonly fromKeyHint?: string;
}

export const verb: VerbModule<CopyVerbOptions> = {
  configure(command) {
    command
      .argument('[snapshots...]', 'ids or latest, of the source; all if none is given')
      .option('--from-repo <location>', 'the repository to copy from')
      .option('--from-repository-file <file>', 'file with its location')
      .option('--from-password-file <file>', 'file with its password')
      .option('--from-password-command <command>', 'program that prints its password')
      .option('--from-key-hint <id>', 'the key of it to try first')
      .option('-H, --host <name>', 'only snapshots of that host', collect)
      .option('--tag <tags>', 'only snapshots with all of these tags, separated by commas', collect)
      .option('--path <path>', 'only snapshots with that path', collect);
  },

  async run(context, args, options) {
    const { output, globals } = context;
    const from = {
      repo: options.fromRepo,
      repositoryFile: options.fromRepositoryFile,
      passwordFile: options.fromPasswordFile,
      passwordCommand: options.fromPasswordCommand,
      keyHint: options.fromKeyHint,
      infix: 'FROM_',
    };
    if (from.repo !== undefined && from.repositoryFile !== undefined) {
      throw new HoldfastError('invalid-input', '--from-repo and --from-repository-file exclude each other.');
    }
    await using source = await openPlace(context, from, '--from-repo');
    await using target = await openFromContext(context, { make: true });
    const waitMs = lockWaitMs(globals);
    await using reading = globals.lock
      ? await startLock(source, { exclusive: false, waitMs, signal: context.signal })
      : undefined;
    await using lock = await acquireLock(target, { exclusive: false, waitMs, signal: context.signal });
    const signal = reading === undefined ? lock.signal : AbortSignal.any([reading.signal, lock.signal]);
    const snapshots = await selectSnapshots(source, args, { signal, filter: filterOf(options) });
    if (source.config.chunkerPolynomial !== target.config.chunkerPolynomial) {
      output.warn(
        'The repositories cut files at different places, so copied data and new backups share none. ' +
          'A target made by `init --copy-chunker-params` would.',
      );
    }

    using progress = new Progress(output);
    const summary = await copySnapshots({
      source,
      target,
      snapshots,
      signal,
      commit: lock.commit,
      ...(globals.compression === undefined
        ? {}
        : { compression: parseChoice('--compression', globals.compression, ['auto', 'off', 'max'] as const) }),
      ...(globals.packSize === undefined ? {} : { packSizeBytes: packSizeBytes(globals.packSize) }),
      onSkipped(stored, copy) {
        const [id, copyId] = [stored.id.slice(0, 8), copy.id.slice(0, 8)];
        output.object({ message_type: 'skipped', source_snapshot: stored.id, snapshot_id: copy.id });
        output.verbose(`${titleOf(stored)}\nskipping source snapshot ${id}, was already copied to snapshot ${copyId}`);
      },
      onStarted(stored, { blobs, bytes }) {
        output.info(titleOf(stored));
        output.verbose(`  copy ${countText(blobs, 'blob')} with disk size ${sizeText(bytes)}`);
      },
      onSaved(stored, id) {
        output.object({ message_type: 'copied', source_snapshot: stored.id, snapshot_id: id });
        output.info(`snapshot ${id.slice(0, 8)} saved, copied from source snapshot ${stored.id.slice(0, 8)}`);
      },
      onProgress: ({ snapshot, blobsDone, blobsTotal, bytesDone, bytesTotal }) =>
        progress.update({
          verb: 'copying',
          itemsDone: blobsDone,
          itemsTotal: blobsTotal,
          itemNoun: 'blobs',
          bytesDone,
          bytesTotal,
          current: snapshot.slice(0, 8),
        }),
    });
    progress[Symbol.dispose]();
    const { copied, skipped, blobs, packedBytes } = summary;
    output.object({ message_type: 'summary', copied, skipped, blobs_copied: blobs, data_added_packed: packedBytes });
    output.info(
      `Copied ${countText(copied, 'snapshot')} (${countText(blobs, 'blob')}, ${sizeText(packedBytes)} stored); ` +
        `${skipped} were there already.`,
    );
    return undefined;
  },
};

function titleOf({ id, snapshot, timeNs }: StoredSnapshot): string {
  const time = timeText(new Date(Number(timeNs / 1_000_000n)));
  const who = `${snapshot.username ?? ''}@${snapshot.hostname ?? ''}`;
  return safeText(`snapshot ${id.slice(0, 8)} of [${snapshot.paths.join(' ')}] at ${time} by ${who}`);
}
