/** Which process a number means: numbers are given again, and after a restart of the machine very soon. */
import { readFileSync } from 'node:fs';

/**
 * The same text for as long as the process lives, and never again for another: on Linux the boot's id and the process's start
 * (proc(5): field 22 of stat). Undefined where that cannot be told, or there is no such process.
 */
export function processIdentity(pid: number): string | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field, the program's name in brackets, may hold anything.
    const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return started === undefined ? undefined : `${boot}/${started}`;
  } catch {
    return undefined;
  }
}
