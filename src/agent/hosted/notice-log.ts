/**
 * The log of an agent that has no terminal: agent.log in its folder, where `agent start --background` has it, too. Only this user
 * can read it. One that has grown large is begun anew at the agent's start. A log that cannot be written is no reason to end.
 */
import { appendFileSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

const largestBytes = 4 << 20;

/** @returns what takes the lines */
export function noticeLog(folder: string, now: () => Date): (message: string) => void {
  const path = join(folder, 'agent.log');
  quietly(() => {
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > largestBytes) rmSync(path);
  });
  return (message) =>
    quietly(() => {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      appendFileSync(path, `${now().toISOString()}  ${message}\n`, { mode: 0o600 });
    });
}

function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // As the header says.
  }
}
