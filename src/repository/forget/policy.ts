/**
 * Retention: which snapshots of a group to keep and why, by restic's rules (internal/data/snapshot_policy.go). Pure.
 *
 * - Newest first; each rule keeps the newest snapshot of an hour, day, week …, as often as it counts.
 * - While a rule has some left, it also keeps the oldest snapshot of all.
 * - `within` is measured from the newest snapshot, not from now: where no backups are made, nothing expires.
 * - Beyond restic: a snapshot whose time lies in the future (a clock that was wrong) is kept and counts for nothing, so
 *   that it takes no good snapshot's place.
 */
import type { StoredSnapshot } from '../snapshots.ts';
import { type CalendarDuration, isoWeekOf, timeBefore, type WallTime, wallTimeOf } from './snapshot-time.ts';

/** 0 keeps none by that rule, `unlimited` all. */
export type KeepCount = number | 'unlimited';

export interface ForgetPolicy {
  readonly last?: KeepCount;
  readonly hourly?: KeepCount;
  readonly daily?: KeepCount;
  readonly weekly?: KeepCount;
  readonly monthly?: KeepCount;
  readonly yearly?: KeepCount;
  readonly within?: CalendarDuration;
  readonly withinHourly?: CalendarDuration;
  readonly withinDaily?: CalendarDuration;
  readonly withinWeekly?: CalendarDuration;
  readonly withinMonthly?: CalendarDuration;
  readonly withinYearly?: CalendarDuration;
  /** Snapshots that have all tags of one of these lists. */
  readonly tags?: readonly (readonly string[])[];
}

export interface KeptSnapshot {
  readonly snapshot: StoredSnapshot;
  /** restic's words: "daily snapshot", "within 30d", "has tags [a, b]". */
  readonly reasons: readonly string[];
}

export interface PolicyResult {
  /** Newest first. */
  readonly keep: readonly KeptSnapshot[];
  readonly remove: readonly StoredSnapshot[];
}

/** Clocks of several machines differ by so much without harm. */
const futureToleranceNs = 24n * 3_600_000_000_000n;

type Bucket = (time: WallTime, number: number) => number;
const hourOf: Bucket = ({ year, month, day, hour }) => ((year * 100 + month) * 100 + day) * 100 + hour;
const dayOf: Bucket = ({ year, month, day }) => (year * 100 + month) * 100 + day;
const monthOf: Bucket = ({ year, month }) => year * 100 + month;
const counted: readonly (readonly [keyof ForgetPolicy & CountRule, string, Bucket])[] = [
  ['last', 'last snapshot', (_, number) => number],
  ['hourly', 'hourly snapshot', hourOf],
  ['daily', 'daily snapshot', dayOf],
  ['weekly', 'weekly snapshot', isoWeekOf],
  ['monthly', 'monthly snapshot', monthOf],
  ['yearly', 'yearly snapshot', ({ year }) => year],
];
const withinRules: readonly (readonly [keyof ForgetPolicy & WithinRule, string, Bucket])[] = [
  ['withinHourly', 'hourly within', hourOf],
  ['withinDaily', 'daily within', dayOf],
  ['withinWeekly', 'weekly within', isoWeekOf],
  ['withinMonthly', 'monthly within', monthOf],
  ['withinYearly', 'yearly within', ({ year }) => year],
];
type CountRule = 'last' | 'hourly' | 'daily' | 'weekly' | 'monthly' | 'yearly';
type WithinRule = 'withinHourly' | 'withinDaily' | 'withinWeekly' | 'withinMonthly' | 'withinYearly';

/** @param now for telling what lies in the future */
export function applyPolicy(snapshots: readonly StoredSnapshot[], policy: ForgetPolicy, now: Date): PolicyResult {
  const latestAllowedNs = BigInt(now.getTime()) * 1_000_000n + futureToleranceNs;
  const newestFirst = snapshots.toSorted((a, b) => (a.timeNs === b.timeNs ? 0 : a.timeNs > b.timeNs ? -1 : 1));
  const keep: KeptSnapshot[] = newestFirst
    .filter(({ timeNs }) => timeNs > latestAllowedNs)
    .map((snapshot) => ({ snapshot, reasons: ['in the future'] }));
  const remove: StoredSnapshot[] = [];
  const past = newestFirst.slice(keep.length);
  const rules = rulesOf(policy, past[0]);
  for (const [number, snapshot] of past.entries()) {
    const wall = wallTimeOf(snapshot.snapshot.time);
    const isOldest = number === past.length - 1;
    const reasons = rules.flatMap((rule) => rule({ snapshot, wall, number, isOldest }));
    if (reasons.length > 0) keep.push({ snapshot, reasons });
    else remove.push(snapshot);
  }
  return { keep, remove };
}

/** No rule at all: restic refuses to work by it. */
export function isEmptyPolicy(policy: ForgetPolicy): boolean {
  const { tags = [], within } = policy;
  return (
    tags.length === 0 &&
    isZero(within) &&
    counted.every(([rule]) => (policy[rule] ?? 0) === 0) &&
    withinRules.every(([rule]) => isZero(policy[rule]))
  );
}

/** "keep 3 latest, 7 daily snapshots and all snapshots within 30d of the newest". */
export function policyText(policy: ForgetPolicy): string {
  const counts = counted
    .filter(([rule]) => (policy[rule] ?? 0) !== 0)
    .map(([rule]) => `${policy[rule] === 'unlimited' ? 'all' : policy[rule]} ${rule === 'last' ? 'latest' : rule}`);
  const withins = withinRules
    .filter(([rule]) => !isZero(policy[rule]))
    .map(([rule, text]) => `${text.replace(' ', ' snapshots ')} ${durationText(policy[rule]!)}`);
  const parts = [
    [...(counts.length === 0 ? [] : [`${counts.join(', ')} snapshots`]), ...withins].join(', '),
    ...(policy.tags?.length ? [`all snapshots with tags ${policy.tags.map(tagsText).join(', ')}`] : []),
    ...(isZero(policy.within) ? [] : [`all snapshots within ${durationText(policy.within!)} of the newest`]),
  ].filter((part) => part !== '');
  return parts.length === 0 ? 'remove all' : `keep ${parts.join(' and ')}`;
}

interface Candidate {
  readonly snapshot: StoredSnapshot;
  readonly wall: WallTime;
  /** 0 is the newest. */
  readonly number: number;
  readonly isOldest: boolean;
}

/** Gives the reasons by which it keeps a snapshot. Called once for each, newest first. */
type Rule = (candidate: Candidate) => string[];

function rulesOf(policy: ForgetPolicy, newest: StoredSnapshot | undefined): Rule[] {
  if (newest === undefined) return [];
  const since = (age: CalendarDuration): bigint => timeBefore(newest.snapshot.time, age);
  const rules: Rule[] = (policy.tags ?? []).map((tags) => tagRule(tags));
  if (!isZero(policy.within)) {
    const start = since(policy.within!);
    const reason = `within ${durationText(policy.within!)}`;
    rules.push(({ snapshot }) => (snapshot.timeNs > start ? [reason] : []));
  }
  for (const [name, reason, bucket] of counted) {
    const count = policy[name] ?? 0;
    if (count !== 0) rules.push(countRule(count, reason, bucket));
  }
  for (const [name, reason, bucket] of withinRules) {
    const age = policy[name];
    if (isZero(age)) continue;
    const start = since(age!);
    const rule = countRule('unlimited', reason, bucket);
    rules.push((candidate) =>
      candidate.snapshot.timeNs > start ? rule(candidate).map((text) => `${text} ${durationText(age!)}`) : [],
    );
  }
  return rules;
}

function tagRule(tags: readonly string[]): Rule {
  return ({ snapshot: { snapshot } }) => {
    const own = snapshot.tags ?? [];
    const has = tags.every((tag) => (tag === '' ? own.length === 0 : own.includes(tag)));
    return has ? [`has tags ${tagsText(tags)}`] : [];
  };
}

function countRule(count: KeepCount, reason: string, bucket: Bucket): Rule {
  let left = count === 'unlimited' ? Number.POSITIVE_INFINITY : count;
  let last = -1;
  return ({ wall, number, isOldest }) => {
    if (left === 0) return [];
    const value = bucket(wall, number);
    if (value === last && !isOldest) return [];
    const isExtra = value === last;
    last = value;
    left -= 1;
    return [isExtra ? `oldest ${reason}` : reason];
  };
}

export function durationText({ years, months, days, hours }: CalendarDuration): string {
  const part = (value: number, unit: string): string => (value === 0 ? '' : `${value}${unit}`);
  return part(years, 'y') + part(months, 'm') + part(days, 'd') + part(hours, 'h');
}

/** Reads "1y2m3d4h"; undefined for anything else. */
export function parseCalendarDuration(text: string): CalendarDuration | undefined {
  const found = { years: 0, months: 0, days: 0, hours: 0 };
  const units: Readonly<Record<string, keyof typeof found>> = { y: 'years', m: 'months', d: 'days', h: 'hours' };
  const trimmed = text.trim();
  if (!/^(\d{1,6}[ymdh])+$/.test(trimmed)) return undefined;
  for (const [, number, unit] of trimmed.matchAll(/(\d+)([ymdh])/g)) found[units[unit!]!] = Number(number);
  return found;
}

function isZero(age: CalendarDuration | undefined): boolean {
  return age === undefined || durationText(age) === '';
}

function tagsText(tags: readonly string[]): string {
  return `[${tags.join(', ')}]`;
}
