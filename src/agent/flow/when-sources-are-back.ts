/** Waits for sources that were missing: a drive that is plugged in, a share that is mounted. */
import type { Clock } from '../../base/clock.ts';
import type { PresencePort } from '../../platform/presence.ts';

const lookEveryMs = 60_000;
/** What is there already when the waiting begins (an emptied folder) changes no sooner by looking often. */
const thereAlreadyMs = 60 * 60_000;

/**
 * Resolves when all are there again (an empty mount point is not), each minute at the soonest; after an hour, where none of
 * them is known to be missing. Rejects with `signal.reason`.
 */
export async function whenSourcesAreBack(
  sources: readonly string[],
  options: { readonly presence: PresencePort; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const { presence, clock, signal } = options;
  let wereMissing = false;
  for (let waitedMs = 0; ; waitedMs += lookEveryMs) {
    const found = await Promise.all(sources.map((source) => presence.presence(source, signal)));
    const areThere = found.every((one) => one === 'present' || one === 'unknown');
    if (areThere && (wereMissing || waitedMs >= thereAlreadyMs)) return;
    wereMissing ||= !areThere;
    await clock.sleep(lookEveryMs, signal);
  }
}
