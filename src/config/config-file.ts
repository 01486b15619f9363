/**
 * The whole of config.json: its schema, what its parts may refer to, and how files of older versions become it.
 * Pure: where the file lies and how it is kept safe is the agent's (agent/state/config-store.ts).
 */
import { z } from 'zod';
import { HoldfastError } from '../base/errors.ts';
import { type Migration, migrate } from './migrations.ts';
import { planSchema } from './plan.ts';
import { remoteSchema } from './remote.ts';
import { repositorySchema } from './repository.ts';
import { settingsSchema } from './settings.ts';

/** From version n (its place, counted from 1) to n + 1. Raise `CONFIG_VERSION` with each. */
const migrations: readonly Migration[] = [];

export const CONFIG_VERSION = migrations.length + 1;

export const configSchema = z
  .strictObject({
    version: z.literal(CONFIG_VERSION),
    plans: z.array(planSchema).default([]),
    repositories: z.array(repositorySchema).default([]),
    /** Connections to remote backup APIs. */
    remotes: z.array(remoteSchema).default([]),
    settings: settingsSchema.prefault({}),
  })
  .superRefine((config, context) => {
    for (const message of [...unknownRepositories(config), ...doubleIds(config)]) {
      context.addIssue({ code: 'custom', message });
    }
  });

export type Config = z.infer<typeof configSchema>;

/** What a new profile has. */
export function emptyConfig(): Config {
  return configSchema.parse({ version: CONFIG_VERSION });
}

/**
 * What was read from a file, migrated and checked.
 *
 * @throws HoldfastError `unsupported` for a file of a newer version, `invalid-input` (each fault named) for what is none
 */
export function parseConfig(json: unknown): Config {
  const parsed = configSchema.safeParse(migrate(json, migrations));
  if (parsed.success) return parsed.data;
  throw new HoldfastError('invalid-input', `The configuration is not valid: ${faultsOf(parsed.error)}`, {
    hint: 'Correct what is named.',
  });
}

type Parts = Pick<Config, 'plans' | 'repositories' | 'remotes'>;

function unknownRepositories({ plans, repositories, remotes }: Parts): string[] {
  const known = new Set(repositories.map(({ id }) => id));
  const missing = (whose: string, ids: readonly string[]): string[] =>
    ids.filter((id) => !known.has(id)).map((id) => `${whose} names the repository "${id}", which is not there`);
  return [
    ...plans.flatMap((plan) => missing(`the plan "${plan.name}"`, plan.repositories)),
    ...remotes.flatMap(({ name, ingestInto }) =>
      missing(`the remote "${name}"`, ingestInto === undefined ? [] : [ingestInto]),
    ),
  ];
}

function doubleIds({ plans, repositories, remotes }: Parts): string[] {
  const twice = (what: string, items: readonly { readonly id: string }[]): string[] =>
    items
      .filter(({ id }, at) => items.findIndex((other) => other.id === id) !== at)
      .map(({ id }) => `two ${what} have the id "${id}"`);
  return [...twice('plans', plans), ...twice('repositories', repositories), ...twice('remotes', remotes)];
}

/** "plans.0.trigger.minutes: too small; …" */
function faultsOf(error: z.ZodError): string {
  return error.issues
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
    .join('; ');
}
