/** `job show`: all of a job. */
import { connectAgent } from '../../agent-access.ts';
import { withJobHint } from '../../job-hint.ts';
import { jobDetails } from '../../job-text.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule = {
  configure(command) {
    command.argument('<job>', 'its id');
  },

  async run(context, [id = '']) {
    const { output, signal } = context;
    const { client } = await connectAgent(context, { start: false });
    const job = await withJobHint(client.jobs.get({ params: { id }, signal }));
    output.object(job);
    output.line(jobDetails(job));
    return undefined;
  },
};
