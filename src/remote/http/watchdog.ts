/** Calls when something took too long, by the injected clock. Cheap to arm again for every chunk: one sleeper serves all. */
import type { Clock } from '../../base/clock.ts';

export class Watchdog implements Disposable {
  readonly #clock: Clock;
  #deadline: { readonly atMs: number; readonly late: () => void } | undefined;
  #sleeper: { readonly endsMs: number; readonly stop: AbortController } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `late` once if neither `arm` nor `disarm` is called within `ms`. */
  arm(ms: number, late: () => void): void {
    const atMs = this.#clock.monotonicMs() + ms;
    this.#deadline = { atMs, late };
    if (this.#sleeper !== undefined && this.#sleeper.endsMs <= atMs) return; // it looks again when it wakes
    this.#sleep(atMs);
  }

  disarm(): void {
    this.#deadline = undefined;
  }

  [Symbol.dispose](): void {
    this.disarm();
    this.#sleeper?.stop.abort();
    this.#sleeper = undefined;
  }

  #sleep(endsMs: number): void {
    this.#sleeper?.stop.abort();
    const sleeper = { endsMs, stop: new AbortController() };
    this.#sleeper = sleeper;
    this.#clock.sleep(Math.max(0, endsMs - this.#clock.monotonicMs()), sleeper.stop.signal).then(
      () => this.#sleeper === sleeper && this.#woke(),
      () => undefined,
    );
  }

  #woke(): void {
    this.#sleeper = undefined;
    const deadline = this.#deadline;
    if (deadline === undefined) return;
    if (deadline.atMs > this.#clock.monotonicMs()) {
      this.#sleep(deadline.atMs);
      return;
    }
    this.#deadline = undefined;
    deadline.late();
  }
}
