/** `remote rename`: gives a backup on a remote another name or description. */
import { HoldfastError } from '../../../base/errors.ts';
import { connectAgent } from '../../agent-access.ts';
import { findRemote, findRemoteBackup } from '../../find-remote.ts';
import { safeText } from '../../format-text.ts';
import { defined } from '../../plan-input/defined.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule<{ readonly description?: string }> = {
  configure(command) {
    command
      .argument('<remote>', 'its id or name')
      .argument('<backup>', 'its id, the start of one, or latest')
      .argument('[name]', 'its new name')
      .option('--description <text>', 'what it is');
  },

  async run(context, [text = '', named = '', name], { description }) {
    const { output, signal } = context;
    const body = defined({ name, description });
    if (Object.keys(body).length === 0) {
      throw new HoldfastError('invalid-input', 'There is nothing to change.', {
        hint: 'Give a new name, or --description.',
      });
    }
    const { client } = await connectAgent(context, { start: true });
    const view = await findRemote(client, text, signal);
    const backup = await findRemoteBackup(client, view, named, signal);
    const params = { id: view.remote.id, backup };
    output.object(await client.remotes.change({ params, body, signal }));
    output.info(`Changed ${safeText(backup)}.`);
    return undefined;
  },
};
