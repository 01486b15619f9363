/**
 * Tells the user once a day of plans that have had no good backup for too long.
 *
 * A plan has to be overdue at two looks in a row: after a start or a sleep, what was missed is caught up with first.
 */
import type { Clock } from '../../base/clock.ts';
import type { Plan } from '../../config/plan.ts';
import type { Notices } from '../notices.ts';
import type { PlanMemory } from '../plans/plan-memory.ts';
import { findOverdue } from '../schedule/overdue.ts';

export interface OverdueWatchOptions {
  readonly plans: () => readonly Plan[];
  readonly memory: PlanMemory;
  readonly notices: Notices;
  readonly clock: Clock;
}

const lookEveryMs = 5 * 60_000;

export class OverdueWatch {
  readonly #options: OverdueWatchOptions;
  /** Plans that were overdue at the last look. */
  #suspects: ReadonlySet<string> = new Set();

  constructor(options: OverdueWatchOptions) {
    this.#options = options;
  }

  /** Looks until cancelled, then returns. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      this.#look();
      await clock.sleep(lookEveryMs, signal).catch(() => undefined);
    }
  }

  #look(): void {
    const { plans, memory, notices, clock } = this.#options;
    const suspects = new Set<string>();
    for (const plan of plans()) {
      const { lastGood } = memory.get(plan.id);
      const lastGoodAt = lastGood === undefined ? undefined : new Date(lastGood.time);
      const overdue = findOverdue({ plan, lastGoodAt, now: clock.now() });
      if (overdue === undefined) continue;
      suspects.add(plan.id);
      if (!this.#suspects.has(plan.id)) continue;
      const since =
        lastGoodAt === undefined ? 'It has never been backed up' : `The last one was ${lastGoodAt.toISOString()}`;
      notices.add({
        level: 'error',
        code: 'plan-overdue',
        message: `"${plan.name}" has had no good backup for ${overdue.intervals} of its intervals. ${since}.`,
        hint: 'Its last job in the history says what stood in the way.',
        planId: plan.id,
      });
    }
    this.#suspects = suspects;
  }
}
