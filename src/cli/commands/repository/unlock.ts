/** `repository unlock`: removes locks that others left behind. */
import { connectAgent } from '../../agent-access.ts';
import { findRepository } from '../../find-repository.ts';
import { countText } from '../../format-text.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule<{ readonly removeAll: boolean }> = {
  configure(command) {
    command
      .argument('<repository>', 'its id or name')
      .option('--remove-all', 'also locks of programs that may still run', false);
  },

  async run(context, [text = ''], { removeAll: all }) {
    const { output, signal } = context;
    const { client } = await connectAgent(context, { start: true });
    const { id } = await findRepository(client, text, signal);
    const { removed } = await client.repositories.unlock({ params: { id }, body: { all }, signal });
    output.object({ message_type: 'unlocked', id, removed });
    output.info(`Removed ${countText(removed, 'lock')}.`);
    return undefined;
  },
};
