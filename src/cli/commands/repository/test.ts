/** `repository test`: sees whether a place can be used. */
import { toUtf8 } from '../../../base/byte-string.ts';
import { connectAgent } from '../../agent-access.ts';
import {
  addDestinationOptions,
  type DestinationOptions,
  destinationOf,
  trustingHostKey,
} from '../../destination-input.ts';
import { countText, sizeText } from '../../format-text.ts';
import { absoluteLocation } from '../../location.ts';
import { defined } from '../../plan-input/defined.ts';
import { addPasswordOptions, givenInOptions, type RepositoryPasswordOptions } from '../../repository-password.ts';
import type { VerbModule } from '../../verb.ts';

const texts = {
  repository: 'There is a repository',
  empty: 'Nothing is there: a new repository can be made',
  'password-needed': 'There is a repository, and its password is needed to say more',
};

export const verb: VerbModule<RepositoryPasswordOptions & DestinationOptions> = {
  configure(command) {
    command.argument('<location>', 'a path, or kind:location');
    addPasswordOptions(command);
    addDestinationOptions(command);
  },

  async run(context, [text = ''], options) {
    const { output, signal } = context;
    const location = absoluteLocation(toUtf8(context.cwd), text);
    const password = await givenInOptions(options, signal);
    const { client } = await connectAgent(context, { start: true });
    const destination = await destinationOf(location, options, signal);
    const tested = await trustingHostKey(destination, options, context, (place) =>
      client.repositories.test({ body: { ...place, ...defined({ password }) }, signal }),
    );
    output.object(tested);
    const parts = [
      texts[tested.state],
      ...(tested.snapshots === undefined ? [] : [countText(tested.snapshots, 'snapshot')]),
      ...(tested.writable === false ? ['it cannot be written'] : []),
      ...(tested.appendOnly === true ? ['it is append-only: nothing can be removed from it'] : []),
      ...(tested.freeBytes === undefined ? [] : [`${sizeText(tested.freeBytes)} free`]),
    ];
    output.line(`${parts.join('; ')}.`);
    return undefined;
  },
};
