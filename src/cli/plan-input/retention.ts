/** What a plan keeps, as options say it: --keep-… */
import type { Command } from 'commander';
import { HoldfastError } from '../../base/errors.ts';
import type { Retention } from '../../config/retention.ts';
import { collect, parseCount } from '../options.ts';

import { defined } from './defined.ts';

export interface RetentionOptions {
  readonly keepAll?: boolean;
  readonly keepLast?: string;
  readonly keepHourly?: string;
  readonly keepDaily?: string;
  readonly keepWeekly?: string;
  readonly keepMonthly?: string;
  readonly keepYearly?: string;
  readonly keepWithin?: string;
  readonly keepTag?: readonly string[];
}

export function addRetentionOptions(command: Command, usual: string): void {
  command
    .option('--keep-last <count>', `keep the last ones (or "unlimited"); ${usual}`)
    .option('--keep-hourly <count>', 'keep the last one of each of the last hours that have any')
    .option('--keep-daily <count>', 'the same of days')
    .option('--keep-weekly <count>', 'the same of weeks')
    .option('--keep-monthly <count>', 'the same of months')
    .option('--keep-yearly <count>', 'the same of years')
    .option('--keep-within <age>', 'keep what is younger than that, seen from the latest (1y6m30d)')
    .option('--keep-tag <tags>', 'keep what has all of these tags, separated by commas', collect)
    .option('--keep-all', 'remove nothing');
}

const counts = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;

/** `before` with the rules that were given; a count of 0 takes a rule away. Undefined: everything is kept. */
export function retentionOf(options: RetentionOptions, before: Retention | undefined): Retention | undefined {
  const rules = { ...givenCounts(options), ...givenAge(options), ...givenTags(options) };
  const given = Object.keys(rules).length > 0;
  if (options.keepAll === true) {
    if (!given) return undefined;
    throw new HoldfastError('invalid-input', '--keep-all and another --keep cannot both be.', { hint: 'Give one.' });
  }
  if (!given) return before;
  const after = Object.fromEntries(Object.entries({ ...before, ...rules }).filter(([, rule]) => rule !== 0));
  if (Object.keys(after).length > 0) return after;
  throw new HoldfastError('invalid-input', 'With these rules no snapshot would be kept.', {
    hint: 'Give at least one rule, or --keep-all.',
  });
}

/** Whether the options say anything about what is kept. */
export function namesRetention(options: RetentionOptions): boolean {
  return Object.keys(options).some((name) => /^keep[A-Z]/.test(name));
}

function givenCounts(options: RetentionOptions): Retention {
  const texts = {
    last: options.keepLast,
    hourly: options.keepHourly,
    daily: options.keepDaily,
    weekly: options.keepWeekly,
    monthly: options.keepMonthly,
    yearly: options.keepYearly,
  };
  return Object.fromEntries(
    counts.flatMap((name) => {
      const text = texts[name];
      return text === undefined ? [] : [[name, countOf(`--keep-${name}`, text)]];
    }),
  );
}

function countOf(option: string, text: string): number | 'unlimited' {
  return text === 'unlimited' ? text : parseCount(option, text);
}

function givenAge({ keepWithin }: RetentionOptions): Retention {
  if (keepWithin !== undefined && !/^(?=.)(\d+y)?(\d+m)?(\d+d)?(\d+h)?$/.test(keepWithin)) {
    throw new HoldfastError('invalid-input', `--keep-within cannot be "${keepWithin}".`, {
      hint: 'Give an age in years, months, days and hours, such as 1y5m7d2h.',
    });
  }
  return defined({ within: keepWithin });
}

function givenTags({ keepTag }: RetentionOptions): Retention {
  return defined({ tags: keepTag?.map((list) => list.split(',').map((tag) => tag.trim())) });
}
