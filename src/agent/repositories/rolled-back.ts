/**
 * What to say when the newest snapshot that was acknowledged is not in the repository any more.
 *
 * Retention always keeps a plan's newest snapshot. So when it is missing, either somebody removed it by hand, or an older
 * copy of the repository was put back. Which of the two, only the user knows: he is told, and nothing is held up.
 */
import type { StoredSnapshot } from '../../repository/mod.ts';

/** @param snapshots that are there, oldest first */
export function rollbackText(acknowledged: string, snapshots: readonly Pick<StoredSnapshot, 'timeNs'>[]): string {
  const newest = snapshots.at(-1);
  const state =
    newest === undefined
      ? 'It holds no snapshot at all.'
      : `The newest that it holds is of ${new Date(Number(newest.timeNs / 1_000_000n)).toISOString()}.`;
  return `The snapshot ${acknowledged.slice(0, 8)}, which was saved last, is no longer in the repository. ${state}`;
}
