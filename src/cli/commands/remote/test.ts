/** `remote test`: sees whether the connection to a remote works. */
import { connectAgent } from '../../agent-access.ts';
import { findRemote } from '../../find-remote.ts';
import { safeText } from '../../format-text.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule = {
  configure(command) {
    command.argument('<remote>', 'its id or name');
  },

  async run(context, [text = '']) {
    const { output, signal } = context;
    const { client } = await connectAgent(context, { start: true });
    const { id } = (await findRemote(client, text, signal)).remote;
    const tested = await client.remotes.test({ params: { id }, signal });
    output.object(tested);
    output.line(`It works: ${safeText(tested.message)}.`);
    return undefined;
  },
};
