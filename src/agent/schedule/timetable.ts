/** What is scheduled: runs of plans, their drills, the upkeep of repositories, and backups on remotes. Pure: items, and what each stands for. */
import type { Config } from '../../config/config-file.ts';
import type { ScheduledItem } from './scheduler.ts';

export type Scheduled =
  | { readonly kind: 'plan' | 'drill'; readonly planId: string }
  | { readonly kind: 'check' | 'prune'; readonly repositoryId: string }
  | { readonly kind: 'remote'; readonly remoteId: string };

/** Everything that runs by itself. */
export function scheduledItems(config: Pick<Config, 'plans' | 'repositories' | 'remotes'>): ScheduledItem[] {
  const { plans, repositories, remotes } = config;
  const used = new Set([...plans.flatMap((plan) => plan.repositories), ...remotes.map(({ ingestInto }) => ingestInto)]);
  return [
    ...plans.flatMap(({ id, trigger, drill, createdAt }) => {
      const since = new Date(createdAt);
      // Of a continuous plan the watch itself asks for full scans, the first at its start.
      const run = trigger.kind === 'continuous' ? [] : [{ id: itemId({ kind: 'plan', planId: id }), trigger, since }];
      const proof = drill === undefined ? [] : [{ id: itemId({ kind: 'drill', planId: id }), trigger: drill, since }];
      return [...run, ...proof];
    }),
    // Nobody has asked for anything in a repository that nothing writes to.
    ...repositories
      .filter(({ id }) => used.has(id))
      .flatMap(({ id, upkeep, createdAt }) => {
        const since = new Date(createdAt);
        return [
          { id: itemId({ kind: 'check', repositoryId: id }), trigger: upkeep.check, since },
          { id: itemId({ kind: 'prune', repositoryId: id }), trigger: upkeep.prune, since },
        ];
      }),
    ...remotes.flatMap(({ id, schedule, createdAt }) => {
      if (schedule === undefined) return [];
      return [{ id: itemId({ kind: 'remote', remoteId: id }), trigger: schedule.trigger, since: new Date(createdAt) }];
    }),
  ];
}

export function itemId(scheduled: Scheduled): string {
  if (scheduled.kind === 'remote') return `remote:${scheduled.remoteId}`;
  return `${scheduled.kind}:${'planId' in scheduled ? scheduled.planId : scheduled.repositoryId}`;
}

/** @returns undefined for an id that is none of ours */
export function parseItemId(id: string): Scheduled | undefined {
  const [, kind, subject] = /^(plan|drill|check|prune|remote):(.+)$/.exec(id) ?? [];
  if (subject === undefined) return undefined;
  if (kind === 'plan' || kind === 'drill') return { kind, planId: subject };
  if (kind === 'check' || kind === 'prune') return { kind, repositoryId: subject };
  if (kind === 'remote') return { kind, remoteId: subject };
  return undefined;
}
