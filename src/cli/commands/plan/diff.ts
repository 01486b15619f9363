/** `plan diff`: what changed from one snapshot of a plan to another; with --json a line for each. */
import { fromUtf8 } from '../../../base/byte-string.ts';
import { connectAgent } from '../../agent-access.ts';
import { findPlan } from '../../find-plan.ts';
import { countText, safeText, sizeText } from '../../format-text.ts';
import { pages } from '../../pages.ts';
import { pickSnapshot, snapshotsOfPlan } from '../../plan-snapshots.ts';
import { ResultStream } from '../../result-stream.ts';
import type { VerbModule } from '../../verb.ts';

const marks = { added: '+', removed: '-', changed: 'M', metadata: 'U' } as const;

export const verb: VerbModule<{ readonly repository?: string }> = {
  configure(command) {
    command
      .argument('<plan>', 'its id or name')
      .argument('<before>', 'a snapshot: its id or the start of it')
      .argument('<after>', 'another one, or latest')
      .option('--repository <name>', 'only look for them there')
      .addHelpText('after', '\n+ added, - removed, M content or type changed, U metadata changed');
  },

  async run(context, [name = '', first = '', second = ''], { repository }) {
    const { output, signal } = context;
    const { client } = await connectAgent(context, { start: true });
    const { plan } = await findPlan(client, name, signal);
    const snapshots = await snapshotsOfPlan(client, plan, repository, context);
    const before = pickSnapshot(snapshots, first, plan);
    const { repositoryId } = before;
    // Copies of a snapshot have ids of their own: both must lie in one repository.
    const after = pickSnapshot(
      snapshots.filter((one) => one.repositoryId === repositoryId),
      second,
      plan,
    );
    const stream = new ResultStream(output);
    const load = (page: { offset: number; limit: number }) =>
      client.snapshots.diff({
        params: { id: before.id },
        query: { repositoryId, other: after.id, ...page },
        signal,
      });
    let counts: Awaited<ReturnType<typeof load>> | undefined;
    const changes = pages(async (page) => {
      counts = await load(page);
      return { items: counts.changes, total: counts.total };
    });
    for await (const { path, change } of changes) {
      if (output.json) await stream.raw(fromUtf8(`${JSON.stringify({ message_type: 'change', path, change })}\n`));
      else await stream.line(fromUtf8(`${marks[change]}    ${safeText(path)}`));
    }
    await stream.flush();
    if (counts === undefined) return undefined;
    const { added, removed, changed, bytesAdded, bytesRemoved } = counts;
    const ids = { before: before.id, after: after.id, repositoryId };
    output.object({ message_type: 'statistics', ...ids, added, removed, changed, bytesAdded, bytesRemoved });
    output.line(
      `${added} added (${sizeText(bytesAdded)}), ${removed} removed (${sizeText(bytesRemoved)}), ` +
        `${countText(changed, 'file')} changed.`,
    );
    return undefined;
  },
};
