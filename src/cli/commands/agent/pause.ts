/** `agent pause`: no plan runs by itself for a while. */
import { connectAgent } from '../../agent-access.ts';
import { addPauseOption, type PauseOptions, pauseLength } from '../../pause.ts';
import type { VerbModule } from '../../verb.ts';

const texts = { hour: 'for an hour', tomorrow: 'until tomorrow', resumed: 'until they are resumed' };

export const verb: VerbModule<PauseOptions> = {
  configure: addPauseOption,

  async run(context, _args, options) {
    const { output, signal } = context;
    const length = pauseLength(options);
    const { client } = await connectAgent(context, { start: false });
    await client.agent.pause({ body: { for: length }, signal });
    output.object({ message_type: 'paused', for: length });
    output.info(`All plans are paused ${texts[length]}.`);
    return undefined;
  },
};
