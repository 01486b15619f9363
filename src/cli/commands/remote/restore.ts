/** `remote restore`: lets a remote restore a backup there, and stays until it is done. */
import { connectAgent } from '../../agent-access.ts';
import { confirm } from '../../confirm.ts';
import { findRemote, findRemoteBackup } from '../../find-remote.ts';
import { safeText } from '../../format-text.ts';
import { defined } from '../../plan-input/defined.ts';
import { runJobs } from '../../run-jobs.ts';
import type { VerbModule } from '../../verb.ts';

interface RestoreOptions {
  readonly target?: string;
  readonly truncate: boolean;
  readonly yes: boolean;
  readonly wait: boolean;
}

export const verb: VerbModule<RestoreOptions> = {
  configure(command) {
    command
      .argument('<remote>', 'its id or name')
      .argument('<backup>', 'its id, the start of one, or latest')
      .option('-t, --target <path>', 'a path of the remote, where it takes one')
      .option('--truncate', 'also remove what is there and not in the backup', false)
      .option('-y, --yes', 'do not ask', false)
      .option('--no-wait', 'only start it');
  },

  async run(context, [text = '', named = ''], { target, truncate, yes, wait }) {
    const { signal } = context;
    const agent = await connectAgent(context, { start: true });
    const view = await findRemote(agent.client, text, signal);
    const backup = await findRemoteBackup(agent.client, view, named, signal);
    if (truncate) {
      const where = `"${safeText(view.remote.name)}"`;
      const question = `Restore ${safeText(backup)} on ${where}, and remove everything there that is not in it?`;
      await confirm({ question, yes, signal });
    }
    const body = { truncate, ...defined({ target }) };
    const params = { id: view.remote.id, backup };
    return runJobs(context, agent, {
      wait,
      start: async (add) => add(await agent.client.remotes.restore({ params, body, signal })),
    });
  },
};
