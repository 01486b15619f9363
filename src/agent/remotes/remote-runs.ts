/**
 * Starts what is done with remotes as jobs: backups that are due there, copies of new ones, and what is asked for by hand.
 *
 *   due (scheduler) ─► decide ─► into the queue ─► taken
 *                         └────► skipped, recorded once with its reason ─► later: the scheduler asks again
 *   new and done there ─► a copy into the repository, where the remote is to have them
 *   by hand ─► into the queue
 */
import { randomUUID } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../base/clock.ts';
import { HoldfastError } from '../../base/errors.ts';
import type { RemoteConfig, RemoteOrder } from '../../config/remote.ts';
import type { Job, JobInput, JobKind, JobTrigger } from '../../jobs/job.ts';
import type { JobQueue, JobSpec } from '../../jobs/queue.ts';
import type { Secrets } from '../../platform/secrets.ts';
import { decideRun, type SkipReason } from '../plans/run-policy.ts';
import type { Readiness } from '../readiness/policy.ts';
import type { Due } from '../schedule/assess-item.ts';
import type { Taken } from '../schedule/scheduler.ts';
import type { RemoteCalls } from './remote-calls.ts';
import { becameDone, type RemoteNews } from './remote-news.ts';
import { checkedOrder } from './remote-order.ts';
import type { RemoteService } from './remote-service.ts';

export interface RemoteRunsOptions {
  readonly queue: JobQueue;
  readonly remotes: Pick<RemoteService, 'all' | 'get' | 'open'>;
  readonly calls: Pick<RemoteCalls, 'able'>;
  /** @throws `not-found` for a repository that is not there */
  readonly requireRepository: (id: string) => void;
  /** A job follows that backup. */
  readonly isFollowed: (remoteId: string, backupId: string) => boolean;
  readonly secrets: Pick<Secrets, 'storeSecret'>;
  readonly readiness: (remote: RemoteConfig, signal: AbortSignal) => Promise<Readiness>;
  readonly clock: Clock;
  /** A run that was to be is put off: told once for each reason. */
  readonly onPutOff: (remote: RemoteConfig, reason: SkipReason) => void;
  readonly signal: AbortSignal;
}

type FollowUp = Omit<JobSpec, 'trigger'>;

export class RemoteRuns {
  readonly #options: RemoteRunsOptions;
  readonly #waiting = new Map<string, SkipReason>();

  constructor(options: RemoteRunsOptions) {
    this.#options = options;
  }

  /** What a due backup waits for. */
  waitingFor(remoteId: string): SkipReason | undefined {
    return this.#waiting.get(remoteId);
  }

  /** The scheduler's. A late run is a catch-up of all that were missed. */
  async due(remoteId: string, { late, missed }: Due): Promise<Taken> {
    const { queue, remotes, readiness, clock, onPutOff, signal } = this.#options;
    const find = (): RemoteConfig | undefined => remotes.all.find(({ id }) => id === remoteId);
    const asked = find();
    const isReady = asked === undefined ? undefined : await readiness(asked, signal);
    // It may have been changed or taken off the list meanwhile.
    const remote = find();
    if (remote?.schedule === undefined || isReady === undefined) {
      this.#waiting.delete(remoteId);
      return 'taken';
    }
    const trigger = late ? 'catch-up' : 'schedule';
    const spec = specOf(remote, 'remote-create', trigger, { order: remote.schedule.order });
    const decision = decideRun({
      plan: {},
      trigger,
      readiness: isReady,
      alreadyQueued: queue.list().some((job) => job.state === 'queued' && isSame(job, spec)),
      waitingFor: this.#waiting.get(remoteId)?.type,
      now: clock.now(),
    });
    if (decision.kind === 'skip') {
      this.#waiting.set(remoteId, decision.reason);
      if (decision.isNew) {
        await queue.skip(spec, decision.reason.text);
        onPutOff(remote, decision.reason);
      }
      return 'later';
    }
    this.#waiting.delete(remoteId);
    const reason = missed === 0 ? {} : { reason: `Also for ${missed} earlier runs that were missed.` };
    if (decision.kind === 'enqueue') await queue.enqueue({ ...spec, ...reason });
    return 'taken';
  }

  /** @throws `unsupported`, `invalid-input` for an order that the dialect cannot do; `not-found` */
  async createNow(remoteId: string, order: RemoteOrder, signal: AbortSignal): Promise<Job> {
    const { queue, remotes } = this.#options;
    const remote = remotes.get(remoteId);
    checkedOrder(order, remote, (await remotes.open(remoteId, signal)).capabilities);
    return queue.enqueue(specOf(remote, 'remote-create', 'manual', { order }));
  }

  /** @throws `unsupported` also for a target or an emptying that the dialect does not have */
  async restoreNow(
    remoteId: string,
    backupId: string,
    { target, truncate }: { readonly target?: string | undefined; readonly truncate: boolean },
    signal: AbortSignal,
  ): Promise<Job> {
    const { queue, remotes, calls } = this.#options;
    const remote = remotes.get(remoteId);
    const { capabilities } = await calls.able(remoteId, 'restore', signal);
    if (target !== undefined && capabilities.restoreInto !== 'path') throw cannotRestore(remote, 'to another place');
    if (truncate && !capabilities.restoreTruncates) throw cannotRestore(remote, 'and remove what is not in the backup');
    const input = { backupId, truncate, ...(target === undefined ? {} : { target }) };
    return queue.enqueue(specOf(remote, 'remote-restore', 'manual', input));
  }

  /** @throws `unsupported`, `invalid-input` for a path that is not absolute */
  async downloadNow(remoteId: string, backupId: string, folder: string, signal: AbortSignal): Promise<Job> {
    const { queue, remotes, calls } = this.#options;
    if (!isAbsolute(folder)) {
      throw new HoldfastError('invalid-input', 'The folder to download into is not an absolute path.', {
        fields: [{ path: 'folder', message: 'an absolute path' }],
      });
    }
    await calls.able(remoteId, 'download', signal);
    return queue.enqueue(specOf(remotes.get(remoteId), 'download', 'manual', { backupId, folder }));
  }

  /** @throws `unsupported`, `not-found` for a repository that is not there */
  async ingestNow(remoteId: string, backupId: string, repositoryId: string, signal: AbortSignal): Promise<Job> {
    const { queue, remotes, calls, requireRepository } = this.#options;
    requireRepository(repositoryId);
    await calls.able(remoteId, 'download', signal);
    return queue.enqueue(ingestOf(remotes.get(remoteId), backupId, repositoryId, 'manual'));
  }

  /** The address is kept as a secret until the job is over: it may hold a login. @throws `unsupported` */
  async importNow(
    remoteId: string,
    { url, ...input }: { readonly group: string; readonly databaseType: string; readonly url: string },
    signal: AbortSignal,
  ): Promise<Job> {
    const { queue, remotes, calls, secrets } = this.#options;
    await calls.able(remoteId, 'import', signal);
    const addressSecret = `remote-import-${randomUUID()}`;
    await secrets.storeSecret(addressSecret, url, signal);
    return queue.enqueue(specOf(remotes.get(remoteId), 'remote-import', 'manual', { ...input, addressSecret }));
  }

  /** Copies of what a job of ours made, where the remote is to have them. */
  followUpsOf({ kind, state, remoteId, result }: Job): FollowUp[] {
    const remote = this.#options.remotes.all.find(({ id }) => id === remoteId);
    if (remote?.ingestInto === undefined || state !== 'done') return [];
    if (kind !== 'remote-create' && kind !== 'remote-import') return [];
    const { ingestInto } = remote;
    const ids = Array.isArray(result?.backupIds) ? result.backupIds : [];
    return ids.map((id: unknown) => {
      const { trigger: _, ...spec } = ingestOf(remote, String(id), ingestInto, 'follow-up');
      return spec;
    });
  }

  /** Copies of what somebody else made there. What a job of ours follows, or copies already, is left to that. */
  async ingestNew({ id }: RemoteConfig, news: readonly RemoteNews[]): Promise<void> {
    const { queue, remotes, signal } = this.#options;
    const remote = remotes.all.find((one) => one.id === id);
    if (remote?.ingestInto === undefined) return;
    const done = news.filter((one) => becameDone(one) && !this.#options.isFollowed(id, one.backup.id));
    if (done.length === 0 || !(await remotes.open(id, signal)).capabilities.actions.has('download')) return;
    for (const { backup } of done) {
      const spec = ingestOf(remote, backup.id, remote.ingestInto, 'change');
      if (!queue.list().some((job) => isSame(job, spec))) await queue.enqueue(spec);
    }
  }
}

function ingestOf(remote: RemoteConfig, backupId: string, repositoryId: string, trigger: JobTrigger): JobSpec {
  return { ...specOf(remote, 'ingest', trigger, { backupId, repositoryId }), repositoryIds: [repositoryId] };
}

function specOf({ id, name }: RemoteConfig, kind: JobKind, trigger: JobTrigger, input: JobInput): JobSpec {
  return { kind, trigger, remoteId: id, remoteName: name, repositoryIds: [], input: { remoteId: id, ...input } };
}

function isSame(job: Job, { kind, input }: JobSpec): boolean {
  return job.kind === kind && isDeepStrictEqual(job.input, input);
}

function cannotRestore({ name, dialect }: RemoteConfig, how: string): HoldfastError {
  return new HoldfastError('unsupported', `"${name}" is of the kind "${dialect}", which cannot restore ${how}.`, {
    context: { dialect },
  });
}
