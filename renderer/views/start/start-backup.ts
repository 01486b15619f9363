/** Makes what the choices say, and runs it: the repository where one is needed, the plan, its first backup. */

import type { JobView } from '../../data/apply-jobs.ts';
import { client } from '../../data/client.ts';
import { type Choices, planOf, type Where } from './choices.ts';

export async function startBackup(choices: Choices, planName: string): Promise<JobView> {
  const { signal } = new AbortController();
  if (choices.where === undefined) throw new TypeError('No place was chosen.');
  const repositoryId = await repositoryOf(choices.where, signal);
  const plan = await client.plans.create({ body: planOf(choices, planName, repositoryId), signal });
  return client.plans.run({ params: { id: plan.id }, body: {}, signal });
}

/** One that lies there already, as after a failed attempt, is taken. */
async function repositoryOf(where: Where, signal: AbortSignal): Promise<string> {
  if (where.kind === 'repository') return where.id;
  const known = await client.repositories.list({ signal });
  const same = known.find(({ repository }) => repository.location === where.path);
  if (same !== undefined) return same.repository.id;
  const { repository } = await client.repositories.add({
    body: {
      name: where.path.split(/[/\\]/).filter(Boolean).pop() ?? where.path,
      location: where.path,
      ...(where.password === '' ? {} : { password: where.password }),
    },
    signal,
  });
  return repository.id;
}
