/** The watch's figures in words. */
import type { WatchResult } from './measure-watch.ts';

/** What the agent may take while it only watches, and how soon a change has to be saved. */
const limits = { readySeconds: 2, residentMb: 150, idleShare: 0.001, changeSeconds: 1 };

export function watchText({ idle, changeSeconds, resticSeconds }: WatchResult): string {
  const costs = idle.map(
    (one) =>
      `watch by ${one.kind}: ${one.folders} folders, ready after ${one.readySeconds.toFixed(2)} s ` +
      `(of the lean one at most ${limits.readySeconds}), ${megabytes(one.residentBytes)} MB ` +
      `(at most ${limits.residentMb}), at the start ${megabytes(one.peakBytes)} MB, ` +
      `idle ${(one.idleShare * 100).toFixed(3)} % of a core (at most ${limits.idleShare * 100} %)`,
  );
  const restic = resticSeconds === undefined ? '' : `; restic backup ${resticSeconds.toFixed(2)} s`;
  const change = `one file changed: in a snapshot ${changeSeconds.toFixed(2)} s after the quiet period (at most ${limits.changeSeconds})`;
  return [...costs, `${change}${restic}`].join('\n');
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
