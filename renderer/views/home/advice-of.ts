/** The one action that helps a plan which failed, is held or is overdue. Pure. */
import type { PlanView } from './summary-of.ts';

export type Advice =
  /** Run it again. */
  | { readonly action: 'run' }
  /** Its source was emptied: run it again when the drive is back, or because that is meant to be so. */
  | { readonly action: 'emptied' }
  /** The warning signs were looked at. */
  | { readonly action: 'release' }
  /** Look at a screen where it can be put right. */
  | { readonly action: 'repository' | 'plan' | 'job'; readonly path: string };

export function adviceOf({ plan, state, lastJob }: PlanView): Advice {
  if (state === 'held') return { action: 'release' };
  const code = state === 'failed' ? lastJob?.error?.code : undefined;
  const [repository = ''] = plan.repositories;
  switch (code) {
    case 'source-missing':
      return { action: lastJob?.error?.context.emptied === true ? 'emptied' : 'run' };
    case 'wrong-password':
    case 'no-repository':
    case 'corrupt':
    case 'locked':
    case 'append-only':
      return { action: 'repository', path: `/repositories/${repository}` };
    case 'invalid-input':
    case 'unsupported':
      return { action: 'plan', path: `/plans/${plan.id}` };
    case 'permission':
      return lastJob === undefined ? { action: 'run' } : { action: 'job', path: `/jobs/${lastJob.id}` };
    default:
      return { action: 'run' };
  }
}
