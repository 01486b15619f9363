/**
 * Says when things are due. It knows nothing of backups: items have an id and a trigger, and whoever listens decides: takes
 * the run, or puts it off (`later`) because something that it needs is not there.
 *
 *   until cancelled:
 *     each item: assess (assess-item.ts) ──► due: tell, and count on from there
 *     save, if something changed
 *     sleep until the next is due, a minute at the longest
 *
 * Guarantees: an item is told of once for all times that it missed (sleep, power-off, a clock that jumped), never as a
 * storm; fixed times stay fixed; what was put off, or could not be told (the listener threw), stays due over restarts and is
 * told again each minute and by `lookAgain`; what was taken is not told again after a restart, but for a crash between the
 * two: better twice than never. The wall clock is looked at once a minute, because timers stand still while a computer
 * sleeps, and know nothing of clocks that are set.
 */
import type { Clock } from '../../base/clock.ts';
import type { Trigger } from '../../config/trigger.ts';
import { type DueTimes, dueTimes } from '../../jobs/schedule/next-time.ts';
import { assessItem, type Due } from './assess-item.ts';
import type { ScheduleRecord, ScheduleRecords, ScheduleStore } from './schedule-state.ts';

export interface ScheduledItem {
  readonly id: string;
  /** A continuous one stands for its full scans. */
  readonly trigger: Trigger;
  /** Where counting begins for an item that is new: when it was made. */
  readonly since: Date;
}

export type Taken = 'taken' | 'later';

export interface SchedulerOptions {
  readonly clock: Clock;
  readonly store: ScheduleStore;
  /** `taken` when it is sure that the run will not be forgotten (it is in the queue, which is kept). */
  readonly onDue: (id: string, due: Due, signal: AbortSignal) => Taken | Promise<Taken>;
  /** An item cannot be scheduled or told of, or (without an id) what is remembered cannot be saved. */
  readonly onProblem: (error: unknown, id: string | undefined) => void;
}

interface Item extends ScheduledItem {
  readonly times: DueTimes;
}

const longestSleepMs = 60_000;
/** The agent has five seconds to end. */
const lastSaveMs = 2000;

export class Scheduler {
  readonly #options: SchedulerOptions;
  #items = new Map<string, Item>();
  #records = new Map<string, ScheduleRecord>();
  #nextDue = new Map<string, number>();
  #isUnsaved = false;
  /** Something changed while it slept or told. */
  #isStale = false;
  #nap = new AbortController();

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** All items there are from now on. What has another fixed time than before counts from now. */
  setItems(items: readonly ScheduledItem[]): void {
    const read = items.flatMap((item): [string, Item][] => {
      try {
        const times = dueTimes(item.trigger);
        times.next(this.#options.clock.now().getTime()); // a day that never comes is found out here, not each minute
        return [[item.id, { ...item, times }]];
      } catch (error) {
        this.#options.onProblem(error, item.id);
        return [];
      }
    });
    this.#items = new Map(read);
    this.#wakeUp();
  }

  /** A run began for another reason (by hand): an interval counts from there, fixed times do not care. */
  noteStart(id: string, at: Date): void {
    const item = this.#items.get(id);
    if (item === undefined || !isInterval(item.trigger)) return;
    this.#count(item, at.getTime());
    this.#wakeUp();
  }

  /** What was put off may be possible now. */
  lookAgain(): void {
    this.#wakeUp();
  }

  /** In the past if it was put off. Known once `run` has looked at it; undefined if it never runs by itself. */
  nextDueAt(id: string): Date | undefined {
    const next = this.#nextDue.get(id);
    return next === undefined ? undefined : new Date(next);
  }

  /** Runs until cancelled, and then returns. @throws what `load` throws */
  async run(signal: AbortSignal): Promise<void> {
    const wakeUp = (): void => this.#wakeUp();
    signal.addEventListener('abort', wakeUp, { once: true });
    try {
      this.#records = new Map([...Object.entries(await this.#options.store.load(signal)), ...this.#records]);
      while (!signal.aborted) {
        this.#isStale = false;
        await this.#look(signal);
        if (!this.#isStale && !signal.aborted) await this.#sleep();
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', wakeUp);
      if (signal.aborted) await this.#save(AbortSignal.timeout(lastSaveMs));
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const nowMs = this.#options.clock.now().getTime();
    this.#nextDue = new Map();
    const due: { item: Item; due: Due; countedFromMs: number }[] = [];
    for (const item of this.#items.values()) {
      try {
        const assessed = this.#assess(item, nowMs);
        if (assessed.kind === 'due') {
          due.push({ item, ...assessed });
          this.#nextDue.set(item.id, assessed.due.dueAt.getTime());
        } else if (assessed.untilMs !== undefined) this.#nextDue.set(item.id, assessed.untilMs);
      } catch (error) {
        this.#options.onProblem(error, item.id);
      }
    }
    due.sort((a, b) => a.due.dueAt.getTime() - b.due.dueAt.getTime());
    for (const { item, due: told, countedFromMs } of due) {
      const before = this.#records.get(item.id);
      if (!(await this.#tell(item, told, signal))) continue;
      // Unless `noteStart` has said meanwhile when it really began.
      if (this.#records.get(item.id) === before) this.#count(item, countedFromMs);
    }
    await this.#save(signal);
  }

  #assess(item: Item, nowMs: number) {
    const options = { times: item.times, isInterval: isInterval(item.trigger), nowMs };
    const assessed = assessItem({ ...options, countedFromMs: this.#countedFrom(item, nowMs) });
    if (assessed.kind !== 'start-afresh') return assessed;
    this.#count(item, nowMs);
    return { kind: 'wait', untilMs: item.times.next(nowMs) } as const;
  }

  /** @returns whether the listener took it */
  async #tell(item: Item, due: Due, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    try {
      return (await this.#options.onDue(item.id, due, signal)) === 'taken';
    } catch (error) {
      signal.throwIfAborted();
      this.#options.onProblem(error, item.id);
      return false;
    }
  }

  #countedFrom(item: Item, nowMs: number): number {
    const record = this.#records.get(item.id);
    if (record?.trigger === triggerKey(item.trigger)) return Date.parse(record.countedFrom);
    const before = record === undefined ? item.since.getTime() : Date.parse(record.countedFrom);
    // Times of a new expression that lie in the past were not missed.
    const from = record !== undefined && item.trigger.kind === 'cron' ? nowMs : before;
    this.#count(item, from);
    return from;
  }

  #count(item: Item, fromMs: number): void {
    const next = item.times.next(fromMs);
    if (next === undefined) this.#nextDue.delete(item.id);
    else this.#nextDue.set(item.id, next);
    const countedFrom = new Date(fromMs).toISOString();
    this.#records.set(item.id, { trigger: triggerKey(item.trigger), countedFrom });
    this.#isUnsaved = true;
  }

  async #save(signal: AbortSignal): Promise<void> {
    for (const id of this.#records.keys()) {
      if (this.#items.has(id)) continue;
      this.#records.delete(id);
      this.#isUnsaved = true;
    }
    if (!this.#isUnsaved) return;
    this.#isUnsaved = false;
    try {
      const records: ScheduleRecords = Object.fromEntries(this.#records);
      await this.#options.store.save(records, signal);
    } catch (error) {
      this.#isUnsaved = true;
      signal.throwIfAborted();
      this.#options.onProblem(error, undefined);
    }
  }

  async #sleep(): Promise<void> {
    const nowMs = this.#options.clock.now().getTime();
    // What is due now and was not taken is no reason to hurry.
    const waits = [...this.#nextDue.values()].map((at) => at - nowMs).filter((ms) => ms > 0);
    this.#nap = new AbortController();
    const { signal } = this.#nap;
    try {
      await this.#options.clock.sleep(Math.min(longestSleepMs, ...waits), signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #wakeUp(): void {
    this.#isStale = true;
    this.#nap.abort();
  }
}

function isInterval({ kind }: Trigger): boolean {
  return kind === 'interval' || kind === 'continuous';
}

/** Other minutes of an interval count from the same start. */
function triggerKey(trigger: Trigger): string {
  return trigger.kind === 'cron' ? `cron ${trigger.expression} ${trigger.timeZone ?? ''}`.trim() : trigger.kind;
}
