/**
 * Whether the times of a plan's snapshots can be trusted for retention. Pure.
 *
 * A clock that jumped forward makes the next snapshot look as if all others were old: "within 30 days" would remove them all.
 * From the times alone that cannot be told from a long absence, and both get the same care: nothing expires until three
 * snapshots over three days lie behind the gap. By then the clock was put right (snapshots in the future are kept, and count
 * for nothing: repository/forget/policy.ts), or it was an absence. A gap is what is three times as long as any before it but
 * one: a single long one may be of a clock that had jumped before, two are what is usual for the plan.
 */
const dayMs = 86_400_000;
const shortestGapMs = 2 * dayMs;
const timesUsual = 3;
const settledSnapshots = 3;
const settledMs = 3 * dayMs;

export interface ClockDoubt {
  /** The snapshots around the gap. */
  readonly before: Date;
  readonly after: Date;
  readonly text: string;
}

/** @param times of all snapshots of the plan, in any order; those in the future left out */
export function findClockDoubt(times: readonly Date[]): ClockDoubt | undefined {
  const sorted = times.map((time) => time.getTime()).toSorted((a, b) => a - b);
  const newest = sorted.at(-1);
  let longest: readonly [firstMs: number, secondMs: number] = [0, 0];
  let gap: { readonly before: number; readonly after: number; readonly followers: number } | undefined;
  for (const [at, before] of sorted.slice(0, -1).entries()) {
    const after = sorted[at + 1] ?? before;
    const lengthMs = after - before;
    const isGap = lengthMs > Math.max(shortestGapMs, timesUsual * longest[1]);
    if (isGap) gap = { before, after, followers: sorted.length - at - 1 };
    longest = [Math.max(longest[0], lengthMs), Math.max(longest[1], Math.min(longest[0], lengthMs))];
  }
  if (gap === undefined || newest === undefined) return undefined;
  if (gap.followers >= settledSnapshots && newest - gap.after >= settledMs) return undefined;
  const days = Math.round((gap.after - gap.before) / dayMs);
  return {
    before: new Date(gap.before),
    after: new Date(gap.after),
    text: `No snapshot was made for ${days} days, or the clock has jumped: old snapshots are kept for some days more.`,
  };
}
