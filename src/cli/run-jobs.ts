/** Jobs that a verb starts: waited for and shown, or left to the agent (--no-wait). */
import type { Agent } from './agent-access.ts';
import { exitCodes } from './exit-codes.ts';
import { type FollowOptions, followJobs } from './follow-jobs.ts';
import { type JobView, jobOutcome, jobRemarks, jobTitle, worstExitCode } from './job-text.ts';
import type { Output } from './output.ts';
import type { Context } from './verb.ts';

/** @returns the exit code: what the jobs came to, or 0 when they are not waited for */
export async function runJobs(
  context: Context,
  agent: Agent,
  options: Pick<FollowOptions, 'start' | 'followers'> & { readonly wait: boolean },
): Promise<number> {
  const { output } = context;
  const { start, wait, followers = false } = options;
  if (wait) {
    const jobs = await followJobs(context, agent, { start, followers, onEnded: (job) => showJob(output, job) });
    const code = worstExitCode(jobs.filter(({ followsJob }) => followsJob === undefined));
    const isWhole = jobs.every((job) => job.followsJob === undefined || job.state === 'done');
    return isWhole || (code !== exitCodes.done && code !== exitCodes.incomplete) ? code : exitCodes.failed;
  }
  await start((job) => showJob(output, job));
  return 0;
}

/** One line of its state; what wants the user's look goes to standard error. */
export function showJob(output: Output, job: JobView): void {
  output.object({ message_type: 'job', ...job });
  if (output.json) return;
  const line = `${jobTitle(job)}: ${jobOutcome(job)}`;
  const isFine = job.state === 'done' || job.state === 'queued' || job.state === 'running';
  if (isFine) output.info(job.state === 'done' ? line : `${line} (${job.id})`);
  else output.warn(line);
  for (const remark of jobRemarks(job)) output.warn(`  ${remark}`);
}
