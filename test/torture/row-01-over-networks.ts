/** Row 1 over a network: a backup that is killed at random moments of its uploads. */
import { setTimeout as delay } from 'node:timers/promises';
import { makeTree, mutateTree } from '../support/make-tree.ts';
import { seededRandom } from '../support/random.ts';
import { type Acknowledged, checkQuickly, judge, keepCopy, snapshotIn } from './judge.ts';
import { type Figure, mustBeZero, type TortureContext, type TortureRow } from './row.ts';
import { countOf, onEachStore, type RepositoryOnStore } from './stores.ts';

export const row: TortureRow = {
  row: 1,
  promise: 'Killed anywhere: only the running job is lost, over networks',
  run: (context) => onEachStore(context, (store) => killed(context, store)),
};

async function killed({ short, seed, log }: TortureContext, store: RepositoryOnStore): Promise<Figure[]> {
  const random = seededRandom(`row 1 ${store.name} ${seed}`);
  const source = store.folder.at('source');
  makeTree(source, { files: 80, bytes: 4_000_000, seed });
  const acknowledged: Acknowledged[] = [];
  const wrong: string[] = [];
  let kills = 0;
  /** Of the quickest backup so far. */
  let wholeMs = Number.POSITIVE_INFINITY;

  const attempt = async (round: number, killAfterMs?: number): Promise<void> => {
    mutateTree(source, `${seed} ${round}`);
    const copy = keepCopy(store, source);
    const killer = new AbortController();
    const from = performance.now();
    const running = store.run('holdfast', ['backup', '--json', source], { kill: killer.signal });
    if (killAfterMs !== undefined) {
      await Promise.race([running, delay(killAfterMs)]);
      killer.abort();
    }
    const { code, stdout, stderr } = await running;
    const id = snapshotIn(stdout);
    if (code === 0) wholeMs = Math.min(wholeMs, Math.round(performance.now() - from));
    if (code === 0 && id !== undefined) acknowledged.push({ id, source, copy });
    else if (code === 137 && killAfterMs !== undefined) kills++;
    else wrong.push(`round ${round}: exit ${code}: ${stderr.slice(-600)}`);
    log(`${store.name}, round ${round}: exit ${code}`);
  };

  await attempt(0);
  const rounds = short ? 4 : 60;
  let round = 1;
  for (; round <= rounds || (kills === 0 && round <= 4 * rounds); round++) {
    await attempt(round, random.integer(100, Math.max(101, wholeMs)));
    wrong.push(...(await checkQuickly(store)));
  }
  // Progress: the next ones need no unlock, no repair.
  await attempt(round);
  for (const verb of ['prune', 'unlock']) {
    const { code, stderr } = await store.run('holdfast', [verb]);
    if (code !== 0) wrong.push(`${verb} after all the kills: exit ${code} ${stderr.slice(-600)}`);
  }
  return [
    { figure: 'kills', value: kills, ok: kills > 0 },
    mustBeZero('violations', wrong),
    mustBeZero(`acknowledged snapshots lost (of ${acknowledged.length})`, await judge(store, acknowledged.slice(-6))),
    mustBeZero('locks of the dead that unlock leaves', Array(await countOf(store, 'lock')).fill('a lock')),
  ];
}
