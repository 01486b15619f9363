/** Row 10 over a network: the same writers and pruner, over SFTP and restic's REST protocol; over S3 (Ceph) when asked for. */
import { sharedRepository } from '../support/shared-repository.ts';
import { type Figure, skipRow, type TortureContext, type TortureRow } from './row.ts';
import { manyWriters, millisecondsOf } from './row-10-many-writers.ts';
import { overRest, overS3, overSftp } from './stores.ts';

export const row: TortureRow = {
  row: 10,
  promise: 'Many writers and one pruner, over networks',
  async run(context) {
    const figures = (await Promise.all(storesOf(context).map((reach) => writersOn(reach, context)))).flat();
    const isSomethingThere = figures.length > 0;
    if (context.over === undefined) figures.push({ figure: 's3', value: 'left out: --over s3 (needs Ceph)', ok: true });
    return isSomethingThere ? figures : skipRow('the servers are not installed');
  },
};

function storesOf({ over }: TortureContext): (typeof overSftp)[] {
  if (over === undefined) return [overSftp, overRest];
  return { sftp: [overSftp], rest: [overRest], s3: [overS3] }[over] ?? [];
}

async function writersOn(reach: typeof overSftp, context: TortureContext): Promise<Figure[]> {
  await using shared = await sharedRepository({ seed: context.seed });
  await using store = await reach(shared);
  if (store === undefined) return [];
  const figures = await manyWriters(context, {
    shared: { ...shared, ...store.judges },
    run: store.run,
    milliseconds: millisecondsOf(context, 600_000),
  });
  return figures.map((figure) => ({ ...figure, figure: `${store.name}: ${figure.figure}` }));
}
