/** `job show`: all of a job. */
import { connectAgent } from '../../agent-access.ts';
import { withJobHint } from '../../job-hint.ts';
import { type JobView, jobDetails, jobOutcome } from '../../job-text.ts';
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
    if (output.json) return undefined;
    const related = await client.jobs.related({ params: { id }, signal });
    for (const one of related.jobs) output.line(relationOf(one, id));
    return undefined;
  },
};

function relationOf(job: JobView, id: string): string {
  const relation = job.retryOf === id ? 'Retried:' : 'Then:';
  return `${relation.padEnd(10)}${job.kind}, ${jobOutcome(job)} (${job.id})`;
}
