/** The databases of a plan, as the engine takes them: one dump after the other, each read once. */
import type { ByteString } from '../../base/byte-string.ts';
import { HoldfastError } from '../../base/errors.ts';
import { type DatabaseConfig, databaseName } from '../../config/database.ts';
import type { Plan } from '../../config/plan.ts';
import { databaseEntries, databaseFolder, type StreamEntry } from '../../source/mod.ts';
import type { RunnerServices } from './runner.ts';

interface DatabaseStreams {
  /** The folders of the dumps. */
  readonly paths: ByteString[];
  /** @throws as `databaseEntries`; `unauthenticated` if a password is not kept. */
  readonly entries: AsyncIterable<StreamEntry>;
}

/** Undefined where the plan has none. */
export function databaseStreams(
  { databases }: Plan,
  services: Pick<RunnerServices, 'readSecret'>,
  signal: AbortSignal,
): DatabaseStreams | undefined {
  if (databases.length === 0) return undefined;
  return { paths: databases.map(databaseFolder), entries: entriesOf(databases, services, signal) };
}

async function* entriesOf(
  databases: readonly DatabaseConfig[],
  { readSecret }: Pick<RunnerServices, 'readSecret'>,
  signal: AbortSignal,
): AsyncGenerator<StreamEntry> {
  for (const config of databases) {
    const { passwordSecret } = config;
    const password = passwordSecret === undefined ? undefined : await readSecret(passwordSecret, signal);
    if (passwordSecret !== undefined && password === undefined) {
      throw new HoldfastError('unauthenticated', `The password of the database ${databaseName(config)} is not kept.`, {
        hint: `Keep it by: holdfast settings secret ${passwordSecret}`,
        context: { secret: passwordSecret },
      });
    }
    yield* databaseEntries(config, { password, signal });
  }
}
