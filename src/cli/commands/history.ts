/** `history`: past jobs, the newest first. */
import { jobSchema } from '../../control/schemas/jobs.ts';
import { connectAgent } from '../agent-access.ts';
import { findNamed, repositoryKind } from '../find-named.ts';
import { findPlan } from '../find-plan.ts';
import { findRemote } from '../find-remote.ts';
import { type JobView, jobTable } from '../job-text.ts';
import { parseChoice, parseCount } from '../options.ts';
import { defined } from '../plan-input/defined.ts';
import { repositoriesOf } from '../repositories-of.ts';
import type { VerbModule } from '../verb.ts';

interface HistoryOptions {
  readonly plan?: string;
  readonly repository?: string;
  readonly remote?: string;
  readonly kind?: string;
  readonly state?: string;
  readonly text?: string;
  readonly limit: string;
}

const { options: jobKinds } = jobSchema.shape.kind;
const { options: jobStates } = jobSchema.shape.state;
const pageJobs = 1000;

export const verb: VerbModule<HistoryOptions> = {
  configure(command) {
    command
      .option('--plan <name>', 'only of that plan')
      .option('--repository <name>', 'only on that repository')
      .option('--remote <name>', 'only of that remote')
      .option('--kind <kind>', `only ${jobKinds.join(', ')}`)
      .option('--state <state>', `only ${jobStates.join(', ')}`)
      .option('--text <text>', 'only with that in names, reasons or errors')
      .option('-n, --limit <count>', 'at most so many', '50');
  },

  async run(context, _args, options) {
    const { output, signal } = context;
    const limit = parseCount('--limit', options.limit);
    const kind = options.kind === undefined ? undefined : parseChoice('--kind', options.kind, jobKinds);
    const state = options.state === undefined ? undefined : parseChoice('--state', options.state, jobStates);
    const { client } = await connectAgent(context, { start: false });
    const { plan, repository, remote, text } = options;
    const filter = defined({
      kind,
      state,
      text,
      planId: plan === undefined ? undefined : (await findPlan(client, plan, signal)).plan.id,
      remoteId: remote === undefined ? undefined : (await findRemote(client, remote, signal)).remote.id,
      repositoryId:
        repository === undefined
          ? undefined
          : findNamed((await repositoriesOf(client, signal)).all, repository, repositoryKind).id,
    });
    const jobs: JobView[] = [];
    let cursor: string | undefined;
    while (jobs.length < limit) {
      const query = { ...filter, limit: Math.min(pageJobs, limit - jobs.length), ...defined({ cursor }) };
      const page = await client.jobs.history({ query, signal });
      jobs.push(...page.jobs);
      cursor = page.next;
      if (cursor === undefined) break;
    }
    output.object(jobs);
    output.line(jobs.length === 0 ? 'No past job matches.' : jobTable(jobs));
    if (cursor !== undefined) output.info('There are more: --limit shows them.');
    return undefined;
  },
};
