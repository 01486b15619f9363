/** `forget`: removes snapshots, by a policy or by id. */
import { HoldfastError } from '../../base/errors.ts';
import {
  acquireLock,
  type CalendarDuration,
  executeForget,
  type ForgetGroup,
  type ForgetPlan,
  type ForgetPolicy,
  type KeepCount,
  parseCalendarDuration,
  parseGroupBy,
  planForget,
  planForgetByName,
  policyText,
  pruneRepository,
  type Repository,
  type RepositoryLock,
} from '../../repository/mod.ts';
import { countText, safeText, tableText, timeText } from '../format-text.ts';
import { collect, type FilterOptions, filterOf, lockWaitMs } from '../options.ts';
import type { Output } from '../output.ts';
import { openFromContext } from '../repository-access.ts';
import { snapshotJson } from '../snapshot-json.ts';
import type { Context, VerbModule } from '../verb.ts';
import { addPruneFlags, needsLock, type PruneFlags, pruneSettings, showPrune, withPruneProgress } from './prune.ts';

interface ForgetOptions extends FilterOptions, PruneFlags {
  readonly keepLast?: string;
  readonly keepHourly?: string;
  readonly keepDaily?: string;
  readonly keepWeekly?: string;
  readonly keepMonthly?: string;
  readonly keepYearly?: string;
  readonly keepWithin?: string;
  readonly keepWithinHourly?: string;
  readonly keepWithinDaily?: string;
  readonly keepWithinWeekly?: string;
  readonly keepWithinMonthly?: string;
  readonly keepWithinYearly?: string;
  readonly keepTag?: readonly string[];
  readonly unsafeAllowRemoveAll: boolean;
  readonly groupBy: string;
  readonly compact: boolean;
  readonly dryRun: boolean;
  readonly prune: boolean;
}

export const verb: VerbModule<ForgetOptions> = {
  configure(command) {
    command
      .argument('[snapshots...]', 'ids of snapshots to remove, instead of a policy')
      .option('-l, --keep-last <count>', 'keep the last ones (or "unlimited")')
      .option('-H, --keep-hourly <count>', 'keep the last one of each of the last hours that have any')
      .option('-d, --keep-daily <count>', 'the same of days')
      .option('-w, --keep-weekly <count>', 'the same of weeks')
      .option('-m, --keep-monthly <count>', 'the same of months')
      .option('-y, --keep-yearly <count>', 'the same of years')
      .option('--keep-within <age>', 'keep what is younger than that, seen from the latest (1y5m7d2h)')
      .option('--keep-within-hourly <age>', 'of these, one an hour')
      .option('--keep-within-daily <age>', 'of these, one a day')
      .option('--keep-within-weekly <age>', 'of these, one a week')
      .option('--keep-within-monthly <age>', 'of these, one a month')
      .option('--keep-within-yearly <age>', 'of these, one a year')
      .option('--keep-tag <tags>', 'keep what has all of these tags, separated by commas', collect)
      .option('--unsafe-allow-remove-all', 'let a policy without any --keep remove all that the filters match', false)
      .option('--host <name>', 'only of that host', collect)
      .option('--tag <tags>', 'only with all of these tags, separated by commas', collect)
      .option('--path <path>', 'only with that path', collect)
      .option('-g, --group-by <what>', 'group by host, paths, tags, separated by commas', 'host,paths')
      .option('-c, --compact', 'fewer columns', false)
      .option('-n, --dry-run', 'say what would be done, change nothing', false)
      .option('--prune', 'then remove what no snapshot needs any more', false);
    addPruneFlags(command);
  },

  async run(context, args, options) {
    const { output, globals, signal } = context;
    const policy = policyOf(options);
    const settings = pruneSettings(options, globals);
    const groupBy = parseGroupBy(options.groupBy);
    if (!globals.lock && !options.dryRun) throw needsLock();
    await using repository = await openFromContext(context);
    await using lock = globals.lock
      ? await acquireLock(repository, { exclusive: true, waitMs: lockWaitMs(globals), signal })
      : undefined;
    const filter = filterOf(options);
    const during = lock?.signal ?? signal;
    const { unsafeAllowRemoveAll: allowRemoveAll } = options;
    const plan =
      args.length > 0
        ? await planForgetByName(repository, args, { signal: during, filter })
        : await planForget(repository, { policy, groupBy, filter, allowRemoveAll }, { signal: during });
    if (args.length === 0) output.info(`Applying policy: ${policyText(policy)}`);
    if (!options.dryRun && lock !== undefined) await executeForget(repository, plan, lock);
    if (args.length === 0) output.object(plan.groups.map(groupJson));
    showPlan(output, plan, options);
    if (options.prune && plan.remove.length > 0) await prune(context, repository, lock, plan, options, settings);
    return undefined;
  },
};

async function prune(
  { output, signal }: Context,
  repository: Repository,
  lock: RepositoryLock | undefined,
  plan: ForgetPlan,
  options: ForgetOptions,
  settings: ReturnType<typeof pruneSettings>,
): Promise<void> {
  const report = await withPruneProgress(output, (onProgress) =>
    pruneRepository({
      repository,
      ...settings,
      ...(lock === undefined ? { withoutLock: true } : { lock }),
      dryRun: options.dryRun,
      allowNoSnapshots: true,
      ignoreSnapshots: new Set(plan.remove.map(({ id }) => id)),
      signal,
      onProgress,
    }),
  );
  showPrune(output, report, options.maxUnused);
}

function policyOf(options: ForgetOptions): ForgetPolicy {
  const count = (name: string, text: string | undefined): KeepCount => keepCount(`--keep-${name}`, text);
  const ages = {
    within: keepAge('--keep-within', options.keepWithin),
    withinHourly: keepAge('--keep-within-hourly', options.keepWithinHourly),
    withinDaily: keepAge('--keep-within-daily', options.keepWithinDaily),
    withinWeekly: keepAge('--keep-within-weekly', options.keepWithinWeekly),
    withinMonthly: keepAge('--keep-within-monthly', options.keepWithinMonthly),
    withinYearly: keepAge('--keep-within-yearly', options.keepWithinYearly),
  };
  return {
    last: count('last', options.keepLast),
    hourly: count('hourly', options.keepHourly),
    daily: count('daily', options.keepDaily),
    weekly: count('weekly', options.keepWeekly),
    monthly: count('monthly', options.keepMonthly),
    yearly: count('yearly', options.keepYearly),
    tags: (options.keepTag ?? []).map((list) => list.split(',').map((tag) => tag.trim())),
    ...Object.fromEntries(Object.entries(ages).filter(([, age]) => age !== undefined)),
  };
}

/** restic: a number, "unlimited", and −1 for the same. */
function keepCount(option: string, text: string | undefined): KeepCount {
  if (text === undefined) return 0;
  if (text === 'unlimited' || text === '-1') return 'unlimited';
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new HoldfastError('invalid-input', `${option} cannot be "${text}".`, {
    hint: 'Give a whole number, or "unlimited".',
  });
}

function keepAge(option: string, text: string | undefined): CalendarDuration | undefined {
  if (text === undefined) return undefined;
  const age = parseCalendarDuration(text);
  if (age !== undefined) return age;
  throw new HoldfastError('invalid-input', `${option} cannot be "${text}".`, {
    hint: 'Give an age in years, months, days and hours, such as 1y5m7d2h.',
  });
}

function showPlan(output: Output, plan: ForgetPlan, options: ForgetOptions): void {
  const done = options.dryRun ? 'would be removed' : 'removed';
  for (const { key, keep, remove } of plan.groups) {
    output.info(`\nSnapshots of ${safeText(groupText(key))}:`);
    if (keep.length > 0) {
      output.info(`kept: ${countText(keep.length, 'snapshot')}`);
      const rows = keep.map(({ snapshot, reasons }) => [...rowOf(snapshot), safeText(reasons.join(', '))]);
      output.info(tableText([...header, 'Reasons'], rows));
    }
    if (remove.length === 0) continue;
    output.info(`${done}: ${countText(remove.length, 'snapshot')}`);
    output.info(tableText(header, remove.map(rowOf)));
  }
  if (plan.groups.length === 0 && plan.remove.length > 0) output.info(tableText(header, plan.remove.map(rowOf)));
  if (plan.remove.length === 0) output.info('No snapshot has to go.');
  else output.info(`${countText(plan.remove.length, 'snapshot')} ${done}.`);
}

const header = ['ID', 'Time', 'Host', 'Tags'];

function rowOf({ id, snapshot, timeNs }: ForgetGroup['remove'][number]): string[] {
  return [
    id.slice(0, 8),
    timeText(new Date(Number(timeNs / 1_000_000n))),
    safeText(snapshot.hostname ?? ''),
    safeText((snapshot.tags ?? []).join(',')),
  ];
}

function groupText({ hostname, paths, tags }: ForgetGroup['key']): string {
  const parts = [
    ...(hostname === undefined ? [] : [`host ${hostname}`]),
    ...(paths === undefined ? [] : [`paths ${paths.join(', ')}`]),
    ...(tags === undefined ? [] : [`tags ${tags.join(', ') || '(none)'}`]),
  ];
  return parts.join('; ') || 'the repository';
}

/** restic's: lists that are empty are null. */
function groupJson({ key, keep, remove }: ForgetGroup): object {
  const orNull = <T>(list: readonly T[]): readonly T[] | null => (list.length === 0 ? null : list);
  return {
    tags: orNull(key.tags ?? []),
    host: key.hostname ?? '',
    paths: orNull(key.paths ?? []),
    keep: orNull(keep.map(({ snapshot }) => snapshotJson(snapshot))),
    remove: orNull(remove.map(snapshotJson)),
    reasons: orNull(keep.map(({ snapshot, reasons }) => ({ snapshot: snapshotJson(snapshot), matches: reasons }))),
  };
}
