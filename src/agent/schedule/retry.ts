/**
 * When a run that failed is tried again: a pure function of its error.
 *
 * | class     | codes                                                     | tried again                                     |
 * | --------- | --------------------------------------------------------- | ----------------------------------------------- |
 * | backoff   | network timeout locked io, and others marked `backoff`     | after 1, 5, 15, 60, 60 … minutes                |
 * | hourly    | no-space                                                  | after an hour: space is freed by people          |
 * | readiness | source-missing                                            | when the path is back                           |
 * | change    | permission, wrong-password, invalid-input, no-repository … | when something changed (settings, or by hand)   |
 * | never     | cancelled                                                 | at its next time: somebody wanted it to end      |
 *
 * No class holds up the fixed times: a scheduled run is tried at its time whatever became of the one before. A delay is
 * never longer than the plan's interval.
 */
import type { ErrorCode, SerializedError } from '../../base/errors.ts';
import type { Job } from '../../jobs/job.ts';

export type Retry =
  | { readonly kind: 'after'; readonly delayMs: number }
  | { readonly kind: 'when-ready' }
  | { readonly kind: 'on-change' }
  | { readonly kind: 'never' };

export interface PlanRetryOptions {
  readonly error: Pick<SerializedError, 'code' | 'retry'>;
  /** How many runs have failed since the last good one, this one included: from 1. */
  readonly failures: number;
  /** Of the plan (`largestGapMs`); Infinity where it runs by hand only. */
  readonly intervalMs: number;
  /** In [0, 1): spreads what failed together. */
  readonly random: () => number;
}

const minuteMs = 60_000;
const backoffMs = [1, 5, 15, 60].map((minutes) => minutes * minuteMs);
const hourMs = 60 * minuteMs;
/** A delay is made longer by up to this share of it. */
const jitter = 0.2;

type RetryClass = 'backoff' | 'hourly' | 'readiness' | 'change' | 'never';
const classes: Readonly<Record<ErrorCode, RetryClass | undefined>> = {
  network: 'backoff',
  timeout: 'backoff',
  locked: 'backoff',
  io: 'backoff',
  'too-many-requests': 'backoff',
  'no-space': 'hourly',
  'source-missing': 'readiness',
  cancelled: 'never',
  permission: 'change',
  'wrong-password': 'change',
  'invalid-input': 'change',
  'no-repository': 'change',
  unauthenticated: 'change',
  'append-only': 'change',
  corrupt: 'change',
  unsupported: 'change',
  // As the error itself says.
  conflict: undefined,
  exists: undefined,
  internal: undefined,
  'not-found': undefined,
};

export function planRetry({ error, failures, intervalMs, random }: PlanRetryOptions): Retry {
  const after = (delayMs: number): Retry => {
    const spreadMs = delayMs * (1 + jitter * random());
    return { kind: 'after', delayMs: Math.round(Math.min(spreadMs, intervalMs)) };
  };
  switch (classes[error.code] ?? (error.retry === 'backoff' ? 'backoff' : 'change')) {
    case 'backoff':
      return after(backoffMs[Math.max(1, failures) - 1] ?? hourMs);
    case 'hourly':
      return after(hourMs);
    case 'readiness':
      return { kind: 'when-ready' };
    case 'change':
      return { kind: 'on-change' };
    case 'never':
      return { kind: 'never' };
  }
}

/** Failed, skipped, cancelled or interrupted is not ran. */
export function countsAsRan({ state }: Pick<Job, 'state'>): boolean {
  return state === 'done';
}
