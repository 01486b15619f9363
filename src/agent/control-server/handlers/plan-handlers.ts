/** `plans`: what there is, changes, runs, drills, what excludes leave out, when triggers run. */

import type { Plan } from '../../../config/plan.ts';
import type { contract } from '../../../control/contract.ts';
import { nextRuns } from '../../../jobs/schedule/next-time.ts';
import type { AgentParts } from '../../agent-parts.ts';
import { excludesEffect } from '../../plans/excludes-effect.ts';
import { type PlanStatus, planStatus } from '../../plans/plan-status.ts';
import { retentionPreview } from '../../plans/retention-preview.ts';
import { describeTrigger } from '../../schedule/describe-trigger.ts';
import { itemId } from '../../schedule/timetable.ts';
import type { HandlersOf } from '../mount.ts';

export function planHandlers(agent: AgentParts): HandlersOf<typeof contract>['plans'] {
  const { plans, runs, upkeep, memory, notices, reactions, queue, options } = agent;
  return {
    list: (_input, { signal }) => statusesOf(agent, signal),
    get: ({ params }, { signal }) => statusOf(agent, plans.get(params.id), signal),
    create: async ({ body }) => {
      const plan = await plans.create(body);
      // Nobody wants to wait for a quiet moment until the first backup.
      if (plan.trigger.kind === 'continuous') await runs.ask(plan.id, 'change');
      return plan;
    },
    update: ({ params, query, body }) => plans.update(params.id, body, query.revision),
    remove: async ({ params: { id } }) => {
      await plans.remove(id);
      // Who restores something wants it all the same.
      await queue.cancelAll('Its plan was deleted.', ({ planId, kind }) => planId === id && kind !== 'restore');
    },
    pause: ({ params, body }) => plans.pause(params.id, body.for),
    resume: ({ params }) => plans.resume(params.id),
    run: ({ params, body }) => runs.runNow(plans.get(params.id), body).then(copyOf),
    drill: ({ params }) => upkeep.drillNow(plans.get(params.id)).then(copyOf),
    release: async ({ params }) => {
      const plan = plans.get(params.id);
      await memory.update(plan.id, { held: [] });
      notices.settle('warning-sign', { planId: plan.id });
      reactions.statusChanged();
      return plan;
    },
    export: () => {
      const { version, plans: exported } = plans.export();
      return { version, plans: [...exported] };
    },
    import: ({ body }) => plans.import(body),
    effect: ({ body }, { signal }) => excludesEffect(body, signal),
    nextRuns: ({ body: { trigger, count } }) => ({
      text: describeTrigger(trigger),
      times:
        trigger.kind === 'continuous'
          ? []
          : nextRuns(trigger, options.clock.now(), count).map((time) => time.toISOString()),
    }),
    retentionPreview: ({ params, body: { retention } }, { signal }) =>
      retentionPreview(
        {
          access: agent.access,
          planId: params.id,
          retention,
          hostname: options.host.hostname,
          now: options.clock.now(),
        },
        signal,
      ),
  };
}

/** Of all plans, in their order. */
export function statusesOf(agent: AgentParts, signal: AbortSignal): Promise<PlanStatus[]> {
  return Promise.all(agent.plans.all.map((plan) => statusOf(agent, plan, signal)));
}

async function statusOf(agent: AgentParts, plan: Plan, signal: AbortSignal): Promise<PlanStatus> {
  const { memory, queue, history, scheduler, runs, watches, pending, options } = agent;
  const { jobs } = await history.list({ planId: plan.id, kind: 'backup', limit: 1 }, signal);
  const watch = watches.stateOf(plan.id);
  return planStatus({
    plan,
    remembered: memory.get(plan.id),
    active: queue.list().filter(({ planId }) => planId === plan.id),
    lastJob: jobs[0],
    nextRunAt: scheduler.nextDueAt(itemId({ kind: 'plan', planId: plan.id })),
    waitingFor: runs.waitingFor(plan.id)?.text,
    watching: watch === undefined ? undefined : { ...watch, changedFolders: pending.count(plan.id) },
    now: options.clock.now(),
  });
}

function copyOf<T extends object>(job: T): T {
  return { ...job };
}
