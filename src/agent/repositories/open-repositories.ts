/**
 * Opens the repositories that the agent knows, by id.
 *
 * `open` gives one to write with: its own instance, since a backup claims places in its index. `read` gives one that
 * all readers share, its index loaded; it is loaded anew when snapshots came or went, and closed when nobody has used
 * it for a while. What index files said is kept for some minutes for the next one that is opened, so that the run after a
 * small change need not read them again; after that an idle agent holds no index.
 */
import type { Backend } from '../../backend/backend.ts';
import type { Clock } from '../../base/clock.ts';
import { HoldfastError } from '../../base/errors.ts';
import { type RepositoryConfig, repositorySecret } from '../../config/repository.ts';
import type { Id } from '../../format/id.ts';
import { listSnapshots, openRepository, type Repository, type StoredSnapshot } from '../../repository/mod.ts';
import { KeptIndexes } from './kept-indexes.ts';

export interface OpenRepositoriesOptions {
  readonly find: (id: string) => RepositoryConfig | undefined;
  readonly openBackend: (location: string) => Backend;
  readonly readSecret: (name: string, signal: AbortSignal) => Promise<string | undefined>;
  readonly clock: Clock;
  /** How long a shared one stays open unused. Default: 2 minutes. */
  readonly idleMs?: number;
}

/** A repository to read from, with its snapshots (oldest first) as they were when it was asked for. */
export interface ReadableRepository extends AsyncDisposable {
  readonly repository: Repository;
  readonly snapshots: readonly StoredSnapshot[];
}

interface Shared {
  readonly repository: Repository;
  snapshots: readonly StoredSnapshot[];
  users: number;
  idle: AbortController | undefined;
}

export class OpenRepositories implements AsyncDisposable {
  readonly #options: OpenRepositoriesOptions;
  readonly #keyHints = new Map<string, Id>();
  readonly #shared = new Map<string, Promise<Shared>>();
  readonly #indexes: KeptIndexes;

  constructor(options: OpenRepositoriesOptions) {
    this.#options = options;
    this.#indexes = new KeptIndexes(options.clock);
  }

  /** @throws `not-found` for an unknown id */
  config(id: string): RepositoryConfig {
    const config = this.#options.find(id);
    if (config !== undefined) return config;
    throw new HoldfastError('not-found', `There is no repository "${id}".`, {
      hint: 'holdfast repository list shows those that there are.',
      context: { repositoryId: id },
    });
  }

  /**
   * Opens one for the caller alone, who disposes of it.
   *
   * @throws `not-found` for an unknown id; `wrong-password`, also where none is kept; `no-repository`, also where another
   *   repository lies in its place
   */
  async open(id: string, signal: AbortSignal): Promise<Repository> {
    const config = this.config(id);
    const password = await this.#options.readSecret(repositorySecret(id), signal);
    if (password === undefined) throw passwordMissing(config);
    const keyHint = this.#keyHints.get(id);
    const repository = await openRepository({
      backend: this.#options.openBackend(config.location),
      password,
      signal,
      keptIndex: this.#indexes.of(id),
      ...(keyHint === undefined ? {} : { keyHint }),
    });
    if (repository.config.id !== config.repositoryId) {
      await repository[Symbol.asyncDispose]();
      throw otherRepository(config);
    }
    this.#keyHints.set(id, repository.keyId);
    return repository;
  }

  /** The shared one for reading; throws as `open`. Dispose of it soon. */
  async read(id: string, signal: AbortSignal): Promise<ReadableRepository> {
    const opening = this.#shared.get(id) ?? this.#openShared(id, signal);
    this.#shared.set(id, opening);
    let shared: Shared;
    try {
      shared = await opening;
    } catch (error) {
      if (this.#shared.get(id) === opening) this.#shared.delete(id);
      throw error;
    }
    shared.users += 1;
    shared.idle?.abort();
    shared.idle = undefined;
    try {
      await this.#refresh(shared, signal);
    } catch (error) {
      await this.#release(id, shared);
      throw error;
    }
    const { repository, snapshots } = shared;
    return { repository, snapshots, [Symbol.asyncDispose]: () => this.#release(id, shared) };
  }

  /** Whether a repository is there, without its password: for readiness. Throws why it is not. */
  async probe(id: string, signal: AbortSignal): Promise<{ readonly reachable: true }> {
    await using backend = this.#options.openBackend(this.config(id).location);
    await backend.stat({ type: 'config', name: 'config' }, signal);
    return { reachable: true };
  }

  /** Closes what is shared of it, and forgets what was kept: it was removed, or its password changed. */
  async close(id: string): Promise<void> {
    this.#keyHints.delete(id);
    this.#indexes.drop(id);
    await this.#closeShared(id);
  }

  async #closeShared(id: string): Promise<void> {
    const opening = this.#shared.get(id);
    this.#shared.delete(id);
    const shared = await opening?.catch(() => undefined);
    shared?.idle?.abort();
    await shared?.repository[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#shared.keys()].map((id) => this.close(id)));
    this.#indexes.dropAll();
  }

  async #openShared(id: string, signal: AbortSignal): Promise<Shared> {
    const repository = await this.open(id, signal);
    return { repository, snapshots: [], users: 0, idle: undefined };
  }

  /** New snapshots may need index files that were not there yet. */
  async #refresh(shared: Shared, signal: AbortSignal): Promise<void> {
    const known = new Set(shared.snapshots.map(({ id }) => id));
    let same = known.size > 0;
    let count = 0;
    for await (const { name } of shared.repository.listFiles('snapshot', signal)) {
      count += 1;
      same &&= known.has(name);
    }
    if (same && count === known.size) return;
    const snapshots = await listSnapshots(shared.repository, { signal, onDamaged: () => undefined });
    await shared.repository.loadIndex(signal);
    shared.snapshots = snapshots;
  }

  async #release(id: string, shared: Shared): Promise<void> {
    shared.users -= 1;
    if (shared.users > 0) return;
    const idle = new AbortController();
    shared.idle = idle;
    void this.#options.clock.sleep(this.#options.idleMs ?? 120_000, idle.signal).then(
      async () => {
        if (shared.users === 0 && (await this.#shared.get(id)) === shared) await this.#closeShared(id);
      },
      () => undefined,
    );
  }
}

function passwordMissing({ name, location }: RepositoryConfig): HoldfastError {
  return new HoldfastError(
    'wrong-password',
    `The password of the repository "${name}" (${location}) is not kept here.`,
    {
      hint: 'Give it again: holdfast repository password.',
    },
  );
}

function otherRepository({ name, location }: RepositoryConfig): HoldfastError {
  return new HoldfastError('no-repository', `Another repository lies at ${location} than the one called "${name}".`, {
    hint: 'Put the right disk in, or add this one as a repository of its own.',
    context: { location },
  });
}
