/**
 * The plan that options describe: a new one, or one that is there with what was given changed. Pure; the agent checks the
 * result again.
 *
 * Changing a plan: single values replace, what may be repeated is added, repositories (whose order counts) are replaced, and
 * --clear empties first.
 */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { HoldfastError } from '../../base/errors.ts';
import { databaseName } from '../../config/database.ts';
import { type Plan, type PlanInput, planInputSchema } from '../../config/plan.ts';
import { usualDrill, usualRetention } from '../../control/usual-plan.ts';
import { collect, parseCount } from '../options.ts';
import { clear } from './clear.ts';
import { addConditionOptions, type ConditionOptions, conditionsOf } from './conditions.ts';
import { addDatabaseOptions, type DatabaseOptions, databasesOf } from './databases.ts';
import { defined } from './defined.ts';
import { addExcludesOptions, type ExcludesOptions, excludesOf } from './excludes.ts';
import { addHookOptions, type HookOptions, hooksOf } from './hooks.ts';
import { addRetentionOptions, namesRetention, type RetentionOptions, retentionOf } from './retention.ts';
import { addTriggerOptions, continuousTrigger, scheduleOf, type TriggerOptions, triggerOf } from './trigger.ts';

export interface PlanOptions
  extends TriggerOptions,
    DatabaseOptions,
    ExcludesOptions,
    RetentionOptions,
    HookOptions,
    ConditionOptions {
  readonly name?: string;
  readonly repository?: readonly string[];
  readonly tag?: readonly string[];
  readonly drill?: string;
  readonly overdue?: string;
  readonly removeSource?: readonly string[];
  readonly clear?: readonly string[];
}

/** Of a new plan of databases alone. */
const daily = { kind: 'interval', minutes: 24 * 60 } as const;
/** Of a new plan: weekly. A backup that was never restored from is a hope. */
/** @param usualKept the help's words on what is kept when nothing is said */
export function addPlanOptions(command: Command, usualKept: string): void {
  command
    .option('--name <name>', 'what it is called')
    .option('--repository <name>', 'where it is saved; further ones get copies (may be repeated)', collect);
  addDatabaseOptions(command);
  addTriggerOptions(command);
  addExcludesOptions(command);
  addRetentionOptions(command, usualKept);
  addConditionOptions(command);
  addHookOptions(command);
  command
    .option('--tag <tags>', 'tags for its snapshots, separated by commas', collect)
    .option('--drill <when>', 'restore a sample and compare it: 7d, a cron expression, or never')
    .option('--overdue <count>', 'say so after so many intervals without a good backup (3)');
}

export interface Surroundings {
  /** Where relative paths start. */
  readonly cwd: string;
  /** The id of a repository that was named by id or name. @throws `not-found` */
  readonly repositoryId: (text: string) => string;
}

/** A new plan, of the usual values and what is given. `options.name` must be there. @throws as `applyPlanOptions` */
export function newPlan(
  sources: readonly string[],
  options: PlanOptions & { readonly name: string },
  surroundings: Surroundings & { readonly usualRepository: () => string },
): PlanInput {
  const base = planInputSchema.parse({
    name: options.name,
    sources: [surroundings.cwd],
    // Databases are not watched.
    trigger: sources.length === 0 ? daily : continuousTrigger(),
    repositories: [options.repository === undefined ? surroundings.usualRepository() : 'to-be-given'],
    drill: usualDrill,
    ...(namesRetention(options) ? {} : { retention: usualRetention }),
  });
  return applyPlanOptions({ ...base, sources: [] }, sources, options, surroundings);
}

/** What of a plan the user gave. */
export function inputOf({
  id: _id,
  createdAt: _created,
  paused: _paused,
  revision: _revision,
  ...input
}: Plan): PlanInput {
  return input;
}

/**
 * `before` with what the options change.
 *
 * @param sources further ones, as they were typed
 * @throws `invalid-input`, which names the option
 */
export function applyPlanOptions(
  before: PlanInput,
  sources: readonly string[],
  options: PlanOptions,
  { cwd, repositoryId }: Surroundings,
): PlanInput {
  const absolute = (path: string): string => resolve(cwd, path);
  const base = (options.clear ?? [])
    .flatMap((list) => list.split(','))
    .reduce((plan, what) => clear(plan, what), before);
  const { retention: _retention, drill: _drill, ...rest } = base;
  return {
    ...rest,
    name: options.name ?? base.name,
    ...whatOf(base, sources.map(absolute), (options.removeSource ?? []).map(absolute), options),
    excludes: excludesOf(options, base.excludes),
    trigger: triggerOf(options, base.trigger),
    repositories:
      options.repository === undefined ? base.repositories : [...new Set(options.repository.map(repositoryId))],
    hooks: hooksOf(options, base.hooks),
    conditions: conditionsOf(options, base.conditions, absolute),
    tags: [...new Set([...base.tags, ...tagsOf(options.tag)])],
    overdueIntervals: options.overdue === undefined ? base.overdueIntervals : parseCount('--overdue', options.overdue),
    ...defined({
      retention: retentionOf(options, base.retention),
      drill: options.drill === undefined ? base.drill : scheduleOf('--drill', options.drill),
    }),
  };
}

function tagsOf(lists: readonly string[] = []): string[] {
  return lists
    .flatMap((list) => list.split(','))
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
}

function whatOf(
  { sources: before, databases: databasesBefore }: PlanInput,
  more: readonly string[],
  without: readonly string[],
  options: DatabaseOptions,
): Pick<PlanInput, 'sources' | 'databases'> {
  const unknown = without.find((path) => !before.includes(path));
  if (unknown !== undefined) {
    throw new HoldfastError('invalid-input', `${unknown} is no source of the plan.`, {
      hint: `Its sources are: ${[...before, ...databasesBefore.map(databaseName)].join(', ')}`,
    });
  }
  const sources = [...new Set([...before, ...more])].filter((path) => !without.includes(path));
  const databases = databasesOf(options, databasesBefore);
  if (sources.length + databases.length > 0) return { sources, databases };
  throw new HoldfastError('invalid-input', 'The plan would have no source left.', {
    hint: 'Leave one, or remove the plan.',
  });
}
