/** `agent resume`: ends all pauses. */
import { connectAgent } from '../../agent-access.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule = {
  configure() {},

  async run(context) {
    const { output, signal } = context;
    const { client } = await connectAgent(context, { start: false });
    await client.agent.resume({ signal });
    output.object({ message_type: 'resumed' });
    output.info('No plan is paused any more.');
    return undefined;
  },
};
