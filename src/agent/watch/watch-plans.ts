/** Keeps a watch over the sources of every continuous plan, as plans come, change and go. */
import { fromUtf8 } from '../../base/byte-string.ts';
import type { Clock } from '../../base/clock.ts';
import type { Plan } from '../../config/plan.ts';
import { selectorOf } from '../plans/plan-excludes.ts';
import type { PendingChanges } from './pending-changes.ts';
import { type SourceWatch, type WatchNotice, watchSources } from './watch-sources.ts';

export interface WatchPlansOptions {
  readonly clock: Clock;
  readonly pending: PendingChanges;
  /** Something is to be saved. */
  readonly onChange: (planId: string) => void;
  /** What the user should know of how a plan is watched. */
  readonly onNotice: (plan: Plan, notice: WatchNotice) => void;
  /** Whether watching is ready, or how, changed. */
  readonly onState: () => void;
  readonly signal: AbortSignal;
}

export interface WatchState {
  readonly mode: string;
  readonly ready: boolean;
}

interface Watched {
  readonly key: string;
  readonly stop: AbortController;
  readonly watch: SourceWatch;
  state: WatchState;
}

export class WatchPlans {
  readonly #options: WatchPlansOptions;
  readonly #watched = new Map<string, Watched>();
  /** Told to stop, and not closed yet. */
  readonly #ending = new Set<Promise<void>>();

  constructor(options: WatchPlansOptions) {
    this.#options = options;
  }

  stateOf(planId: string): WatchState | undefined {
    return this.#watched.get(planId)?.state;
  }

  /** All plans there are from now on. One whose sources, excludes or trigger changed is watched anew, and scanned once. */
  setPlans(plans: readonly Plan[]): void {
    const continuous = new Map(
      plans.filter(({ trigger }) => trigger.kind === 'continuous').map((one) => [one.id, one]),
    );
    for (const [id, { key, stop, watch }] of this.#watched) {
      const plan = continuous.get(id);
      if (plan !== undefined && keyOf(plan) === key) continue;
      stop.abort();
      this.#ending.add(watch.ended);
      void watch.ended.finally(() => this.#ending.delete(watch.ended));
      this.#watched.delete(id);
      this.#options.pending.drop(id);
    }
    for (const plan of continuous.values()) if (!this.#watched.has(plan.id)) this.#watch(plan);
  }

  /** The machine slept: everything is looked at once. */
  woke(): void {
    for (const { watch } of this.#watched.values()) watch.everythingChanged('sleep');
  }

  /** Resolves when all watches have ended, after the signal was aborted. */
  async ended(): Promise<void> {
    await Promise.all([...this.#ending, ...Array.from(this.#watched.values(), ({ watch }) => watch.ended)]);
  }

  #watch(plan: Plan): void {
    const { clock, pending, onNotice, onState, signal } = this.#options;
    const { trigger } = plan;
    if (trigger.kind !== 'continuous') return;
    const stop = new AbortController();
    const state: WatchState = { mode: 'starting', ready: false };
    pending.begin(plan.id);
    const watch = watchSources({
      sources: plan.sources.map(fromUtf8),
      selector: selectorOf(plan.excludes),
      clock,
      quietMs: trigger.quietSeconds * 1000,
      atLeastEveryMs: trigger.atLeastEveryMinutes * 60_000,
      safetyScanEveryMs: trigger.fullScanHours * 3_600_000,
      signal: AbortSignal.any([signal, stop.signal]),
      onReady: ({ kind }) => {
        const watched = this.#watched.get(plan.id);
        if (watched?.stop === stop) watched.state = { mode: kind, ready: true };
        onState();
      },
      onChange: (changes) => {
        if (changes.scan === 'everything') pending.lose(plan.id);
        else pending.hear(plan.id, changes);
        this.#options.onChange(plan.id);
      },
      onNotice: (notice) => onNotice(plan, notice),
    });
    this.#watched.set(plan.id, { key: keyOf(plan), stop, watch, state });
  }
}

/** What a watch depends on. */
function keyOf({ sources, excludes, trigger }: Plan): string {
  return JSON.stringify([sources, excludes, trigger]);
}
