/** `plan release`: the user has looked at the warning signs of plans; what held their retention is over. */
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
      output.object(await client.plans.release({ params: { id: plan.id }, signal }));
      output.info(`Old snapshots of "${safeText(plan.name)}" are removed by its rules again.`);
    }
    return undefined;
  },
};
