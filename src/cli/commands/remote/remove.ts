/** `remote remove`: takes a remote off the list. Its backups stay where they are. */
import { connectAgent } from '../../agent-access.ts';
import { confirm } from '../../confirm.ts';
import { findRemote } from '../../find-remote.ts';
import { safeText } from '../../format-text.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule<{ readonly yes: boolean }> = {
  configure(command) {
    command.argument('<remote>', 'its id or name').option('-y, --yes', 'do not ask', false);
  },

  async run(context, [text = ''], { yes }) {
    const { output, signal } = context;
    const { client } = await connectAgent(context, { start: false });
    const { id, name } = (await findRemote(client, text, signal)).remote;
    const title = `"${safeText(name)}" (${id})`;
    await confirm({ question: `Take the remote ${title} off the list? The kept credential goes, too.`, yes, signal });
    await client.remotes.remove({ params: { id }, signal });
    output.object({ message_type: 'remote_removed', id });
    output.info(`The remote ${title} is off the list; its backups stay there.`);
    return undefined;
  },
};
