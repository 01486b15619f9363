/** The data sets by name. */
import { planGrowth } from './growth.ts';
import { planDedup, planLarge } from './large.ts';
import type { Plan } from './plan.ts';
import { planSmall } from './small.ts';

export const SET_NAMES = ['small', 'large', 'dedup', 'growth-10k', 'growth-100k', 'growth-1M'] as const;
export type SetName = (typeof SET_NAMES)[number];

/** @param scale 1 for the full size, 0.01 for a quick look; the kinds and their distribution stay. */
export function planSet(name: SetName, scale: number): Plan {
  switch (name) {
    case 'small':
      return planSmall(scale);
    case 'large':
      return planLarge(scale);
    case 'dedup':
      return planDedup(scale);
    case 'growth-10k':
      return planGrowth(Math.round(10_000 * scale));
    case 'growth-100k':
      return planGrowth(Math.round(100_000 * scale));
    case 'growth-1M':
      return planGrowth(Math.round(1_000_000 * scale));
  }
}
