/** `remote edit`: changes what is given of a remote. What is not given stays. */
import { resolve } from 'node:path';
import { toUtf8 } from '../../../base/byte-string.ts';
import { HoldfastError } from '../../../base/errors.ts';
import { connectAgent } from '../../agent-access.ts';
import { findNamed, repositoryKind } from '../../find-named.ts';
import { findRemote } from '../../find-remote.ts';
import { safeText } from '../../format-text.ts';
import { defined } from '../../plan-input/defined.ts';
import { addCredentialOption, type CredentialOptions, givenCredential } from '../../remote-input/credential.ts';
import { addRemoteOptions, type RemoteOptions, remoteOf } from '../../remote-input/remote-input.ts';
import { repositoriesOf } from '../../repositories-of.ts';
import type { VerbModule } from '../../verb.ts';

interface EditOptions extends RemoteOptions, CredentialOptions {
  readonly address?: string;
}

export const verb: VerbModule<EditOptions> = {
  configure(command) {
    command.argument('<remote>', 'its id or name').option('--address <url>', 'the base URL: https://…');
    addCredentialOption(command);
    addRemoteOptions(command);
  },

  async run(context, [text = ''], options) {
    const { output, signal } = context;
    const cwd = toUtf8(context.cwd);
    const { client } = await connectAgent(context, { start: true });
    const { remote: before } = await findRemote(client, text, signal);
    const { id, createdAt: _createdAt, revision, ...input } = before;
    const repositories = await repositoriesOf(client, signal);
    const named = remoteOf(options, input, {
      absolute: (path) => resolve(cwd, path),
      repositoryId: (name) => findNamed(repositories.all, name, repositoryKind).id,
    });
    const remote = { ...named, ...defined({ baseUrl: options.address }) };
    const credential = await credentialFor(options, input.baseUrl, remote.baseUrl, signal);
    if (credential === undefined && JSON.stringify(remote) === JSON.stringify(input)) {
      throw new HoldfastError('invalid-input', 'There is nothing to change.', {
        hint: 'Give an option; --help lists them.',
      });
    }
    const body = { remote, ...defined({ credential }) };
    output.object(await client.remotes.update({ params: { id }, query: { revision }, body, signal }));
    output.info(`Changed "${safeText(remote.name)}" (${id}).`);
    return undefined;
  },
};

/** Another server wants its own. */
async function credentialFor(options: EditOptions, before: string, now: string, signal: AbortSignal) {
  const isElsewhere = URL.canParse(now) && new URL(before).origin !== new URL(now).origin;
  if (options.credentialFile === undefined && !isElsewhere) return undefined;
  return givenCredential(options, URL.canParse(now) ? new URL(now).host : now, signal);
}
