/** When a plan runs, as options say it: one of --cron, --every, --continuous, --manual, and what refines them. */
import type { Command } from 'commander';
import { HoldfastError } from '../../base/errors.ts';
import { type ScheduleTrigger, type Trigger, triggerSchema } from '../../config/trigger.ts';
import { parseDurationMs, parsePeriodMinutes } from '../options.ts';

import { defined } from './defined.ts';

export interface TriggerOptions {
  readonly cron?: string;
  readonly timezone?: string;
  readonly every?: string;
  readonly continuous?: boolean;
  readonly manual?: boolean;
  readonly settle?: string;
  readonly atLeastEvery?: string;
  readonly fullScanEvery?: string;
}

export function addTriggerOptions(command: Command): void {
  command
    .option('--continuous', 'back up whenever something changes')
    .option('--cron <expression>', 'at fixed times, by five fields of cron: "30 2 * * *"')
    .option('--timezone <zone>', 'the time zone of --cron, such as Europe/Berlin (your own if not given)')
    .option('--every <period>', 'so long after the last run: 30m, 4h, 1d')
    .option('--manual', 'only when asked for')
    .option('--settle <time>', 'continuous: wait until nothing changed for so long (30s)')
    .option('--at-least-every <period>', 'continuous: do not wait longer than this (15m)')
    .option('--full-scan-every <period>', 'continuous: look at everything so often (1d)');
}

type Continuous = Extract<Trigger, { kind: 'continuous' }>;

/** `before` with what the options change. @throws `invalid-input` for options that do not go together */
export function triggerOf(options: TriggerOptions, before: Trigger): Trigger {
  const kinds = kindsOf(options);
  if (kinds.length > 1) {
    throw new HoldfastError('invalid-input', `A plan has one trigger, and ${kinds.join(' and ')} are two.`, {
      hint: 'Give one of --continuous, --cron, --every and --manual.',
    });
  }
  const trigger = chosenTrigger(options) ?? before;
  return withSettings(withTimeZone(trigger, options), options);
}

/** Whether the options say anything about the trigger. */
export function namesTrigger(options: TriggerOptions): boolean {
  return kindsOf(options).length > 0;
}

/** "30 2 * * *", "7d" or "never": when drills are done. Undefined: never. */
export function scheduleOf(option: string, text: string): ScheduleTrigger | undefined {
  if (text === 'never') return undefined;
  if (/\s/.test(text.trim())) return { kind: 'cron', expression: text.trim() };
  return { kind: 'interval', minutes: parsePeriodMinutes(option, text) };
}

function kindsOf({ cron, every, continuous, manual }: TriggerOptions): string[] {
  return [
    ...(cron === undefined ? [] : ['--cron']),
    ...(every === undefined ? [] : ['--every']),
    ...(continuous === true ? ['--continuous'] : []),
    ...(manual === true ? ['--manual'] : []),
  ];
}

function chosenTrigger({ cron, every, continuous, manual }: TriggerOptions): Trigger | undefined {
  if (cron !== undefined) return { kind: 'cron', expression: cron };
  if (every !== undefined) return { kind: 'interval', minutes: parsePeriodMinutes('--every', every) };
  if (continuous === true) return continuousTrigger();
  return manual === true ? { kind: 'manual' } : undefined;
}

/** With the times that the schema has for it. */
export function continuousTrigger(): Trigger {
  return triggerSchema.parse({ kind: 'continuous' });
}

function withTimeZone(trigger: Trigger, { timezone }: TriggerOptions): Trigger {
  if (timezone === undefined) return trigger;
  if (trigger.kind === 'cron') return { ...trigger, timeZone: timezone };
  throw belongsTo('--timezone', '--cron');
}

function withSettings(trigger: Trigger, { settle, atLeastEvery, fullScanEvery }: TriggerOptions): Trigger {
  const settings: Partial<Continuous> = defined({
    quietSeconds: settle === undefined ? undefined : Math.ceil(parseDurationMs('--settle', settle) / 1000),
    atLeastEveryMinutes: atLeastEvery === undefined ? undefined : parsePeriodMinutes('--at-least-every', atLeastEvery),
    fullScanHours:
      fullScanEvery === undefined ? undefined : Math.ceil(parsePeriodMinutes('--full-scan-every', fullScanEvery) / 60),
  });
  if (Object.keys(settings).length === 0) return trigger;
  if (trigger.kind === 'continuous') return { ...trigger, ...settings };
  throw belongsTo('--settle, --at-least-every and --full-scan-every', '--continuous');
}

function belongsTo(option: string, kind: string): HoldfastError {
  return new HoldfastError('invalid-input', `${option} goes with ${kind} only.`, { hint: `Give ${kind}, too.` });
}
