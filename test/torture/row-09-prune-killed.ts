/** Row 9: forget with prune, killed at system calls and with a disk that turns read-only in the middle. */
import { makeTree, mutateTree } from '../support/make-tree.ts';
import { copyRepository } from '../support/repository-files.ts';
import { sharedRepository } from '../support/shared-repository.ts';
import { removeAll } from '../support/temporary-folder.ts';
import { type Acknowledged, checkQuickly, judge, keepCopy } from './judge.ts';
import { mustBeZero, spread, type TortureRow } from './row.ts';
import { countCalls, runTraced, strikes } from './tracing.ts';

const args = ['forget', '--keep-last', '2', '--prune', '--max-unused', '0'];

export const row: TortureRow = {
  row: 9,
  promise: 'Forget and prune crash-safe',
  async run({ short, seed, log }) {
    await using shared = await sharedRepository({ seed });
    const source = shared.folder.at('source');
    makeTree(source, { files: 80, bytes: 4_000_000, seed });
    const promised: Acknowledged[] = [];
    for (let round = 0; round < 4; round++) {
      const copy = keepCopy(shared, source);
      promised.push({ id: (await shared.holdfast.backup([source])).snapshot_id, source, copy });
      mutateTree(source, `${seed} ${round}`);
    }
    const kept = promised.slice(-2);

    const twin = shared.folder.at('twin');
    const fresh = (): { folder: typeof shared.folder } & ReturnType<typeof shared.on> => {
      removeAll(twin);
      copyRepository(shared.repository, twin);
      return { folder: shared.folder, ...shared.on(twin) };
    };
    const { result, counts } = await countCalls(fresh(), args);
    if (result.code !== 0) throw new Error(`forget --prune: exit ${result.code} ${result.stderr}`);

    const unsound: string[] = [];
    const lost: string[] = [];
    const stuck: string[] = [];
    const places = [
      ...spread(strikes(counts, 'signal=KILL'), short ? 8 : 300),
      ...spread(strikes(counts, 'error=EROFS'), short ? 3 : 100).map((place) => `${place}+`),
    ];
    log(`${places.length} places of ${[...counts].map(([call, count]) => `${call} ${count}`).join(', ')}`);
    for (const place of places) {
      const here = fresh();
      const run = await runTraced(here, args, { inject: [place] });
      log(`${place}: exit ${run.code}`);
      if (place.includes('EROFS') && run.code === 0 && !/^(unlink|fsync)/.test(place))
        stuck.push(`${place}: said done`);
      unsound.push(...(await checkQuickly(here)).map((wrong) => `${place}: ${wrong}`));
      if (!short) lost.push(...(await judge(here, kept)).map((wrong) => `${place}: ${wrong}`));
      const again = await here.holdfast.run(args);
      if (again.code !== 0) stuck.push(`${place}: then exit ${again.code} ${again.stderr.slice(-300)}`);
      lost.push(...(await judge(here, short ? kept.slice(-1) : kept)).map((wrong) => `${place}, run again: ${wrong}`));
    }
    return [
      { figure: 'kills and faults', value: places.length, ok: places.length >= 8 },
      mustBeZero('repositories unsound', unsound),
      mustBeZero('kept snapshots lost', lost),
      mustBeZero('runs that could not go on', stuck),
    ];
  },
};
