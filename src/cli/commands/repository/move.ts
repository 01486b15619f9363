/** `repository move`: tells the agent that a repository lies elsewhere now. No file is moved. */
import { toUtf8 } from '../../../base/byte-string.ts';
import { connectAgent } from '../../agent-access.ts';
import { findRepository } from '../../find-repository.ts';
import { safeText } from '../../format-text.ts';
import { absoluteLocation } from '../../location.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule = {
  configure(command) {
    command
      .argument('<repository>', 'its id or name')
      .argument('<location>', 'where it lies now: a path, or kind:location')
      .addHelpText('after', '\nMove its files yourself before; the same repository must be there.');
  },

  async run(context, [text = '', place = '']) {
    const { output, signal } = context;
    const location = absoluteLocation(toUtf8(context.cwd), place);
    const { client } = await connectAgent(context, { start: true });
    const { id, name } = await findRepository(client, text, signal);
    output.object(await client.repositories.move({ params: { id }, body: { location }, signal }));
    output.info(`"${safeText(name)}" (${id}) is at ${safeText(location)} now.`);
    return undefined;
  },
};
