/**
 * Which share of a repository's data a check reads back: another one each time, so that after some checks all was read. Pure.
 *
 * Shares are parts of restic's kind (`--read-data-subset n/t`, packs by their id): a pack stays in its part, whatever is added
 * meanwhile. A part counts as read only when its check was done.
 */
import { z } from 'zod';
import type { ReadSubset } from '../../repository/mod.ts';

export const readShareSchema = z.object({ part: z.int().min(1), of: z.int().min(1) });

/** Part `part` (from 1) of `of`. */
export type ReadShare = z.infer<typeof readShareSchema>;

/**
 * @param percent how much to read at most, 0 to 100 (at least a part of a hundred where it is more than 0)
 * @param last what the last check that was done has read
 * @returns undefined where nothing is read
 */
export function nextReadShare(percent: number, last: ReadShare | undefined): ReadShare | undefined {
  if (percent <= 0) return undefined;
  const of = Math.min(100, Math.ceil(100 / percent));
  if (last === undefined) return { part: 1, of };
  // With another percentage it goes on from about the same place.
  const partsDone = Math.floor((last.part * of) / last.of);
  return { part: (partsDone % of) + 1, of };
}

/** As the engine's check takes it. */
export function readSubsetOf({ part, of }: ReadShare): ReadSubset {
  return of === 1 ? { kind: 'all' } : { kind: 'part', part, of };
}
