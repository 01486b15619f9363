/** Ends programs with all that they started: those that lead a process group of their own (`detached`). */
import { spawn } from 'node:child_process';
import type { Clock } from '../base/clock.ts';
import { systemCode } from '../base/errors.ts';

const pollMs = 50;

/**
 * Asks the group to end (SIGTERM), and ends what is left of it after `withinMs` (SIGKILL).
 *
 * @param pid of the program that was started `detached`, and so leads the group; undefined if it was not started
 */
export async function endGroup(pid: number | undefined, withinMs: number, clock: Clock): Promise<void> {
  if (pid === undefined) return;
  if (process.platform === 'win32') return endTree(pid);
  const untilMs = clock.monotonicMs() + withinMs;
  const never = new AbortController().signal;
  for (let isThere = signalGroup(pid, 'SIGTERM'); isThere; isThere = signalGroup(pid, 0)) {
    if (clock.monotonicMs() >= untilMs) break;
    await clock.sleep(pollMs, never);
  }
  signalGroup(pid, 'SIGKILL');
}

/** @returns whether there is anybody in it */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

/** Windows knows no groups, and asks nobody. */
async function endTree(pid: number): Promise<void> {
  const killer = spawn('taskkill', ['/pid', String(pid), '/t', '/f'], { stdio: 'ignore', windowsHide: true });
  await new Promise<void>((resolve) => {
    killer.once('error', () => resolve());
    killer.once('exit', () => resolve());
  });
}
