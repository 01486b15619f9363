/** `settings show`: the settings of the agent as JSON. Secrets are not in it. */
import { connectAgent } from '../../agent-access.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule = {
  configure() {},

  async run(context) {
    const { output, signal } = context;
    const { client } = await connectAgent(context, { start: false });
    const settings = await client.settings.get({ signal });
    if (output.json) output.object(settings);
    else await output.bytes(Buffer.from(`${JSON.stringify(settings, undefined, 2)}\n`));
    return undefined;
  },
};
