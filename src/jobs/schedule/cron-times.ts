/**
 * The times of a cron expression on the wall clock, without zones (zone-time.ts maps them to instants).
 *
 * node-cron reads and validates the expression and says whether a day is one of its days. Two things of it are not used:
 * - its timers and `getNextRuns` count from the system's clock, and ours is injected;
 * - its search for the next time leaves out a time that the spring shift skips, where we run right after the gap.
 * Day of month and day of week must both match where both are given (so it is in node-cron; Vixie cron takes either).
 */
import { createTask, type ParsedFields, type ScheduledTask, validateDetailed } from 'node-cron';
import { HoldfastError } from '../../base/errors.ts';

const secondMs = 1000;
const dayMs = 86_400_000;
/** 29 February falls on a given weekday every 28 years, and after 2096 not before 40. */
const longestSearchDays = 41 * 366;
/** A year with all its months, and some. */
const yearDays = 400;

export class CronTimes {
  readonly #expression: string;
  readonly #fields: ParsedFields;
  readonly #hours: readonly number[];
  readonly #minutes: readonly number[];
  readonly #seconds: readonly number[];
  readonly #matcher: Pick<ScheduledTask, 'match'>;

  /** @throws `invalid-input` that names the field, or says that there is no such day */
  constructor(expression: string) {
    this.#expression = expression;
    this.#fields = parseFields(expression);
    this.#hours = ascending(this.#fields.hour);
    this.#minutes = ascending(this.#fields.minute);
    this.#seconds = ascending(this.#fields.second);
    this.#matcher = utcMatcher(expression);
  }

  get fields(): ParsedFields {
    return this.#fields;
  }

  /** Runs in each hour of its days: then it is a rhythm, and not a time of day. */
  get isEveryHour(): boolean {
    return this.#hours.length === 24;
  }

  /**
   * The first time later than `wallMs`.
   *
   * @throws `invalid-input` when there is none in 41 years
   */
  nextAfter(wallMs: number): number {
    let day = startOfDay(wallMs);
    const today = this.#isDay(day) ? this.#nextOfDay(wallMs - day + 1) : undefined;
    if (today !== undefined) return day + today;
    day = this.#nextDay(day);
    return day + this.#firstOfDay();
  }

  /** The longest time between two neighbours, from `wallMs` on: over a year at least, and over two days of it at least. */
  largestGapMs(wallMs: number): number {
    let largest = this.#largestGapInDay();
    const start = startOfDay(wallMs);
    const betweenDays = dayMs + this.#firstOfDay() - this.#lastOfDay();
    for (let day = this.#nextDay(start), next = this.#nextDay(day); ; [day, next] = [next, this.#nextDay(next)]) {
      largest = Math.max(largest, next - day - dayMs + betweenDays);
      if (next - start > yearDays * dayMs) return largest;
    }
  }

  #isDay(day: number): boolean {
    return this.#matcher.match(new Date(day + this.#firstOfDay()));
  }

  /** The first of its days later than `day`. */
  #nextDay(day: number): number {
    const last = day + longestSearchDays * dayMs;
    for (let next = day + dayMs; next <= last; next += dayMs) {
      if (!this.#fields.month.includes(new Date(next).getUTCMonth() + 1)) next = endOfMonth(next);
      else if (this.#isDay(next)) return next;
    }
    throw new HoldfastError(
      'invalid-input',
      `The schedule (expression) "${this.#expression}" names a day that never comes.`,
      {
        hint: 'Check its days of the month, months and weekdays: all three must fit the same day.',
        context: { field: 'expression' },
      },
    );
  }

  /** The first time of a day at or after `ms` since midnight. */
  #nextOfDay(ms: number): number | undefined {
    for (const hour of this.#hours) {
      if ((hour + 1) * 3_600_000 <= ms) continue;
      for (const minute of this.#minutes) {
        const minuteMs = (hour * 60 + minute) * 60_000;
        if (minuteMs + 60_000 <= ms) continue;
        const second = this.#seconds.find((one) => minuteMs + one * secondMs >= ms);
        if (second !== undefined) return minuteMs + second * secondMs;
      }
    }
    return undefined;
  }

  #firstOfDay(): number {
    return timeOfDay(this.#hours[0], this.#minutes[0], this.#seconds[0]);
  }

  #lastOfDay(): number {
    return timeOfDay(this.#hours.at(-1), this.#minutes.at(-1), this.#seconds.at(-1));
  }

  #largestGapInDay(): number {
    let largest = 0;
    let at = this.#firstOfDay();
    for (let next = this.#nextOfDay(at + 1); next !== undefined; next = this.#nextOfDay(at + 1)) {
      largest = Math.max(largest, next - at);
      at = next;
    }
    return largest;
  }
}

const fieldNames: Readonly<Record<string, string>> = {
  second: 'seconds',
  minute: 'minutes',
  hour: 'hours',
  dayOfMonth: 'days of the month',
  month: 'months',
  dayOfWeek: 'weekdays',
};

function parseFields(expression: string): ParsedFields {
  const { fields, errors } = validateDetailed(expression);
  if (fields !== undefined) return fields;
  const { field = 'expression', value = expression, message = 'it cannot be read' } = errors[0] ?? {};
  const name = fieldNames[field];
  const says = name === undefined ? `cannot be used: ${message}` : `cannot be used: its ${name} cannot be "${value}"`;
  throw new HoldfastError('invalid-input', `The schedule (expression) "${expression}" ${says}.`, {
    hint: 'Give minute, hour, day of the month, month and weekday, for example "30 2 * * *" (every day at 02:30).',
    context: { field: 'expression', part: field },
  });
}

/** node-cron registers each task that it makes; destroyed at once, this one only answers `match`. */
function utcMatcher(expression: string): Pick<ScheduledTask, 'match'> {
  const task = createTask(expression, () => undefined, { timezone: 'UTC' });
  void task.destroy();
  return task;
}

function ascending(values: readonly number[]): readonly number[] {
  return [...new Set(values)].toSorted((a, b) => a - b);
}

function startOfDay(wallMs: number): number {
  return Math.floor(wallMs / dayMs) * dayMs;
}

/** The start of a month's last day. */
function endOfMonth(day: number): number {
  const date = new Date(day);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0);
}

function timeOfDay(hour = 0, minute = 0, second = 0): number {
  return ((hour * 60 + minute) * 60 + second) * secondMs;
}
