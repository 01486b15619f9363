/** `job cancel`: jobs end within a second; what was saved stays. */
import { connectAgent } from '../../agent-access.ts';
import { withJobHint } from '../../job-hint.ts';
import { jobTitle } from '../../job-text.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule = {
  configure(command) {
    command.argument('<jobs...>', 'their ids');
  },

  async run(context, args) {
    const { output, signal } = context;
    const { client } = await connectAgent(context, { start: false });
    for (const id of args) {
      const job = await withJobHint(client.jobs.cancel({ params: { id }, signal }));
      output.object(job);
      output.info(`${jobTitle(job)}: ${job.cancelling === true ? 'stopping' : job.state}`);
    }
    return undefined;
  },
};
