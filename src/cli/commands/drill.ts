/** `drill`: proves plans now: a sample of their files is restored and compared with what was saved. */
import { HoldfastError } from '../../base/errors.ts';
import { connectAgent } from '../agent-access.ts';
import { findPlans } from '../find-plan.ts';
import { runJobs } from '../run-jobs.ts';
import type { VerbModule } from '../verb.ts';

export const verb: VerbModule<{ readonly wait: boolean }> = {
  configure(command) {
    command.argument('[plans...]', 'ids or names; all if none is given').option('--no-wait', 'only start it');
  },

  async run(context, args, { wait }) {
    const agent = await connectAgent(context, { start: true });
    const { client } = agent;
    const plans = await findPlans(client, args, context.signal);
    if (plans.length === 0) {
      throw new HoldfastError('not-found', 'There are no plans yet.', { hint: 'Make one: holdfast plan add DIR' });
    }
    return runJobs(context, agent, {
      wait,
      async start(add) {
        for (const { plan } of plans) {
          add(await client.plans.drill({ params: { id: plan.id }, signal: context.signal }));
        }
      },
    });
  },
};
