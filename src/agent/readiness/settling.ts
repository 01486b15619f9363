/** How long the network has been as it is, since it last changed or the machine woke. */
import type { NetworkStatus } from '../../platform/network.ts';

export class Settling {
  #online: NetworkStatus['online'] | undefined;
  #sinceMs = Number.NEGATIVE_INFINITY;

  /** The first thing seen is no change. @param nowMs monotonic */
  observe(online: NetworkStatus['online'], nowMs: number): void {
    if (this.#online !== undefined && this.#online !== online) this.#sinceMs = nowMs;
    this.#online = online;
  }

  /** What was known may no longer hold: the machine woke. */
  restart(nowMs: number): void {
    this.#sinceMs = nowMs;
  }

  steadyMs(nowMs: number): number {
    return nowMs - this.#sinceMs;
  }
}
