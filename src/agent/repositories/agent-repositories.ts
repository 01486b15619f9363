/** The repositories that the agent knows, opened by their ids, with the passwords that it keeps. */
import type { Clock } from '../../base/clock.ts';
import { HoldfastError } from '../../base/errors.ts';
import { type RepositoryConfig, repositorySecret } from '../../config/repository.ts';
import { OpenRepositories } from '../../repository/mod.ts';
import type { Destinations } from './destinations.ts';

export interface AgentRepositoriesOptions {
  readonly find: (id: string) => RepositoryConfig | undefined;
  readonly destinations: Pick<Destinations, 'openKept'>;
  readonly readSecret: (name: string, signal: AbortSignal) => Promise<string | undefined>;
  readonly clock: Clock;
  /** How long a shared one stays open unused. */
  readonly idleMs?: number;
}

export function openAgentRepositories({
  find,
  readSecret,
  destinations,
  ...options
}: AgentRepositoriesOptions): OpenRepositories {
  const config = (id: string): RepositoryConfig => {
    const found = find(id);
    if (found !== undefined) return found;
    throw new HoldfastError('not-found', `There is no repository "${id}".`, {
      hint: 'holdfast repository list shows those that there are.',
      context: { repositoryId: id },
    });
  };
  return new OpenRepositories({
    ...options,
    backend: (id, signal) => destinations.openKept(config(id), signal),
    repositoryId: (id) => config(id).repositoryId,
    otherRepository: (id) => otherRepository(config(id)),
    async password(id, signal) {
      const password = await readSecret(repositorySecret(id), signal);
      if (password === undefined) throw passwordMissing(config(id));
      return password;
    },
  });
}

function passwordMissing({ id, name, location }: RepositoryConfig): HoldfastError {
  return new HoldfastError(
    'wrong-password',
    `The password of the repository "${name}" (${location}) is not kept here.`,
    {
      hint: `Give it again: holdfast repository password ${id}`,
    },
  );
}

function otherRepository({ id, name, location }: RepositoryConfig): HoldfastError {
  return new HoldfastError('no-repository', `Another repository lies at ${location} than the one called "${name}".`, {
    hint: `Put the right disk in. If it lies elsewhere now: holdfast repository move ${id} LOCATION`,
    context: { location },
  });
}
