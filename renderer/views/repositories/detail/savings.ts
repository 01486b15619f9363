/** How much smaller a repository is than all its versions together, over time. Pure. */
import type { CallAnswer } from '../../../data/agent-call.ts';

type Point = Pick<CallAnswer<'repositories', 'statistics'>[number], 'time' | 'packedBytes' | 'heldBytes'>;

export interface Saving {
  readonly time: string;
  /** All versions of that time together, as they would be restored. */
  readonly heldBytes: number;
  /** So many times what they took. */
  readonly times: number;
}

/** At each point where both were measured, as it was then: what is removed later takes nothing away. @param points oldest first */
export function savingsOf(points: readonly Point[]): Saving[] {
  return points.flatMap(({ time, packedBytes, heldBytes = 0 }) =>
    heldBytes === 0 || packedBytes === 0 ? [] : [{ time, heldBytes, times: heldBytes / packedBytes }],
  );
}
