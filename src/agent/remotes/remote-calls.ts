/** Calls to a remote that are done at once, with what they tell kept: who looks next sees it. */
import { HoldfastError, isHoldfastError } from '../../base/errors.ts';
import type { RemoteConfig } from '../../config/remote.ts';
import type { Remote, RemoteAction, RemoteBackup } from '../../remote/remote.ts';
import type { RemoteNews } from './remote-news.ts';
import type { RemoteService } from './remote-service.ts';
import type { RemoteStates } from './remote-states.ts';

export interface RemoteCallsOptions {
  readonly remotes: Pick<RemoteService, 'get' | 'open'>;
  readonly states: RemoteStates;
  readonly onSeen: (remote: RemoteConfig, news: readonly RemoteNews[]) => void;
}

const words: Readonly<Record<RemoteAction, string>> = {
  cancel: 'end the making of a backup',
  cancelAll: 'end everything at once',
  rename: 'rename a backup',
  describe: 'describe a backup',
  lock: 'lock a backup',
  delete: 'delete a backup',
  destroyRepository: 'remove all backups at once',
  restore: 'restore a backup',
  restoreStatus: 'tell how a restore goes on',
  download: 'download a backup',
  import: 'import a backup',
  files: 'list the files of a backup',
};

export class RemoteCalls {
  readonly #options: RemoteCallsOptions;

  constructor(options: RemoteCallsOptions) {
    this.#options = options;
  }

  /** The client of a remote that can do it. @throws `unsupported` naming the dialect, `not-found` */
  async able(id: string, action: RemoteAction, signal: AbortSignal): Promise<Remote> {
    const remote = await this.#options.remotes.open(id, signal);
    if (remote.capabilities.actions.has(action)) return remote;
    const { dialect, name } = this.#options.remotes.get(id);
    throw new HoldfastError('unsupported', `"${name}" is of the kind "${dialect}", which cannot ${words[action]}.`, {
      context: { remoteId: id, dialect, action },
    });
  }

  async backup(id: string, backupId: string, signal: AbortSignal): Promise<RemoteBackup> {
    const remote = await this.#options.remotes.open(id, signal);
    try {
      return await this.seen(id, await remote.get(backupId, signal));
    } catch (error) {
      if (isHoldfastError(error, 'not-found')) await this.gone(id, backupId);
      throw error;
    }
  }

  /** Name and description; only what the dialect has. */
  async change(
    id: string,
    backupId: string,
    change: { readonly name?: string; readonly description?: string },
    signal: AbortSignal,
  ): Promise<RemoteBackup> {
    const remotes = [
      ...(change.name === undefined ? [] : [await this.able(id, 'rename', signal)]),
      ...(change.description === undefined ? [] : [await this.able(id, 'describe', signal)]),
    ];
    return this.seen(id, await remotes[0]!.update(backupId, change, signal));
  }

  async lock(id: string, backupId: string, locked: boolean, signal: AbortSignal): Promise<RemoteBackup> {
    return this.seen(id, await (await this.able(id, 'lock', signal)).setLocked(backupId, locked, signal));
  }

  async delete(id: string, backupId: string, signal: AbortSignal): Promise<void> {
    await (await this.able(id, 'delete', signal)).delete(backupId, signal);
    await this.gone(id, backupId);
  }

  /** What was learned of a backup. @returns it */
  async seen(id: string, backup: RemoteBackup): Promise<RemoteBackup> {
    const { remotes, states, onSeen } = this.#options;
    onSeen(remotes.get(id), await states.seen(id, backup));
    return backup;
  }

  async gone(id: string, backupId: string): Promise<void> {
    const { remotes, states, onSeen } = this.#options;
    onSeen(remotes.get(id), await states.removed(id, backupId));
  }
}
