/** `plan browse`: what is in a folder of a plan's snapshot; with --json a line for each. */
import type { z } from 'zod';
import { fromUtf8 } from '../../../base/byte-string.ts';
import type { browseAnswer } from '../../../control/schemas/snapshots.ts';
import { connectAgent } from '../../agent-access.ts';
import { findPlan } from '../../find-plan.ts';
import { safeText, sizeText } from '../../format-text.ts';
import { parseChoice } from '../../options.ts';
import { pages } from '../../pages.ts';
import { pathInPlan, pickSnapshot, rootsOf, snapshotsOfPlan } from '../../plan-snapshots.ts';
import { isoText } from '../../plan-text.ts';
import { ResultStream } from '../../result-stream.ts';
import type { VerbModule } from '../../verb.ts';

interface BrowseOptions {
  readonly snapshot: string;
  readonly repository?: string;
  readonly sort: string;
  readonly reverse: boolean;
}

const orders = ['name', 'size', 'mtime'] as const;

export const verb: VerbModule<BrowseOptions> = {
  configure(command) {
    command
      .argument('<plan>', 'its id or name')
      .argument('[folder]', "as it was on this machine; the plan's source if not given")
      .option('--snapshot <id>', 'an id or the start of one', 'latest')
      .option('--repository <name>', 'only look for it there')
      .option('-s, --sort <order>', `sort by ${orders.join(', ')}`, 'name')
      .option('--reverse', 'the other way round', false);
  },

  async run(context, [name = '', folder], { snapshot: wanted, repository, ...order }) {
    const { output, signal } = context;
    const sort = parseChoice('--sort', order.sort, orders);
    const { client } = await connectAgent(context, { start: true });
    const { plan } = await findPlan(client, name, signal);
    const path = folder === undefined && rootsOf(plan).length > 1 ? '/' : pathInPlan(folder ?? '.', plan);
    const { id, repositoryId, time } = pickSnapshot(
      await snapshotsOfPlan(client, plan, repository, context),
      wanted,
      plan,
    );
    output.info(`${safeText(path)} in the snapshot ${id.slice(0, 8)} of ${isoText(time)}:`);
    const stream = new ResultStream(output);
    let count = 0;
    const entries = pages(async (page) => {
      const query = { repositoryId, path, sort, descending: order.reverse, ...page };
      const answer = await client.snapshots.browse({ params: { id }, query, signal });
      return { items: answer.entries, total: answer.total };
    });
    for await (const entry of entries) {
      count += 1;
      if (output.json) await stream.raw(fromUtf8(`${JSON.stringify({ message_type: 'entry', ...entry })}\n`));
      else await stream.line(fromUtf8(entryLine(entry)));
    }
    await stream.flush();
    output.info(count === 1 ? '1 entry.' : `${count} entries.`);
    return undefined;
  },
};

type Entry = z.output<typeof browseAnswer>['entries'][number];

function entryLine({ mode = '', type, size, mtime, name, linkTarget }: Entry): string {
  const what = type === 'file' ? sizeText(size ?? 0) : type;
  const target = linkTarget === undefined ? '' : ` -> ${safeText(linkTarget)}`;
  return `${mode.padEnd(10)}  ${what.padStart(12)}  ${isoText(mtime)}  ${safeText(name)}${type === 'dir' ? '/' : ''}${target}`;
}
