/** Waits for sources that were missing: a drive that is plugged in, a share that is mounted. */
import type { Clock } from '../../base/clock.ts';
import type { PresencePort } from '../../platform/presence.ts';

const lookEveryMs = 60_000;

/** Resolves when all are there (an empty mount point is not); rejects with `signal.reason`. */
export async function whenSourcesAreBack(
  sources: readonly string[],
  options: { readonly presence: PresencePort; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const { presence, clock, signal } = options;
  for (;;) {
    await clock.sleep(lookEveryMs, signal);
    const found = await Promise.all(sources.map((source) => presence.presence(source, signal)));
    if (found.every((one) => one === 'present' || one === 'unknown')) return;
  }
}
