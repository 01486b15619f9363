/** Row 8: repair says first what it would do, loses only what is damaged, and may be killed at any moment. */
import { chmodSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareTrees } from '../support/compare-trees.ts';
import { Holdfast, parseJsonLines } from '../support/holdfast.ts';
import { makeTree, mutateTree } from '../support/make-tree.ts';
import { seededRandom } from '../support/random.ts';
import {
  copyRepository,
  flipBit,
  repositoryFiles,
  repositoryIds,
  repositoryState,
} from '../support/repository-files.ts';
import { type SharedRepository, sharedRepository } from '../support/shared-repository.ts';
import { removeAll } from '../support/temporary-folder.ts';
import { type Acknowledged, keepCopy } from './judge.ts';
import { mustBeZero, spread, type TortureRow } from './row.ts';
import { cannotBeRestored } from './row-07-flipped-bits.ts';
import { countCalls, runTraced, strikes } from './tracing.ts';

type Place = Pick<SharedRepository, 'folder' | 'holdfast' | 'restic' | 'repository'>;

export const row: TortureRow = {
  row: 8,
  promise: 'Repair: dry run first, loses only what is damaged',
  async run({ short, seed, log }) {
    await using shared = await sharedRepository({ seed });
    const source = shared.folder.at('source');
    makeTree(source, { files: 60, bytes: 3_000_000, seed });
    const promised: Acknowledged[] = [];
    for (let round = 0; round < 2; round++) {
      if (round > 0) mutateTree(source, seed);
      const copy = keepCopy(shared, source);
      promised.push({ id: (await shared.holdfast.backup([source])).snapshot_id, source, copy });
    }
    const random = seededRandom(`row 8 ${seed}`);
    const wrote: string[] = [];
    const failed: string[] = [];
    const lostHealthy: string[] = [];
    let lostFiles = 0;

    const damaged = (): Place => {
      const repository = shared.folder.at('twin');
      removeAll(repository);
      copyRepository(shared.repository, repository);
      return { folder: shared.folder, repository, ...shared.on(repository) };
    };
    for (let number = 0; number < (short ? 2 : 40); number++) {
      const place = damaged();
      const victim = random.pick(repositoryFiles(place.repository, 'data'));
      // A pack that is gone harms what a pack of zeros harms; but with the latter restic does not try for minutes.
      const isLost = number % 2 === 0;
      chmodSync(victim, 0o600);
      if (isLost) writeFileSync(victim, Buffer.alloc(statSync(victim).size));
      else flipBit(victim, random.integer(0, statSync(victim).size - 1), 3);
      const truth = await cannotBeRestored(place, promised);
      if (isLost) rmSync(victim);
      lostFiles += truth.size;

      for (const args of [
        ['repair', 'index'],
        ['repair', 'snapshots', '--forget'],
      ]) {
        const before = JSON.stringify(repositoryState(place.repository));
        await place.holdfast.run([...args, '--dry-run']);
        if (JSON.stringify(repositoryState(place.repository)) !== before) wrote.push(args.join(' '));
      }
      const kill = number % 2 === 1;
      failed.push(...(await repair(place, kill ? { short, log } : undefined)).map((wrong) => `${victim}: ${wrong}`));
      lostHealthy.push(...(await compareHealthy(place, promised, truth)));
    }
    return [
      mustBeZero('dry runs that wrote', wrote),
      mustBeZero('repairs that failed', failed),
      mustBeZero(`healthy files lost (${lostFiles} were damaged)`, lostHealthy),
    ];
  },
};

let keptFolders = 0;

/** The way that check advises; with kills, each step is first killed at some places. */
async function repair(
  place: Place,
  kills: { readonly short: boolean; log(message: string): void } | undefined,
): Promise<string[]> {
  // Copies of damaged packs are put where the user is.
  const cwd = place.folder.at(`kept-${keptFolders++}`);
  mkdirSync(cwd);
  const check = await place.holdfast.run(['check', '--read-data', '--json']);
  const summary = parseJsonLines(check.stdout).find((line) => line.message_type === 'summary');
  const packs = (summary?.broken_packs ?? []) as string[];
  const steps = [
    ['repair', 'index'],
    ...(packs.length > 0 ? [['repair', 'packs', ...packs]] : []),
    ['repair', 'snapshots', '--forget'],
  ];
  for (const step of steps) {
    if (kills !== undefined) {
      const probe = place.folder.at('probe');
      removeAll(probe);
      copyRepository(place.repository, probe);
      const holdfast = new Holdfast({ ...place.holdfast.home, repository: probe });
      const { counts } = await countCalls({ folder: place.folder, holdfast }, step, { cwd: place.folder.at('probe') });
      for (const strike of spread(strikes(counts, 'signal=KILL'), kills.short ? 3 : 12)) {
        const run = await runTraced(place, step, { inject: [strike], cwd });
        kills.log(`${step.slice(0, 2).join(' ')} ${strike}: exit ${run.code}`);
      }
    }
    // A pack that the killed run already replaced is gone: then there is nothing left to do for it.
    const run = await place.holdfast.run(step, { cwd });
    const isDone = step[1] === 'packs' && !packs.some((id) => repositoryIds(place.repository, 'data').includes(id));
    if (run.code !== 0 && !isDone) return [`${step.slice(0, 2).join(' ')}: exit ${run.code} ${run.stderr.slice(-400)}`];
  }
  const theirs = await place.restic.check();
  const ours = await place.holdfast.run(['check', '--read-data']);
  return [
    ...(theirs.code === 0 ? [] : [`restic check afterwards: ${theirs.stdout}${theirs.stderr}`.slice(0, 800)]),
    ...(ours.code === 0 ? [] : [`check afterwards: ${ours.stdout}${ours.stderr}`.slice(0, 800)]),
  ];
}

/** Every file that was sound before must be in its snapshot, or in what that was repaired to, as it was. */
async function compareHealthy(
  place: Place,
  promised: readonly Acknowledged[],
  truth: ReadonlySet<string>,
): Promise<string[]> {
  const after = await place.restic.snapshots();
  const lost: string[] = [];
  for (const { id, source, copy } of promised) {
    // Not by place: one of which nothing was left is gone.
    const snapshot = after.find((one) => one.id === id || one.original === id);
    const whole = ![...truth].some((item) => item.startsWith(id));
    if (snapshot === undefined) {
      if (whole) lost.push(`snapshot ${id} is gone`);
      continue;
    }
    if (whole && snapshot.id !== id) lost.push(`snapshot ${id} was sound and is now ${snapshot.id}`);
    const target = place.folder.at('repaired');
    const run = await place.restic.run(['restore', snapshot.id, '--target', target, '--no-lock', '--no-cache']);
    if (run.code !== 0) {
      lost.push(`${id.slice(0, 8)} is still broken: ${run.stderr.slice(0, 300)}`);
      continue;
    }
    const mismatches = compareTrees(copy, join(target, source), { mtime: false });
    for (const { path, what } of mismatches) {
      const damagedHere = [...truth].some((item) => {
        const broken = item.slice(id.length + 1);
        return (
          item.startsWith(id) &&
          (broken === '' || broken.startsWith(`${source}/${path}`) || `${source}/${path}`.startsWith(broken))
        );
      });
      if (!damagedHere && what !== 'links') lost.push(`${id.slice(0, 8)} ${path}: ${what}`);
    }
    removeAll(target);
  }
  return lost;
}
