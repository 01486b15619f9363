/** `snapshots`: lists what is in the repository. */
import {
  acquireLock,
  groupSnapshots,
  listSnapshots,
  parseGroupBy,
  resolveSnapshot,
  type SnapshotGroup,
  type StoredSnapshot,
} from '../../repository/mod.ts';
import { countText, safeText, sizeText, tableText, timeText } from '../format-text.ts';
import { collect, type FilterOptions, filterOf, lockWaitMs, parseCount } from '../options.ts';
import { openFromContext } from '../repository-access.ts';
import { snapshotJson } from '../snapshot-json.ts';
import type { VerbModule } from '../verb.ts';

interface SnapshotsOptions extends FilterOptions {
  readonly groupBy?: string;
  readonly latest?: string;
  readonly compact: boolean;
}

export const verb: VerbModule<SnapshotsOptions> = {
  configure(command) {
    command
      .argument('[snapshots...]', 'ids; all if none is given')
      .option('-H, --host <name>', 'only of that host', collect)
      .option('--tag <tags>', 'only with all of these tags, separated by commas', collect)
      .option('--path <path>', 'only with that path', collect)
      .option('-g, --group-by <what>', 'group by host, paths, tags, separated by commas')
      .option('--latest <count>', 'only the last ones of each host and paths')
      .option('-c, --compact', 'fewer columns', false);
  },

  async run(context, args, options) {
    const { output, globals, signal } = context;
    await using repository = await openFromContext(context);
    await using _ = globals.lock
      ? await acquireLock(repository, { exclusive: false, waitMs: lockWaitMs(globals), signal })
      : undefined;
    const filter = filterOf(options);
    const found =
      args.length === 0
        ? await listSnapshots(repository, { signal, filter, onDamaged: (_id, error) => output.warn(error.message) })
        : await Promise.all(args.map((text) => resolveSnapshot(repository, text, { signal, filter })));
    const listed = options.latest === undefined ? found : latestOf(found, parseCount('--latest', options.latest));
    const groups = groupSnapshots(listed, parseGroupBy(options.groupBy ?? ''));

    if (options.groupBy === undefined) output.object(listed.map(snapshotJson));
    else output.object(groups.map(groupJson));
    if (listed.length === 0) output.line('There are no snapshots that match.');
    for (const group of groups) {
      if (options.groupBy !== undefined) output.line(groupTitle(group));
      output.line(table(group.snapshots, options.compact));
      output.line(countText(group.snapshots.length, 'snapshot'));
    }
    return undefined;
  },
};

function latestOf(snapshots: readonly StoredSnapshot[], count: number): readonly StoredSnapshot[] {
  const groups = groupSnapshots(snapshots, { host: true, paths: true, tags: false });
  const kept = new Set(groups.flatMap((group) => group.snapshots.slice(-count)));
  return snapshots.filter((stored) => kept.has(stored));
}

/** restic's form: every property is there, empty where it was not grouped by. */
function groupJson({ key, snapshots }: SnapshotGroup): object {
  const { hostname = '', paths = null, tags } = key;
  const groupKey = { hostname, paths, tags: tags === undefined || tags.length === 0 ? null : tags };
  return { group_key: groupKey, snapshots: snapshots.map(snapshotJson) };
}

function groupTitle({ key }: SnapshotGroup): string {
  const parts = [
    ...(key.hostname === undefined ? [] : [`host ${key.hostname}`]),
    ...(key.paths === undefined ? [] : [`paths ${key.paths.join(', ')}`]),
    ...(key.tags === undefined ? [] : [`tags ${key.tags.join(', ') || '(none)'}`]),
  ];
  return `Snapshots of ${safeText(parts.join('; '))}:`;
}

function table(snapshots: readonly StoredSnapshot[], compact: boolean): string {
  const header = ['ID', 'Time', 'Host', 'Tags', ...(compact ? [] : ['Paths', 'Size'])];
  const rows = snapshots.map(({ id, snapshot, timeNs }) => [
    id.slice(0, 8),
    timeText(new Date(Number(timeNs / 1_000_000n))),
    safeText(snapshot.hostname ?? ''),
    safeText((snapshot.tags ?? []).join(',')),
    ...(compact
      ? []
      : [
          safeText(snapshot.paths.join(', ')),
          snapshot.summary === undefined ? '' : sizeText(snapshot.summary.totalBytesProcessed),
        ]),
  ]);
  return tableText(header, rows, compact ? [] : [5]);
}
