/** What the first start asks, and the plan that comes of the answers. Pure. */
import { usualDrill, usualRetention } from '../../../src/control/usual-plan.ts';
import type { CallInput } from '../../data/agent-call.ts';

export const rhythms = ['continuous', 'daily', 'hourly', 'manual'] as const;
export type Rhythm = (typeof rhythms)[number];

export interface Choices {
  /** Absolute paths. */
  readonly sources: readonly string[];
  /** Leave out what hardly anybody wants to keep. */
  readonly leaveOut: boolean;
  readonly rhythm: Rhythm;
  /** Of `daily`: "HH:MM". */
  readonly time: string;
  readonly where: Where | undefined;
}

export type Where =
  | { readonly kind: 'repository'; readonly id: string }
  /** A repository is made there, or the one that is there is opened. */
  | { readonly kind: 'folder'; readonly path: string; readonly password: string };

export const firstChoices: Choices = {
  sources: [],
  leaveOut: true,
  rhythm: 'continuous',
  time: '20:00',
  where: undefined,
};

type PlanBody = CallInput<'plans', 'create'>['body'];

export function excludesOf({ leaveOut }: Choices): NonNullable<PlanBody['excludes']> {
  return leaveOut ? { presets: ['caches', 'temporary-files', 'trash', 'browser-caches', 'system-files'] } : {};
}

export function planOf(choices: Choices, name: string, repositoryId: string): PlanBody {
  return {
    name,
    sources: [...choices.sources],
    excludes: excludesOf(choices),
    trigger: triggerOf(choices),
    repositories: [repositoryId],
    retention: usualRetention,
    drill: usualDrill,
  };
}

function triggerOf({ rhythm, time }: Choices): PlanBody['trigger'] {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  switch (rhythm) {
    case 'continuous':
      return { kind: 'continuous' };
    case 'daily':
      return { kind: 'cron', expression: `${minute} ${hour} * * *` };
    case 'hourly':
      return { kind: 'interval', minutes: 60 };
    case 'manual':
      return { kind: 'manual' };
  }
}
