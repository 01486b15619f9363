/** `agent dismiss`: notices were read, and are not shown again. */
import { connectAgent } from '../../agent-access.ts';
import { countText } from '../../format-text.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule = {
  configure(command) {
    command.argument('[ids...]', 'ids of notices, as status shows them; all if none is given');
  },

  async run(context, args) {
    const { output, signal } = context;
    const { client } = await connectAgent(context, { start: false });
    const ids = args.length > 0 ? args : (await client.agent.status({ signal })).notices.map(({ id }) => id);
    for (const id of ids) await client.agent.dismiss({ params: { id }, signal });
    output.object({ message_type: 'dismissed', ids });
    output.info(`${countText(ids.length, 'notice')} dismissed.`);
    return undefined;
  },
};
