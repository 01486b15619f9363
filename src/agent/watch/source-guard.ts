/**
 * Looks from time to time at what no event tells: whether the sources are the same folders still (one that was unmounted,
 * mounted over, or made anew has no watch any more), which file systems are mounted in them, and whether the machine slept.
 */
import { readFileSync } from 'node:fs';
import type { ByteString } from '../../base/byte-string.ts';
import type { Clock } from '../../base/clock.ts';
import type { FullScanReason } from './changes.ts';
import { statIfThere } from './folder-identity.ts';

export const lookEveryMs = 10_000;
/** A look that late means that nothing ran meanwhile; a wall clock that gained as much over the other, that the machine slept. */
const sleptMs = 30_000;
const mountsFile = '/proc/self/mountinfo';

export interface SourceGuardOptions {
  readonly sources: readonly ByteString[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onTrouble: (reason: FullScanReason) => void;
}

/** Guards until the signal is aborted. */
export async function guardSources({ sources, clock, signal, onTrouble }: SourceGuardOptions): Promise<void> {
  let state = stateOf(sources);
  let wallMs = clock.now().getTime();
  let steadyMs = clock.monotonicMs();
  while (!signal.aborted) {
    try {
      await clock.sleep(lookEveryMs, signal);
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    const passed = { wallMs: clock.now().getTime() - wallMs, steadyMs: clock.monotonicMs() - steadyMs };
    wallMs += passed.wallMs;
    steadyMs += passed.steadyMs;
    if (passed.wallMs - passed.steadyMs > sleptMs || passed.steadyMs > lookEveryMs + sleptMs) onTrouble('sleep');
    const now = stateOf(sources);
    if (now !== state) onTrouble('source-replaced');
    state = now;
  }
}

/** A text that is another one when a source is another one, or something is mounted on it or below. */
function stateOf(sources: readonly ByteString[]): string {
  const mounts = mountPoints();
  return sources
    .map((source) => {
      const stat = statIfThere(source);
      const below = mounts.filter(({ path }) => path === source || path.startsWith(`${source}/`)).map(({ id }) => id);
      // A file is made anew by every editor that saves it: that is a change like any other.
      const itself = stat?.kind === 'dir' ? [stat.inode, stat.device] : [stat?.kind];
      return [source, ...itself, ...below].join(' ');
    })
    .join('\n');
}

interface MountPoint {
  readonly id: string;
  readonly path: ByteString;
}

/** proc_pid_mountinfo(5): "36 35 98:0 /root /mount/point …", spaces in paths as \040. None where there is no such file. */
function mountPoints(): MountPoint[] {
  let text: string;
  try {
    text = readFileSync(mountsFile, 'latin1');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => {
    const [id, , , , path] = line.split(' ');
    if (id === undefined || path === undefined) return [];
    return [{ id, path: path.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))) }];
  });
}
