/** `repository add`: makes a repository for the agent, or gives it one that is there. */
import { basename } from 'node:path';
import { toUtf8 } from '../../../base/byte-string.ts';
import { HoldfastError, isHoldfastError } from '../../../base/errors.ts';
import { withoutLogin } from '../../../config/destination.ts';
import { type AgentClient, connectAgent } from '../../agent-access.ts';
import {
  addDestinationOptions,
  type DestinationOptions,
  destinationOf,
  type GivenDestination,
  trustingHostKey,
} from '../../destination-input.ts';
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

interface AddOptions extends RepositoryPasswordOptions, DestinationOptions {
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
    addDestinationOptions(command);
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
    const name = options.name ?? (basename(location) || withoutLogin(location).location);
    const given = await givenInOptions(options, signal);
    const { client } = await connectAgent(context, { start: true });
    const destination = await destinationOf(location, options, signal);
    const { added, password } = await trustingHostKey(destination, options, context, async (place) => {
      const password = given ?? (await neededPassword(context, client, place, mode, options));
      const body = { name, mode, ...place, ...defined({ password }) } as const;
      return { added: await client.repositories.add({ body, signal }), password };
    });
    output.object(added);
    const { repository } = added;
    output.info(`Added "${safeText(repository.name)}" (${repository.id}) at ${safeText(repository.location)}.`);
    if (repository.appendOnly) output.info('Its store is append-only: forget and prune cannot remove anything there.');
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
  place: GivenDestination,
  mode: 'create' | 'open' | 'either',
  options: AddOptions,
): Promise<string | undefined> {
  if (mode === 'create') return undefined;
  try {
    const { state } = await client.repositories.test({ body: place, signal });
    if (state === 'empty') return undefined;
  } catch (error) {
    if (!isHoldfastError(error, 'wrong-password')) throw error;
  }
  const { location } = withoutLogin(place.location);
  const password = await repositoryPassword(options, location, signal);
  if (password !== undefined) return password;
  throw new HoldfastError('wrong-password', `The repository at ${location} has a password, and none was given.`, {
    hint: 'Give it by --password-file, --password-command or HOLDFAST_PASSWORD.',
  });
}
