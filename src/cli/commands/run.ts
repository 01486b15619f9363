/** `run`: backs plans up now, and stays until they are done. */
import { HoldfastError } from '../../base/errors.ts';
import { connectAgent } from '../agent-access.ts';
import { findPlans } from '../find-plan.ts';
import { runJobs } from '../run-jobs.ts';
import type { VerbModule } from '../verb.ts';

interface RunOptions {
  readonly full: boolean;
  readonly allowEmpty: boolean;
  readonly wait: boolean;
}

export const verb: VerbModule<RunOptions> = {
  configure(command) {
    command
      .argument('[plans...]', 'ids or names; all if none is given')
      .option('--full', 'look at every file, also where no change was noticed', false)
      .option('--allow-empty', 'an emptied source is meant to be empty', false)
      .option('--no-wait', 'only start it');
  },

  async run(context, args, { full, allowEmpty, wait }) {
    const agent = await connectAgent(context, { start: true });
    const { client } = agent;
    const plans = await findPlans(client, args, context.signal);
    if (plans.length === 0) {
      throw new HoldfastError('not-found', 'There are no plans yet.', { hint: 'Make one: holdfast plan add DIR' });
    }
    return runJobs(context, agent, {
      wait,
      followers: true,
      async start(add) {
        for (const { plan } of plans) {
          add(await client.plans.run({ params: { id: plan.id }, body: { full, allowEmpty }, signal: context.signal }));
        }
      },
    });
  },
};
