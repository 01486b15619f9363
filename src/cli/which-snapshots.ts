/** Which snapshots a search goes through: those of a plan, of a repository, or of all. */
import type { Command } from 'commander';
import type { AgentClient } from './agent-access.ts';
import { findNamed, repositoryKind } from './find-named.ts';
import { findPlan } from './find-plan.ts';
import { repositoriesOf } from './repositories-of.ts';

export interface SnapshotsOptions {
  readonly plan?: string;
  readonly repository?: string;
}

export function addSnapshotsOptions(command: Command): void {
  command
    .option('--plan <name>', 'only in snapshots of that plan')
    .option('--repository <name>', 'only in that repository');
}

/** @throws `not-found` for names that are not known */
export async function whichSnapshots(client: AgentClient, options: SnapshotsOptions, signal: AbortSignal) {
  const { plan, repository } = options;
  return {
    planId: plan === undefined ? undefined : (await findPlan(client, plan, signal)).plan.id,
    repositoryId:
      repository === undefined
        ? undefined
        : findNamed((await repositoriesOf(client, signal)).all, repository, repositoryKind).id,
  };
}
