/** Row 10: several writers and one pruner at once on one repository, Holdfast's and restic's, by seeded random actions. */
import { setTimeout as delay } from 'node:timers/promises';
import { makeTree, mutateTree } from '../support/make-tree.ts';
import { seededRandom } from '../support/random.ts';
import { sharedRepository } from '../support/shared-repository.ts';
import { type Acknowledged, judge, keepCopy, snapshotIn } from './judge.ts';
import { type Figure, mustBeZero, type TortureContext, type TortureRow } from './row.ts';
import { inThisFolder, type RepositoryOnStore } from './stores.ts';

/** Snapshots that the pruners keep for each writer. */
const keep = 2;
/** Writers rest so long between two backups, or the pruner would never be alone; a quarter of it in a short run. */
const mostRestMs = 4000;

export const row: TortureRow = {
  row: 10,
  promise: 'Many writers and one pruner',
  async run(context) {
    await using shared = await sharedRepository({ seed: context.seed });
    return await manyWriters(context, inThisFolder(shared), context.short ? 15 : 300);
  },
};

/** @param seconds unless the run says how many minutes */
export async function manyWriters(
  { short, seed, minutes, log }: TortureContext,
  store: RepositoryOnStore,
  seconds: number,
): Promise<Figure[]> {
  const { run, folder } = store;
  const milliseconds = (minutes === undefined ? seconds : 60 * minutes) * 1000;
  const acknowledged = new Map<string, Acknowledged[]>();
  const wrong: string[] = [];
  const counts = { backups: 0, prunes: 0, lockedOut: 0 };
  const enough = (): boolean => counts.backups > 5 && counts.prunes > 0;
  const endAt = Date.now() + milliseconds;
  /** A busy machine gets more time. */
  const goesOn = (): boolean => Date.now() < endAt || (!enough() && Date.now() < endAt + 3 * milliseconds);

  const writer = async (name: string, program: 'holdfast' | 'restic'): Promise<void> => {
    const source = folder.at(`source-${name}`);
    makeTree(source, { files: 30, bytes: 1_500_000, seed: `${seed} ${name}` });
    const mine: Acknowledged[] = [];
    acknowledged.set(name, mine);
    const random = seededRandom(`row 10 ${seed} ${name}`);
    for (let round = 0; goesOn(); round++) {
      await delay(random.integer(0, short ? mostRestMs / 4 : mostRestMs));
      mutateTree(source, `${seed} ${name} ${round}`);
      const copy = keepCopy(store, source);
      const wait = program === 'holdfast' ? ['--retry-lock', '20s'] : [];
      const ended = await run(program, ['backup', '--json', '--host', name, ...wait, source]);
      const id = snapshotIn(ended.stdout);
      if (ended.code === 0 && id !== undefined) {
        counts.backups++;
        mine.push({ id, source, copy });
      } else if (isLockedOut(ended)) counts.lockedOut++;
      else wrong.push(`${program} backup: exit ${ended.code} ${ended.stderr.slice(-500)}`);
    }
  };
  const pruner = async (): Promise<void> => {
    const random = seededRandom(`row 10 ${seed}`);
    while (goesOn()) {
      const program = random.pick(['holdfast', 'holdfast', 'restic'] as const);
      const wait = program === 'holdfast' ? ['--retry-lock', short ? '10s' : '60s'] : [];
      const ended = await run(program, [
        ...['forget', '--group-by', 'host', '--keep-last', String(keep), '--prune', '--max-unused', '0'],
        ...wait,
      ]);
      if (ended.code === 0) counts.prunes++;
      else if (isLockedOut(ended)) counts.lockedOut++;
      else wrong.push(`${program} forget --prune: exit ${ended.code} ${ended.stderr.slice(-500)}`);
    }
  };
  await Promise.all([
    writer('one', 'holdfast'),
    writer('two', 'holdfast'),
    writer('three', 'restic'),
    ...(short ? [] : [writer('four', 'restic')]),
    pruner(),
  ]);
  log(JSON.stringify(counts));

  const promised = [...acknowledged.values()].flatMap((mine) => mine.slice(-keep));
  wrong.push(...(await judge(store, promised)));
  const own = await run('holdfast', ['check', '--read-data']);
  if (own.code !== 0) wrong.push(`check: exit ${own.code} ${own.stdout}${own.stderr}`);
  const locks = await store.restic.list('locks');
  return [
    {
      figure: 'backups and prunes done',
      value: `${counts.backups}, ${counts.prunes}`,
      ok: enough(),
    },
    { figure: 'times locked out', value: counts.lockedOut, ok: true },
    mustBeZero('violations', wrong),
    mustBeZero('locks left', locks),
  ];
}

/** Being told that another works there is right; restic 0.14 says it with exit code 1. */
function isLockedOut({ code, stderr }: { readonly code: number; readonly stderr: string }): boolean {
  return code === 11 || (code === 1 && stderr.includes('already locked'));
}
