/** Jobs, as the command line shows them, and the exit code that each stands for. */
import { z } from 'zod';
import { type ErrorCode, HoldfastError } from '../base/errors.ts';
import type { jobSchema } from '../control/schemas/jobs.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { countText, durationText, safeText, sizeText, tableText, timeText } from './format-text.ts';

/** A job as the agent sends it. */
export type JobView = z.output<typeof jobSchema>;

/** What a result may tell; every kind of job has some of it. */
const resultSchema = z
  .object({
    files: z.union([
      z.number(),
      z
        .object({
          new: z.number(),
          changed: z.number(),
          restored: z.number(),
          updated: z.number(),
          unchanged: z.number(),
          skipped: z.number(),
        })
        .partial(),
    ]),
    dryRun: z.boolean(),
    dataAdded: z.number(),
    totalFiles: z.number(),
    totalBytes: z.number(),
    snapshotId: z.string(),
    copied: z.number(),
    kept: z.number(),
    removed: z.number(),
    freedBytes: z.number(),
    bytes: z.number(),
    bytesRestored: z.number(),
    packs: z.number(),
    sourceDiffers: z.number(),
  })
  .partial();

/** "Documents: backup" or "check". */
export function jobTitle({ kind, planName, remoteName }: JobView): string {
  const name = planName ?? remoteName;
  return name === undefined ? kind : `${safeText(name)}: ${kind}`;
}

export function hasEnded({ state }: Pick<JobView, 'state'>): boolean {
  return state !== 'queued' && state !== 'running';
}

/** How it ended, a sentence; of one that goes on, how it stands. */
export function jobOutcome(job: JobView): string {
  switch (job.state) {
    case 'done':
      return [`done${durationPart(job)}`, ...resultParts(job)].join(', ');
    case 'failed':
      return `failed: ${safeText(job.error?.message ?? job.reason ?? 'no reason was given')}`;
    case 'skipped':
      return `skipped: ${safeText(job.reason ?? job.error?.message ?? 'no reason was given')}`;
    case 'running':
      return job.cancelling === true ? 'stopping' : ['running', ...progressParts(job)].join(', ');
    case 'cancelled':
    case 'interrupted':
    case 'queued':
      return job.reason === undefined ? job.state : `${job.state}: ${safeText(job.reason)}`;
  }
}

/** What of a job wants the user's look: unread files, warning signs, the hint of its error. */
export function jobRemarks({ id, problems, warnings = [], error }: JobView): string[] {
  return [
    ...(problems ? [`${countText(problems, 'path')} could not be read or written: holdfast job problems ${id}`] : []),
    ...warnings.map(safeText),
    ...(error?.hint === undefined ? [] : [safeText(error.hint)]),
  ];
}

/** 0; 3 with files that could not be read; what its error stands for; 1 for one that was not done. */
export function jobExitCode(job: JobView): number {
  if (job.state === 'done') return job.problems ? exitCodes.incomplete : exitCodes.done;
  if (job.state === 'cancelled') return exitCodes.cancelled;
  return job.error === undefined ? exitCodes.failed : exitCodeOf(errorOf(job.error.code, job.error.message));
}

/** Of several jobs: the one they agree on, else that something failed; what merely is incomplete comes last. */
export function worstExitCode(jobs: readonly JobView[]): number {
  const codes = new Set(jobs.map(jobExitCode));
  codes.delete(exitCodes.done);
  if (codes.size > 1) codes.delete(exitCodes.incomplete);
  const [only = exitCodes.done] = codes;
  return codes.size > 1 ? exitCodes.failed : only;
}

export function jobTable(jobs: readonly JobView[]): string {
  const header = ['ID', 'Time', 'Of', 'Kind', 'Why', 'State', 'Result'];
  return tableText(
    header,
    jobs.map((job) => [
      job.id,
      timeText(new Date(job.startedAt ?? job.createdAt)),
      safeText(job.planName ?? job.remoteName ?? ''),
      job.kind,
      job.followsJob === undefined ? job.trigger : `after ${safeText(job.followsJob)}`,
      job.cancelling === true ? 'stopping' : job.state,
      shortOutcome(job),
    ]),
  );
}

/** Everything of one job. */
export function jobDetails(job: JobView): string {
  const time = (label: string, iso: string | undefined): string[] =>
    iso === undefined ? [] : [`${label}${timeText(new Date(iso))}`];
  return [
    `${jobTitle(job)}  (${job.id})`,
    `State:    ${jobOutcome(job)}`,
    `Started:  by ${job.trigger}${job.attempt > 1 ? `, attempt ${job.attempt}` : ''}`,
    ...time('Asked:    ', job.createdAt),
    ...time('Began:    ', job.startedAt),
    ...time('Ended:    ', job.endedAt),
    ...(job.repositoryIds.length === 0 ? [] : [`On:       ${safeText(job.repositoryIds.join(', '))}`]),
    ...(job.followsJob === undefined ? [] : [`Follows:  ${safeText(job.followsJob)}`]),
    ...(job.retryOf === undefined ? [] : [`Retries:  ${safeText(job.retryOf)}`]),
    ...jobRemarks(job).map((remark) => `Note:     ${remark}`),
  ].join('\n');
}

function shortOutcome(job: JobView): string {
  const text = ['done', 'running'].includes(job.state)
    ? [...(job.state === 'done' ? resultParts(job) : progressParts(job))].join(', ')
    : (job.error?.message ?? job.reason ?? '');
  const marked = job.warnings?.length ? `! ${text}` : text;
  const safe = safeText(marked);
  return safe.length > 70 ? `${safe.slice(0, 69)}…` : safe;
}

function durationPart({ startedAt, endedAt }: JobView): string {
  if (startedAt === undefined || endedAt === undefined) return '';
  return ` in ${durationText(Date.parse(endedAt) - Date.parse(startedAt))}`;
}

function resultParts({ kind, result, problems }: JobView): string[] {
  const known = resultSchema.safeParse(result ?? {}).data ?? {};
  const { files, dataAdded, totalFiles, totalBytes, snapshotId, copied, kept, removed, freedBytes, packs } = known;
  const counts = typeof files === 'object' ? files : {};
  return [
    ...(typeof files === 'number' ? [`${countText(files, 'file')} proven`] : []),
    ...(known.bytes === undefined ? [] : [sizeText(known.bytes)]),
    ...(known.sourceDiffers ? [`${countText(known.sourceDiffers, 'source')} differ unnoticed`] : []),
    ...(kind === 'restore' ? restoreParts(known) : []),
    ...(counts.new === undefined ? [] : [`${counts.new} new`]),
    ...(counts.changed === undefined ? [] : [`${counts.changed} changed`]),
    ...(totalFiles === undefined ? [] : [countText(totalFiles, 'file')]),
    ...(totalBytes === undefined ? [] : [sizeText(totalBytes)]),
    ...(dataAdded === undefined ? [] : [`${sizeText(dataAdded)} added`]),
    ...(kind === 'backup' && snapshotId === undefined ? ['nothing new'] : []),
    ...(snapshotId === undefined
      ? []
      : [`${kind === 'restore' ? 'of ' : ''}snapshot ${safeText(snapshotId.slice(0, 8))}`]),
    ...(copied === undefined ? [] : [`${copied} copied`]),
    ...(kept === undefined ? [] : [`${kept} kept`]),
    ...(removed === undefined ? [] : [`${removed} removed`]),
    ...(freedBytes === undefined ? [] : [`${sizeText(freedBytes)} freed`]),
    ...(packs === undefined ? [] : [countText(packs, 'pack')]),
    ...(problems ? [countText(problems, 'problem')] : []),
  ];
}

/** Counts of files, by what was done with them, or would be. */
function restoreParts({ files, bytesRestored, dryRun }: z.output<typeof resultSchema>): string[] {
  const { restored, updated, unchanged, skipped } = typeof files === 'object' ? files : {};
  return [
    ...(dryRun === true ? ['nothing written'] : []),
    ...(restored === undefined
      ? []
      : [`${countText(restored, 'file')} ${dryRun === true ? 'to restore' : 'restored'}`]),
    ...(updated ? [`${updated} ${dryRun === true ? 'to replace' : 'replaced'}`] : []),
    ...(unchanged ? [`${unchanged} right already`] : []),
    ...(skipped ? [`${skipped} left alone`] : []),
    ...(bytesRestored === undefined ? [] : [sizeText(bytesRestored)]),
  ];
}

function progressParts({ progress = {} }: JobView): string[] {
  const { phase, filesDone, filesTotal, bytesDone, bytesTotal, bytesPerSecond, secondsLeft, waiting } = progress;
  const of = (total: string | undefined): string => (total === undefined ? '' : ` of ${total}`);
  return [
    ...(phase === undefined ? [] : [safeText(phase)]),
    ...(filesDone === undefined ? [] : [`${filesDone}${of(filesTotal?.toString())} files`]),
    ...(bytesDone === undefined
      ? []
      : [`${sizeText(bytesDone)}${of(bytesTotal === undefined ? undefined : sizeText(bytesTotal))}`]),
    ...(bytesPerSecond === undefined ? [] : [`${sizeText(Math.round(bytesPerSecond))}/s`]),
    ...(secondsLeft === undefined ? [] : [`${durationText(secondsLeft * 1000)} left`]),
    ...(waiting === undefined ? [] : [`waiting for the network: ${safeText(waiting.reason)}`]),
  ];
}

function errorOf(code: ErrorCode, message: string): HoldfastError {
  return new HoldfastError(code, message);
}
