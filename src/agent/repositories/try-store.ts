/** What a repository's store lets us do, found out by doing it: write, read back, list, remove. Leaves nothing behind. */
import { randomBytes } from 'node:crypto';
import { HoldfastError, isHoldfastError } from '../../base/errors.ts';
import { type Repository, startLock } from '../../repository/mod.ts';

export interface StoreAbilities {
  readonly writable: boolean;
  /** Everything but locks stays for ever. */
  readonly appendOnly: boolean;
}

/** @throws `corrupt` for a store that loses or changes what it was given; what the backend throws */
export async function tryStore(repository: Repository, signal: AbortSignal): Promise<StoreAbilities> {
  if (!(await canWrite(repository, signal))) return { writable: false, appendOnly: false };
  try {
    // A file that is not there: nothing is lost, and a store that refuses to remove says so.
    await repository.backend.remove({ type: 'data', name: randomBytes(32).toString('hex') }, signal);
    return { writable: true, appendOnly: false };
  } catch (error) {
    if (isHoldfastError(error, 'append-only', 'permission')) return { writable: true, appendOnly: true };
    throw error;
  }
}

async function canWrite(repository: Repository, signal: AbortSignal): Promise<boolean> {
  try {
    const before = await lockNames(repository, signal);
    await using _ = await startLock(repository, { exclusive: false, waitMs: 0, signal });
    const made = (await lockNames(repository, signal)).difference(before);
    if (made.size === 0) throw forgetful(repository);
    // Checked against their names.
    for (const id of made) await repository.readSealed('lock', id, signal).catch(goneMeanwhile);
    return true;
  } catch (error) {
    if (isHoldfastError(error, 'locked')) return true;
    if (isHoldfastError(error, 'permission', 'append-only', 'no-space')) return false;
    throw error;
  }
}

async function lockNames(repository: Repository, signal: AbortSignal): Promise<Set<string>> {
  const names = new Set<string>();
  for await (const { name } of repository.listFiles('lock', signal)) names.add(name);
  return names;
}

/** Another program's lock may be removed by that. */
function goneMeanwhile(error: unknown): undefined {
  if (isHoldfastError(error, 'not-found')) return undefined;
  throw error;
}

function forgetful({ backend }: Repository): HoldfastError {
  return new HoldfastError('corrupt', `${backend.location} took a file and does not list it.`, {
    hint: 'Do not use this place for backups.',
    context: { location: backend.location },
  });
}
