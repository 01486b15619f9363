/** `job cancel-all`: every job ends, also those that are queued. */
import { connectAgent } from '../../agent-access.ts';
import { countText } from '../../format-text.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule = {
  configure() {},

  async run(context) {
    const { output, signal } = context;
    const { client } = await connectAgent(context, { start: false });
    const jobs = await client.jobs.cancelAll({ signal });
    output.object(jobs);
    output.info(jobs.length === 0 ? 'No job is queued or running.' : `${countText(jobs.length, 'job')} cancelled.`);
    return undefined;
  },
};
