/** `job log`: what a job said; with --json a line for each. */
import { connectAgent } from '../../agent-access.ts';
import { safeText } from '../../format-text.ts';
import { withJobHint } from '../../job-hint.ts';
import { pages } from '../../pages.ts';
import { isoText } from '../../plan-text.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule = {
  configure(command) {
    command.argument('<job>', 'its id');
  },

  async run(context, [id = '']) {
    const { output, signal } = context;
    const { client } = await connectAgent(context, { start: false });
    const lines = pages(async (query) => {
      const page = await withJobHint(client.jobs.log({ params: { id }, query, signal }));
      return { items: page.lines, total: page.total };
    });
    for await (const { time, level, text } of lines) {
      output.object({ message_type: 'log', time, level, text });
      output.line(`${isoText(time)}  ${level === 'info' ? '' : `${level}: `}${safeText(text)}`);
    }
    return undefined;
  },
};
