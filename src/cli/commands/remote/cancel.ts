/** `remote cancel`: ends the making of a backup, or everything that goes on there. */
import { HoldfastError } from '../../../base/errors.ts';
import { connectAgent } from '../../agent-access.ts';
import { findRemote, findRemoteBackup } from '../../find-remote.ts';
import { safeText } from '../../format-text.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule<{ readonly all: boolean }> = {
  configure(command) {
    command
      .argument('<remote>', 'its id or name')
      .argument('[backup]', 'its id, or the start of one')
      .option('--all', 'everything that goes on there', false);
  },

  async run(context, [text = '', named], { all }) {
    const { output, signal } = context;
    if (all === (named !== undefined)) {
      throw new HoldfastError('invalid-input', 'What is to be cancelled is not clear.', {
        hint: 'Name a backup, or give --all.',
      });
    }
    const { client } = await connectAgent(context, { start: true });
    const view = await findRemote(client, text, signal);
    const { id } = view.remote;
    if (named === undefined) await client.remotes.cancelAll({ params: { id }, signal });
    else {
      const backup = await findRemoteBackup(client, view, named, signal);
      await client.remotes.cancel({ params: { id, backup }, signal });
    }
    output.object({ message_type: 'remote_cancelled', id, ...(named === undefined ? {} : { backup: named }) });
    output.info(`"${safeText(view.remote.name)}" was told to stop.`);
    return undefined;
  },
};
