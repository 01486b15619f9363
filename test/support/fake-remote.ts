/**
 * A remote that lives in memory and can do everything: a real implementation of the port, told by tests what happens on it.
 *
 *     const remote = new FakeRemote();
 *     remote.put({ id: 'a', state: 'running' });   // somebody makes a backup there
 *     remote.fail = new HoldfastError('network', '…');   // it cannot be reached from now on
 */
import { HoldfastError } from '../../src/base/errors.ts';
import { onAbort } from '../../src/base/on-abort.ts';
import {
  type Capabilities,
  type CreateRemoteBackup,
  type ImportBackup,
  type Remote,
  type RemoteBackup,
  type RemoteDownload,
  type RemoteRestore,
  type RemoteRestoreState,
  type RestoreRemoteBackup,
  remoteActions,
} from '../../src/remote/remote.ts';

export class FakeRemote implements Remote {
  capabilities: Capabilities = {
    actions: new Set(remoteActions),
    createFields: new Set(['name', 'description', 'locked']),
    createNeeds: new Set(),
    listsAll: true,
    restoreInto: 'place',
    restoreTruncates: true,
  };
  /** Thrown by every call while it is set. */
  fail: Error | undefined;
  /** Thrown by `create` before anything is there. */
  failCreate: Error | undefined;
  /** Thrown by `create` after the backup is there: the answer is lost. */
  loseAnswer: Error | undefined;
  /** What was called, in order: "list", "create", "cancel a" … */
  readonly calls: string[] = [];
  restoreState: RemoteRestoreState = { state: 'done' };
  /** What `download` gives. */
  archive: RemoteDownload | undefined;
  readonly #backups = new Map<string, RemoteBackup>();
  readonly #changed = new Set<() => void>();
  #made = 0;
  #gate: Promise<void> = Promise.resolve();

  /** A backup is there, or is as this says from now on. */
  put(backup: RemoteBackup): void {
    this.#backups.set(backup.id, backup);
    for (const listener of [...this.#changed]) listener();
  }

  drop(id: string): void {
    this.#backups.delete(id);
  }

  /** Listings wait until what it returns is called, with what was there when they began. */
  holdListings(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    return resolve;
  }

  get backups(): readonly RemoteBackup[] {
    return [...this.#backups.values()].toReversed();
  }

  async test(): Promise<string> {
    this.#called('test');
    return `${this.#backups.size} backups`;
  }

  async *list(): AsyncGenerator<RemoteBackup, void> {
    this.#called('list');
    const there = this.backups;
    await this.#gate;
    if (this.fail !== undefined) throw this.fail;
    yield* there;
  }

  async get(id: string): Promise<RemoteBackup> {
    this.#called(`get ${id}`);
    return this.#find(id);
  }

  async create({ name, description, locked }: CreateRemoteBackup): Promise<readonly RemoteBackup[]> {
    this.#called('create');
    if (this.failCreate !== undefined) throw this.failCreate;
    const backup: RemoteBackup = {
      id: `made-${++this.#made}`,
      state: 'running',
      ...(name === undefined ? {} : { name }),
      ...(description === undefined ? {} : { description }),
      ...(locked === undefined ? {} : { locked }),
    };
    this.put(backup);
    if (this.loseAnswer !== undefined) throw this.loseAnswer;
    return [backup];
  }

  async wait(id: string, { onChange, signal }: Parameters<Remote['wait']>[1]): Promise<RemoteBackup> {
    this.#called(`wait ${id}`);
    let told: RemoteBackup | undefined;
    for (;;) {
      signal.throwIfAborted();
      if (this.fail !== undefined) throw this.fail;
      const backup = this.#find(id);
      if (backup !== told) onChange?.(backup);
      told = backup;
      if (backup.state !== 'running' && backup.state !== 'queued') return backup;
      await this.#change(signal);
    }
  }

  async cancel(id: string): Promise<void> {
    this.#called(`cancel ${id}`);
    this.put({ ...this.#find(id), state: 'cancelled' });
  }

  async cancelAll(): Promise<void> {
    this.#called('cancelAll');
    for (const backup of this.backups.filter(({ state }) => state === 'running')) {
      this.put({ ...backup, state: 'cancelled' });
    }
  }

  async update(id: string, change: { readonly name?: string; readonly description?: string }): Promise<RemoteBackup> {
    this.#called(`update ${id}`);
    this.put({ ...this.#find(id), ...change });
    return this.#find(id);
  }

  async setLocked(id: string, locked: boolean): Promise<RemoteBackup> {
    this.#called(`lock ${id}`);
    this.put({ ...this.#find(id), locked });
    return this.#find(id);
  }

  async delete(id: string): Promise<void> {
    this.#called(`delete ${id}`);
    this.#find(id);
    this.drop(id);
  }

  async destroyRepository(): Promise<void> {
    this.#called('destroy');
    this.#backups.clear();
  }

  async restore(id: string, { truncate }: RestoreRemoteBackup): Promise<RemoteRestore> {
    this.#called(`restore ${id}${truncate === true ? ' truncate' : ''}`);
    this.#find(id);
    return { backupId: id, id: `restore-${id}` };
  }

  async restoreStatus({ id }: RemoteRestore): Promise<RemoteRestoreState> {
    this.#called(`restoreStatus ${id}`);
    return this.restoreState;
  }

  async files(id: string) {
    this.#called(`files ${id}`);
    return [{ id: '1', name: `${this.#find(id).id}.tar.gz` }];
  }

  async download(id: string): Promise<RemoteDownload> {
    this.#called(`download ${id}`);
    this.#find(id);
    if (this.archive !== undefined) return this.archive;
    throw new HoldfastError('conflict', 'There is nothing to download yet.');
  }

  async import({ group }: ImportBackup): Promise<RemoteBackup> {
    this.#called('import');
    const backup: RemoteBackup = { id: `imported-${++this.#made}`, state: 'running', group };
    this.put(backup);
    return backup;
  }

  #called(what: string): void {
    this.calls.push(what);
    if (this.fail !== undefined) throw this.fail;
  }

  #find(id: string): RemoteBackup {
    const found = this.#backups.get(id);
    if (found !== undefined) return found;
    throw new HoldfastError('not-found', `There is no backup "${id}".`);
  }

  async #change(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#changed.add(resolve);
    using _ = onAbort(signal, resolve);
    await promise;
    this.#changed.delete(resolve);
  }
}
