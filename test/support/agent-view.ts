/** What the desktop shell knows of an agent, made up: an agent that is ready, with what a test says of it. */
import type { AgentView, Job, Notice, PlanStatus, Status } from '../../electron/agent/agent-view.ts';
import { planSchema } from '../../src/config/plan.ts';

/** When everything happens. */
export const now = new Date('2026-03-03T12:00:00Z');
export const minutesAgo = (minutes: number): string => new Date(now.getTime() - minutes * 60_000).toISOString();

/** Connected, with a status, unless said otherwise. */
export function agentView(status: Partial<Status> = {}, connection: Partial<AgentView['connection']> = {}): AgentView {
  return {
    // Tests give the fields that go with the state.
    connection: {
      state: 'ready',
      baseUrl: 'http://127.0.0.1:1',
      token: 't',
      attached: false,
      ...connection,
    } as AgentView['connection'],
    status: {
      version: 'holdfast 0.1.0',
      pid: 7,
      startedAt: minutesAgo(60),
      state: 'idle',
      plans: [],
      jobs: [],
      notices: [],
      host: { online: true, metered: false, onBattery: false, batteryPercent: 'unknown' },
      ...status,
    },
  };
}

export const startingView: AgentView = { connection: { state: 'starting' }, status: undefined };
export const endedView: AgentView = { connection: { state: 'ended' }, status: undefined };
export const waitingView: AgentView = {
  connection: { state: 'waiting', retryInMs: 500, failures: 1, why: 'It ended.' },
  status: undefined,
};

/** The id is the name in lower case, without what no id has. */
export function planStatus(
  name: string,
  status: Partial<PlanStatus> = {},
  plan: { paused?: { until?: string } } = {},
): PlanStatus {
  return {
    plan: planSchema.parse({
      id: name
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, '-')
        .slice(0, 60),
      name,
      sources: ['/home'],
      trigger: { kind: 'manual' },
      repositories: ['default'],
      createdAt: minutesAgo(10_000),
      ...plan,
    }),
    state: 'ok',
    reasons: [],
    triggerText: 'by hand',
    lastGoodAt: minutesAgo(4),
    ...status,
  };
}

export function job(fields: Partial<Job> = {}): Job {
  return {
    id: 'j1',
    kind: 'backup',
    state: 'running',
    trigger: 'manual',
    planId: 'documents',
    planName: 'Documents',
    repositoryIds: ['default'],
    input: {},
    attempt: 1,
    createdAt: minutesAgo(1),
    ...fields,
  };
}

export function notice(fields: Partial<Notice> = {}): Notice {
  return {
    id: 'n1',
    time: minutesAgo(1),
    level: 'error',
    code: 'plan-failed',
    message: 'Documents could not be saved.',
    ...fields,
  };
}
