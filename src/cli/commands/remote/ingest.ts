/** `remote ingest`: copies a backup into a repository, as a snapshot, and stays until it is there. */
import { connectAgent } from '../../agent-access.ts';
import { findNamed, repositoryKind } from '../../find-named.ts';
import { findRemote, findRemoteBackup } from '../../find-remote.ts';
import { repositoriesOf } from '../../repositories-of.ts';
import { runJobs } from '../../run-jobs.ts';
import type { VerbModule } from '../../verb.ts';

interface IngestOptions {
  readonly repository?: string;
  readonly wait: boolean;
}

export const verb: VerbModule<IngestOptions> = {
  configure(command) {
    command
      .argument('<remote>', 'its id or name')
      .argument('<backup>', 'its id, the start of one, or latest')
      .option('--repository <name>', 'into that one; the default one if not given')
      .option('--no-wait', 'only start it')
      .addHelpText('after', '\nThe snapshot has the tags remote:ID and remote-backup:ID. A backup is copied once.');
  },

  async run(context, [text = '', named = ''], { repository, wait }) {
    const { signal } = context;
    const agent = await connectAgent(context, { start: true });
    const { client } = agent;
    const view = await findRemote(client, text, signal);
    const repositories = await repositoriesOf(client, signal);
    const repositoryId =
      repository === undefined ? repositories.usual() : findNamed(repositories.all, repository, repositoryKind).id;
    const params = { id: view.remote.id, backup: await findRemoteBackup(client, view, named, signal) };
    return runJobs(context, agent, {
      wait,
      start: async (add) => add(await client.remotes.ingest({ params, body: { repositoryId }, signal })),
    });
  },
};
