/** `plan show`: all of a plan. */
import { connectAgent } from '../../agent-access.ts';
import { findPlan } from '../../find-plan.ts';
import { planDetails } from '../../plan-text.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule = {
  configure(command) {
    command.argument('<plan>', 'its id or name');
  },

  async run(context, [name = '']) {
    const { output, signal } = context;
    const { client } = await connectAgent(context, { start: false });
    const plan = await findPlan(client, name, signal);
    output.object(plan);
    output.line(planDetails(plan));
    return undefined;
  },
};
