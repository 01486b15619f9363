/** What must hold before a plan runs by itself, as options say it. */
import type { Command } from 'commander';
import { HoldfastError } from '../../base/errors.ts';
import type { Conditions } from '../../config/conditions.ts';
import { collect, parseCount } from '../options.ts';

import { defined } from './defined.ts';

export interface ConditionOptions {
  readonly onlyUnmetered?: boolean;
  readonly wifi?: readonly string[];
  readonly notOnBattery?: boolean;
  readonly minBattery?: string;
  readonly requirePath?: readonly string[];
  readonly quietHours?: readonly string[];
}

export function addConditionOptions(command: Command): void {
  command
    .option('--only-unmetered', 'by itself: not while the connection counts bytes')
    .option('--wifi <name>', 'by itself: only on this Wi-Fi, or a cable (may be repeated)', collect)
    .option('--not-on-battery', 'by itself: only on mains power')
    .option('--min-battery <percent>', 'by itself: on battery, not below that')
    .option('--require-path <path>', 'by itself: only while this folder or drive is there (may be repeated)', collect)
    .option('--quiet-hours <from-to>', 'by itself: not at these times, 22:00-06:00 (may be repeated)', collect);
}

/** `before` with what was given; what may be repeated is added to what is there. @param absolute makes a path absolute */
export function conditionsOf(
  options: ConditionOptions,
  before: Conditions,
  absolute: (path: string) => string,
): Conditions {
  const { onlyUnmetered, wifi, notOnBattery, minBattery, requirePath, quietHours } = options;
  return {
    ...before,
    ...defined({
      network: onlyUnmetered === true ? ('unmetered' as const) : undefined,
      wifiNames: added(before.wifiNames, wifi),
      notOnBattery: notOnBattery === true ? true : undefined,
      minBatteryPercent: minBattery === undefined ? undefined : percentOf(minBattery),
      requirePaths: added(before.requirePaths, requirePath?.map(absolute)),
      quietHours: quietHours === undefined ? undefined : [...(before.quietHours ?? []), ...quietHours.map(hoursOf)],
    }),
  };
}

function added(before: readonly string[] | undefined, more: readonly string[] | undefined): string[] | undefined {
  return more === undefined ? undefined : [...new Set([...(before ?? []), ...more])];
}

function percentOf(text: string): number {
  const percent = parseCount('--min-battery', text.replace(/ *%$/, ''));
  if (percent >= 1 && percent <= 100) return percent;
  throw new HoldfastError('invalid-input', `--min-battery cannot be "${text}".`, { hint: 'Give 1 to 100 (percent).' });
}

function hoursOf(text: string): { from: string; to: string } {
  const time = '(?:[01]?\\d|2[0-3]):[0-5]\\d';
  const match = new RegExp(`^(${time})\\s*[-–]\\s*(${time})$`).exec(text.trim());
  const [, from, to] = match ?? [];
  if (from !== undefined && to !== undefined && from !== to) {
    return { from: from.padStart(5, '0'), to: to.padStart(5, '0') };
  }
  throw new HoldfastError('invalid-input', `--quiet-hours cannot be "${text}".`, {
    hint: 'Give two times of day, such as 22:00-06:00.',
  });
}
