/** Row 4: no space and no inodes, for real (tmpfs) and at chosen calls (strace): an honest failure, and the next run heals. */
import { makeTree } from '../support/make-tree.ts';
import { forgeRepository } from '../support/repository-forge.ts';
import { runOk } from '../support/run-process.ts';
import { type SharedRepository, sharedRepository } from '../support/shared-repository.ts';
import { limitedFolder } from '../support/temporary-folder.ts';
import { checkQuickly, judge, keepCopy, snapshotIn } from './judge.ts';
import { mustBeZero, skipRow, spread, type TortureRow } from './row.ts';
import { countCalls, runTraced, strikes } from './tracing.ts';

/** Calls that cannot run out of space, and the flushing of standard output that Node does at its end. */
const unfit = /^(unlink|mkdir)|^fsync:.*when=[12]$/;

export const row: TortureRow = {
  row: 4,
  promise: 'Disk or inodes full: honest failure, next job heals',
  async run({ short, seed, log }) {
    await using shared = await sharedRepository({ seed });
    const source = shared.folder.at('source');
    makeTree(source, { files: 120, bytes: 12_000_000, seed });
    const found = {
      falseSuccesses: [] as string[],
      unclear: [] as string[],
      unsound: [] as string[],
      unhealed: [] as string[],
    };

    // forgeRepository makes 256 folders: the limits begin behind those.
    const sizes = ['1200k', '3m', '6m', '9m', '10m', '2m', '4m', '8m'].slice(0, short ? 3 : 8);
    const inodes = [270, 271, 272, 273].slice(0, short ? 1 : 4);
    const limits = [...sizes.map((size) => ({ size })), ...inodes.map((count) => ({ inodes: count }))];
    for (const limit of limits) {
      await using disk = await limitedFolder(limit);
      if (disk === undefined) skipRow('mounting a tmpfs needs root');
      const repository = disk.at('repository');
      const forge = forgeRepository(repository, shared.password, 2);
      forge.saveSnapshot({ tree: forge.saveTree([]) });
      const place = { folder: shared.folder, ...shared.on(repository) };
      const run = await place.holdfast.run(['backup', '--json', source]);
      const name = JSON.stringify(limit);
      log(`${name}: exit ${run.code} ${run.stderr.slice(0, 200)}`);
      if (run.code === 0 || run.code === 3) found.falseSuccesses.push(`${name}: exit ${run.code}`);
      if (!/no space|disk is full|inodes/i.test(run.stderr)) found.unclear.push(`${name}: ${run.stderr.slice(0, 300)}`);
      found.unsound.push(...(await checkQuickly(place)).map((wrong) => `${name}: ${wrong}`));
      await runOk('mount', ['-o', 'remount,size=200m,nr_inodes=100000', disk.path]);
      found.unhealed.push(...(await heals(shared, place, source)).map((wrong) => `${name}: ${wrong}`));
    }

    const args = ['backup', '--json', source];
    const { counts } = await countCalls(shared, args);
    const places = strikes(counts, 'error=ENOSPC').filter((place) => !unfit.test(place));
    for (const place of spread(places, short ? 5 : 100)) {
      const run = await runTraced(shared, [...args, '--force'], { inject: [place] });
      log(`${place}: exit ${run.code}`);
      found.unsound.push(...(await checkQuickly(shared)).map((wrong) => `${place}: ${wrong}`));
      if (run.code === 0) {
        const id = snapshotIn(run.stdout) ?? 'none';
        const copy = keepCopy(shared, source);
        found.falseSuccesses.push(
          ...(await judge(shared, [{ id, source, copy }])).map((wrong) => `${place}: ${wrong}`),
        );
      }
    }
    found.unhealed.push(...(await heals(shared, { folder: shared.folder, ...shared.on(shared.repository) }, source)));
    return [
      mustBeZero('false successes', found.falseSuccesses),
      mustBeZero('errors that do not say what is wrong', found.unclear),
      mustBeZero('repositories unsound afterwards', found.unsound),
      mustBeZero('next jobs that did not heal it', found.unhealed),
    ];
  },
};

async function heals(
  shared: SharedRepository,
  place: Pick<SharedRepository, 'folder' | 'holdfast' | 'restic'>,
  source: string,
): Promise<string[]> {
  const copy = keepCopy(shared, source);
  const run = await place.holdfast.run(['backup', '--json', source]);
  if (run.code !== 0) return [`the next backup: exit ${run.code} ${run.stderr.slice(0, 300)}`];
  const id = snapshotIn(run.stdout) ?? 'none';
  return judge(place, [{ id, source, copy }]);
}
