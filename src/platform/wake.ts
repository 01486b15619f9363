/**
 * Notices that this machine slept, or that its wall clock was set, by three clocks that it compares every few seconds.
 *
 *     elapsed = what really passed: a clock that goes on in sleep
 *     elapsed − the pause that was asked for > a threshold: the machine slept (or this process stood still): 'woke'
 *     wall − elapsed beyond a threshold, either way: somebody set the clock: 'clock-changed'
 *
 * Which clock goes on in sleep differs. On Linux the monotonic one (CLOCK_MONOTONIC, which Node's timers run on) stands still
 * while the machine is suspended, and the time since boot (CLOCK_BOOTTIME, `os.uptime`) goes on. On macOS (where libuv reads
 * mach_continuous_time) and Windows (performance counter) the monotonic clock itself goes on, and timers come late.
 * Where there is no second clock, a wall clock that runs ahead is taken for sleep: to look again once too often does no harm.
 *
 * Electron's powerMonitor knows at once, and reports to the same events (control/contract.ts, `agent.power`).
 */
import { uptime } from 'node:os';
import { type Clock, systemClock } from '../base/clock.ts';

export type WakeEvent =
  | { readonly type: 'woke'; readonly sleptMs: number }
  /** Forwards if positive. */
  | { readonly type: 'clock-changed'; readonly byMs: number };

export interface WakeEvents {
  /** Calls back until the function that it returns is called. */
  subscribe(listener: (event: WakeEvent) => void): () => void;
  /** Tells all listeners of what somebody else noticed; it is not told again when it is noticed here, too. */
  report(event: WakeEvent): void;
}

export interface WakeWatchOptions {
  readonly clock?: Clock;
  /** Milliseconds that go on in sleep; undefined if there is no such clock besides `clock.monotonicMs`. */
  readonly sinceBootMs?: (() => number) | undefined;
  readonly pauseMs?: number;
  /** What is less is a busy machine, or a clock that is kept right in small steps. */
  readonly thresholdMs?: number;
}

/** Watches while `run` runs. */
export class WakeWatch implements WakeEvents {
  readonly #clock: Clock;
  readonly #sinceBootMs: (() => number) | undefined;
  readonly #pauseMs: number;
  readonly #thresholdMs: number;
  readonly #listeners = new Set<(event: WakeEvent) => void>();
  /** Since the last look. */
  readonly #reported = new Set<WakeEvent['type']>();

  constructor(options: WakeWatchOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#sinceBootMs =
      'sinceBootMs' in options || this.#clock !== systemClock ? options.sinceBootMs : systemSinceBoot();
    this.#pauseMs = options.pauseMs ?? 5_000;
    this.#thresholdMs = options.thresholdMs ?? 10_000;
  }

  subscribe(listener: (event: WakeEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  report(event: WakeEvent): void {
    this.#reported.add(event.type);
    this.#tell(event);
  }

  /** Looks every few seconds, until cancelled: then it resolves. */
  async run(signal: AbortSignal): Promise<void> {
    let before = this.#read();
    while (!signal.aborted) {
      try {
        await this.#clock.sleep(this.#pauseMs, signal);
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      }
      const now = this.#read();
      for (const event of this.#compare(before, now)) if (!this.#reported.has(event.type)) this.#tell(event);
      this.#reported.clear();
      before = now;
    }
  }

  #tell(event: WakeEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  #read(): Reading {
    const monotonicMs = this.#clock.monotonicMs();
    return { wallMs: this.#clock.now().getTime(), elapsedMs: this.#sinceBootMs?.() ?? monotonicMs };
  }

  #compare(before: Reading, now: Reading): WakeEvent[] {
    const elapsedMs = now.elapsedMs - before.elapsedMs;
    const lateMs = elapsedMs - this.#pauseMs;
    const aheadMs = now.wallMs - before.wallMs - elapsedMs;
    const events: WakeEvent[] = [];
    const ambiguous = this.#sinceBootMs === undefined && aheadMs > this.#thresholdMs;
    const sleptMs = ambiguous ? Math.max(lateMs, 0) + aheadMs : lateMs;
    if (sleptMs > this.#thresholdMs) events.push({ type: 'woke', sleptMs });
    if (!ambiguous && Math.abs(aheadMs) > this.#thresholdMs) events.push({ type: 'clock-changed', byMs: aheadMs });
    return events;
  }
}

interface Reading {
  readonly wallMs: number;
  readonly elapsedMs: number;
}

function systemSinceBoot(): (() => number) | undefined {
  return process.platform === 'linux' ? () => uptime() * 1_000 : undefined;
}
