/** A clock whose sleeps pass at once, and are noted: retries and back-off in no time. Sleeps of a day or more, as timeouts that a test has no use for, never end by themselves. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { FakeClock } from './fake-clock.ts';

export const neverMs = 24 * 60 * 60_000;

export class PassingClock extends FakeClock {
  /** Milliseconds of each sleep, in order. */
  readonly slept: number[] = [];

  override async sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (ms >= neverMs) return super.sleep(ms, signal);
    this.slept.push(ms);
    const sleeping = super.sleep(ms, signal);
    sleeping.catch(() => undefined); // it is given back below
    await nextTurn();
    if (!signal.aborted) await this.advance(ms);
    return sleeping;
  }
}
