/** What is told to the outside, and made of a job: plain data, without secrets. */
import type { TellingKind } from '../../config/telling.ts';
import type { Job, JobKind } from '../../jobs/job.ts';

export interface TellingEvent {
  /** Of its own; the same when it is sent again, so that receivers can tell. */
  readonly id: string;
  readonly kind: TellingKind;
  /** ISO time. */
  readonly at: string;
  /** A sentence. */
  readonly title: string;
  /** More of it: the cause, what to do. */
  readonly message?: string;
  readonly planId?: string;
  readonly planName?: string;
  readonly jobId?: string;
  readonly jobKind?: JobKind;
  /** The same was told earlier today: for those who count runs, not for people. */
  readonly repeated?: boolean;
  /** Somebody only wants to see whether it arrives. */
  readonly test?: boolean;
}

const kinds: Partial<Record<Job['state'], TellingKind>> = {
  running: 'started',
  done: 'succeeded',
  failed: 'failed',
  skipped: 'skipped',
};

const names: Readonly<Record<JobKind, string>> = {
  backup: 'backup',
  restore: 'restore',
  copy: 'copy',
  forget: 'clean-up of old snapshots',
  prune: 'removal of unused data',
  check: 'check',
  drill: 'restore drill',
  unlock: 'removal of locks',
  import: 'import',
  verify: 'verification',
  remove: 'removal of a backup',
  destroy: 'removal of all backups',
  'remote-create': 'remote backup',
  'remote-restore': 'remote restore',
  'remote-import': 'remote import',
  download: 'download',
  ingest: 'copy of a remote backup',
};

const ends: Partial<Record<TellingKind, string>> = {
  started: 'has begun',
  succeeded: 'is done',
  failed: 'failed',
  skipped: 'was skipped',
  warning: 'is done, but wants a look',
};

/** The event for a job that has just come into its state; undefined for states that nobody is told of. */
export function eventOfJob(job: Job, at: Date): TellingEvent | undefined {
  const wantsLook = job.state === 'done' && (job.warnings ?? []).length > 0;
  const kind = wantsLook ? 'warning' : kinds[job.state];
  if (kind === undefined) return undefined;
  const of = job.planName === undefined ? '' : ` of "${job.planName}"`;
  const message = messageOfJob(job);
  return {
    id: `${job.id}-${kind}`,
    kind,
    at: at.toISOString(),
    title: `The ${names[job.kind]}${of} ${ends[kind]}.`,
    ...(message === '' ? {} : { message }),
    ...(job.planId === undefined ? {} : { planId: job.planId }),
    ...(job.planName === undefined ? {} : { planName: job.planName }),
    jobId: job.id,
    jobKind: job.kind,
  };
}

function messageOfJob({ error, reason, warnings = [], problems = 0 }: Job): string {
  const lines = [error?.message, error?.hint, reason, ...warnings].filter((line) => line !== undefined);
  if (problems > 0) lines.push(`${problems} ${problems === 1 ? 'file' : 'files'} could not be read or written.`);
  return lines.join('\n');
}
