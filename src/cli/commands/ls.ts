/** `ls`: lists what is in a snapshot. */
import { fromUtf8 } from '../../base/byte-string.ts';
import { HoldfastError } from '../../base/errors.ts';
import {
  findFolder,
  type ListedNode,
  listedJson,
  listNodes,
  resolveSnapshot,
  type SortOrder,
  sortNodes,
  sortOrders,
  startLock,
  TreeReader,
} from '../../repository/mod.ts';
import { safeText, timeText } from '../format-text.ts';
import { nodeText } from '../node-text.ts';
import { collect, type FilterOptions, filterOf, lockWaitMs, parseChoice } from '../options.ts';
import { openFromContext } from '../repository-access.ts';
import { ResultStream } from '../result-stream.ts';
import { snapshotJson } from '../snapshot-json.ts';
import type { VerbModule } from '../verb.ts';

interface LsOptions extends FilterOptions {
  readonly long: boolean;
  readonly recursive: boolean;
  readonly humanReadable: boolean;
  readonly sort: string;
  readonly reverse: boolean;
}

export const verb: VerbModule<LsOptions> = {
  configure(command) {
    command
      .argument('<snapshot>', 'id, start of an id, or latest; snapshot:folder starts at that folder')
      .argument('[folders...]', 'only what is in these folders (absolute paths in the snapshot)')
      .option('-l, --long', 'with mode, owner, size and time', false)
      .option('--recursive', 'with what is in the subfolders of the folders given', false)
      .option('--human-readable', 'sizes in KiB, MiB …', false)
      .option('-s, --sort <order>', 'sort by name, size, time (or mtime), atime, ctime or extension', 'name')
      .option('--reverse', 'the other way round', false)
      .option('-H, --host <name>', 'with latest: only of that host', collect)
      .option('--tag <tags>', 'with latest: only with all of these tags, separated by commas', collect)
      .option('--path <path>', 'with latest: only with that path', collect);
  },

  async run(context, args, options) {
    const { output, globals } = context;
    const [name = '', ...words] = args;
    const order: SortOrder = parseChoice('--sort', options.sort, sortOrders);
    const folders = words.map(fromUtf8);
    const relative = folders.find((folder) => !folder.startsWith('/'));
    if (relative !== undefined) {
      throw new HoldfastError('invalid-input', `The folder ${relative} is no absolute path.`, {
        hint: 'Write it from the root of the snapshot, with a / in front.',
      });
    }
    await using repository = await openFromContext(context);
    await using lock = globals.lock
      ? await startLock(repository, { exclusive: false, waitMs: lockWaitMs(globals), signal: context.signal })
      : undefined;
    const signal = lock?.signal ?? context.signal;
    const { subfolder, ...found } = await resolveSnapshot(repository, name, { signal, filter: filterOf(options) });
    await repository.loadIndex(signal);
    const reader = new TreeReader(repository);
    const tree = await findFolder(reader, found.snapshot.tree, fromUtf8(subfolder), signal);

    const stored = { ...found, snapshot: { ...found.snapshot, tree } };
    output.object({ ...snapshotJson(stored), message_type: 'snapshot', struct_type: 'snapshot' });
    const { hostname = '', username = '' } = found.snapshot;
    const time = timeText(new Date(Number(found.timeNs / 1_000_000n)));
    output.info(
      safeText(
        `snapshot ${found.id.slice(0, 8)} of [${found.snapshot.paths.join(' ')}] at ${time} by ${username}@${hostname}` +
          ` filtered by [${words.join(' ')}]:`,
      ),
    );
    const stream = new ResultStream(output);
    const { long, humanReadable } = options;
    const show = (listed: ListedNode): void | Promise<void> =>
      output.json
        ? stream.raw(`${listedJson(listed.path, listed.node)}\n`)
        : stream.line(nodeText(listed, { long, humanReadable }));
    const nodes = listNodes(reader, tree, { folders, recursive: options.recursive, signal });
    if (order === 'name' && !options.reverse) {
      for await (const listed of nodes) await show(listed);
    } else {
      const list = await Array.fromAsync(nodes);
      sortNodes(list, order);
      if (options.reverse) list.reverse();
      for (const listed of list) await show(listed);
    }
    await stream.flush();
    return undefined;
  },
};
