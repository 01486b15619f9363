/** Which icon the tray shows: the agent's own verdict, unless it cannot be heard, or works although nothing is the matter. */
import { type AgentView, runningJobs } from '../agent/agent-view.ts';

export const iconStates = ['idle', 'running', 'paused', 'attention', 'error', 'disconnected'] as const;
export type IconState = (typeof iconStates)[number];

export function iconState(view: AgentView): IconState {
  const { connection, status } = view;
  if (connection.state !== 'ready' || status === undefined) return 'disconnected';
  const { state } = status;
  const isCalm = state === 'idle' || state === 'paused';
  return isCalm && runningJobs(view).length > 0 ? 'running' : state;
}

/** 0 to 1 over all that is at work and knows its size; undefined when nothing does. For the window's task bar icon. */
export function overallProgress(view: AgentView): number | undefined {
  const known = runningJobs(view).flatMap(({ progress }) => {
    const total = progress?.bytesTotal ?? 0;
    return total > 0 ? [{ done: Math.min(progress?.bytesDone ?? 0, total), total }] : [];
  });
  const total = known.reduce((sum, one) => sum + one.total, 0);
  return total === 0 ? undefined : known.reduce((sum, one) => sum + one.done, 0) / total;
}
