/** `job log`: what a job said; with --json a line for each. */
import { systemClock } from '../../../base/clock.ts';
import { type AgentClient, connectAgent } from '../../agent-access.ts';
import { safeText } from '../../format-text.ts';
import { withJobHint } from '../../job-hint.ts';
import { hasEnded } from '../../job-text.ts';
import type { Output } from '../../output.ts';
import { isoText } from '../../plan-text.ts';
import type { VerbModule } from '../../verb.ts';

const pollMs = 1000;
const pageLines = 1000;

export const verb: VerbModule<{ readonly follow: boolean }> = {
  configure(command) {
    command.argument('<job>', 'its id').option('-f, --follow', 'stay until the job has ended', false);
  },

  async run(context, [id = ''], { follow }) {
    const { output, signal } = context;
    const { client } = await connectAgent(context, { start: false });
    let offset = 0;
    while (true) {
      // Asked before: what it said last is read after that.
      const isOver = !follow || hasEnded(await withJobHint(client.jobs.get({ params: { id }, signal })));
      offset = await showFrom(client, id, offset, output, signal);
      if (isOver) return undefined;
      await systemClock.sleep(pollMs, signal);
    }
  },
};

/** @returns how many lines there are */
async function showFrom(
  client: AgentClient,
  id: string,
  from: number,
  output: Output,
  signal: AbortSignal,
): Promise<number> {
  let offset = from;
  while (true) {
    const query = { offset, limit: pageLines };
    const { lines, total } = await withJobHint(client.jobs.log({ params: { id }, query, signal }));
    for (const { time, level, text } of lines) {
      output.object({ message_type: 'log', time, level, text });
      output.line(`${isoText(time)}  ${level === 'info' ? '' : `${level}: `}${safeText(text)}`);
    }
    offset += lines.length;
    if (lines.length === 0 || offset >= total) return offset;
  }
}
