/** How much smaller a repository is than all its versions together, over time. Pure. */
import type { CallAnswer } from '../../../data/agent-call.ts';

type Point = CallAnswer<'repositories', 'statistics'>[number];
type SnapshotView = Pick<CallAnswer<'snapshots', 'list'>[number], 'time' | 'bytes'>;

export interface Saving {
  readonly time: string;
  /** All versions together, as they would be restored. */
  readonly heldBytes: number;
  /** So many times what they take. */
  readonly times: number;
}

/**
 * At each point, of the versions that were made by then and are still there: what was removed since is not known any more.
 *
 * @param points oldest first
 */
export function savingsOf(points: readonly Point[], snapshots: readonly SnapshotView[]): Saving[] {
  const oldestFirst = snapshots.toSorted((a, b) => (a.time < b.time ? -1 : 1));
  let at = 0;
  let heldBytes = 0;
  return points.flatMap(({ time, packedBytes }) => {
    for (; at < oldestFirst.length && (oldestFirst[at]?.time ?? '') <= time; at++)
      heldBytes += oldestFirst[at]?.bytes ?? 0;
    return heldBytes === 0 || packedBytes === 0 ? [] : [{ time, heldBytes, times: heldBytes / packedBytes }];
  });
}
