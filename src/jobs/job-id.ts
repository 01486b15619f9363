/** Ids of jobs: the time of creation and a random part, in letters that sort as they were made. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';

/** Enough for milliseconds until the year 5188. */
const timeDigits = 9;

/** Each id sorts after the one before, even within a millisecond and after the clock was set back. */
export function jobIdFactory(clock: Clock): () => string {
  let last = 0;
  return () => {
    last = Math.max(last + 1, clock.now().getTime());
    return `${last.toString(36).padStart(timeDigits, '0')}${randomBytes(4).toString('hex')}`;
  };
}
