/** `repository move`: tells the agent that a repository lies elsewhere now. No file is moved. */
import { toUtf8 } from '../../../base/byte-string.ts';
import { connectAgent } from '../../agent-access.ts';
import {
  addDestinationOptions,
  type DestinationOptions,
  destinationOf,
  trustingHostKey,
} from '../../destination-input.ts';
import { findRepository } from '../../find-repository.ts';
import { safeText } from '../../format-text.ts';
import { absoluteLocation } from '../../location.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule<DestinationOptions> = {
  configure(command) {
    command
      .argument('<repository>', 'its id or name')
      .argument('<location>', 'where it lies now: a path, or kind:rest')
      .addHelpText('after', '\nMove its files yourself before; the same repository must be there.');
    addDestinationOptions(command);
  },

  async run(context, [text = '', place = ''], options) {
    const { output, signal } = context;
    const location = absoluteLocation(toUtf8(context.cwd), place);
    const { client } = await connectAgent(context, { start: true });
    const { id, name } = await findRepository(client, text, signal);
    const destination = await destinationOf(location, options, signal);
    const moved = await trustingHostKey(destination, options, context, (body) =>
      client.repositories.move({ params: { id }, body, signal }),
    );
    output.object(moved);
    output.info(`"${safeText(name)}" (${id}) is at ${safeText(moved.repository.location)} now.`);
    return undefined;
  },
};
