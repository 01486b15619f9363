/** `remote delete`: removes a backup on a remote, for good. */
import { connectAgent } from '../../agent-access.ts';
import { confirm } from '../../confirm.ts';
import { findRemote, findRemoteBackup } from '../../find-remote.ts';
import { safeText } from '../../format-text.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule<{ readonly yes: boolean }> = {
  configure(command) {
    command
      .argument('<remote>', 'its id or name')
      .argument('<backup>', 'its id, or the start of one')
      .option('-y, --yes', 'do not ask', false);
  },

  async run(context, [text = '', named = ''], { yes }) {
    const { output, signal } = context;
    const { client } = await connectAgent(context, { start: true });
    const view = await findRemote(client, text, signal);
    const backup = await findRemoteBackup(client, view, named, signal);
    const what = `the backup ${safeText(backup)} on "${safeText(view.remote.name)}"`;
    await confirm({ question: `Delete ${what} for good?`, yes, signal });
    await client.remotes.delete({ params: { id: view.remote.id, backup }, signal });
    output.object({ message_type: 'remote_backup_deleted', id: view.remote.id, backup });
    output.info(`Deleted ${what}.`);
    return undefined;
  },
};
