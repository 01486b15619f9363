/** When new versions are looked for, fetched and installed: never unless the user wants it, and never during a job. */
import { type AgentView, runningJobs } from '../agent/agent-view.ts';

export interface UpdateFacts {
  /** The user's setting; off unless he turns it on. */
  readonly isWanted: boolean;
  /** Only an installed program can be replaced. */
  readonly isPackaged: boolean;
  readonly view: AgentView;
  readonly lastCheckedAt: Date | undefined;
  /** The version that was found, and whether it is on this machine. */
  readonly found: { readonly version: string; readonly isDownloaded: boolean } | undefined;
  readonly now: Date;
}

export const checkEveryMs = 24 * 3_600_000;

/** What to do now. `offer`: an entry of the tray's menu installs it, when the user says so. */
export function updateDecision(facts: UpdateFacts): 'nothing' | 'check' | 'download' | 'offer' {
  const { isWanted, isPackaged, view, lastCheckedAt, found, now } = facts;
  if (!isWanted || !isPackaged || isBusy(view)) return 'nothing';
  if (found !== undefined) return found.isDownloaded ? 'offer' : 'download';
  const ageMs = lastCheckedAt === undefined ? checkEveryMs : Math.abs(now.getTime() - lastCheckedAt.getTime());
  return ageMs >= checkEveryMs ? 'check' : 'nothing';
}

/** What waits counts, too: it would begin in the middle of it. */
function isBusy(view: AgentView): boolean {
  return runningJobs(view).length > 0 || (view.status?.jobs.length ?? 0) > 0;
}
