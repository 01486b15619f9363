/** `remote create`: lets a remote make a backup, and stays until it is done. */
import { connectAgent } from '../../agent-access.ts';
import { findRemote } from '../../find-remote.ts';
import { addOrderOptions, type OrderOptions, orderOf } from '../../remote-input/order.ts';
import { runJobs } from '../../run-jobs.ts';
import type { VerbModule } from '../../verb.ts';

interface CreateOptions extends OrderOptions {
  readonly wait: boolean;
}

export const verb: VerbModule<CreateOptions> = {
  configure(command) {
    command.argument('<remote>', 'its id or name');
    addOrderOptions(command);
    command.option('--no-wait', 'only start it');
  },

  async run(context, [text = ''], options) {
    const { signal } = context;
    const body = orderOf(options);
    const agent = await connectAgent(context, { start: true });
    const { id } = (await findRemote(agent.client, text, signal)).remote;
    return runJobs(context, agent, {
      wait: options.wait,
      followers: true,
      start: async (add) => add(await agent.client.remotes.create({ params: { id }, body, signal })),
    });
  },
};
