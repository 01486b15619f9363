/** `remote backups`: what is on a remote, as last known or asked for now. */
import { connectAgent } from '../../agent-access.ts';
import { findRemote } from '../../find-remote.ts';
import { safeText } from '../../format-text.ts';
import { isoText } from '../../plan-text.ts';
import { backupTable } from '../../remote-text.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule<{ readonly refresh: boolean }> = {
  configure(command) {
    command.argument('<remote>', 'its id or name').option('--refresh', 'ask the remote now', false);
  },

  async run(context, [text = ''], { refresh }) {
    const { output, signal } = context;
    const { client } = await connectAgent(context, { start: refresh });
    const { id, name } = (await findRemote(client, text, signal)).remote;
    const answer = await client.remotes.backups({ params: { id }, query: { refresh }, signal });
    const { backups, answeredAt, failure } = answer;
    output.object(answer);
    if (backups.length > 0) output.line(backupTable(backups));
    else output.line(answeredAt === undefined ? 'It was not asked yet: --refresh asks now.' : 'There are no backups.');
    if (failure !== undefined) {
      const as = answeredAt === undefined ? 'Nothing is known of it' : `This is as it was at ${isoText(answeredAt)}`;
      output.warn(`${safeText(name)} has not answered since ${isoText(failure.since)}: ${failure.message} ${as}.`);
    }
    return undefined;
  },
};
