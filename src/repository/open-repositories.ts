/**
 * Opens repositories by the ids that its owner knows them by.
 *
 * `open` gives one to write with: its own instance, since a backup claims places in its index. `read` gives one that
 * all readers share, its index loaded; it is loaded anew when snapshots or index files came or went, and closed when nobody has used
 * it for a while. What index files said is kept for some minutes for the next one that is opened, so that the run after a
 * small change need not read them again; after that an idle process holds no index.
 */
import type { Backend } from '../backend/backend.ts';
import type { Clock } from '../base/clock.ts';
import type { Id } from '../format/id.ts';
import { KeptIndexes } from './kept-indexes.ts';
import { openRepository, type Repository } from './repository.ts';
import { listSnapshots, type StoredSnapshot } from './snapshots.ts';

export interface OpenRepositoriesOptions {
  /** Where it lies. Throws `not-found` for an unknown id. */
  readonly backend: (id: string, signal: AbortSignal) => Promise<Backend>;
  /** Its own id (of its config) that it must have; any where there is none. */
  readonly repositoryId?: (id: string) => string;
  /** Throws `wrong-password` where none is kept. */
  readonly password: (id: string, signal: AbortSignal) => Promise<string>;
  /** What to say where another repository lies in its place. */
  readonly otherRepository: (id: string) => Error;
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
  readonly opening: Promise<Repository>;
  snapshots: readonly StoredSnapshot[];
  /** Names of the snapshot and index files that it has read. */
  files: ReadonlySet<string>;
  /** Who reads, or waits for it to be opened. */
  users: number;
  idle: AbortController | undefined;
}

export class OpenRepositories implements AsyncDisposable {
  readonly #options: OpenRepositoriesOptions;
  readonly #keyHints = new Map<string, Id>();
  readonly #shared = new Map<string, Shared>();
  readonly #indexes: KeptIndexes;

  constructor(options: OpenRepositoriesOptions) {
    this.#options = options;
    this.#indexes = new KeptIndexes(options.clock);
  }

  /**
   * Opens one for the caller alone, who disposes of it.
   *
   * @throws `not-found` for an unknown id; `wrong-password`, also where none is kept; `no-repository`, also where another
   *   repository lies in its place
   */
  async open(id: string, signal: AbortSignal): Promise<Repository> {
    const backend = await this.#options.backend(id, signal);
    const repositoryId = this.#options.repositoryId?.(id);
    const password = await this.#options.password(id, signal);
    const keyHint = this.#keyHints.get(id);
    const repository = await openRepository({
      backend,
      password,
      signal,
      keptIndex: this.#indexes.of(id),
      ...(keyHint === undefined ? {} : { keyHint }),
    });
    if (repositoryId !== undefined && repository.config.id !== repositoryId) {
      await repository[Symbol.asyncDispose]();
      throw this.#options.otherRepository(id);
    }
    this.#keyHints.set(id, repository.keyId);
    return repository;
  }

  /** The shared one for reading; throws as `open`. Dispose of it soon. */
  async read(id: string, signal: AbortSignal): Promise<ReadableRepository> {
    const known = this.#shared.get(id);
    const shared = known ?? {
      opening: this.open(id, signal),
      snapshots: [],
      files: new Set(),
      users: 0,
      idle: undefined,
    };
    this.#shared.set(id, shared);
    shared.users += 1;
    shared.idle?.abort();
    try {
      const repository = await shared.opening;
      await this.#refresh(repository, shared, signal);
      const { snapshots } = shared;
      return { repository, snapshots, [Symbol.asyncDispose]: async () => this.#release(id, shared) };
    } catch (error) {
      this.#release(id, shared);
      const isOpen = await shared.opening.then(
        () => true,
        () => false,
      );
      if (!isOpen && this.#shared.get(id) === shared) this.#shared.delete(id);
      // It failed for him who asked first, perhaps because he went away.
      if (!isOpen && known !== undefined && !signal.aborted) return this.read(id, signal);
      throw error;
    }
  }

  /** Whether a repository is there, without its password: for readiness. Throws why it is not. */
  async probe(id: string, signal: AbortSignal): Promise<{ readonly reachable: true }> {
    await using backend = await this.#options.backend(id, signal);
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
    const shared = this.#shared.get(id);
    this.#shared.delete(id);
    shared?.idle?.abort();
    const repository = await shared?.opening.catch(() => undefined);
    await repository?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#shared.keys()].map((id) => this.close(id)));
    this.#indexes.dropAll();
  }

  /** New snapshots may need index files that were not there yet; a prune writes other index files for the same snapshots. */
  async #refresh(repository: Repository, shared: Shared, signal: AbortSignal): Promise<void> {
    const files = new Set<string>();
    for (const type of ['snapshot', 'index'] as const) {
      for await (const { name } of repository.listFiles(type, signal)) files.add(name);
    }
    if (files.size > 0 && files.size === shared.files.size && files.isSubsetOf(shared.files)) return;
    const snapshots = await listSnapshots(repository, { signal, onDamaged: () => undefined });
    await repository.loadIndex(signal);
    shared.snapshots = snapshots;
    shared.files = files;
  }

  #release(id: string, shared: Shared): void {
    shared.users -= 1;
    if (shared.users > 0 || this.#shared.get(id) !== shared) return;
    const idle = new AbortController();
    shared.idle = idle;
    void this.#options.clock.sleep(this.#options.idleMs ?? 120_000, idle.signal).then(
      () => (shared.users === 0 && this.#shared.get(id) === shared ? this.#closeShared(id) : undefined),
      () => undefined,
    );
  }
}
