/** `remote add`: tests a connection to a remote backup API, and keeps it if it works. */
import { resolve } from 'node:path';
import { toUtf8 } from '../../../base/byte-string.ts';
import { remoteInputSchema } from '../../../config/remote.ts';
import { connectAgent } from '../../agent-access.ts';
import { findNamed, repositoryKind } from '../../find-named.ts';
import { safeText } from '../../format-text.ts';
import { parseChoice } from '../../options.ts';
import { addCredentialOption, type CredentialOptions, givenCredential } from '../../remote-input/credential.ts';
import { addRemoteOptions, type RemoteOptions, remoteOf } from '../../remote-input/remote-input.ts';
import { repositoriesOf } from '../../repositories-of.ts';
import type { VerbModule } from '../../verb.ts';

const { options: dialects } = remoteInputSchema.shape.dialect;

export const verb: VerbModule<RemoteOptions & CredentialOptions> = {
  configure(command) {
    command.argument('<kind>', dialects.join(', ')).argument('<address>', 'the base URL: https://…');
    addCredentialOption(command);
    addRemoteOptions(command);
    command.addHelpText('after', '\nThe credential is kept in your keychain, or in a file that only you can read.');
  },

  async run(context, [kind = '', address = ''], options) {
    const { output, signal } = context;
    const dialect = parseChoice('The kind of a remote', kind, dialects);
    const cwd = toUtf8(context.cwd);
    const { client } = await connectAgent(context, { start: true });
    const repositories = await repositoriesOf(client, signal);
    const host = URL.canParse(address) ? new URL(address).host : address;
    const empty = { name: host, dialect, baseUrl: address, allowInsecure: false, settings: {}, pollMinutes: 15 };
    const remote = remoteOf(options, empty, {
      absolute: (path) => resolve(cwd, path),
      repositoryId: (text) => findNamed(repositories.all, text, repositoryKind).id,
    });
    const credential = await givenCredential(options, host, signal);
    const added = await client.remotes.add({ body: { remote, credential }, signal });
    output.object(added);
    const { id, name } = added.remote;
    output.info(`Added "${safeText(name)}" (${id}). Its credential is kept: ${added.credential}.`);
    return undefined;
  },
};
