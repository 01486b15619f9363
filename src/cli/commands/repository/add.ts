/** `repository add`: makes a repository for the agent, or gives it one that is there. */
import { basename } from 'node:path';
import { toUtf8 } from '../../../base/byte-string.ts';
import { HoldfastError, isHoldfastError } from '../../../base/errors.ts';
import { type AgentClient, connectAgent } from '../../agent-access.ts';
import { safeText } from '../../format-text.ts';
import { absoluteLocation } from '../../location.ts';
import { defined } from '../../plan-input/defined.ts';
import {
  addPasswordOptions,
  givenInOptions,
  type RepositoryPasswordOptions,
  repositoryPassword,
} from '../../repository-password.ts';
import type { Context, VerbModule } from '../../verb.ts';

interface AddOptions extends RepositoryPasswordOptions {
  readonly name?: string;
  readonly create: boolean;
  readonly open: boolean;
}

export const verb: VerbModule<AddOptions> = {
  configure(command) {
    command
      .argument('<location>', 'a path, or kind:location')
      .option('--name <name>', 'what it is called')
      .option('--create', 'make a new one; fail if one is there', false)
      .option('--open', 'take the one that is there; fail if there is none', false);
    addPasswordOptions(command);
    command.addHelpText(
      'after',
      '\nA new repository gets a password of its own unless one is given. `holdfast repository kit` writes it down.',
    );
  },

  async run(context, [text = ''], options) {
    const { output, signal } = context;
    if (options.create && options.open) {
      throw new HoldfastError('invalid-input', 'A repository is either new or there.', {
        hint: 'Give one of --create and --open, or none of them.',
      });
    }
    const location = absoluteLocation(toUtf8(context.cwd), text);
    const mode = options.create ? 'create' : options.open ? 'open' : 'either';
    const name = options.name ?? (basename(location) || location);
    const given = await givenInOptions(options, signal);
    const { client } = await connectAgent(context, { start: true });
    const password = given ?? (await neededPassword(context, client, location, mode, options));
    const body = { name, location, mode, ...defined({ password }) } as const;
    const added = await client.repositories.add({ body, signal });
    output.object(added);
    output.info(`Added "${safeText(added.repository.name)}" (${added.repository.id}) at ${safeText(location)}.`);
    if (password === undefined) {
      const place = added.password === 'keychain' ? 'in your keychain' : 'in a file that only you can read';
      output.info(
        `Its password was generated and is ${place}. Without it the backups cannot be read; write it down by:`,
      );
      output.info(`  holdfast repository kit ${added.repository.id}`);
    }
    return undefined;
  },
};

/** Asks for the password of one that is there; a new one's is generated. */
async function neededPassword(
  { signal }: Context,
  client: AgentClient,
  location: string,
  mode: 'create' | 'open' | 'either',
  options: AddOptions,
): Promise<string | undefined> {
  if (mode === 'create') return undefined;
  try {
    const { state } = await client.repositories.test({ body: { location }, signal });
    if (state === 'empty') return undefined;
  } catch (error) {
    if (!isHoldfastError(error, 'wrong-password')) throw error;
  }
  const password = await repositoryPassword(options, location, signal);
  if (password !== undefined) return password;
  throw new HoldfastError('wrong-password', `The repository at ${location} has a password, and none was given.`, {
    hint: 'Give it by --password-file, --password-command or HOLDFAST_PASSWORD.',
  });
}
