/** Configurations that can be told apart, and from which a part is missing when they are not whole. */
import type { RepositoryConfig } from '../../src/config/repository.ts';
import { repositorySchema } from '../../src/config/repository.ts';

/** One to seven repositories, by number; each is named after it. */
export function numberedRepositories(n: number): RepositoryConfig[] {
  return Array.from({ length: (n % 7) + 1 }, (_, at) =>
    repositorySchema.parse({
      id: `repository-${at}`,
      repositoryId: 'a'.repeat(64),
      name: `state ${n}`,
      location: `/backup/${n}/${at}`,
      createdAt: '2026-03-01T12:00:00.000Z',
    }),
  );
}
