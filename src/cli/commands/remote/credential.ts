/** `remote credential`: gives the agent another credential of a remote. It is kept if it works. */
import { connectAgent } from '../../agent-access.ts';
import { findRemote } from '../../find-remote.ts';
import { safeText } from '../../format-text.ts';
import { addCredentialOption, type CredentialOptions, givenCredential } from '../../remote-input/credential.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule<CredentialOptions> = {
  configure(command) {
    command.argument('<remote>', 'its id or name');
    addCredentialOption(command);
  },

  async run(context, [text = ''], options) {
    const { output, signal } = context;
    const { client } = await connectAgent(context, { start: true });
    const { id, name } = (await findRemote(client, text, signal)).remote;
    const credential = await givenCredential(options, `"${safeText(name)}"`, signal);
    output.object(await client.remotes.setCredential({ params: { id }, body: { credential }, signal }));
    output.info(`The credential of "${safeText(name)}" (${id}) works, and is kept.`);
    return undefined;
  },
};
