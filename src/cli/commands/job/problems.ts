/** `job problems`: the files that a job could not read or write; with --json a line for each. */
import { connectAgent } from '../../agent-access.ts';
import { safeText } from '../../format-text.ts';
import { withJobHint } from '../../job-hint.ts';
import { pages } from '../../pages.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule = {
  configure(command) {
    command.argument('<job>', 'its id');
  },

  async run(context, [id = '']) {
    const { output, signal } = context;
    const { client } = await connectAgent(context, { start: false });
    let seen = 0;
    const problems = pages(async (query) => {
      const page = await withJobHint(client.jobs.problems({ params: { id }, query, signal }));
      return { items: page.problems, total: page.total };
    });
    for await (const { path, message } of problems) {
      seen += 1;
      output.object({ message_type: 'problem', path, message });
      output.line(`${safeText(path)}: ${safeText(message)}`);
    }
    if (seen === 0) output.info('It had no problem with any file.');
    return undefined;
  },
};
