/** Where the window opens: where it was, as far as that is on a display now. Lengths are in device-independent pixels. */
import { z } from 'zod';

const length = z.int().min(-100_000).max(100_000);
export const boundsSchema = z.object({ x: length, y: length, width: length, height: length });
export type Bounds = Readonly<z.infer<typeof boundsSchema>>;

export const smallest = { width: 900, height: 600 } as const;
const usual = { width: 1_180, height: 780 } as const;

/**
 * Inside the work area of the display that shows most of it; in the middle of the first one when no display shows any.
 *
 * @param workAreas of all displays, the primary one first; at least one
 */
export function clampBounds(wanted: Bounds | undefined, workAreas: readonly [Bounds, ...Bounds[]]): Bounds {
  const [primary] = workAreas;
  if (wanted === undefined) return centred(usual, primary);
  const best = workAreas.toSorted((a, b) => overlap(wanted, b) - overlap(wanted, a))[0] ?? primary;
  if (overlap(wanted, best) === 0) return centred(wanted, primary);
  const size = fitted(wanted, best);
  return {
    ...size,
    x: Math.min(Math.max(wanted.x, best.x), best.x + best.width - size.width),
    y: Math.min(Math.max(wanted.y, best.y), best.y + best.height - size.height),
  };
}

type Size = Pick<Bounds, 'width' | 'height'>;

function centred(size: Size, area: Bounds): Bounds {
  const { width, height } = fitted(size, area);
  return {
    x: area.x + Math.round((area.width - width) / 2),
    y: area.y + Math.round((area.height - height) / 2),
    width,
    height,
  };
}

/** At least as large as the window works with, and never larger than the display. */
function fitted({ width, height }: Size, area: Size): Size {
  return {
    width: Math.min(Math.max(width, smallest.width), area.width),
    height: Math.min(Math.max(height, smallest.height), area.height),
  };
}

function overlap(a: Bounds, b: Bounds): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return Math.max(0, width) * Math.max(0, height);
}
