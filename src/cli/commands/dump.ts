/** `dump`: writes a file of a snapshot, or a folder as an archive, to standard output or a file. */
import { open } from 'node:fs/promises';
import { fromUtf8 } from '../../base/byte-string.ts';
import { fromSystemError, HoldfastError } from '../../base/errors.ts';
import {
  type ArchiveKind,
  archiveKinds,
  findFolder,
  openDump,
  resolveSnapshot,
  startLock,
  TreeReader,
} from '../../repository/mod.ts';
import { collect, type FilterOptions, filterOf, lockWaitMs, parseChoice } from '../options.ts';
import { openFromContext } from '../repository-access.ts';
import type { VerbModule } from '../verb.ts';

interface DumpOptions extends FilterOptions {
  readonly archive: string;
  readonly target?: string;
}

export const verb: VerbModule<DumpOptions> = {
  configure(command) {
    command
      .argument('<snapshot>', 'id, start of an id, or latest; snapshot:folder starts at that folder')
      .argument('<path>', 'a file, or a folder (/ for all)')
      .option('-a, --archive <kind>', 'what a folder is written as: tar (keeps everything) or zip', 'tar')
      .option('-t, --target <file>', 'write to this file')
      .option('-H, --host <name>', 'with latest: only of that host', collect)
      .option('--tag <tags>', 'with latest: only with all of these tags, separated by commas', collect)
      .option('--path <path>', 'with latest: only with that path', collect);
  },

  async run(context, args, options) {
    const { output, globals } = context;
    const [name = '', path = ''] = args;
    const archive: ArchiveKind = parseChoice('--archive', options.archive, archiveKinds);
    await using repository = await openFromContext(context);
    await using lock = globals.lock
      ? await startLock(repository, { exclusive: false, waitMs: lockWaitMs(globals), signal: context.signal })
      : undefined;
    const signal = lock?.signal ?? context.signal;
    const { snapshot, subfolder } = await resolveSnapshot(repository, name, { signal, filter: filterOf(options) });
    await repository.loadIndex(signal);
    const root = await findFolder(new TreeReader(repository), snapshot.tree, fromUtf8(subfolder), signal);
    const dump = await openDump(repository, root, fromUtf8(path), { archive, signal });
    if (options.target !== undefined) {
      await writeFile(options.target, dump.bytes, signal);
      return undefined;
    }
    if (dump.isArchive && process.stdout.isTTY === true) {
      throw new HoldfastError('invalid-input', 'An archive is nothing for a terminal.', {
        hint: 'Send the output to a file or program, or give --target.',
      });
    }
    for await (const bytes of dump.bytes) {
      signal.throwIfAborted();
      await output.bytes(bytes);
    }
    return undefined;
  },
};

async function writeFile(path: string, content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
  try {
    await using file = await open(path, 'w');
    for await (const bytes of content) {
      signal.throwIfAborted();
      for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
    }
  } catch (error) {
    throw fromSystemError(error, `write ${path}`);
  }
}
