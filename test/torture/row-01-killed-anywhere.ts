/** Row 1: a backup killed anywhere costs only itself. Kills at system calls (strace) and at random moments. */
import { setTimeout as delay } from 'node:timers/promises';
import { makeTree, mutateTree } from '../support/make-tree.ts';
import { seededRandom } from '../support/random.ts';
import { repositoryIds } from '../support/repository-files.ts';
import { sharedRepository } from '../support/shared-repository.ts';
import { type Acknowledged, checkQuickly, judge, keepCopy, snapshotIn } from './judge.ts';
import { mustBeZero, spread, type TortureRow } from './row.ts';
import { countCalls, runTraced, strikes } from './tracing.ts';

export const row: TortureRow = {
  row: 1,
  promise: 'Killed anywhere: only the running job is lost',
  async run({ short, seed, log }) {
    await using shared = await sharedRepository({ seed });
    const random = seededRandom(`row 1 ${seed}`);
    const source = shared.folder.at('source');
    makeTree(source, { files: 80, bytes: 4_000_000, seed });
    const acknowledged: Acknowledged[] = [];
    const unsound: string[] = [];
    const stuck: string[] = [];
    let killed = 0;
    let round = 0;

    /** Changes something, and gives what a kill in the middle of saving that must not lose. */
    const attempt = async (
      backup: () => Promise<{ code: number; stdout: string; stderr: string }>,
    ): Promise<number> => {
      mutateTree(source, `${seed} ${round++}`);
      const copy = keepCopy(shared, source);
      const { code, stdout, stderr } = await backup();
      if (code === 0) {
        const id = snapshotIn(stdout);
        if (id !== undefined) acknowledged.push({ id, source, copy });
      } else if (code !== 137) stuck.push(`exit ${code}: ${stderr.slice(-600)}`);
      return code;
    };
    const args = ['backup', '--json', source];

    const { counts } = await countCalls(shared, args);
    const places = spread(strikes(counts, 'signal=KILL'), short ? 14 : 400);
    log(`${places.length} places of ${[...counts].map(([call, count]) => `${call} ${count}`).join(', ')}`);
    for (const place of places) {
      const code = await attempt(() => runTraced(shared, args, { inject: [place] }));
      if (code === 137) killed++;
      log(`${place}: exit ${code}`);
      for (const wrong of await checkQuickly(shared)) unsound.push(`${place}: ${wrong}`);
    }
    for (let number = 0; number < (short ? 4 : 100); number++) {
      const killAfter = new AbortController();
      const ms = random.integer(100, 900);
      const code = await attempt(async () => {
        const running = shared.holdfast.run(args, { kill: killAfter.signal });
        await delay(ms);
        killAfter.abort();
        return running;
      });
      if (code === 137) killed++;
    }
    // Progress: the next one needs no unlock, no repair.
    const last = await attempt(() => shared.holdfast.run(args));
    if (last !== 0) stuck.push(`after all the kills: exit ${last}`);
    const prune = await shared.holdfast.run(['prune']);
    if (prune.code !== 0) stuck.push(`prune after all the kills: exit ${prune.code} ${prune.stderr.slice(-600)}`);
    await shared.holdfast.ok(['unlock']);
    return [
      { figure: 'kills', value: killed, ok: killed >= (short ? 8 : 100) },
      mustBeZero('repositories unsound after a kill', unsound),
      mustBeZero('backups that could not go on', stuck),
      mustBeZero(
        `acknowledged snapshots lost (of ${acknowledged.length})`,
        await judge(shared, spread(acknowledged, short ? 6 : 60)),
      ),
      mustBeZero('locks of the dead that unlock leaves', repositoryIds(shared.repository, 'locks')),
    ];
  },
};
