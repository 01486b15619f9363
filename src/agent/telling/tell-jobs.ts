/**
 * Tells the outside of jobs and plans: everything to those who count runs (pings), and to people nothing twice a day
 * (notification-policy.ts): what repeats is marked, and webhooks and mail leave it out.
 */
import type { Clock } from '../../base/clock.ts';
import type { Job } from '../../jobs/job.ts';
import type { Notice } from '../notices.ts';
import { type Happening, notificationPolicy, type ToldToday } from './notification-policy.ts';
import type { Telling } from './telling.ts';
import { eventOfJob, type TellingEvent } from './telling-event.ts';

export interface TellJobsOptions {
  readonly telling: Telling;
  readonly clock: Clock;
  /** Of the user's days. */
  readonly timeZone: string;
}

export class TellJobs {
  readonly #options: TellJobsOptions;
  #told: ToldToday | undefined;

  constructor(options: TellJobsOptions) {
    this.#options = options;
  }

  /** A job came into a state (not: went on). */
  changed(job: Job): void {
    const event = eventOfJob(job, this.#options.clock.now());
    if (event !== undefined) this.#tell(event, happeningOf(job, event));
  }

  /** Something that is no job's: a plan is overdue, a state file was set aside. */
  noticed({ id, level, code, message, hint, planId }: Notice): void {
    const overdue = code === 'plan-overdue' && planId !== undefined;
    if (!overdue && code !== 'state-set-aside') return;
    if (level === 'info') return;
    const event: TellingEvent = {
      id,
      kind: overdue ? 'overdue' : 'problem',
      at: this.#options.clock.now().toISOString(),
      title: message,
      ...(hint === undefined ? {} : { message: hint }),
      ...(planId === undefined ? {} : { planId }),
    };
    this.#tell(event, overdue ? { kind: 'overdue', planId } : undefined);
  }

  #tell(event: TellingEvent, happening: Happening | undefined): void {
    const { telling, clock, timeZone } = this.#options;
    if (happening === undefined) {
      telling.tell(event);
      return;
    }
    const decision = notificationPolicy(happening, {
      now: clock.now(),
      timeZone,
      told: this.#told,
      tellSuccess: true,
    });
    this.#told = decision.told;
    telling.tell(decision.tell ? event : { ...event, repeated: true });
  }
}

/** What may be told only once a day; undefined for what is told each time. */
function happeningOf(job: Job, { kind }: TellingEvent): Happening | undefined {
  const planId = job.planId ?? job.repositoryIds[0] ?? '';
  switch (kind) {
    case 'failed':
      return { kind, planId, reasons: [`${job.kind} ${job.error?.code ?? ''}`] };
    case 'skipped':
      return { kind, planId, reasons: [job.reason ?? ''] };
    case 'warning':
      return { kind, planId, reasons: [job.kind] };
    default:
      return undefined;
  }
}
