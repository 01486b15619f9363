/** Which process a number means: numbers are given again, and after a restart of the machine very soon. */
import { readFileSync } from 'node:fs';
import { isProcessAlive } from './host.ts';

/**
 * The same text for as long as the process lives, and never again for another: on Linux the boot's id and the process's start
 * (proc(5): field 22 of stat). Undefined where that cannot be told, or there is no such process any more: one that has ended
 * and that its parent has not asked after (a zombie) is none.
 */
export function processIdentity(pid: number): string | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field, the program's name in brackets, may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, started] = [fields[0], fields[19]];
    return started === undefined || state === 'Z' || state === 'X' ? undefined : `${boot}/${started}`;
  } catch {
    return undefined;
  }
}

/** This process, as text that others can ask about. */
export function ownProcessMark(): string {
  return [process.pid, processIdentity(process.pid)].filter((part) => part !== undefined).join(' ');
}

/** Whether the process of a mark lives, as far as this platform can tell; on this machine only. */
export function isMarkAlive(mark: string): boolean {
  const [pid = '', identity] = mark.split(' ');
  return isProcessAlive(Number(pid)) && (identity === undefined || processIdentity(Number(pid)) === identity);
}
