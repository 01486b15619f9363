/** `remote import`: lets a remote take in a backup from an address, and stays until it is done. */
import { HoldfastError } from '../../../base/errors.ts';
import { connectAgent } from '../../agent-access.ts';
import { askPassword } from '../../ask-password.ts';
import { findRemote } from '../../find-remote.ts';
import { safeText } from '../../format-text.ts';
import { readLine } from '../../given-password.ts';
import { runJobs } from '../../run-jobs.ts';
import type { Context, VerbModule } from '../../verb.ts';

interface ImportOptions {
  readonly group?: string;
  readonly database?: string;
  readonly urlFile?: string;
  readonly wait: boolean;
}

export const verb: VerbModule<ImportOptions> = {
  configure(command) {
    command
      .argument('<remote>', 'its id or name')
      .option('--group <id>', 'what it belongs to there: the task that it is to be one of')
      .option('--database <kind>', 'of what it is: mysql, postgresql, redis, mongodb')
      .option('--url-file <file>', 'file with the address of the backup; asked for on a terminal if not given')
      .option('--no-wait', 'only start it');
  },

  async run(context, [text = ''], { group, database, urlFile, wait }) {
    const { signal } = context;
    if (group === undefined || database === undefined) {
      throw new HoldfastError('invalid-input', 'An import needs to know what it is of.', {
        hint: 'Give --group and --database.',
      });
    }
    const agent = await connectAgent(context, { start: true });
    const { id, name } = (await findRemote(agent.client, text, signal)).remote;
    const body = { group, databaseType: database, url: await addressOf(context, urlFile, name) };
    return runJobs(context, agent, {
      wait,
      followers: true,
      start: async (add) => add(await agent.client.remotes.import({ params: { id }, body, signal })),
    });
  },
};

/** It may hold a login, and arguments can be seen by others. */
async function addressOf({ signal }: Context, urlFile: string | undefined, name: string): Promise<string> {
  if (urlFile !== undefined) return readLine(urlFile);
  if (process.stdin.isTTY === true) {
    return askPassword({ prompt: `address to import into ${safeText(name)} from: `, confirm: false, signal });
  }
  throw new HoldfastError('invalid-input', 'No address was given, and there is no terminal to ask on.', {
    hint: 'Give it by --url-file.',
  });
}
