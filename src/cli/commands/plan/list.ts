/** `plan list`: the plans, and how each stands. */
import { connectAgent } from '../../agent-access.ts';
import { planTable } from '../../plan-text.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule = {
  configure() {},

  async run(context) {
    const { output, signal } = context;
    const { client } = await connectAgent(context, { start: false });
    const plans = await client.plans.list({ signal });
    output.object(plans);
    output.line(plans.length === 0 ? 'There are no plans yet: holdfast plan add DIR' : planTable(plans));
    return undefined;
  },
};
