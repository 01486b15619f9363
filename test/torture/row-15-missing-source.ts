/** Row 15: a source that is missing or suddenly empty (an unmounted disk) is no backup: nothing is written, nothing expires. */
import { mkdirSync } from 'node:fs';
import { makeTree } from '../support/make-tree.ts';
import { repositoryIds, repositoryState } from '../support/repository-files.ts';
import { runOk } from '../support/run-process.ts';
import { sharedRepository } from '../support/shared-repository.ts';
import { limitedFolder, removeAll } from '../support/temporary-folder.ts';
import { mustBeZero, type TortureRow } from './row.ts';

export const row: TortureRow = {
  row: 15,
  promise: 'Unmounted or suddenly empty source stops the job',
  async run({ seed, log }) {
    const wrong: string[] = [];
    const tries: Record<string, (source: string) => void> = {
      missing: (source) => removeAll(source),
      empty: (source) => {
        removeAll(source);
        mkdirSync(source);
      },
      'only empty folders': (source) => {
        removeAll(source);
        mkdirSync(`${source}/lost+found`, { recursive: true });
      },
    };
    for (const [name, spoil] of Object.entries(tries)) {
      await using shared = await sharedRepository({ seed });
      const source = shared.folder.at('source');
      const other = shared.folder.at('other');
      makeTree(source, { files: 30, bytes: 100_000, seed });
      makeTree(other, { files: 5, bytes: 1000, seed });
      await shared.holdfast.backup([source]);
      await shared.holdfast.backup([source, other]);
      const before = repositoryState(shared.repository);
      spoil(source);
      for (const paths of [[source], [source, other]]) {
        const run = await shared.holdfast.run(['backup', ...paths]);
        log(`${name}: exit ${run.code} ${run.stderr}`);
        if (run.code !== 4)
          wrong.push(`${name}, ${paths.length} sources: exit ${run.code}, not 4: ${run.stderr.slice(0, 200)}`);
        if (!run.stderr.includes(source)) wrong.push(`${name}: the source is not named: ${run.stderr.slice(0, 200)}`);
      }
      if (JSON.stringify(repositoryState(shared.repository)) !== JSON.stringify(before)) {
        wrong.push(`${name}: the repository changed`);
      }
      if (repositoryIds(shared.repository, 'locks').length > 0) wrong.push(`${name}: a lock is left`);
    }
    wrong.push(...(await unmounted(seed)));
    return [mustBeZero('jobs that went on without their source', wrong), ...(await stillPossible(seed))];
  },
};

/** A mounted disk that is gone leaves an empty folder. */
async function unmounted(seed: number): Promise<string[]> {
  await using shared = await sharedRepository({ seed });
  const disk = await limitedFolder({ size: '20m' });
  if (disk === undefined) return process.env.CI === 'true' ? ['cannot mount here'] : [];
  try {
    makeTree(disk.at('data'), { files: 10, bytes: 10_000, seed });
    await shared.holdfast.backup([disk.path]);
    await runOk('umount', [disk.path]);
    const run = await shared.holdfast.run(['backup', disk.path]);
    const count = repositoryIds(shared.repository, 'snapshots').length;
    return run.code === 4 && count === 1 ? [] : [`unmounted: exit ${run.code}, ${count} snapshots`];
  } finally {
    await disk[Symbol.asyncDispose]();
  }
}

/** What was always empty, or is meant to be, can be backed up. */
async function stillPossible(seed: number): Promise<ReturnType<typeof mustBeZero>[]> {
  await using shared = await sharedRepository({ seed });
  const source = shared.folder.at('empty');
  mkdirSync(source);
  const wrong: string[] = [];
  for (let number = 0; number < 2; number++) {
    const run = await shared.holdfast.run(['backup', source]);
    if (run.code !== 0) wrong.push(`a folder that was always empty: exit ${run.code} ${run.stderr.slice(0, 200)}`);
  }
  makeTree(source, { files: 3, bytes: 100, seed });
  await shared.holdfast.backup([source]);
  removeAll(source);
  mkdirSync(source);
  const allowed = await shared.holdfast.run(['backup', '--allow-empty', source]);
  if (allowed.code !== 0) wrong.push(`--allow-empty: exit ${allowed.code} ${allowed.stderr.slice(0, 200)}`);
  return [mustBeZero('empty folders refused that should not be', wrong)];
}
