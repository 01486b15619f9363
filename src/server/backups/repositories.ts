/**
 * The repositories of scopes: one each, at `<data>/repositories/<scope>`, made at its first backup. Their passwords are made here and
 * kept by platform/secrets.ts; the restic program opens them as any other.
 */
import { lstat, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Backend } from '../../backend/backend.ts';
import type { Clock } from '../../base/clock.ts';
import { fromSystemError, HoldfastError, isHoldfastError, systemCode } from '../../base/errors.ts';
import type { Secrets } from '../../platform/secrets.ts';
import {
  initKeptRepository,
  OpenRepositories,
  type ReadableRepository,
  type Repository,
  removeAbandonedLocks,
} from '../../repository/mod.ts';

export interface ScopeRepositoriesOptions {
  readonly folder: string;
  readonly openBackend: (location: string) => Backend;
  readonly secrets: Pick<Secrets, 'readSecret' | 'storeSecret'>;
  readonly clock: Clock;
}

export class ScopeRepositories implements AsyncDisposable {
  readonly #options: ScopeRepositoriesOptions;
  readonly #opened: OpenRepositories;
  readonly #backends = new Map<string, Backend>();

  constructor(options: ScopeRepositoriesOptions) {
    this.#options = options;
    this.#opened = new OpenRepositories({
      backend: async (scopeId) => options.openBackend(this.locationOf(scopeId)),
      clock: options.clock,
      otherRepository: (scopeId) => new HoldfastError('no-repository', `Another repository lies in ${scopeId}.`),
      async password(scopeId, signal) {
        const password = await options.secrets.readSecret(secretName(scopeId), signal);
        if (password !== undefined) return password;
        throw new HoldfastError('wrong-password', `The password of the repository of "${scopeId}" is not kept here.`, {
          hint: 'Put the secrets of the server back: they lie in its configuration folder, or in the keychain.',
        });
      },
    });
  }

  locationOf(scopeId: string): string {
    return join(this.#options.folder, scopeId);
  }

  /** Its files as they lie there; one for all callers. */
  backend(scopeId: string): Backend {
    const backend = this.#backends.get(scopeId) ?? this.#options.openBackend(this.locationOf(scopeId));
    this.#backends.set(scopeId, backend);
    return backend;
  }

  /** For writing, for the caller alone; made where there is none yet. Locks of processes that are dead are gone. */
  async open(scopeId: string, signal: AbortSignal): Promise<Repository> {
    const repository = await this.#openOrMake(scopeId, signal);
    try {
      await removeAbandonedLocks(repository, signal);
      return repository;
    } catch (error) {
      await repository[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #openOrMake(scopeId: string, signal: AbortSignal): Promise<Repository> {
    try {
      return await this.#opened.open(scopeId, signal);
    } catch (error) {
      if (!isHoldfastError(error, 'no-repository', 'wrong-password') || (await this.isThere(scopeId, signal)))
        throw error;
    }
    const { openBackend, secrets } = this.#options;
    const name = secretName(scopeId);
    const { repository } = await initKeptRepository({
      backend: openBackend(this.locationOf(scopeId)),
      kept: {
        read: (during) => secrets.readSecret(name, during),
        store: (password, during) => secrets.storeSecret(name, password, during),
      },
      signal,
    });
    return repository;
  }

  /** Shared with all who read. @throws `no-repository` */
  read(scopeId: string, signal: AbortSignal): Promise<ReadableRepository> {
    return this.#opened.read(scopeId, signal);
  }

  /** Closes what readers share of it. */
  release(scopeId: string): Promise<void> {
    return this.#opened.close(scopeId);
  }

  async isThere(scopeId: string, signal: AbortSignal): Promise<boolean> {
    await using backend = this.#options.openBackend(this.locationOf(scopeId));
    try {
      await backend.stat({ type: 'config', name: 'config' }, signal);
      return true;
    } catch (error) {
      if (isHoldfastError(error, 'not-found', 'no-repository')) return false;
      throw error;
    }
  }

  /** Whether any of its data are on the disk, also such as could not be removed. */
  async isAnyLeft(scopeId: string): Promise<boolean> {
    const location = this.locationOf(scopeId);
    const found = await Promise.all([kindOf(location), kindOf(asideOf(location))]);
    return found.some((kind) => kind !== undefined);
  }

  /** All of it at once, to be removed: when it rejects all is as it was, when it resolves there is no repository any more. */
  async setAside(scopeId: string): Promise<void> {
    await this.#opened.close(scopeId);
    const location = this.locationOf(scopeId);
    const kind = await kindOf(location);
    if (kind === undefined) return;
    // Only the link would go, and the data stay.
    if (kind === 'link') {
      throw new HoldfastError('unsupported', `${location} is a link: what it leads to is not removed.`, {
        hint: 'Remove what it leads to yourself.',
      });
    }
    await this.removeAside(scopeId);
    try {
      await rename(location, asideOf(location));
    } catch (error) {
      throw fromSystemError(error, `set aside ${location}`);
    }
  }

  /** When it resolves what was set aside is gone; when it rejects some may be left, and it can be tried again. */
  async removeAside(scopeId: string): Promise<void> {
    const aside = asideOf(this.locationOf(scopeId));
    try {
      await rm(aside, { recursive: true, force: true, maxRetries: 3 });
    } catch (error) {
      throw fromSystemError(error, `remove ${aside}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened[Symbol.asyncDispose]();
    await Promise.all(Array.from(this.#backends.values(), (backend) => backend[Symbol.asyncDispose]()));
  }
}

/** No scope is called so: ids have no dots. */
function asideOf(location: string): string {
  return `${location}.removed`;
}

async function kindOf(path: string): Promise<'link' | 'other' | undefined> {
  try {
    return (await lstat(path)).isSymbolicLink() ? 'link' : 'other';
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw fromSystemError(error, `look at ${path}`);
  }
}

function secretName(scopeId: string): string {
  return `server-${scopeId}-repository`;
}
