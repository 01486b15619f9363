/**
 * When a trigger is due: next times after an instant, the last one before it, the longest time between two.
 *
 * Daylight saving: a time that the clock skips in spring runs once, right after the gap; of a time that comes twice in autumn
 * the first is taken. Only an expression of every hour ("0 * * * *", every quarter of an hour …) is a rhythm rather than a
 * time of day: it runs on through both of the doubled hours, as otherwise an hour would be left without a backup.
 */
import type { Trigger } from '../../config/trigger.ts';
import { CronTimes } from './cron-times.ts';
import { ZoneTime } from './zone-time.ts';

const minuteMs = 60_000;

/** The due times of one trigger; of a continuous one, of its full scans. Times are milliseconds since the epoch. */
export interface DueTimes {
  /** The first later than `afterMs`; undefined if it never runs by itself. For an interval, `afterMs` is its last start. */
  next(afterMs: number): number | undefined;
  /** The longest time between two neighbours, about `fromMs`; Infinity if it never runs by itself. */
  largestGapMs(fromMs: number): number;
}

/**
 * Reads a trigger. Reading a cron expression costs more than asking it, so keep the answer.
 *
 * @throws `invalid-input` that names the field
 */
export function dueTimes(trigger: Trigger): DueTimes {
  switch (trigger.kind) {
    case 'manual':
      return { next: () => undefined, largestGapMs: () => Number.POSITIVE_INFINITY };
    case 'interval':
      return intervalDueTimes(trigger.minutes * minuteMs);
    case 'continuous':
      return intervalDueTimes(trigger.fullScanHours * 60 * minuteMs);
    case 'cron':
      return cronDueTimes(new CronTimes(trigger.expression), new ZoneTime(trigger.timeZone));
  }
}

/**
 * The next `count` times; none for a trigger that never runs by itself, or runs as files change. An interval is counted
 * from `after`.
 *
 * @throws `invalid-input` that names the field
 */
export function nextRuns(trigger: Trigger, after: Date, count: number): Date[] {
  if (trigger.kind === 'continuous') return [];
  const times = dueTimes(trigger);
  const runs: Date[] = [];
  let at: number | undefined = after.getTime();
  while (runs.length < count) {
    at = times.next(at);
    if (at === undefined) break;
    runs.push(new Date(at));
  }
  return runs;
}

/**
 * That a trigger can be used: its expression and zone are known, and it has a time to come.
 *
 * @throws `invalid-input` that names the field and says what to do
 */
export function checkTrigger(trigger: Trigger, now: Date): void {
  dueTimes(trigger).next(now.getTime());
}

function intervalDueTimes(intervalMs: number): DueTimes {
  return { next: (afterMs) => afterMs + intervalMs, largestGapMs: () => intervalMs };
}

function cronDueTimes(times: CronTimes, zone: ZoneTime): DueTimes {
  return {
    next: (afterMs) => (times.isEveryHour ? nextOfRhythm(times, zone, afterMs) : nextOfDay(times, zone, afterMs)),
    largestGapMs: (fromMs) => times.largestGapMs(zone.wallOf(fromMs)),
  };
}

/** Each time of the wall once. */
function nextOfDay(times: CronTimes, zone: ZoneTime, afterMs: number): number {
  for (let wall = times.nextAfter(zone.wallOf(afterMs)); ; wall = times.nextAfter(wall)) {
    const [first = afterMs] = zone.instantsOrGapEnd(wall);
    if (first > afterMs) return first;
  }
}

/** Times that the wall shows twice are two times. */
function nextOfRhythm(times: CronTimes, zone: ZoneTime, afterMs: number): number {
  const wallAfter = zone.wallOf(afterMs);
  const later = (wall: number) => zone.instantsOrGapEnd(wall).find((instant) => instant > afterMs);
  let wall = times.nextAfter(wallAfter);
  let next = later(wall);
  while (next === undefined) {
    wall = times.nextAfter(wall);
    next = later(wall);
  }
  return Math.min(next, nextOfRepeat(times, zone, afterMs) ?? next);
}

/** The clock will be set back to before what it shows now: the first time in what it shows again, up to now. */
function nextOfRepeat(times: CronTimes, zone: ZoneTime, afterMs: number): number | undefined {
  const wallAfter = zone.wallOf(afterMs);
  const repeat = zone.instantsOf(wallAfter).find((instant) => instant > afterMs);
  if (repeat === undefined) return undefined;
  const firstWall = wallAfter - (repeat - afterMs);
  for (let wall = times.nextAfter(firstWall); wall <= wallAfter; wall = times.nextAfter(wall)) {
    const again = repeat - (wallAfter - wall);
    if (again > afterMs && zone.wallOf(again) === wall) return again;
  }
  return undefined;
}
