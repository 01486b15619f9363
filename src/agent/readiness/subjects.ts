/** Plans, the upkeep of repositories, and remotes, as readiness sees them: conditions, and what must be reached. */
import type { Plan } from '../../config/plan.ts';
import type { RemoteConfig } from '../../config/remote.ts';
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

/** A question to a remote has no conditions but a network. */
export function remoteQuestion({ baseUrl }: RemoteConfig): ReadinessSubject {
  return { conditions: {}, repositories: [], isRemote: !isThisMachine(new URL(baseUrl).hostname) };
}

/** A backup on a remote, by its schedule. */
export function remoteSubject(remote: RemoteConfig): ReadinessSubject {
  return { ...remoteQuestion(remote), conditions: remote.schedule?.conditions ?? {} };
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\./.test(host);
}

/** `sftp:…`, `s3:…`, `rest:…` are reached over the network; paths (`C:\…` too) and `local:…` are not. */
function subjectRepository({ id, name, location }: RepositoryConfig): SubjectRepository {
  const kind = /^([a-z][a-z0-9]+):/i.exec(location)?.[1]?.toLowerCase();
  return { id, name, isRemote: kind !== undefined && kind !== 'local' && kind !== 'memory' };
}
