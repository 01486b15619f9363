/** `plan remove`: deletes plans. Their snapshots stay. */
import { connectAgent } from '../../agent-access.ts';
import { confirm } from '../../confirm.ts';
import { findPlans } from '../../find-plan.ts';
import { safeText } from '../../format-text.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule<{ readonly yes: boolean }> = {
  configure(command) {
    command.argument('<plans...>', 'ids or names').option('-y, --yes', 'do not ask', false);
  },

  async run(context, args, { yes }) {
    const { output, signal } = context;
    const { client } = await connectAgent(context, { start: false });
    for (const { plan } of await findPlans(client, args, signal)) {
      const title = `"${safeText(plan.name)}" (${plan.id})`;
      await confirm({ question: `Remove the plan ${title}?`, yes, signal });
      await client.plans.remove({ params: { id: plan.id }, signal });
      output.object({ message_type: 'plan_removed', id: plan.id });
      output.info(`Removed the plan ${title}; its snapshots stay.`);
    }
    return undefined;
  },
};
