/** `remote destroy`: removes all backups on a remote, for good. */
import { connectAgent } from '../../agent-access.ts';
import { confirm } from '../../confirm.ts';
import { findRemote } from '../../find-remote.ts';
import { countText, safeText } from '../../format-text.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule<{ readonly yes: boolean }> = {
  configure(command) {
    command.argument('<remote>', 'its id or name').option('-y, --yes', 'do not ask', false);
  },

  async run(context, [text = ''], { yes }) {
    const { output, signal } = context;
    const { client } = await connectAgent(context, { start: true });
    const { remote, counts } = await findRemote(client, text, signal);
    const { id, name } = remote;
    const known = `${countText(counts.backups, 'backup')} known`;
    await confirm({ question: `Remove all backups on "${safeText(name)}" (${known}) for good?`, yes, signal });
    await client.remotes.destroy({ params: { id }, body: { confirm: id }, signal });
    output.object({ message_type: 'remote_destroyed', id });
    output.info(`"${safeText(name)}" removes all its backups.`);
    return undefined;
  },
};
