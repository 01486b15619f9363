/** `remote lock`: guards backups on a remote against being removed, or ends that. */
import { connectAgent } from '../../agent-access.ts';
import { findRemote, findRemoteBackup } from '../../find-remote.ts';
import { safeText } from '../../format-text.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule<{ readonly off: boolean }> = {
  configure(command) {
    command
      .argument('<remote>', 'its id or name')
      .argument('<backup>', 'its id, the start of one, or latest')
      .option('--off', 'it may be removed again', false);
  },

  async run(context, [text = '', named = ''], { off }) {
    const { output, signal } = context;
    const { client } = await connectAgent(context, { start: true });
    const view = await findRemote(client, text, signal);
    const backup = await findRemoteBackup(client, view, named, signal);
    const params = { id: view.remote.id, backup };
    output.object(await client.remotes.lock({ params, body: { locked: !off }, signal }));
    output.info(`${safeText(backup)} is ${off ? 'no longer locked' : 'locked'}.`);
    return undefined;
  },
};
