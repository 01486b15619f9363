/** A remote as options say it: its connection, when backups are made there by themselves, and what becomes of new ones. */
import type { Command } from 'commander';
import { HoldfastError } from '../../base/errors.ts';
import type { RemoteInput } from '../../config/remote.ts';
import { collect, parsePeriodMinutes } from '../options.ts';
import { addConditionOptions, type ConditionOptions, conditionsOf } from '../plan-input/conditions.ts';
import { defined } from '../plan-input/defined.ts';
import { scheduleOf } from '../plan-input/trigger.ts';
import { addOrderOptions, type OrderOptions, orderOf } from './order.ts';

export interface RemoteOptions extends OrderOptions, ConditionOptions {
  readonly name?: string;
  readonly scope?: string;
  readonly allowInsecure?: boolean;
  readonly setting?: readonly string[];
  readonly pollEvery?: string;
  readonly backUp?: string;
  readonly ingestInto?: string;
}

/** What the options do not say of themselves. */
export interface RemoteContext {
  /** Makes a path absolute. */
  readonly absolute: (path: string) => string;
  /** The id of the repository that a text names. */
  readonly repositoryId: (text: string) => string;
}

export function addRemoteOptions(command: Command): void {
  command
    .option('--name <name>', 'what it is called')
    .option('--scope <id>', 'organization sid, server id or stack id')
    .option('--allow-insecure', 'plain http to another machine: everybody on the way can read it')
    .option('--setting <name=value>', 'of its kind, such as header=Bearer (may be repeated)', collect)
    .option('--poll-every <time>', 'how often it is asked for news while nothing runs there (15m)')
    .option('--back-up <when>', 'by itself: so often (1d), at fixed times ("30 2 * * *"), or never')
    .option('--ingest-into <repository>', 'copy each new backup into that repository, or none');
  addConditionOptions(command);
  addOrderOptions(command);
}

/** `before` with what was given. @throws `invalid-input` for options that do not go together */
export function remoteOf(options: RemoteOptions, before: RemoteInput, context: RemoteContext): RemoteInput {
  const { name, scope, allowInsecure, setting, pollEvery, ingestInto } = options;
  const { schedule: _schedule, ingestInto: ingestBefore, ...rest } = before;
  const schedule = scheduleFrom(options, before, context);
  const into =
    ingestInto === undefined ? ingestBefore : ingestInto === 'none' ? undefined : context.repositoryId(ingestInto);
  return {
    ...rest,
    ...defined({
      name,
      scope,
      allowInsecure,
      settings: setting === undefined ? undefined : { ...before.settings, ...settingsOf(setting) },
      pollMinutes: pollEvery === undefined ? undefined : parsePeriodMinutes('--poll-every', pollEvery),
      schedule,
      ingestInto: into,
    }),
  };
}

function scheduleFrom(options: RemoteOptions, { schedule }: RemoteInput, context: RemoteContext) {
  const order = orderOf(options);
  const conditions = conditionsOf(options, schedule?.conditions ?? {}, context.absolute);
  const trigger = options.backUp === undefined ? schedule?.trigger : scheduleOf('--back-up', options.backUp);
  if (trigger !== undefined) return { trigger, order: { ...schedule?.order, ...order }, conditions };
  if (options.backUp === 'never' || (Object.keys(order).length === 0 && Object.keys(conditions).length === 0))
    return undefined;
  throw new HoldfastError(
    'invalid-input',
    'Backups are not made there by themselves, so nothing can be said of them.',
    {
      hint: 'Give --back-up, too; or say it when you make one: holdfast remote create.',
    },
  );
}

/** Values that read as JSON are taken as such, others as text. */
function settingsOf(settings: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    settings.map((text) => {
      const [, name, value] = /^([A-Za-z][\w-]*)=(.*)$/s.exec(text) ?? [];
      if (name !== undefined && value !== undefined) return [name, settingValue(value)];
      throw new HoldfastError('invalid-input', `--setting cannot be "${text}".`, { hint: 'Give NAME=VALUE.' });
    }),
  );
}

function settingValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
