/**
 * Pauses of a plan: for an hour, until tomorrow, until resumed.
 *
 * "Until tomorrow" ends at six in the morning, local time: the next one that is at least four hours away. So it is the same
 * night's morning for who asks at two o'clock, and not ten minutes for who asks at ten to six.
 */
import type { Plan } from '../../config/plan.ts';
import { nextRuns } from '../../jobs/schedule/next-time.ts';

export type Pause = NonNullable<Plan['paused']>;
/** As the control API says it. */
export type PauseLength = 'hour' | 'tomorrow' | 'resumed';

const hourMs = 3_600_000;
const shortestNightMs = 4 * hourMs;
const morning = '0 6 * * *';
/** A clock that is put right by less than this has not been set back. */
const setBackMs = hourMs;

/** @param timeZone of the IANA database; this host's own if left out */
export function makePause(length: PauseLength, now: Date, timeZone?: string): Pause {
  const since = now.toISOString();
  switch (length) {
    case 'hour':
      return { since, until: new Date(now.getTime() + hourMs).toISOString() };
    case 'tomorrow': {
      const earliest = new Date(now.getTime() + shortestNightMs - 1);
      const trigger = { kind: 'cron', expression: morning, ...(timeZone === undefined ? {} : { timeZone }) } as const;
      return { since, until: nextRuns(trigger, earliest, 1)[0]!.toISOString() };
    }
    case 'resumed':
      return { since };
  }
}

/** The pause, unless it is over. One that was made in the future (the clock has been set back since) is over, too. */
export function activePause(pause: Pause | undefined, now: Date): Pause | undefined {
  if (pause?.until === undefined) return pause;
  if (now.getTime() >= Date.parse(pause.until)) return undefined;
  if (pause.since !== undefined && now.getTime() < Date.parse(pause.since) - setBackMs) return undefined;
  return pause;
}
