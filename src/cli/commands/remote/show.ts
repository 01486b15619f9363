/** `remote show`: everything of a remote, or of a backup on it. */
import { connectAgent } from '../../agent-access.ts';
import { findRemote, findRemoteBackup } from '../../find-remote.ts';
import { safeText } from '../../format-text.ts';
import { backupDetails, remoteDetails } from '../../remote-text.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule<{ readonly files: boolean }> = {
  configure(command) {
    command
      .argument('<remote>', 'its id or name')
      .argument('[backup]', 'its id, the start of one, or latest')
      .option('--files', 'list what the backup consists of', false);
  },

  async run(context, [text = '', named], { files }) {
    const { output, signal } = context;
    const { client } = await connectAgent(context, { start: named !== undefined });
    const view = await findRemote(client, text, signal);
    if (named === undefined) {
      output.object(view);
      output.line(remoteDetails(view));
      return undefined;
    }
    const params = { id: view.remote.id, backup: await findRemoteBackup(client, view, named, signal) };
    if (files) {
      const list = await client.remotes.files({ params, signal });
      output.object(list);
      for (const { id, name } of list) output.line(`${safeText(id)}  ${safeText(name)}`);
      return undefined;
    }
    const backup = await client.remotes.backup({ params, signal });
    output.object(backup);
    output.line(backupDetails(backup));
    return undefined;
  },
};
