/** Which snapshots of which repositories a question is about, and the repositories open to answer it. */
import { HoldfastError, type SerializedError, serializedError } from '../../base/errors.ts';
import type { Plan } from '../../config/plan.ts';
import type { RepositoryConfig } from '../../config/repository.ts';
import type { OpenRepositories, ReadableRepository, StoredSnapshot } from '../../repository/mod.ts';
import { planIdOf } from '../plans/plan-snapshots.ts';

export interface Asked {
  readonly repositoryId?: string | undefined;
  /** Only snapshots of this plan. */
  readonly planId?: string | undefined;
}

export interface SnapshotAccessOptions {
  readonly opened: OpenRepositories;
  readonly repositories: () => readonly RepositoryConfig[];
  /** @throws `not-found` */
  readonly plan: (id: string) => Plan;
}

export interface AskedRepository {
  readonly repositoryId: string;
  readonly repository: ReadableRepository['repository'];
  /** Oldest first. */
  readonly snapshots: readonly StoredSnapshot[];
}

/** A repository that could not be asked, and why. */
export interface UnreadRepository {
  readonly repositoryId: string;
  readonly error: SerializedError;
}

export class SnapshotAccess {
  readonly #options: SnapshotAccessOptions;

  constructor(options: SnapshotAccessOptions) {
    this.#options = options;
  }

  /**
   * Lets `work` ask each repository in turn, while it is open. Where no repository is named, one that cannot be read is
   * `unread`, if another answers.
   *
   * @throws `not-found` for an unknown id; what opening throws if no repository answers
   */
  async each<T>(
    asked: Asked,
    signal: AbortSignal,
    work: (one: AskedRepository) => Promise<T>,
  ): Promise<{ readonly answers: T[]; readonly unread: UnreadRepository[] }> {
    const answers: T[] = [];
    const unread: UnreadRepository[] = [];
    let failure: unknown;
    const ids = this.#ids(asked);
    for (const repositoryId of ids) {
      try {
        await using open = await this.#options.opened.read(repositoryId, signal);
        const { repository } = open;
        const snapshots = open.snapshots.filter(
          (stored) => asked.planId === undefined || planIdOf(stored) === asked.planId,
        );
        answers.push(await work({ repositoryId, repository, snapshots }));
      } catch (error) {
        signal.throwIfAborted();
        if (ids.length === 1) throw error;
        failure ??= error;
        unread.push({ repositoryId, error: serializedError(error) });
      }
    }
    if (answers.length === 0 && failure !== undefined) throw failure;
    return { answers, unread };
  }

  /** One snapshot, by its id or the start of it. @throws `not-found`; `invalid-input` where several begin so */
  async one<T>(
    repositoryId: string,
    snapshotId: string,
    signal: AbortSignal,
    work: (one: AskedRepository & { readonly snapshot: StoredSnapshot }) => Promise<T>,
  ): Promise<T> {
    await using open = await this.#options.opened.read(repositoryId, signal);
    const { repository, snapshots } = open;
    return await work({ repositoryId, repository, snapshots, snapshot: findSnapshot(snapshots, snapshotId) });
  }

  #ids({ repositoryId, planId }: Asked): readonly string[] {
    if (repositoryId !== undefined) return [repositoryId];
    if (planId !== undefined) return this.#options.plan(planId).repositories;
    return this.#options.repositories().map(({ id }) => id);
  }
}

/** `latest`, an id, or the start of one. */
export function findSnapshot(snapshots: readonly StoredSnapshot[], text: string): StoredSnapshot {
  const found = text === 'latest' ? snapshots.slice(-1) : snapshots.filter(({ id }) => id.startsWith(text));
  const [first, second] = found;
  if (first === undefined) {
    throw new HoldfastError('not-found', `There is no snapshot "${text}".`, {
      hint: 'It may have been removed since: list the snapshots again.',
      context: { snapshotId: text },
    });
  }
  if (second === undefined) return first;
  throw new HoldfastError('invalid-input', `The ids of ${found.length} snapshots start with "${text}".`, {
    hint: 'Give more characters of the id.',
  });
}
