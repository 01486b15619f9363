/** Plans and jobs with everything filled in that a test does not care about. */
import { type Plan, planSchema } from '../../../src/config/plan.ts';
import type { Job } from '../../../src/jobs/job.ts';

export function planOf(some: Partial<Plan> = {}): Plan {
  return planSchema.parse({
    id: 'home',
    name: 'Home',
    sources: ['/home/me'],
    trigger: { kind: 'interval', minutes: 60 },
    repositories: ['disk'],
    createdAt: '2026-03-01T12:00:00.000Z',
    ...some,
  });
}

export function jobOf(some: Partial<Job> = {}): Job {
  return {
    id: 'job-1',
    kind: 'backup',
    state: 'done',
    trigger: 'schedule',
    planId: 'home',
    planName: 'Home',
    repositoryIds: ['disk'],
    input: {},
    attempt: 1,
    createdAt: '2026-03-01T12:00:00.000Z',
    startedAt: '2026-03-01T12:00:01.000Z',
    endedAt: '2026-03-01T12:00:02.000Z',
    ...some,
  };
}
