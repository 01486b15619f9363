/** How long until a remote is asked for news again. Pure. */

const minuteMs = 60_000;
const quickestMs = 2_000;
const slowestQuickMs = 30_000;
/** What has gone on for so long without a change is looked at as if nothing went on. */
const quickForMs = 6 * 60 * minuteMs;
/** A share more or less, so that many clients spread out. */
const jitter = 0.2;

export interface PollFacts {
  readonly pollMinutes: number;
  /** Since something that goes on there last changed, or somebody last looked; undefined when nothing does and nobody did. */
  readonly quickSinceMs: number | undefined;
  /** Questions without an answer since the last one that had one. */
  readonly failures: number;
  /** In [0, 1). */
  readonly random: () => number;
}

/**
 * Milliseconds: from two seconds to half a minute while something goes on; after a failure a minute, two, four …; else the
 * minutes of the remote, which are never passed over.
 */
export function pollDelayMs({ pollMinutes, quickSinceMs, failures, random }: PollFacts): number {
  const usualMs = pollMinutes * minuteMs;
  const spread = 1 - jitter / 2 + jitter * random();
  if (failures > 0) return Math.min(usualMs, minuteMs * 2 ** Math.min(failures - 1, 20)) * spread;
  if (quickSinceMs === undefined || quickSinceMs > quickForMs) return usualMs * spread;
  return Math.min(usualMs, slowestQuickMs, Math.max(quickestMs, quickSinceMs / 10)) * spread;
}
