import { writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { type WakeEvent, WakeWatch, type WakeWatchOptions } from '../../../src/platform/wake.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { runOk } from '../../support/run-process.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { requireTool } from '../../support/tools.ts';

const hour = 3_600_000;

/** A machine whose clocks can be moved one by one. */
class Machine implements Clock {
  readonly clock = new FakeClock();
  wallAheadMs = 0;
  monotonicAheadMs = 0;
  bootAheadMs = 0;

  now = () => new Date(this.clock.now().getTime() + this.wallAheadMs);
  monotonicMs = () => this.clock.monotonicMs() + this.monotonicAheadMs;
  sinceBootMs = () => this.clock.monotonicMs() + this.bootAheadMs;
  sleep = (ms: number, signal: AbortSignal) => this.clock.sleep(ms, signal);
}

async function watched(options: (machine: Machine) => WakeWatchOptions, doing: (machine: Machine) => void) {
  const machine = new Machine();
  const stop = new AbortController();
  const events: WakeEvent[] = [];
  const watch = new WakeWatch({ clock: machine, ...options(machine) });
  watch.subscribe((event) => events.push(event));
  const running = watch.run(stop.signal);
  await machine.clock.advance(60_000);
  expect(events, 'nothing happened yet').toEqual([]);
  doing(machine);
  await machine.clock.advance(60_000);
  stop.abort();
  await running;
  return events;
}

const linux = (machine: Machine): WakeWatchOptions => ({ sinceBootMs: machine.sinceBootMs });
const elsewhere = (): WakeWatchOptions => ({ sinceBootMs: undefined });

describe('WakeWatch on Linux: the monotonic clock stands still in sleep, the time since boot does not', () => {
  it('notices sleep', async () => {
    const events = await watched(linux, (machine) => {
      machine.wallAheadMs += hour;
      machine.bootAheadMs += hour;
    });
    expect(events).toEqual([{ type: 'woke', sleptMs: hour }]);
  });

  it.each([hour, -400 * 24 * hour])('tells a clock that was set by %i ms from sleep', async (byMs) => {
    const events = await watched(linux, (machine) => {
      machine.wallAheadMs += byMs;
    });
    expect(events).toEqual([{ type: 'clock-changed', byMs }]);
  });

  it('notices both at once', async () => {
    const events = await watched(linux, (machine) => {
      machine.bootAheadMs += hour;
      machine.wallAheadMs += 3 * hour;
    });
    expect(events).toEqual([
      { type: 'woke', sleptMs: hour },
      { type: 'clock-changed', byMs: 2 * hour },
    ]);
  });

  it('makes nothing of a busy moment or a small correction', async () => {
    const events = await watched(linux, (machine) => {
      machine.bootAheadMs += 4_000;
      machine.wallAheadMs -= 3_000;
    });
    expect(events).toEqual([]);
  });
});

describe('WakeWatch elsewhere: the monotonic clock goes on in sleep, and timers come late', () => {
  it('notices sleep', async () => {
    const events = await watched(elsewhere, (machine) => {
      machine.wallAheadMs += hour;
      machine.monotonicAheadMs += hour;
    });
    expect(events).toEqual([{ type: 'woke', sleptMs: hour }]);
  });

  it('takes a wall clock that runs ahead for sleep, and one that is set back for what it is', async () => {
    const ahead = await watched(elsewhere, (machine) => {
      machine.wallAheadMs += hour;
    });
    expect(ahead).toEqual([{ type: 'woke', sleptMs: hour }]);
    const back = await watched(elsewhere, (machine) => {
      machine.wallAheadMs -= hour;
    });
    expect(back).toEqual([{ type: 'clock-changed', byMs: -hour }]);
  });
});

describe('WakeWatch', () => {
  it('passes on what others noticed, until the listener leaves', () => {
    const watch = new WakeWatch();
    const events: WakeEvent[] = [];
    const leave = watch.subscribe((event) => events.push(event));
    watch.report({ type: 'woke', sleptMs: 5 });
    leave();
    watch.report({ type: 'woke', sleptMs: 6 });
    expect(events).toEqual([{ type: 'woke', sleptMs: 5 }]);
  });

  it('makes nothing of this machine’s clocks going on', async () => {
    const stop = new AbortController();
    const events: WakeEvent[] = [];
    let pauses = 0;
    const sleep = (ms: number): Promise<void> => {
      if (++pauses === 20) stop.abort();
      return systemClock.sleep(ms, stop.signal);
    };
    const sinceBootMs = () => uptime() * 1_000;
    const watch = new WakeWatch({ pauseMs: 1, clock: { ...systemClock, sleep }, sinceBootMs });
    watch.subscribe((event) => events.push(event));
    await watch.run(stop.signal);
    expect(pauses).toBe(20);
    expect(events).toEqual([]);
  });
});

const faketime = process.platform === 'linux' ? requireTool('faketime') : undefined;

describe.skipIf(faketime === undefined)('WakeWatch with a wall clock that really jumps', () => {
  it.each([400, -400])('by %i days: a changed clock, and no sleep', async (days) => {
    await using folder = await temporaryFolder();
    const offset = folder.at('offset');
    writeFileSync(offset, '+0');
    const module = new URL('../../../src/platform/wake.ts', import.meta.url).href;
    const script = `
      import { renameSync, writeFileSync } from 'node:fs';
      import { WakeWatch } from ${JSON.stringify(module)};
      const stop = new AbortController();
      const watch = new WakeWatch({ pauseMs: 20 });
      watch.subscribe((event) => {
        console.log(JSON.stringify(event));
        stop.abort();
      });
      const running = watch.run(stop.signal);
      writeFileSync(process.argv[1] + '.new', '${days > 0 ? '+' : ''}${days}d');
      renameSync(process.argv[1] + '.new', process.argv[1]);
      await running;`;
    const { FAKETIME: _, ...rest } = process.env;
    const env = {
      ...rest,
      // As the faketime program sets it; that program itself takes no file.
      LD_PRELOAD: '/usr/$LIB/faketime/libfaketime.so.1',
      FAKETIME_TIMESTAMP_FILE: offset,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
    const { stdout } = await runOk(process.execPath, ['--input-type=module', '-e', script, offset], { env });
    const event: { type: string; byMs: number } = JSON.parse(stdout);
    expect(event.type).toBe('clock-changed');
    expect(Math.round(event.byMs / hour / 24)).toBe(days);
  });
});

describe('what somebody else noticed', () => {
  it('is told once, also when it is noticed here afterwards; the next sleep is told again', async () => {
    const machine = new Machine();
    const stop = new AbortController();
    const events: WakeEvent[] = [];
    const watch = new WakeWatch({ clock: machine, ...linux(machine) });
    watch.subscribe((event) => events.push(event));
    const running = watch.run(stop.signal);
    await machine.clock.advance(7_000);
    machine.bootAheadMs += hour;
    machine.wallAheadMs += hour;
    watch.report({ type: 'woke', sleptMs: hour });
    expect(events).toHaveLength(1);
    await machine.clock.advance(60_000);
    expect(events).toHaveLength(1);
    machine.bootAheadMs += hour;
    machine.wallAheadMs += hour;
    await machine.clock.advance(60_000);
    expect(events).toHaveLength(2);
    stop.abort();
    await running;
  });
});
