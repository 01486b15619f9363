/** `plan resume`: ends the pause of plans. */
import { connectAgent } from '../../agent-access.ts';
import { findPlans } from '../../find-plan.ts';
import { safeText } from '../../format-text.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule = {
  configure(command) {
    command.argument('<plans...>', 'ids or names');
  },

  async run(context, args) {
    const { output, signal } = context;
    const { client } = await connectAgent(context, { start: false });
    for (const { plan } of await findPlans(client, args, signal)) {
      output.object(await client.plans.resume({ params: { id: plan.id }, signal }));
      output.info(`"${safeText(plan.name)}" is not paused.`);
    }
    return undefined;
  },
};
