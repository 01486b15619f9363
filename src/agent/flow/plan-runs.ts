/**
 * Starts the runs of plans: those that are due, those that a change or a retry asks for, and those by hand.
 *
 *   due (scheduler) ─────────► decide ─► into the queue ─► taken
 *                                 └────► skipped, recorded once with its reason ─► later: the scheduler asks again
 *   change, retry ───────────► decide ─► into the queue
 *                                 └────► skipped, and asked again by `recheck`: each minute, and when readiness changes
 *   by hand ─────────────────► into the queue
 */
import type { Clock } from '../../base/clock.ts';
import type { Plan } from '../../config/plan.ts';
import type { Job, JobTrigger } from '../../jobs/job.ts';
import type { JobQueue, JobSpec } from '../../jobs/queue.ts';
import { decideRun, type SkipReason } from '../plans/run-policy.ts';
import type { Readiness } from '../readiness/policy.ts';
import type { Due } from '../schedule/assess-item.ts';
import type { Taken } from '../schedule/scheduler.ts';

export interface PlanRunsOptions {
  readonly queue: JobQueue;
  readonly findPlan: (id: string) => Plan | undefined;
  readonly readiness: (plan: Plan, signal: AbortSignal) => Promise<Readiness>;
  readonly clock: Clock;
  /** A run that was to be is put off: told once for each reason. */
  readonly onPutOff: (plan: Plan, reason: SkipReason) => void;
  readonly signal: AbortSignal;
}

interface Waiting {
  readonly reason: SkipReason;
  /** Of what is not asked for again by the scheduler. */
  readonly trigger: JobTrigger | undefined;
}

export class PlanRuns {
  readonly #options: PlanRunsOptions;
  readonly #waiting = new Map<string, Waiting>();

  constructor(options: PlanRunsOptions) {
    this.#options = options;
  }

  /** What a plan waits for, if it does. */
  waitingFor(planId: string): SkipReason | undefined {
    return this.#waiting.get(planId)?.reason;
  }

  /** The scheduler's. A late run is a catch-up of all that were missed. */
  async due(planId: string, { late, missed }: Due): Promise<Taken> {
    const reason = missed === 0 ? undefined : `Also for ${missed} earlier runs that were missed.`;
    const decided = await this.#decide(planId, late ? 'catch-up' : 'schedule', reason);
    return decided === 'skip' ? 'later' : 'taken';
  }

  /** A change was heard of, or a run that failed is to be tried again. */
  async ask(planId: string, trigger: 'change' | 'retry'): Promise<void> {
    await this.#decide(planId, trigger, undefined);
  }

  /** What the user asks for runs whatever the conditions. */
  runNow(plan: Plan, input: { readonly full: boolean; readonly allowEmpty: boolean }): Promise<Job> {
    this.#waiting.delete(plan.id);
    return this.#options.queue.enqueue(specOf(plan, 'manual', input, undefined));
  }

  /** Readiness may have changed, a pause may be over: asks again for what nobody else asks for. */
  async recheck(): Promise<void> {
    for (const [planId, { trigger }] of [...this.#waiting]) {
      if (trigger !== undefined) await this.#decide(planId, trigger, undefined);
    }
  }

  async #decide(
    planId: string,
    trigger: JobTrigger,
    reason: string | undefined,
  ): Promise<'enqueue' | 'skip' | 'ignore'> {
    const { queue, clock, onPutOff, findPlan, signal } = this.#options;
    const asked = findPlan(planId);
    const readiness = asked === undefined ? undefined : await this.#options.readiness(asked, signal);
    // It may have been changed or deleted meanwhile, or asked about by another.
    const plan = findPlan(planId);
    if (plan === undefined || readiness === undefined) {
      this.#waiting.delete(planId);
      return 'ignore';
    }
    const waiting = this.#waiting.get(planId);
    const decision = decideRun({
      plan,
      trigger,
      readiness,
      alreadyQueued: queue.list().some((job) => isQueuedBackup(job, planId)),
      waitingFor: waiting?.reason.type,
      now: clock.now(),
    });
    if (decision.kind === 'skip') {
      const asks = trigger === 'change' || trigger === 'retry' ? trigger : waiting?.trigger;
      this.#waiting.set(planId, { reason: decision.reason, trigger: asks });
      if (decision.isNew) {
        await queue.skip(specOf(plan, trigger, usual, undefined), decision.reason.text);
        onPutOff(plan, decision.reason);
      }
      return 'skip';
    }
    this.#waiting.delete(planId);
    if (decision.kind === 'enqueue') await queue.enqueue(specOf(plan, trigger, usual, reason));
    return decision.kind;
  }
}

const usual = { full: false, allowEmpty: false };

function specOf(plan: Plan, trigger: JobTrigger, input: typeof usual, reason: string | undefined): JobSpec {
  return {
    kind: 'backup',
    trigger,
    planId: plan.id,
    planName: plan.name,
    repositoryIds: plan.repositories.slice(0, 1),
    input: { planId: plan.id, ...input },
    ...(reason === undefined ? {} : { reason }),
  };
}

function isQueuedBackup({ kind, state, planId }: Job, id: string): boolean {
  return kind === 'backup' && state === 'queued' && planId === id;
}
