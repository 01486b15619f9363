/** `repository list`: where the agent saves. */
import { connectAgent } from '../../agent-access.ts';
import { safeText, tableText } from '../../format-text.ts';
import { isoText } from '../../plan-text.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule = {
  configure() {},

  async run(context) {
    const { output, signal } = context;
    const { client } = await connectAgent(context, { start: false });
    const repositories = await client.repositories.list({ signal });
    output.object(repositories);
    const rows = repositories.map(({ repository, planIds, password, lastCheckAt, lastCheckFailed, lastPruneAt }) => [
      safeText(repository.name),
      repository.id,
      safeText(repository.location),
      safeText(planIds.join(', ')),
      password,
      `${isoText(lastCheckAt)}${lastCheckFailed === true ? ' failed' : ''}`,
      isoText(lastPruneAt),
    ]);
    const header = ['Repository', 'ID', 'Place', 'Plans', 'Password', 'Last check', 'Last prune'];
    output.line(rows.length === 0 ? 'There are no repositories: holdfast repository add' : tableText(header, rows));
    for (const { repository, warnings } of repositories) {
      for (const warning of warnings) output.warn(`${repository.name}: ${warning}`);
    }
    return undefined;
  },
};
