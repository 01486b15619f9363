/** `status`: how everything stands. */
import { connectAgent } from '../agent-access.ts';
import { safeText, timeText } from '../format-text.ts';
import { jobOutcome, jobTitle } from '../job-text.ts';
import type { Output } from '../output.ts';
import { planTable } from '../plan-text.ts';
import type { VerbModule } from '../verb.ts';

export const verb: VerbModule = {
  configure() {},

  async run(context) {
    const { output, signal } = context;
    const { client, pid, url } = await connectAgent(context, { start: false });
    const status = await client.agent.status({ signal });
    const { state, version, startedAt, plans, jobs, notices, host } = status;
    output.object(status);
    output.line(
      `The agent (${version}, process ${pid}, ${url}) runs since ${timeText(new Date(startedAt))}: ${stateTexts[state]}.`,
    );
    showHost(output, host);
    if (plans.length === 0) output.line('\nThere are no plans yet: holdfast plan add DIR');
    else output.line(`\n${planTable(plans)}`);
    for (const { plan, reasons } of plans) {
      for (const reason of reasons) output.line(`  ${safeText(`${plan.name}: ${reason}`)}`);
    }
    if (jobs.length > 0) output.line('\nJobs:');
    for (const job of jobs) output.line(`  ${jobTitle(job)}: ${jobOutcome(job)}  (${job.id})`);
    if (notices.length > 0) output.line('\nNotices (holdfast agent dismiss):');
    for (const { id, time, level, message, hint } of notices) {
      output.line(`  ${timeText(new Date(time))}  ${level}  ${safeText(message)}  (${safeText(id)})`);
      if (hint !== undefined) output.line(`    ${safeText(hint)}`);
    }
    return undefined;
  },
};

const stateTexts = {
  idle: 'nothing to do',
  running: 'working',
  paused: 'paused',
  attention: 'something wants a look',
  error: 'something went wrong',
};

/** Only what keeps runs from starting is worth a line. */
function showHost(
  output: Output,
  host: Record<'online' | 'metered' | 'onBattery', boolean | 'unknown'> & { batteryPercent: number | 'unknown' },
): void {
  const percent = host.batteryPercent === 'unknown' ? '' : ` (${Math.round(host.batteryPercent)} %)`;
  const parts = [
    ...(host.online === false ? ['offline'] : []),
    ...(host.metered === true ? ['on a metered connection'] : []),
    ...(host.onBattery === true ? [`on battery${percent}`] : []),
  ];
  if (parts.length > 0) output.line(`This machine is ${parts.join(', ')}.`);
}
