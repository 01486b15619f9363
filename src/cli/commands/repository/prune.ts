/** `repository prune`: removes what no snapshot needs, as a job of the agent. */
import { connectAgent } from '../../agent-access.ts';
import { findRepository } from '../../find-repository.ts';
import { runJobs } from '../../run-jobs.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule<{ readonly wait: boolean }> = {
  configure(command) {
    command.argument('<repository>', 'its id or name').option('--no-wait', 'only start it');
  },

  async run(context, [text = ''], { wait }) {
    const { signal } = context;
    const agent = await connectAgent(context, { start: true });
    const { id } = await findRepository(agent.client, text, signal);
    return runJobs(context, agent, {
      wait,
      start: async (add) => add(await agent.client.repositories.prune({ params: { id }, signal })),
    });
  },
};
