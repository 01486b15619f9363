/** `agent`: how everything stands, pauses for all, notices, logins, the end. */
import { HoldfastError } from '../../../base/errors.ts';
import type { contract } from '../../../control/contract.ts';
import { programVersion } from '../../../platform/program-version.ts';
import type { AgentParts } from '../../agent-parts.ts';
import type { HandlersOf } from '../mount.ts';
import { statusesOf } from './plan-handlers.ts';

interface AgentHandlersOptions {
  readonly stop: () => void;
  readonly newLoginCode: () => string;
}

export function agentHandlers(
  agent: AgentParts,
  { stop, newLoginCode }: AgentHandlersOptions,
): HandlersOf<typeof contract>['agent'] {
  const { plans, notices, queue, options, reactions, readiness } = agent;
  return {
    status: async (_input, { signal }) => {
      const [network, power, statuses] = await Promise.all([
        options.network.status(signal),
        options.power.status(signal),
        statusesOf(agent, signal),
      ]);
      const told = notices.list();
      return {
        version: programVersion(),
        pid: process.pid,
        startedAt: agent.startedAt.toISOString(),
        state: stateOf(statuses, told),
        plans: statuses,
        jobs: queue.list().map((job) => ({ ...job })),
        notices: told,
        host: {
          online: network.online,
          metered: network.metered,
          onBattery: power.onBattery,
          batteryPercent: power.batteryPercent,
        },
      };
    },
    stop: () => {
      // The answer goes out first.
      setImmediate(stop);
    },
    login: () => ({ path: `/login?code=${newLoginCode()}` }),
    dismiss: ({ params }) => {
      if (notices.dismiss(params.id)) return reactions.statusChanged();
      throw new HoldfastError('not-found', `There is no notice "${params.id}".`, { context: { id: params.id } });
    },
    pause: ({ body }) => plans.pauseAll(body.for),
    resume: () => plans.resumeAll(),
    power: ({ body }) => {
      if (body.event === 'resume') options.wake.report({ type: 'woke', sleptMs: body.sleptMs });
      else readiness.lookNow();
    },
  };
}

type Statuses = Awaited<ReturnType<typeof statusesOf>>;

/** What the tray shows: the worst of it. */
function stateOf(plans: Statuses, notices: ReturnType<AgentParts['notices']['list']>) {
  const any = (...states: Statuses[number]['state'][]): boolean => plans.some(({ state }) => states.includes(state));
  if (any('failed') || notices.some(({ level }) => level === 'error')) return 'error' as const;
  if (any('held', 'overdue') || notices.some(({ level }) => level === 'warning')) return 'attention' as const;
  if (any('running')) return 'running' as const;
  return plans.length > 0 && plans.every(({ state }) => state === 'paused') ? ('paused' as const) : ('idle' as const);
}
