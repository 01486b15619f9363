/** Row 17: a folder of a million entries, 500 levels deep, and paths longer than the system takes in one piece. */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { compareTrees } from '../support/compare-trees.ts';
import { runOk } from '../support/run-process.ts';
import { type SharedRepository, sharedRepository } from '../support/shared-repository.ts';
import { type Figure, mustBeZero, type TortureRow } from './row.ts';
import { runWatched } from './watched-run.ts';

export const row: TortureRow = {
  row: 17,
  promise: 'A folder of 1,000,000 entries; depth 500; paths past 4,096 bytes',
  async run({ short, seed }) {
    await using shared = await sharedRepository({ seed });
    return [...(await manyEntries(shared, short ? 50_000 : 1_000_000)), ...(await deep(shared))];
  },
};

async function manyEntries(shared: SharedRepository, count: number): Promise<Figure[]> {
  const source = shared.folder.at('wide');
  mkdirSync(source);
  for (let number = 0; number < count; number++) closeSync(openSync(join(source, `entry-${number}`), 'w'));
  const limits = { env: shared.holdfast.env, timeoutMs: 600_000, limitMegabytes: 2000 };
  const first = await runWatched(['backup', source], limits);
  const second = await runWatched(['backup', source], limits);
  const target = shared.folder.at('wide-out');
  const restore = await runWatched(['restore', 'latest', '--target', target], limits);
  const figure = (name: string, run: typeof first): Figure => ({
    figure: `${count} entries, ${name}`,
    value: `exit ${run.code}, ${run.seconds.toFixed(1)} s, ${run.peakMegabytes.toFixed(0)} MB`,
    ok: run.code === 0,
    detail: run.stderr,
  });
  return [
    figure('first backup', first),
    figure('no change', second),
    figure('restore', restore),
    ...(restore.code === 0
      ? [mustBeZero('mismatches', compareTrees(source, target + source, { xattrs: false, limit: 5 }))]
      : []),
  ];
}

/** Names of 100 bytes, 500 levels: 50,000 bytes of path. Made, and compared, by programs that walk by relative steps. */
async function deep(shared: SharedRepository): Promise<Figure[]> {
  const source = shared.folder.at('deep');
  mkdirSync(source);
  const script = `
    for level in $(seq 1 500); do
      name=$(printf 'level-%03d-%0.s-' "$level"; printf 'x%.0s' {1..80})
      mkdir "$name"; echo "file at $level" > "file-$level"; cd "$name"
    done; echo bottom > bottom`;
  await runOk('bash', ['-c', script], { cwd: source });
  const run = await runWatched(['backup', source], { env: shared.holdfast.env, timeoutMs: 120_000 });
  const target = shared.folder.at('deep-out');
  const restore = await runWatched(['restore', 'latest', '--path', source, '--target', target], {
    env: shared.holdfast.env,
    timeoutMs: 120_000,
  });
  const figures: Figure[] = [
    {
      figure: '500 levels, 45,000 bytes of path: backup',
      value: `exit ${run.code}`,
      ok: run.code === 0,
      detail: run.stderr,
    },
    { figure: 'and restore', value: `exit ${restore.code}`, ok: restore.code === 0, detail: restore.stderr },
  ];
  if (restore.code === 0) {
    const [before, after] = [await fingerprint(source), await fingerprint(target + source)];
    figures.push({ figure: 'files that came back', value: after.split('\n').length, ok: before === after });
  }
  return figures;
}

/** Every name, mode, time and content, in one text; tar goes down by relative steps. */
async function fingerprint(folder: string): Promise<string> {
  const flags = '--sort=name --format=pax --pax-option=delete=atime,delete=ctime --numeric-owner';
  return (
    await runOk(
      'bash',
      ['-c', `tar cf - ${flags} . | tar tvf - --full-time | sed 's/level-[^/]*//g'; tar cf - ${flags} . | sha256sum`],
      { cwd: folder },
    )
  ).stdout;
}
