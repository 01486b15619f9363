/** Plans, as the command line shows them. */
import type { z } from 'zod';
import type { Conditions } from '../config/conditions.ts';
import { databaseName } from '../config/database.ts';
import type { Hook } from '../config/plan.ts';
import type { Retention } from '../config/retention.ts';
import type { ScheduleTrigger } from '../config/trigger.ts';
import type { planStatusSchema } from '../control/schemas/plans.ts';
import { countText, safeText, sizeText, tableText, timeText } from './format-text.ts';
import { jobOutcome } from './job-text.ts';

/** A plan as the agent sends it. */
export type PlanView = z.output<typeof planStatusSchema>;

export function planTable(plans: readonly PlanView[]): string {
  const header = ['Plan', 'ID', 'State', 'Runs', 'Next run', 'Last good', 'Last proven'];
  return tableText(
    header,
    plans.map(({ plan, state, triggerText, nextRunAt, lastGoodAt, lastProvenAt }) => [
      safeText(plan.name),
      plan.id,
      state,
      safeText(triggerText),
      isoText(nextRunAt),
      isoText(lastGoodAt),
      isoText(lastProvenAt),
    ]),
  );
}

/** Everything of one plan, a line each. */
export function planDetails(view: PlanView): string {
  const { plan, state, reasons, triggerText, lastJob, activeJob, watching } = view;
  const lines: [string, string | undefined][] = [
    ['State', [state, ...reasons].join('; ')],
    ...plan.sources.map((path): [string, string] => ['Source', path]),
    ...plan.databases.map((database): [string, string] => ['Database', databaseText(database)]),
    ['Runs', triggerText],
    ['Watching', watching && `${watching.mode}${watching.ready ? '' : ', getting ready'}`],
    ['Paused', plan.paused && (plan.paused.until === undefined ? 'until resumed' : isoText(plan.paused.until))],
    ['Next run', view.nextRunAt && isoText(view.nextRunAt)],
    ['Last good', isoText(view.lastGoodAt) || 'never'],
    ['Last proven', isoText(view.lastProvenAt) || 'never'],
    ['Drill', plan.drill === undefined ? 'never' : scheduleText(plan.drill)],
    ['Repositories', plan.repositories.join(', ')],
    ['Keeps', retentionText(plan.retention)],
    ['Leaves out', excludesText(plan.excludes)],
    ['Tags', plan.tags.join(', ')],
    ['Conditions', conditionsText(plan.conditions)],
    ...hookLines('Before', plan.hooks.before),
    ...hookLines('After', plan.hooks.after),
    ['Overdue', `after ${countText(plan.overdueIntervals, 'interval')} without a good backup`],
    ...hookLines('On failure', plan.hooks.onFailure),
    ['Doing', activeJob && jobOutcome(activeJob)],
    ['Last job', lastJob && `${lastJob.kind}, ${jobOutcome(lastJob)} (${lastJob.id})`],
  ];
  const shown = lines.flatMap(([label, text]) => (text ? [`${`${label}:`.padEnd(14)}${safeText(text)}`] : []));
  return [`${safeText(plan.name)}  (${plan.id})`, ...shown].join('\n');
}

/** "2026-11-21 08:15:00", or nothing. */
export function isoText(iso: string | undefined): string {
  return iso === undefined ? '' : timeText(new Date(iso));
}

/** As `--database` takes it, more or less. */
function databaseText(database: PlanView['plan']['databases'][number]): string {
  const { engine, user, host, port, socket, databases = ['all'], excludedTables } = database;
  const where = socket ?? (port === undefined ? host : `${host}:${port}`);
  const without = excludedTables.length === 0 ? '' : `, without ${excludedTables.join(', ')}`;
  return `${databaseName(database)}: ${engine} at ${user === undefined ? '' : `${user}@`}${where}, ${databases.join(', ')}${without}`;
}

function scheduleText(schedule: ScheduleTrigger): string {
  switch (schedule.kind) {
    case 'manual':
      return 'only when asked for';
    case 'interval':
      return `every ${periodText(schedule.minutes)}`;
    case 'cron':
      return `at ${schedule.expression}${schedule.timeZone === undefined ? '' : ` (${schedule.timeZone})`}`;
  }
}

function periodText(minutes: number): string {
  if (minutes % 1440 === 0) return countText(minutes / 1440, 'day');
  return minutes % 60 === 0 ? countText(minutes / 60, 'hour') : countText(minutes, 'minute');
}

function retentionText(retention: Retention | undefined): string {
  if (retention === undefined) return 'everything';
  const { tags, within, ...counts } = retention;
  return [
    ...Object.entries(counts).flatMap(([name, count]) => (count === undefined ? [] : [`${name} ${count}`])),
    ...(within === undefined ? [] : [`within ${within}`]),
    ...(tags ?? []).map((list) => `tagged ${list.join(' and ')}`),
  ].join(', ');
}

function excludesText(excludes: PlanView['plan']['excludes']): string {
  const { patterns, presets, largerThanBytes, nobackupMarker, caches, honourGitignoreFiles, oneFileSystem } = excludes;
  return [
    ...patterns,
    ...presets.map((name) => `preset ${name}`),
    ...(largerThanBytes === undefined ? [] : [`files larger than ${sizeText(largerThanBytes)}`]),
    ...(caches ? ['folders with a CACHEDIR.TAG'] : []),
    ...(nobackupMarker ? ['folders with a .nobackup file'] : []),
    ...(honourGitignoreFiles ? ['what .gitignore files say'] : []),
    ...(oneFileSystem ? ['other file systems'] : []),
  ].join(', ');
}

function conditionsText(conditions: Conditions): string {
  const { network, wifiNames, notOnBattery, minBatteryPercent, requirePaths, quietHours } = conditions;
  return [
    ...(network === 'unmetered' ? ['not on a metered connection'] : []),
    ...(wifiNames?.length ? [`on the Wi-Fi ${wifiNames.join(' or ')}`] : []),
    ...(notOnBattery === true ? ['not on battery'] : []),
    ...(minBatteryPercent === undefined ? [] : [`battery not below ${minBatteryPercent} %`]),
    ...(requirePaths ?? []).map((path) => `${path} is there`),
    ...(quietHours ?? []).map(({ from, to }) => `not from ${from} to ${to}`),
  ].join(', ');
}

function hookLines(label: string, hooks: readonly Hook[]): [string, string][] {
  return hooks.map(({ command, timeoutSeconds, cancelOnFailure }) => [
    label,
    `${JSON.stringify(command)}, at most ${timeoutSeconds} s${cancelOnFailure ? ', no backup if it fails' : ''}`,
  ]);
}
