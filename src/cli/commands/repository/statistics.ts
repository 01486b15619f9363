/** `repository statistics`: its size over time. */
import { connectAgent } from '../../agent-access.ts';
import { findRepository } from '../../find-repository.ts';
import { sizeText, tableText } from '../../format-text.ts';
import { isoText } from '../../plan-text.ts';
import type { VerbModule } from '../../verb.ts';

export const verb: VerbModule = {
  configure(command) {
    command.argument('<repository>', 'its id or name');
  },

  async run(context, [text = '']) {
    const { output, signal } = context;
    const { client } = await connectAgent(context, { start: false });
    const { id } = await findRepository(client, text, signal);
    const points = await client.repositories.statistics({ params: { id }, signal });
    output.object(points);
    const rows = points.map(({ time, snapshots, blobs, plainBytes, packedBytes }) => [
      isoText(time),
      String(snapshots),
      String(blobs),
      sizeText(plainBytes),
      sizeText(packedBytes),
    ]);
    const header = ['Time', 'Snapshots', 'Blobs', 'Contents', 'Stored'];
    output.line(rows.length === 0 ? 'Nothing was measured yet.' : tableText(header, rows, [1, 2, 3, 4]));
    return undefined;
  },
};
