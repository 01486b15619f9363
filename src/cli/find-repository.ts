/** The repository that an operand names. */
import type { RepositoryConfig } from '../config/repository.ts';
import type { AgentClient } from './agent-access.ts';
import { findNamed, repositoryKind } from './find-named.ts';
import { repositoriesOf } from './repositories-of.ts';

/** @throws `not-found`, or `invalid-input` when it may be several */
export async function findRepository(
  client: AgentClient,
  text: string,
  signal: AbortSignal,
): Promise<RepositoryConfig> {
  return findNamed((await repositoriesOf(client, signal)).all, text, repositoryKind);
}
