/** `job retry`: runs a past job again. */
import { connectAgent } from '../../agent-access.ts';
import { withJobHint } from '../../job-hint.ts';
import { runJobs } from '../../run-jobs.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule<{ readonly wait: boolean }> = {
  configure(command) {
    command.argument('<job>', 'its id').option('--no-wait', 'only start it');
  },

  async run(context, [id = ''], { wait }) {
    const agent = await connectAgent(context, { start: true });
    return runJobs(context, agent, {
      wait,
      start: async (add) => add(await withJobHint(agent.client.jobs.retry({ params: { id }, signal: context.signal }))),
    });
  },
};
