/** `remote list`: the remotes, and how each stands. */
import { connectAgent } from '../../agent-access.ts';
import { remoteTable } from '../../remote-text.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule = {
  configure() {},

  async run(context) {
    const { output, signal } = context;
    const { client } = await connectAgent(context, { start: false });
    const remotes = await client.remotes.list({ signal });
    output.object(remotes);
    output.line(remotes.length === 0 ? 'There are no remotes: holdfast remote add' : remoteTable(remotes));
    for (const { remote, failure } of remotes) {
      if (failure !== undefined) output.warn(`${remote.name}: ${failure.message}`);
    }
    return undefined;
  },
};
