/**
 * A claim that one process at a time holds: an empty folder, which only one can make. One that was left by a process that
 * was killed is taken over after a while.
 */
import { mkdirSync, rmdirSync, statSync, utimesSync } from 'node:fs';
import { type Clock, systemClock } from '../base/clock.ts';
import { fromSystemError, systemCode } from '../base/errors.ts';

const pollMs = 100;
/** Longer than whatever is done under a claim takes: a keychain may ask the user. */
const abandonedMs = 120_000;

/** Waits until nobody else holds it. Disposing removes it. @throws `permission`, `no-space` … if it cannot be made */
export async function claimFolder(
  path: string,
  options: { readonly signal: AbortSignal; readonly clock?: Clock },
): Promise<AsyncDisposable> {
  const { signal, clock = systemClock } = options;
  while (!claim(path, clock)) await clock.sleep(pollMs, signal);
  return { [Symbol.asyncDispose]: async () => rmdirSync(path) };
}

function claim(path: string, clock: Clock): boolean {
  try {
    mkdirSync(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw fromSystemError(error, `make ${path}`);
  }
  try {
    const now = clock.now();
    if (now.getTime() - statSync(path).mtimeMs < abandonedMs) return false;
    utimesSync(path, now, now);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false; // just released
    throw fromSystemError(error, `take over ${path}`);
  }
}
