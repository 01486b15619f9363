/** `remote download`: downloads the archive of a backup into a folder, and stays until it is there. */
import { resolve } from 'node:path';
import { toUtf8 } from '../../../base/byte-string.ts';
import { connectAgent } from '../../agent-access.ts';
import { findRemote, findRemoteBackup } from '../../find-remote.ts';
import { runJobs } from '../../run-jobs.ts';
import type { VerbModule } from '../../verb.ts';

interface DownloadOptions {
  readonly target: string;
  readonly wait: boolean;
}

export const verb: VerbModule<DownloadOptions> = {
  configure(command) {
    command
      .argument('<remote>', 'its id or name')
      .argument('<backup>', 'its id, the start of one, or latest')
      .option('-t, --target <folder>', 'into this folder; what is there stays', '.')
      .option('--no-wait', 'only start it');
  },

  async run(context, [text = '', named = ''], { target, wait }) {
    const { signal } = context;
    const folder = resolve(toUtf8(context.cwd), target);
    const agent = await connectAgent(context, { start: true });
    const view = await findRemote(agent.client, text, signal);
    const params = { id: view.remote.id, backup: await findRemoteBackup(agent.client, view, named, signal) };
    return runJobs(context, agent, {
      wait,
      start: async (add) => add(await agent.client.remotes.download({ params, body: { folder }, signal })),
    });
  },
};
