/** Row 10 over a network: the same writers and pruner, over SFTP and over restic's REST protocol. */
import { sharedRepository } from '../support/shared-repository.ts';
import { type Figure, skipRow, type TortureContext, type TortureRow } from './row.ts';
import { manyWriters } from './row-10-many-writers.ts';
import { overRest, overSftp } from './stores.ts';

export const row: TortureRow = {
  row: 10,
  promise: 'Many writers and one pruner, over sftp and rest',
  async run(context) {
    const figures = (await Promise.all([overSftp, overRest].map((reach) => writersOn(reach, context)))).flat();
    return figures.length > 0 ? figures : skipRow('neither sshd nor rclone is installed');
  },
};

async function writersOn(reach: typeof overSftp, context: TortureContext): Promise<Figure[]> {
  await using shared = await sharedRepository({ seed: context.seed });
  await using store = await reach(shared);
  if (store === undefined) return [];
  const figures = await manyWriters(context, {
    shared,
    run: store.run,
    milliseconds: context.short ? 15_000 : 600_000,
  });
  return figures.map((figure) => ({ ...figure, figure: `${store.name}: ${figure.figure}` }));
}
