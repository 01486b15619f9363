/** Where in the window a notice leads: to what it is about, the most telling first. */
import type { ShellView } from '../../src/control/shell.ts';
import type { Notice } from '../agent/agent-view.ts';

export function noticeView({ jobId, planId, repositoryId, remoteId }: Notice): ShellView {
  if (jobId !== undefined) return { view: 'jobs', id: jobId };
  if (planId !== undefined) return { view: 'plans', id: planId };
  if (remoteId !== undefined) return { view: 'remotes', id: remoteId };
  if (repositoryId !== undefined) return { view: 'repositories', id: repositoryId };
  return { view: 'home' };
}
