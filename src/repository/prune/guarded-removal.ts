/** Removes files while the lock is held: it is looked at before the first, and again whenever seconds have passed. */
import { mapBounded } from '../../base/concurrency.ts';
import { HoldfastError, isHoldfastError } from '../../base/errors.ts';
import type { Id } from '../../format/id.ts';
import type { RepositoryLock } from '../locks.ts';
import type { Repository } from '../repository.ts';

export interface RemovalOptions {
  readonly repository: Repository;
  readonly lock: RepositoryLock;
  readonly signal: AbortSignal;
  readonly onRemoved?: (id: Id) => void;
}

/** A process that was asleep for longer must not go on as if nothing had happened. */
const trustLockMs = 2000;

/**
 * Every file, or an error.
 *
 * @throws `locked` if the lock is lost; `append-only`; the backend's codes
 */
export async function removeFiles(
  type: 'data' | 'index' | 'snapshot',
  ids: Iterable<Id>,
  options: RemovalOptions,
): Promise<void> {
  const { repository, lock, signal, onRemoved } = options;
  let verifiedMs = Number.NEGATIVE_INFINITY;
  await mapBounded(ids, repository.backend.connections, signal, async (id) => {
    if (Math.abs(Date.now() - verifiedMs) > trustLockMs) {
      await lock.verify(signal);
      verifiedMs = Date.now();
    }
    try {
      await repository.removeFile(type, id, signal);
    } catch (error) {
      throw explained(error);
    }
    onRemoved?.(id);
  });
}

function explained(error: unknown): unknown {
  if (!isHoldfastError(error, 'append-only')) return error;
  return new HoldfastError('append-only', 'This store only takes new files: nothing can be removed from it here.', {
    hint: 'Run it with access that may remove files, usually on the machine that holds the store.',
    cause: error,
  });
}
