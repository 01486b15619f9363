/** `plan snapshots`: what there is of a plan, the newest first. */
import { connectAgent } from '../../agent-access.ts';
import { findPlan } from '../../find-plan.ts';
import { countText, safeText, sizeText, tableText } from '../../format-text.ts';
import { parseCount } from '../../options.ts';
import { type SnapshotView, snapshotsOfPlan } from '../../plan-snapshots.ts';
import { isoText } from '../../plan-text.ts';
import type { VerbModule } from '../../verb.ts';

interface SnapshotsOptions {
  readonly repository?: string;
  readonly limit?: string;
}

export const verb: VerbModule<SnapshotsOptions> = {
  configure(command) {
    command
      .argument('<plan>', 'its id or name')
      .option('--repository <name>', 'only in that repository')
      .option('-n, --limit <count>', 'only the newest ones');
  },

  async run(context, [name = ''], { repository, limit }) {
    const { output, signal } = context;
    const count = limit === undefined ? undefined : parseCount('--limit', limit);
    const { client } = await connectAgent(context, { start: true });
    const { plan } = await findPlan(client, name, signal);
    const all = await snapshotsOfPlan(client, plan, repository, context);
    const snapshots = all.slice(0, count);
    output.object(snapshots);
    output.line(snapshots.length === 0 ? `The plan "${safeText(plan.name)}" has no snapshot yet.` : table(snapshots));
    if (snapshots.length > 0) output.info(`${countText(snapshots.length, 'snapshot')} of ${all.length}.`);
    return undefined;
  },
};

function table(snapshots: readonly SnapshotView[]): string {
  const header = ['ID', 'Time', 'Repository', 'Host', 'Tags', 'Files', 'Size', 'Added'];
  const rows = snapshots.map(({ id, time, repositoryId, hostname, tags, files, bytes, bytesAdded }) => [
    id.slice(0, 8),
    isoText(time),
    repositoryId,
    safeText(hostname),
    safeText(tags.filter((tag) => !tag.startsWith('plan:')).join(',')),
    files?.toString() ?? '',
    bytes === undefined ? '' : sizeText(bytes),
    bytesAdded === undefined ? '' : sizeText(bytesAdded),
  ]);
  return tableText(header, rows, [5, 6, 7]);
}
