/**
 * What must hold before a repository's upkeep (check, prune) runs by itself, as conditions of the kind that plans have:
 * readiness and `decideRun` (plans/run-policy.ts) decide for both.
 */
import type { Conditions } from '../../config/conditions.ts';
import type { RepositoryConfig } from '../../config/repository.ts';

export function upkeepConditions({ upkeep }: Pick<RepositoryConfig, 'upkeep'>): Conditions {
  return upkeep.notOnBattery ? { notOnBattery: true } : {};
}
