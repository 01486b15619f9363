/** `job list`: what is queued and running. */
import { connectAgent } from '../../agent-access.ts';
import { jobTable } from '../../job-text.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule = {
  configure() {},

  async run(context) {
    const { output, signal } = context;
    const { client } = await connectAgent(context, { start: false });
    const jobs = await client.jobs.list({ signal });
    output.object(jobs);
    output.line(jobs.length === 0 ? 'No job is queued or running; past ones: holdfast history' : jobTable(jobs));
    return undefined;
  },
};
