/** Plans, and the upkeep of repositories, as readiness sees them: conditions, and the repository that is written to. */
import type { Plan } from '../../config/plan.ts';
import type { RepositoryConfig } from '../../config/repository.ts';
import { upkeepConditions } from '../upkeep/upkeep-conditions.ts';
import type { ReadinessSubject, SubjectRepository } from './monitor.ts';

/** Copies to other repositories are jobs of their own, and fail alone. */
export function planSubject(plan: Plan, repositories: readonly RepositoryConfig[]): ReadinessSubject {
  const first = repositories.find(({ id }) => id === plan.repositories[0]);
  return { conditions: plan.conditions, repositories: first === undefined ? [] : [subjectRepository(first)] };
}

export function upkeepSubject(repository: RepositoryConfig): ReadinessSubject {
  return { conditions: upkeepConditions(repository), repositories: [subjectRepository(repository)] };
}

/** `sftp:…`, `s3:…`, `rest:…` are reached over the network; paths (`C:\…` too) and `local:…` are not. */
function subjectRepository({ id, name, location }: RepositoryConfig): SubjectRepository {
  const kind = /^([a-z][a-z0-9]+):/i.exec(location)?.[1]?.toLowerCase();
  return { id, name, isRemote: kind !== undefined && kind !== 'local' && kind !== 'memory' };
}
