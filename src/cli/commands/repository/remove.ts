/** `repository remove`: takes repositories off the list. Their files stay where they are. */
import { connectAgent } from '../../agent-access.ts';
import { confirm } from '../../confirm.ts';
import { findRepository } from '../../find-repository.ts';
import { safeText } from '../../format-text.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule<{ readonly yes: boolean }> = {
  configure(command) {
    command.argument('<repository>', 'its id or name').option('-y, --yes', 'do not ask', false);
  },

  async run(context, [text = ''], { yes }) {
    const { output, signal } = context;
    const { client } = await connectAgent(context, { start: false });
    const { id, name, location } = await findRepository(client, text, signal);
    const title = `"${safeText(name)}" (${id})`;
    const question = `Take the repository ${title} off the list? The kept password goes, too.`;
    await confirm({ question, yes, signal });
    await client.repositories.remove({ params: { id }, signal });
    output.object({ message_type: 'repository_removed', id });
    output.info(`The repository ${title} is off the list; its files stay at ${safeText(location)}.`);
    return undefined;
  },
};
