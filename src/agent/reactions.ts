/**
 * What follows of what happens in the agent:
 *
 *   something is due           ─► asked of those who start runs
 *   a job went on, ended       ─► events, telling; then its consequences (flow/job-flow.ts) and the history
 *   the configuration changed  ─► schedule, watches, retries, readiness anew
 *   readiness may have changed ─► what was put off is decided again
 */
import type { Config } from '../config/config-file.ts';
import type { Plan } from '../config/plan.ts';
import type { RemoteConfig } from '../config/remote.ts';
import type { Job } from '../jobs/job.ts';
import type { AgentParts } from './agent-parts.ts';
import { ratesAt } from './bandwidth.ts';
import type { Notice } from './notices.ts';
import type { SkipReason } from './plans/run-policy.ts';
import { removeOtherScratch, scratchOf } from './remotes/ingest-scratch.ts';
import { ingestJob, remoteImportJob } from './runners/inputs.ts';
import type { Due } from './schedule/assess-item.ts';
import type { Taken } from './schedule/scheduler.ts';
import { itemId, parseItemId, scheduledItems } from './schedule/timetable.ts';
import type { WatchNotice } from './watch/watch-sources.ts';

const releaseAfterMs = 3000;

export class Reactions {
  readonly #get: () => AgentParts;
  #isReleasing = false;

  /** @param get the parts, which are made after this */
  constructor(get: () => AgentParts) {
    this.#get = get;
  }

  get #parts(): AgentParts {
    return this.#get();
  }

  async due(id: string, due: Due): Promise<Taken> {
    const { runs, upkeep, remoteRuns } = this.#parts;
    const item = parseItemId(id);
    const trigger = due.late ? 'catch-up' : 'schedule';
    switch (item?.kind) {
      case 'plan':
        return runs.due(item.planId, due);
      case 'drill':
        return upkeep.drillDue(item.planId, trigger);
      case 'check':
      case 'prune':
        return upkeep.due(item.kind, item.repositoryId, trigger);
      case 'remote':
        return remoteRuns.due(item.remoteId, due);
      default:
        return 'taken';
    }
  }

  /** A new state, or progress. */
  jobChanged(job: Job): void {
    const { events, tellJobs, scheduler } = this.#parts;
    events.publish('job.changed', { ...job });
    // It has told of its start before it went on, or was told to stop.
    if (job.state === 'running' && (job.progress !== undefined || job.cancelling === true)) return;
    tellJobs.changed(job);
    if (job.state === 'running' && job.kind === 'backup' && job.planId !== undefined && job.startedAt !== undefined) {
      scheduler.noteStart(itemId({ kind: 'plan', planId: job.planId }), new Date(job.startedAt));
    }
    if (
      job.state === 'running' &&
      job.kind === 'remote-create' &&
      job.remoteId !== undefined &&
      job.startedAt !== undefined
    ) {
      scheduler.noteStart(itemId({ kind: 'remote', remoteId: job.remoteId }), new Date(job.startedAt));
    }
    this.statusChanged();
  }

  /** The queue's `record`. */
  async jobEnded(job: Job): Promise<void> {
    await this.#parts.flow.record(job);
    this.later(this.#forgetImport(job));
    // Only now it is in the history, and what follows of it is known.
    this.statusChanged();
    this.later(this.#releaseMemory());
  }

  /** Copies of remotes' backups that the queue goes on with keep what they have fetched; the rest goes. */
  async removeOldScratch(): Promise<void> {
    const { queue, paths } = this.#parts;
    const folderOf = ({ input }: Job): string => {
      const { remoteId, backupId } = ingestJob.parse(input);
      return scratchOf(paths.remoteScratch, remoteId, backupId);
    };
    // Looked at for each: a job may have begun meanwhile.
    const isWanted = (path: string): boolean =>
      queue.list().some((job) => job.kind === 'ingest' && folderOf(job) === path);
    await removeOtherScratch(paths.remoteScratch, isWanted);
  }

  /** The address of an import that is over; one that was interrupted goes on. */
  async #forgetImport({ kind, state, input }: Job): Promise<void> {
    if (kind !== 'remote-import' || state === 'interrupted') return;
    const { options, signal } = this.#parts;
    await options.secrets.removeSecret(remoteImportJob.parse(input).addressSecret, signal);
  }

  /** A while after the last job: runs leave much behind that is collected late in a process that does nothing. */
  async #releaseMemory(): Promise<void> {
    const { options, queue, signal } = this.#parts;
    if (this.#isReleasing) return;
    this.#isReleasing = true;
    try {
      await options.clock.sleep(releaseAfterMs, signal);
    } finally {
      this.#isReleasing = false;
    }
    if (queue.list().length === 0) options.releaseMemory();
  }

  /** Everything that depends on the configuration, anew. */
  configured({ plans, repositories, remotes, settings }: Config): void {
    const { scheduler, watches, telling, queue, flow, memory, readiness, notices } = this.#parts;
    const planIds = plans.map(({ id }) => id);
    this.later(memory.forgetOthers(planIds));
    const ids = (items: readonly { readonly id: string }[]): string[] => items.map(({ id }) => id);
    notices.keepOnly({ planIds, repositoryIds: ids(repositories), remoteIds: ids(remotes) });
    scheduler.setItems(scheduledItems({ plans, repositories, remotes }));
    watches.setPlans(plans);
    telling.configure(settings.telling);
    queue.setMaxParallel(settings.maintenance.parallelJobs);
    this.keepBandwidth();
    flow.configurationChanged();
    readiness.lookNow();
    this.lookAgain();
  }

  /** The limits of the settings, as they are at this time of day. */
  keepBandwidth(): void {
    const { options, store } = this.#parts;
    options.limits.set(ratesAt(store.config.settings.bandwidth, options.clock.now()));
  }

  /** What was put off may be possible now. */
  lookAgain(): void {
    const { runs, scheduler, remotePoll } = this.#parts;
    this.later(runs.recheck());
    scheduler.lookAgain();
    remotePoll.lookAgain();
    this.statusChanged();
  }

  noticed(notice: Notice): void {
    const { events, tellJobs } = this.#parts;
    events.publish('notice', notice);
    tellJobs.noticed(notice);
  }

  remotePutOff({ id, name }: RemoteConfig, { type, text }: SkipReason): void {
    const message = `"${name}" waits: ${text}`;
    this.#parts.notices.add({ level: 'info', code: `put-off-${type}`, message, remoteId: id });
  }

  putOff({ id, name }: Plan, { type, text }: SkipReason): void {
    // Who pauses a plan need not be told of it.
    if (type === 'paused') return;
    const message = `"${name}" waits: ${text}`;
    this.#parts.notices.add({ level: 'info', code: `put-off-${type}`, message, planId: id });
  }

  watchNoticed({ id: planId, name }: Plan, { code, message, hint }: WatchNotice): void {
    const { notices } = this.#parts;
    const isGood = code === 'watching-again';
    if (isGood) {
      notices.settle('watch-limit', { planId });
      notices.settle('watch-failed', { planId });
    }
    notices.add({
      level: isGood ? 'info' : 'warning',
      code,
      message: `"${name}": ${message}`,
      planId,
      ...(hint === undefined ? {} : { hint }),
    });
  }

  /** Faces ask for the status anew. */
  statusChanged(): void {
    this.#parts.events.publish('status.changed', {});
  }

  /** Work that nobody waits for; its troubles are reported. */
  later(work: Promise<unknown>): void {
    const { options, signal } = this.#parts;
    work.catch((error: unknown) => {
      if (!signal.aborted) options.report(error);
    });
  }
}
