/**
 * What dialects ask for: backups, restores and their ends, all through one queue.
 *
 *   create ─► limits ─► a row, `queued` ─► job ─► row `running` … `done | failed | cancelled`
 *   create of a client id that is taken ─► the old row loses it; its data stay until the new backup is done ─► job ─► both are gone
 *   remove, destroy ─► what runs is cancelled ─► job ─► the data are gone ─► the rows too; only then the caller hears "done"
 *
 * Guarantees: what was answered survives a kill: rows and jobs are on the disk, and a start takes up what was left.
 */
import { HoldfastError } from '../../base/errors.ts';
import type { Job, JobProgress, JobTrigger } from '../../jobs/job.ts';
import type { JobQueue, JobSpec } from '../../jobs/queue.ts';
import type { BackupRecord, NewBackup } from '../catalog/backups.ts';
import type { NewRestore, RestoreRecord } from '../catalog/restores.ts';
import type { Scope } from '../config/scope.ts';
import { isProven, type RunnerServices } from './runner.ts';

const minuteMs = 60_000;

export type BackupOrder = Omit<NewBackup, 'scope' | 'createdAt' | 'replaces'>;
export type RestoreOrder = Omit<NewRestore, 'scope' | 'createdAt'>;

export class BackupService {
  readonly #services: RunnerServices;
  readonly #queue: JobQueue;
  /** Who waits for a job's end. */
  readonly #waiting = new Map<string, ((job: Job) => void)[]>();
  /** Hears of each backup that is done. */
  onDone: (backup: BackupRecord) => void = () => undefined;
  /** Hears of each whose proof is over, however it ended. */
  onProven: (backup: BackupRecord) => void = () => undefined;

  constructor(services: RunnerServices, queue: JobQueue) {
    this.#services = services;
    this.#queue = queue;
  }

  /**
   * Begins a backup. The row is there when it resolves; one whose client id is taken replaces the other, which must be over.
   *
   * @throws `conflict` for too many backups; `too-many-requests` with `context.retryAfterSeconds`; `no-space` for a full quota.
   *   Nothing is replaced then.
   */
  async create(scope: Scope, order: BackupOrder): Promise<BackupRecord> {
    const [backup] = this.#services.catalog.together(() => this.add(scope, [order]));
    return this.#enqueueBackup(backup!);
  }

  /**
   * Rows of backups that belong together, for `begin`, as a part of a transaction: all of them, or none where there is no room.
   *
   * @throws as `create`
   */
  add(scope: Scope, orders: readonly BackupOrder[]): readonly BackupRecord[] {
    const replaced = orders.map(({ clientId }) => this.#giveUpClientId(scope, clientId));
    this.#assertRoom(scope, orders.length);
    const createdAt = this.#now();
    return orders.map((order, at) =>
      this.#services.catalog.backups.add({ ...order, scope: scope.id, createdAt, replaces: replaced[at] }),
    );
  }

  /** What a kill leaves out of these is begun at the next start. */
  async begin(backups: readonly BackupRecord[]): Promise<void> {
    for (const backup of backups) await this.#enqueueBackup(backup);
  }

  /** What waits or runs for a backup or a restore, as far as it has come. */
  progressOf({ jobId }: Pick<BackupRecord, 'jobId'>): JobProgress | undefined {
    return jobId === undefined ? undefined : this.#queue.get(jobId)?.progress;
  }

  /** Queued or running ones are told to stop; resolves when told. One that is over stays as it is. */
  async cancel(backup: BackupRecord): Promise<void> {
    await this.#cancelJob(backup.jobId);
  }

  async cancelRestore(restore: RestoreRecord): Promise<void> {
    await this.#cancelJob(restore.jobId);
  }

  /** All that waits or runs for a scope, or only its backups or restores. */
  async cancelAll(scope: Scope, kind?: 'backup' | 'restore'): Promise<void> {
    const isMeant = (job: Job): boolean =>
      job.repositoryIds.includes(scope.id) && (kind === undefined || job.kind === kind);
    await this.#queue.cancelAll('Cancelled by the client.', isMeant);
  }

  /** Whether any data of a scope are on the disk. */
  hasData(scope: Scope): Promise<boolean> {
    return this.#services.repositories.isAnyLeft(scope.id);
  }

  /** Cancels it if it runs, and removes it with its data. @throws what the removal threw; it is still there then */
  async remove(backup: BackupRecord, options: { readonly expire?: boolean } = {}): Promise<void> {
    await this.#cancelAndWait(backup.jobId);
    for (const old of this.#replacedBy(backup)) await this.#runToEnd(removal(old, 'manual'));
    await this.#runToEnd(removal(backup, 'manual', options.expire));
  }

  /** A backup is done: those whose client id it took go, with their data, in their turn. */
  async removeReplaced(backup: BackupRecord): Promise<void> {
    for (const old of this.#replacedBy(backup)) await this.#queue.enqueue(removal(old, 'follow-up'));
  }

  /** Cancels everything of a scope, and removes its repository, backups and restores. @throws as `remove` */
  async destroy(scope: Scope): Promise<void> {
    await this.cancelAll(scope);
    await this.#runToEnd({ kind: 'destroy', trigger: 'manual', repositoryIds: [scope.id], input: { scope: scope.id } });
  }

  async restore(scope: Scope, order: RestoreOrder): Promise<RestoreRecord> {
    const { catalog } = this.#services;
    const restore = catalog.restores.add({ ...order, scope: scope.id, createdAt: this.#now() });
    return this.#enqueueRestore(restore);
  }

  /** Proves a backup, in its turn; its row says what came of it. */
  async verify({ id, scope }: BackupRecord): Promise<void> {
    await this.#queue.enqueue({
      kind: 'verify',
      trigger: 'follow-up',
      repositoryIds: [scope],
      input: { backupId: id },
    });
  }

  /** Whether a restore of the scope waits or runs. */
  isRestoring(scope: Scope): boolean {
    return this.#services.catalog.restores.openOf(scope.id).length > 0;
  }

  /** The queue ended a job: what became of it goes into its row. Called before the queue forgets the job. */
  settle(job: Job): void {
    const { catalog } = this.#services;
    if (job.state === 'interrupted') return;
    const error = job.error?.message ?? job.reason;
    const state = job.state === 'cancelled' ? 'cancelled' : 'failed';
    if (job.state !== 'done' && (job.kind === 'backup' || job.kind === 'import')) {
      const change = { state, error, completedAt: this.#now() } as const;
      catalog.backups.update(String(job.input.backupId), change, this.#now());
    }
    if (job.state === 'done' && (job.kind === 'backup' || job.kind === 'import')) {
      const backup = catalog.backups.get(String(job.input.backupId));
      if (backup !== undefined) this.onDone(backup);
    }
    if (job.kind === 'verify') this.#settleProof(job, error);
    if (job.state !== 'done' && job.kind === 'restore') {
      catalog.restores.update(Number(job.input.restore), { state, error, endedAt: this.#now() });
    }
    for (const tell of this.#waiting.get(job.id) ?? []) tell(job);
    this.#waiting.delete(job.id);
  }

  #settleProof({ state, input }: Job, error: string | undefined): void {
    const { backups } = this.#services.catalog;
    const id = String(input.backupId);
    if (state !== 'done') {
      const message = error ?? 'It was stopped.';
      backups.update(id, { verify: { state: 'unable', message } }, this.#now());
    }
    const backup = backups.get(id);
    if (backup !== undefined) this.onProven(backup);
  }

  /** The server ends: who waits for a job hears that it goes on at the next start. */
  stopWaiting(): void {
    for (const [id, tells] of this.#waiting) {
      const job = this.#queue.get(id);
      if (job !== undefined)
        for (const tell of tells) tell({ ...job, reason: 'The server ends; it goes on at the next start.' });
    }
    this.#waiting.clear();
  }

  /**
   * After a start: a job that was interrupted goes on under another id, which its row learns; rows whose job was lost between the two
   * (a kill) get a new one. What a process beside the server restores is that one's.
   */
  async takeUp(scopes: readonly Scope[]): Promise<void> {
    const { catalog } = this.#services;
    const ofBackup = new Map<string, string>();
    const ofRestore = new Map<number, string>();
    const proving = new Set<string>();
    for (const { id, kind, input } of this.#queue.all()) {
      if (kind === 'backup' || kind === 'import') ofBackup.set(String(input.backupId), id);
      if (kind === 'restore') ofRestore.set(Number(input.restore), id);
      if (kind === 'verify') proving.add(String(input.backupId));
    }
    for (const one of scopes) {
      const { id: scope } = one;
      for (const backup of catalog.backups.list({ scope, states: ['queued', 'running'] })) {
        const jobId = ofBackup.get(backup.id);
        if (jobId === undefined) await this.#enqueueBackup(backup);
        else if (jobId !== backup.jobId) catalog.backups.update(backup.id, { jobId }, this.#now());
      }
      for (const backup of isProven(one) ? catalog.backups.list({ scope, states: ['done'] }) : []) {
        const isTakenUp = proving.has(backup.id) || ofBackup.has(backup.id);
        if (backup.verify?.state === 'verifying' && !isTakenUp) await this.verify(backup);
      }
      for (const restore of catalog.restores.openOf(scope)) {
        if (restore.process !== undefined) continue;
        const jobId = ofRestore.get(restore.number);
        if (jobId === undefined) await this.#enqueueRestore(restore);
        else if (jobId !== restore.jobId) catalog.restores.update(restore.number, { jobId });
      }
    }
    for (const backup of catalog.backups.thatReplaced()) await this.removeReplaced(backup);
  }

  /** @returns the backup that had it */
  #giveUpClientId(scope: Scope, clientId: number | undefined): string | undefined {
    const { backups } = this.#services.catalog;
    const old = clientId === undefined ? undefined : backups.byClientId(scope.id, clientId);
    // It is no backup of the scope any more: neither counted nor listed as one.
    if (old !== undefined) backups.update(old.id, { clientId: undefined, state: 'expired' }, this.#now());
    return old?.id;
  }

  /** The oldest first: each names the one before it. */
  #replacedBy({ replaces }: BackupRecord): BackupRecord[] {
    const old = replaces === undefined ? undefined : this.#services.catalog.backups.get(replaces);
    return old === undefined ? [] : [...this.#replacedBy(old), old];
  }

  async #enqueueBackup(backup: BackupRecord): Promise<BackupRecord> {
    const kind = backup.content.kind === 'import' ? 'import' : 'backup';
    const { scope, id } = backup;
    const job = await this.#queue.enqueue({ kind, trigger: 'manual', repositoryIds: [scope], input: { backupId: id } });
    return this.#services.catalog.backups.update(id, { jobId: job.id }, this.#now()) ?? backup;
  }

  async #enqueueRestore(restore: RestoreRecord): Promise<RestoreRecord> {
    const job = await this.#queue.enqueue({
      kind: 'restore',
      trigger: 'manual',
      repositoryIds: [restore.scope],
      input: { restore: restore.number },
    });
    return this.#services.catalog.restores.update(restore.number, { jobId: job.id }) ?? restore;
  }

  #assertRoom({ id, limits }: Scope, wanted: number): void {
    const { backups } = this.#services.catalog;
    if (limits.backups !== undefined) {
      const count = backups.count({ scope: id, states: ['queued', 'running', 'done'] });
      if (count + wanted > limits.backups) throw tooMany(limits.backups);
    }
    if (limits.createsPerMinute !== undefined) {
      const madeAt = backups.createdAtOf(id, limits.createsPerMinute) ?? Number.NEGATIVE_INFINITY;
      const agoMs = this.#now() - madeAt;
      // Less than nothing ago: the clock was set back.
      if (agoMs >= 0 && agoMs < minuteMs) throw tooSoon(Math.ceil((minuteMs - agoMs) / 1000));
    }
    const { storedBytes } = limits;
    if (storedBytes !== undefined && backups.totals(id).storedBytes >= storedBytes) throw full(storedBytes);
  }

  async #cancelJob(jobId: string | undefined): Promise<void> {
    if (jobId === undefined || this.#queue.get(jobId) === undefined) return;
    await this.#queue.cancel(jobId, 'Cancelled by the client.').catch((error: unknown) => {
      if (this.#queue.get(jobId) !== undefined) throw error;
    });
  }

  async #cancelAndWait(jobId: string | undefined): Promise<void> {
    if (jobId === undefined || this.#queue.get(jobId) === undefined) return;
    const ended = this.#endOf(jobId);
    await this.#cancelJob(jobId);
    if (this.#queue.get(jobId) !== undefined) await ended;
  }

  async #runToEnd(spec: JobSpec): Promise<void> {
    const job = await this.#queue.enqueue(spec);
    const ended = await this.#endOf(job.id);
    if (ended.state === 'done') return;
    if (ended.error !== undefined) throw HoldfastError.fromJSON(ended.error);
    throw new HoldfastError('conflict', ended.reason ?? 'It was stopped.', { retry: 'backoff' });
  }

  #endOf(jobId: string): Promise<Job> {
    return new Promise((resolve) => {
      this.#waiting.set(jobId, [...(this.#waiting.get(jobId) ?? []), resolve]);
    });
  }

  #now(): number {
    return this.#services.clock.now().getTime();
  }
}

function removal({ id, scope }: BackupRecord, trigger: JobTrigger, expire = false): JobSpec {
  return { kind: 'remove', trigger, repositoryIds: [scope], input: { backupId: id, expire } };
}

function tooMany(most: number): HoldfastError {
  return new HoldfastError('conflict', `There are ${most} backups already, as many as are allowed.`, {
    hint: 'Delete one first.',
    context: { limit: most },
  });
}

function tooSoon(seconds: number): HoldfastError {
  return new HoldfastError('too-many-requests', 'Backups are made too often.', {
    hint: `Try again in ${seconds} s.`,
    retry: 'backoff',
    context: { retryAfterSeconds: seconds },
  });
}

function full(bytes: number): HoldfastError {
  return new HoldfastError('no-space', `The ${bytes} bytes that are allowed are used up.`, {
    hint: 'Delete backups first.',
  });
}
