import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Due } from '../../../../src/agent/schedule/assess-item.ts';
import { ScheduleFile } from '../../../../src/agent/schedule/schedule-file.ts';
import type { ScheduleRecords, ScheduleStore } from '../../../../src/agent/schedule/schedule-state.ts';
import { type ScheduledItem, Scheduler } from '../../../../src/agent/schedule/scheduler.ts';
import type { ScheduleTrigger } from '../../../../src/config/trigger.ts';
import { nextRuns } from '../../../../src/jobs/schedule/next-time.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { seededRandom } from '../../../support/random.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

const daily: ScheduleTrigger = { kind: 'cron', expression: '30 2 * * *', timeZone: 'UTC' };
const hourly: ScheduleTrigger = { kind: 'cron', expression: '0 * * * *', timeZone: 'UTC' };
const everyHour: ScheduleTrigger = { kind: 'interval', minutes: 60 };

interface Told extends Due {
  readonly id: string;
  readonly at: string;
}

/** A scheduler at work. Disposing ends it. */
class Bench implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly told: Told[] = [];
  readonly problems: { error: unknown; id: string | undefined }[] = [];
  readonly scheduler: Scheduler;
  onDue: (id: string) => void | 'later' | Promise<void> = () => undefined;
  store: ScheduleStore;
  readonly #ending = new AbortController();
  readonly #running: Promise<void>;

  constructor(
    items: readonly (Omit<ScheduledItem, 'since'> & { since?: Date })[],
    options: Partial<{ clock: FakeClock; store: ScheduleStore }> = {},
  ) {
    this.clock = options.clock ?? new FakeClock('2026-06-01T12:00:00Z');
    this.store = options.store ?? memoryStore();
    this.scheduler = new Scheduler({
      clock: this.clock,
      store: { load: (signal) => this.store.load(signal), save: (records, signal) => this.store.save(records, signal) },
      onDue: async (id, due) => {
        if ((await this.onDue(id)) === 'later') return 'later';
        this.told.push({ id, at: this.clock.now().toISOString(), ...due });
        return 'taken';
      },
      onProblem: (error, id) => this.problems.push({ error, id }),
    });
    this.scheduler.setItems(items.map((item) => ({ since: this.clock.now(), ...item })));
    this.#running = this.scheduler.run(this.#ending.signal);
  }

  /** The computer sleeps: the wall clock goes on, timers do not. */
  sleep(ms: number): void {
    this.clock.jumpWallClock(ms);
  }

  /** What was told since the last call. */
  take(): Told[] {
    return this.told.splice(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }
}

function memoryStore(): ScheduleStore & { records: ScheduleRecords; saves: number } {
  const store = {
    records: {} as ScheduleRecords,
    saves: 0,
    load: async () => store.records,
    save: async (records: ScheduleRecords) => {
      store.records = structuredClone(records);
      store.saves++;
    },
  };
  return store;
}

const times = (told: readonly Told[]) => told.map(({ at }) => at.replace(':00.000Z', 'Z'));

describe('Scheduler', () => {
  it('tells of fixed times when they come, over weeks and daylight saving', async () => {
    const trigger: ScheduleTrigger = { ...daily, timeZone: 'Europe/Berlin' };
    await using bench = new Bench([{ id: 'a', trigger }], { clock: new FakeClock('2026-03-20T12:00:00Z') });
    const start = bench.clock.now();
    await bench.clock.advance(21 * dayMs);
    expect(bench.told.map(({ at }) => at)).toEqual(nextRuns(trigger, start, 21).map((time) => time.toISOString()));
    expect(bench.told).toEqual(bench.told.map((one) => ({ ...one, dueAt: new Date(one.at), missed: 0, late: false })));
  });

  it('never sleeps longer than a minute, nor past what is due', async () => {
    const naps: number[] = [];
    const clock = new FakeClock('2026-06-01T02:28:30Z');
    const sleep = clock.sleep.bind(clock);
    clock.sleep = (ms, signal) => {
      naps.push(ms);
      return sleep(ms, signal);
    };
    const yearly: ScheduleTrigger = { kind: 'cron', expression: '0 0 1 1 *' };
    await using bench = new Bench(
      [
        { id: 'a', trigger: daily },
        { id: 'b', trigger: yearly },
      ],
      { clock },
    );
    await bench.clock.advance(3 * minuteMs);
    expect(naps.slice(0, 3)).toEqual([minuteMs, minuteMs / 2, minuteMs]);
    expect(times(bench.told)).toEqual(['2026-06-01T02:30Z']);
  });

  it('catches up once after sleep, and keeps the fixed times', async () => {
    await using bench = new Bench([{ id: 'a', trigger: hourly }]);
    await bench.clock.advance(10 * minuteMs);
    bench.sleep(7 * hourMs);
    await bench.clock.advance(minuteMs);
    expect(bench.take()).toEqual([
      { id: 'a', at: '2026-06-01T19:11:00.000Z', dueAt: new Date('2026-06-01T19:00Z'), missed: 6, late: true },
    ]);
    await bench.clock.advance(2 * hourMs);
    expect(times(bench.take())).toEqual(['2026-06-01T20:00Z', '2026-06-01T21:00Z']);
  });

  it('tells of each of many missed items once, the longest due first', async () => {
    const items = Array.from({ length: 40 }, (_, at) => ({
      id: `item-${at}`,
      trigger: { ...hourly, expression: `${59 - at} * * * *` } as ScheduleTrigger,
    }));
    await using bench = new Bench(items);
    await bench.clock.advance(1000);
    bench.sleep(3 * dayMs);
    await bench.clock.advance(minuteMs);
    const told = bench.take();
    expect(told.map(({ id }) => id).toSorted()).toEqual(items.map(({ id }) => id).toSorted());
    const due = told.map(({ dueAt }) => dueAt.getTime());
    expect(due).toEqual(due.toSorted((a, b) => a - b));
  });

  it('counts an interval from the last start, whoever started it', async () => {
    await using bench = new Bench([
      { id: 'a', trigger: everyHour },
      { id: 'fixed', trigger: hourly },
    ]);
    await bench.clock.advance(90 * minuteMs);
    const only = (id: string) => times(bench.take().filter((one) => one.id === id));
    expect(only('a')).toEqual(['2026-06-01T13:00Z']);
    bench.scheduler.noteStart('a', bench.clock.now());
    bench.scheduler.noteStart('fixed', bench.clock.now());
    await bench.clock.advance(59 * minuteMs);
    expect(times(bench.take())).toEqual(['2026-06-01T14:00Z']); // the fixed one
    await bench.clock.advance(minuteMs);
    expect(only('a')).toEqual(['2026-06-01T14:30Z']);
    bench.sleep(5 * hourMs + 30 * minuteMs);
    await bench.clock.advance(minuteMs);
    expect(bench.take().find(({ id }) => id === 'a')).toMatchObject({ missed: 4, late: true });
    await bench.clock.advance(hourMs);
    expect(only('a')).toEqual(['2026-06-01T21:01Z']);
  });

  it('counts from the real start when the run begins while it is told of', async () => {
    await using bench = new Bench([{ id: 'a', trigger: everyHour }]);
    bench.onDue = async (id) => {
      await bench.clock.sleep(20 * minuteMs, new AbortController().signal);
      bench.scheduler.noteStart(id, bench.clock.now());
    };
    await bench.clock.advance(hourMs + 20 * minuteMs);
    expect(times(bench.take())).toEqual(['2026-06-01T13:20Z']);
    bench.onDue = () => undefined;
    await bench.clock.advance(59 * minuteMs);
    expect(times(bench.take())).toEqual([]);
    await bench.clock.advance(minuteMs);
    expect(times(bench.take())).toEqual(['2026-06-01T14:20Z']);
  });

  it('never tells of manual items, and knows the next time of the others', async () => {
    await using bench = new Bench([
      { id: 'm', trigger: { kind: 'manual' } },
      { id: 'a', trigger: daily },
    ]);
    await bench.clock.advance(3 * dayMs);
    expect(bench.told.map(({ id }) => id)).toEqual(['a', 'a', 'a']);
    expect(bench.scheduler.nextDueAt('a')?.toISOString()).toBe('2026-06-05T02:30:00.000Z');
    expect(bench.scheduler.nextDueAt('m')).toBeUndefined();
  });
});

describe('Scheduler and clocks that jump', () => {
  const items = [
    { id: 'daily', trigger: daily },
    { id: 'hourly', trigger: hourly },
    { id: 'interval', trigger: everyHour },
    { id: 'minutes', trigger: { ...hourly, expression: '* * * * *' } as ScheduleTrigger },
  ];
  const idsOf = (told: readonly Told[]) => told.map(({ id }) => id).toSorted();
  const without = (told: readonly Told[], id: string) => told.filter((one) => one.id !== id);

  it('forward 400 days: one catch-up each, then on time', async () => {
    await using bench = new Bench(items);
    await bench.clock.advance(30 * minuteMs);
    bench.take();
    bench.clock.jumpWallClock(400 * dayMs);
    await bench.clock.advance(minuteMs);
    const caughtUp = bench.take();
    expect(idsOf(caughtUp)).toEqual(['daily', 'hourly', 'interval', 'minutes']);
    expect(caughtUp.every(({ late }) => late)).toBe(true);
    await bench.clock.advance(28 * minuteMs);
    expect(without(bench.take(), 'minutes')).toEqual([]);
    await bench.clock.advance(2 * minuteMs);
    expect(times(without(bench.take(), 'minutes'))).toEqual(['2027-07-06T13:00Z']);
  });

  it('back 400 days: nothing runs for it, and nothing waits for long', async () => {
    await using bench = new Bench(items);
    await bench.clock.advance(30 * minuteMs);
    bench.take();
    bench.clock.jumpWallClock(-400 * dayMs);
    await bench.clock.advance(30_000);
    expect(bench.take()).toEqual([]);
    await bench.clock.advance(24 * hourMs);
    const told = bench.take();
    expect(told.filter(({ id }) => id === 'daily')).toHaveLength(1);
    expect(told.filter(({ id }) => id === 'hourly')).toHaveLength(24);
    expect(told.filter(({ id }) => id === 'interval').length).toBeGreaterThanOrEqual(23);
    expect(told.filter(({ id }) => id === 'minutes').length).toBeGreaterThan(24 * 60 - 3);
    expect(told.every(({ late }) => !late)).toBe(true);
  });

  it('forward and back again: still on time after it', async () => {
    await using bench = new Bench(items);
    await bench.clock.advance(30 * minuteMs);
    bench.clock.jumpWallClock(400 * dayMs);
    await bench.clock.advance(minuteMs);
    bench.clock.jumpWallClock(-400 * dayMs);
    bench.take();
    await bench.clock.advance(dayMs);
    const told = bench.take();
    expect(times(told.filter(({ id }) => id === 'daily'))).toEqual(['2026-06-02T02:30Z']);
    expect(told.filter(({ id }) => id === 'hourly')).toHaveLength(24);
    expect(told.filter(({ id }) => id === 'interval').length).toBeGreaterThanOrEqual(23);
    expect(told.every(({ late }) => !late)).toBe(true);
  });

  it('back and forward again: one catch-up at most', async () => {
    await using bench = new Bench([{ id: 'daily', trigger: daily }]);
    bench.clock.jumpWallClock(-400 * dayMs);
    await bench.clock.advance(minuteMs);
    bench.clock.jumpWallClock(400 * dayMs);
    await bench.clock.advance(2 * dayMs);
    expect(times(bench.take())).toEqual(['2026-06-01T12:02Z', '2026-06-02T02:30Z', '2026-06-03T02:30Z']);
  });

  it('back over a time that has run: it does not run again', async () => {
    await using bench = new Bench([{ id: 'daily', trigger: daily }]);
    await bench.clock.advance(15 * hourMs);
    expect(times(bench.take())).toEqual(['2026-06-02T02:30Z']);
    bench.clock.jumpWallClock(-2 * hourMs);
    await bench.clock.advance(25 * hourMs);
    expect(times(bench.take())).toEqual([]);
    await bench.clock.advance(minuteMs * 30);
    expect(times(bench.take())).toEqual(['2026-06-03T02:30Z']);
  });

  it('seeded jumps: never a storm, and on time whenever the clock keeps still for a day', async () => {
    const random = seededRandom('schedule');
    await using bench = new Bench(items.slice(0, 3));
    for (let round = 0; round < 25; round++) {
      bench.clock.jumpWallClock(random.integer(-400 * 24 * 60, 400 * 24 * 60) * minuteMs);
      bench.take();
      await bench.clock.advance(minuteMs);
      expect(new Set(idsOf(bench.told)).size).toBe(bench.take().length);
      if (!random.chance(0.3)) continue;
      // A time that has run may be left out once; after that the schedule is as if nothing had been.
      await bench.clock.advance(2 * dayMs);
      bench.take();
      const [start, end] = [bench.clock.now(), new Date(bench.clock.now().getTime() + dayMs)];
      await bench.clock.advance(dayMs);
      const expected = nextRuns(hourly, start, 25).filter((time) => time <= end);
      expect(bench.told.filter(({ id }) => id === 'hourly').map(({ dueAt }) => dueAt)).toEqual(expected);
      expect(bench.told.filter(({ id }) => id === 'daily')).toHaveLength(1);
    }
  });
});

describe('Scheduler and what it remembers', () => {
  it('knows after a restart what was dealt with, and what was missed meanwhile', async () => {
    const store = memoryStore();
    const clock = new FakeClock('2026-06-01T12:00:00Z');
    const since = clock.now();
    const items = [
      { id: 'a', trigger: hourly, since },
      { id: 'b', trigger: everyHour, since },
    ];
    {
      await using first = new Bench(items, { clock, store });
      await clock.advance(150 * minuteMs);
      expect(first.take()).toHaveLength(4);
    }
    {
      await using second = new Bench(items, { clock, store });
      await clock.advance(29 * minuteMs);
      expect(second.take()).toEqual([]);
    }
    await clock.advance(5 * hourMs);
    await using third = new Bench(items, { clock, store });
    await clock.advance(1000);
    expect(third.take()).toMatchObject([
      { id: 'b', late: true },
      { id: 'a', missed: 4, late: true },
    ]);
  });

  it('saves what was told when it is ended right after', async () => {
    const store = memoryStore();
    const clock = new FakeClock('2026-06-01T12:59:30Z');
    const items = [{ id: 'a', trigger: hourly, since: clock.now() }];
    {
      await using bench = new Bench(items, { clock, store });
      bench.store = { load: store.load, save: () => Promise.reject(new Error('full')) };
      await clock.advance(30_000);
      expect(bench.take()).toHaveLength(1);
      expect(bench.problems).toMatchObject([{ error: { message: 'full' } }, { id: undefined }]);
      bench.store = store;
    }
    await using again = new Bench(items, { clock, store });
    await clock.advance(10 * minuteMs);
    expect(again.take()).toEqual([]);
  });

  it('writes only when something changed', async () => {
    const store = memoryStore();
    await using bench = new Bench([{ id: 'a', trigger: daily }], { store });
    await bench.clock.advance(12 * hourMs);
    expect(store.saves).toBe(1);
    await bench.clock.advance(12 * hourMs);
    expect(store.saves).toBe(2);
  });

  it('does not take times of a new expression for missed ones, and drops what is gone', async () => {
    const store = memoryStore();
    await using bench = new Bench(
      [
        { id: 'a', trigger: daily },
        { id: 'gone', trigger: daily },
      ],
      { store },
    );
    await bench.clock.advance(30 * minuteMs);
    const since = new Date('2026-01-01T00:00:00Z');
    bench.scheduler.setItems([{ id: 'a', trigger: { ...daily, expression: '10 12 * * *' }, since }]);
    await bench.clock.advance(23 * hourMs + 39 * minuteMs);
    expect(bench.take()).toEqual([]);
    await bench.clock.advance(minuteMs);
    expect(times(bench.take())).toEqual(['2026-06-02T12:10Z']);
    expect(Object.keys(store.records)).toEqual(['a']);
  });

  it('tells again within a minute what the listener could not take', async () => {
    await using bench = new Bench([
      { id: 'a', trigger: hourly },
      { id: 'b', trigger: hourly },
    ]);
    let failures = 2;
    bench.onDue = (id) => {
      if (id === 'a' && failures-- > 0) throw new Error('the queue is full');
    };
    await bench.clock.advance(hourMs + 90_000);
    expect(bench.told.map(({ id }) => id)).toEqual(['b']);
    expect(bench.problems).toMatchObject([{ id: 'a' }, { id: 'a' }]);
    await bench.clock.advance(minuteMs);
    expect(bench.told.map(({ id }) => id)).toEqual(['b', 'a']);
  });

  it('keeps due what was put off, over restarts, and tells of it when it is asked to look again', async () => {
    const store = memoryStore();
    const clock = new FakeClock('2026-06-01T12:00:00Z');
    const items = [{ id: 'a', trigger: hourly, since: clock.now() }];
    {
      await using bench = new Bench(items, { clock, store });
      bench.onDue = () => 'later';
      await clock.advance(150 * minuteMs);
      expect(bench.scheduler.nextDueAt('a')?.toISOString()).toBe('2026-06-01T14:00:00.000Z');
      expect(bench.problems).toEqual([]);
    }
    await using bench = new Bench(items, { clock, store });
    let ready = false;
    bench.onDue = () => (ready ? undefined : 'later');
    await clock.advance(30_000);
    expect(bench.take()).toEqual([]);
    ready = true;
    bench.scheduler.lookAgain();
    await clock.advance(1000);
    expect(bench.take()).toMatchObject([
      { at: '2026-06-01T14:30:30.000Z', dueAt: new Date('2026-06-01T14:00Z'), missed: 1 },
    ]);
    await clock.advance(30 * minuteMs);
    expect(times(bench.take())).toEqual(['2026-06-01T15:00Z']);
  });

  it('does not let a bad item stop the others', async () => {
    await using bench = new Bench([
      { id: 'bad', trigger: { kind: 'cron', expression: 'nonsense' } },
      { id: 'never', trigger: { kind: 'cron', expression: '0 0 29 2 1#1' } },
      { id: 'good', trigger: hourly },
    ]);
    await bench.clock.advance(hourMs);
    expect(bench.told.map(({ id }) => id)).toEqual(['good']);
    expect(bench.problems[0]).toMatchObject({ id: 'bad', error: { code: 'invalid-input' } });
    expect(bench.problems.filter(({ id }) => id === 'never')).toHaveLength(1);
  });

  it('keeps its memory in a file, and does without a damaged one', async () => {
    await using folder = await temporaryFolder();
    const clock = new FakeClock('2026-06-01T12:00:00Z');
    const path = folder.at('schedule.json');
    const items = [{ id: 'a', trigger: hourly, since: clock.now() }];
    const store = new ScheduleFile({ path, clock });
    await store.save({ a: { trigger: 'cron 0 * * * * UTC', countedFrom: '2026-06-01T12:00:00.000Z' } });
    expect(await new ScheduleFile({ path, clock }).load()).toEqual({
      a: { trigger: 'cron 0 * * * * UTC', countedFrom: '2026-06-01T12:00:00.000Z' },
    });
    writeFileSync(path, '{"version":1,"items":{"a":{"trigger":"cron');
    const damaged = new ScheduleFile({ path, clock });
    expect(await damaged.load()).toEqual({});
    expect(damaged.notices).toHaveLength(1);
    await using bench = new Bench(items, { clock, store: damaged });
    await clock.advance(1000);
    expect(bench.take()).toEqual([]);
  });
});
