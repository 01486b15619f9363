/** The repositories that the agent knows, and the one that is meant when none is named. */
import { HoldfastError } from '../base/errors.ts';
import { defaultRepositoryId, type RepositoryConfig } from '../config/repository.ts';
import type { AgentClient } from './agent-access.ts';

export interface Repositories {
  readonly all: readonly RepositoryConfig[];
  /** The id of the default one, or of the only one. @throws `invalid-input` if there are several, or none */
  readonly usual: () => string;
}

export async function repositoriesOf(client: AgentClient, signal: AbortSignal): Promise<Repositories> {
  const all = (await client.repositories.list({ signal })).map(({ repository }) => repository);
  return {
    all,
    usual() {
      const usual = all.find(({ id }) => id === defaultRepositoryId) ?? (all.length === 1 ? all[0] : undefined);
      if (usual !== undefined) return usual.id;
      throw new HoldfastError('invalid-input', 'It is not clear which repository is meant.', {
        hint:
          all.length === 0 ? 'Add one: holdfast repository add.' : `Name one of ${all.map(({ id }) => id).join(', ')}.`,
      });
    },
  };
}
