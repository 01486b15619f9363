/** `find`: finds files, folders, blobs, trees and packs in snapshots. */
import { fromUtf8 } from '../../base/byte-string.ts';
import { HoldfastError } from '../../base/errors.ts';
import {
  foundJson,
  NodeFinder,
  ObjectFinder,
  objectsInPacks,
  pathJson,
  type Repository,
  type StoredSnapshot,
  selectSnapshots,
  startLock,
  TreeReader,
  type WantedObjects,
} from '../../repository/mod.ts';
import { exitCodes } from '../exit-codes.ts';
import { timeText } from '../format-text.ts';
import { nodeText } from '../node-text.ts';
import { collect, type FilterOptions, filterOf, lockWaitMs } from '../options.ts';
import { parseDateNs } from '../parse-date.ts';
import { openFromContext } from '../repository-access.ts';
import { ResultStream } from '../result-stream.ts';
import type { Context, VerbModule } from '../verb.ts';

interface FindOptions extends FilterOptions {
  readonly oldest?: string;
  readonly newest?: string;
  readonly snapshot?: readonly string[];
  readonly blob: boolean;
  readonly tree: boolean;
  readonly pack: boolean;
  readonly showPackId: boolean;
  readonly ignoreCase: boolean;
  readonly reverse: boolean;
  readonly long: boolean;
  readonly humanReadable: boolean;
}

/** What a search of one kind shows. */
interface Search {
  /** Searches a snapshot and shows what it finds. */
  readonly snapshot: (stored: StoredSnapshot, signal: AbortSignal) => Promise<void>;
  readonly finish: () => void | Promise<void>;
}

export const verb: VerbModule<FindOptions> = {
  configure(command) {
    command
      .argument('<patterns...>', 'names with *, ? and [a-z], paths, or ids with --blob, --tree or --pack')
      .option('-O, --oldest <time>', 'only what was modified then or later')
      .option('-N, --newest <time>', 'only what was modified then or before')
      .option('-s, --snapshot <id>', 'only in this snapshot (may be repeated)', collect)
      .option('--blob', 'the patterns are ids of blobs', false)
      .option('--tree', 'the patterns are ids of trees', false)
      .option('--pack', 'the patterns are ids of packs', false)
      .option('--show-pack-id', 'with --blob or --tree: also say which pack has it', false)
      .option('-i, --ignore-case', 'upper and lower case are the same', false)
      .option('-R, --reverse', 'oldest snapshot first', false)
      .option('-l, --long', 'with mode, owner, size and time', false)
      .option('--human-readable', 'sizes in KiB, MiB …', false)
      .option('-H, --host <name>', 'only snapshots of that host', collect)
      .option('--tag <tags>', 'only snapshots with all of these tags, separated by commas', collect)
      .option('--path <path>', 'only snapshots with that path', collect);
  },

  async run(context, args, options) {
    const { output, globals } = context;
    if ([options.blob, options.tree, options.pack].filter(Boolean).length > 1) {
      throw new HoldfastError('invalid-input', 'Only one kind of id can be looked for.', {
        hint: 'Give one of --blob, --tree and --pack.',
      });
    }
    const dates = datesOf(options);
    await using repository = await openFromContext(context);
    await using lock = globals.lock
      ? await startLock(repository, { exclusive: false, waitMs: lockWaitMs(globals), signal: context.signal })
      : undefined;
    const signal = lock?.signal ?? context.signal;
    await repository.loadIndex(signal);
    const snapshots = await selectSnapshots(repository, options.snapshot ?? [], { signal, filter: filterOf(options) });
    snapshots.sort((a, b) => Number(a.timeNs - b.timeNs) * (options.reverse ? 1 : -1));

    let damaged = false;
    let current = '';
    const onDamaged = (treeId: string, error: HoldfastError): void => {
      damaged = true;
      output.warn(`Cannot read the tree ${treeId} of snapshot ${current}: ${error.message}`);
    };
    const reader = new TreeReader(repository);
    const stream = new ResultStream(output);
    const wanted = await wantedObjects(repository, args, options, signal);
    let search: Search;
    if (wanted === undefined) {
      const finder = new NodeFinder(reader, { ...patternsOf(args, options), ...dates, onDamaged });
      const roots = snapshots.map(({ snapshot }) => snapshot.tree);
      await finder.scan(repository, roots, signal);
      search = nodeSearch(context, stream, options, finder);
    } else search = objectSearch(context, stream, new ObjectFinder(reader, wanted, onDamaged));
    for (const stored of snapshots) {
      current = stored.id;
      await search.snapshot(stored, signal);
    }
    await search.finish();
    await stream.flush();
    if (options.showPackId && wanted !== undefined) showPacks(context, repository, wanted);
    return damaged ? exitCodes.failed : undefined;
  },
};

function patternsOf(args: readonly string[], options: FindOptions): { patterns: string[]; ignoreCase: boolean } {
  return { patterns: args.map(fromUtf8), ignoreCase: options.ignoreCase };
}

function datesOf({ oldest, newest }: FindOptions): { oldestNs?: bigint; newestNs?: bigint } {
  const dates = {
    ...(oldest === undefined ? {} : { oldestNs: parseDateNs('--oldest', oldest) }),
    ...(newest === undefined ? {} : { newestNs: parseDateNs('--newest', newest) }),
  };
  if (dates.oldestNs !== undefined && dates.newestNs !== undefined && dates.oldestNs > dates.newestNs) {
    throw new HoldfastError('invalid-input', '--oldest is later than --newest.', { hint: 'Give it an earlier time.' });
  }
  return dates;
}

async function wantedObjects(
  repository: Repository,
  args: readonly string[],
  options: FindOptions,
  signal: AbortSignal,
): Promise<WantedObjects | undefined> {
  if (options.blob) return { blobs: new Set(args), trees: new Set() };
  if (options.tree) return { blobs: new Set(), trees: new Set(args) };
  return options.pack ? objectsInPacks(repository, args, signal) : undefined;
}

/** JSON as restic's: an array of `{matches, hits, snapshot}`, one for each snapshot with a match, written as it comes. */
function nodeSearch({ output }: Context, stream: ResultStream, options: FindOptions, finder: NodeFinder): Search {
  let groups = 0;
  return {
    async snapshot({ id, snapshot, timeNs }, signal) {
      let hits = 0;
      for await (const found of finder.find(snapshot.tree, signal)) {
        if (hits++ === 0) {
          const before = groups++ === 0 ? '' : '\n';
          const time = timeText(new Date(Number(timeNs / 1_000_000n)));
          if (output.json) await stream.raw(groups === 1 ? '[{"matches":[' : ',{"matches":[');
          else await stream.raw(`${before}Found matching entries in snapshot ${id.slice(0, 8)} from ${time}\n`);
        }
        if (output.json) await stream.raw(`${hits === 1 ? '' : ','}${foundJson(found.path, found.node)}`);
        else await stream.line(nodeText(found, options));
      }
      if (output.json && hits > 0) await stream.raw(`],"hits":${hits},"snapshot":"${id}"}`);
    },
    finish() {
      if (output.json) return stream.raw(groups === 0 ? '[]\n' : ']\n');
    },
  };
}

/** JSON as restic's: one array of objects. */
function objectSearch({ output }: Context, stream: ResultStream, finder: ObjectFinder): Search {
  let hits = 0;
  return {
    async snapshot(stored, signal) {
      const time = timeText(new Date(Number(stored.timeNs / 1_000_000n)));
      for await (const { type, id, path, parentTree } of finder.find(stored.snapshot.tree, signal)) {
        hits += 1;
        if (output.json) {
          const parent = parentTree === undefined ? '' : `"parent_tree":"${parentTree}",`;
          const object = `{"object_type":"${type}","id":"${id}","path":${pathJson(path)},${parent}"snapshot":"${stored.id}","time":"${stored.snapshot.time}"}`;
          await stream.raw(`${hits === 1 ? '[' : ','}${object}`);
          continue;
        }
        await stream.line(`Found ${type} ${id}`);
        await stream.line(type === 'blob' ? ` ... in file ${path}` : ` ... path ${path}`);
        if (parentTree !== undefined) await stream.line(`     (tree ${parentTree})`);
        await stream.line(` ... in snapshot ${stored.id.slice(0, 8)} (${time})`);
      }
    },
    finish() {
      if (output.json) return stream.raw(hits === 0 ? '[]\n' : ']\n');
    },
  };
}

function showPacks({ output }: Context, repository: Repository, { blobs, trees }: WantedObjects): void {
  const show = (type: 'data' | 'tree', ids: ReadonlySet<string>): void => {
    for (const id of ids) {
      const place = id.length === 64 ? repository.index.lookup(type, id) : undefined;
      if (place === undefined) output.line(`Object ${id} with type ${type} not found in the index`);
      else
        output.line(`Object belongs to pack ${place.packId}\n ... Pack ${place.packId}: <${type}/${id.slice(0, 8)}>`);
    }
  };
  show('data', blobs);
  show('tree', trees);
}
