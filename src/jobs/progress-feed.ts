/**
 * A running job's progress on its way to those who watch: reports are merged, rate and time left are added, and at most four a
 * second go out. The last report always does, at the latest a quarter of a second after it was made.
 */
import type { Clock } from '../base/clock.ts';
import type { JobProgress } from './job.ts';
import { ProgressRate } from './progress-rate.ts';

const leastMs = 250;

export class ProgressFeed {
  readonly #clock: Clock;
  readonly #emit: () => void;
  readonly #rate = new ProgressRate();
  readonly #stop = new AbortController();
  #progress: JobProgress | undefined;
  #emittedMs = Number.NEGATIVE_INFINITY;
  #isWaiting = false;

  /** @param emit is called when `progress` is worth a look */
  constructor(clock: Clock, emit: () => void) {
    this.#clock = clock;
    this.#emit = emit;
  }

  get progress(): JobProgress | undefined {
    return this.#progress;
  }

  /** What is left out stays as it was said before, but for the rate. */
  report(update: JobProgress): void {
    if (this.#stop.signal.aborted) return;
    const { bytesPerSecond: _rate, secondsLeft: _left, ...before } = this.#progress ?? {};
    const merged = { ...before, ...update };
    const nowMs = this.#clock.monotonicMs();
    this.#progress = { ...merged, ...this.#rate.sample(nowMs, merged) };
    if (this.#isWaiting) return;
    const waitMs = this.#emittedMs + leastMs - nowMs;
    if (waitMs <= 0) this.#send();
    else void this.#sendAfter(waitMs);
  }

  /** Nothing goes out from now on. */
  close(): void {
    this.#stop.abort();
  }

  #send(): void {
    this.#emittedMs = this.#clock.monotonicMs();
    this.#emit();
  }

  async #sendAfter(ms: number): Promise<void> {
    this.#isWaiting = true;
    try {
      await this.#clock.sleep(ms, this.#stop.signal);
    } catch {
      return; // closed
    }
    this.#isWaiting = false;
    this.#send();
  }
}
