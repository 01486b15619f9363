/** Row 19: restoring over what is there does what the policy says, never through a link, and goes on after a kill. */
import { mkdirSync, readFileSync, readlinkSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareTrees } from '../support/compare-trees.ts';
import { makeTree } from '../support/make-tree.ts';
import { runOk } from '../support/run-process.ts';
import { type SharedRepository, sharedRepository } from '../support/shared-repository.ts';
import { limitedFolder, removeAll } from '../support/temporary-folder.ts';
import { mustBeZero, spread, type TortureContext, type TortureRow } from './row.ts';
import { countCalls, runTraced, strikes } from './tracing.ts';

const policies = ['always', 'if-changed', 'if-newer', 'never'] as const;

export const row: TortureRow = {
  row: 19,
  promise: 'Restore over existing files: the policy chosen is the policy done; run again after a kill',
  async run(context) {
    await using shared = await sharedRepository({ seed: context.seed });
    return [
      mustBeZero('policies not kept', await policiesKept(shared)),
      mustBeZero('links written through', await linksNotFollowed(shared)),
      mustBeZero('differences after kills and another run', await killedAndRunAgain(shared, context)),
      mustBeZero('false successes on a target that cannot be written', await readOnlyTarget(shared)),
    ];
  },
};

const day = 86_400;

/** Content "saved" at time 1,000 days; the target has each file in another state. */
async function policiesKept(shared: SharedRepository): Promise<string[]> {
  const source = shared.folder.at('policy');
  mkdirSync(source);
  const states = ['same', 'older', 'newer', 'same-size-and-time', 'absent'] as const;
  for (const name of states) write(join(source, name), 'saved', 1000 * day);
  await shared.holdfast.backup([source]);
  const wrong: string[] = [];
  for (const policy of policies) {
    const target = shared.folder.at(`target-${policy}`);
    const there = target + source;
    mkdirSync(there, { recursive: true });
    write(join(there, 'same'), 'saved', 1000 * day);
    write(join(there, 'older'), 'older!', 900 * day);
    write(join(there, 'newer'), 'newer!', 1100 * day);
    write(join(there, 'same-size-and-time'), 'SAVED', 1000 * day);
    write(join(there, 'extra'), 'extra', 500 * day);
    const run = await shared.holdfast.run([
      'restore',
      'latest',
      '--path',
      source,
      '--target',
      target,
      '--overwrite',
      policy,
    ]);
    if (run.code !== 0) wrong.push(`${policy}: exit ${run.code} ${run.stderr.slice(0, 300)}`);
    const expected: Record<string, string> = {
      absent: 'saved',
      same: 'saved',
      extra: 'extra',
      older: policy === 'never' ? 'older!' : 'saved',
      newer: policy === 'always' || policy === 'if-changed' ? 'saved' : 'newer!',
      // if-changed goes by size and time, as restic's; always looks at the content.
      'same-size-and-time': policy === 'always' ? 'saved' : 'SAVED',
    };
    for (const [name, content] of Object.entries(expected)) {
      const found = run.code === 0 ? readFileSync(join(there, name), 'utf8') : '(not run)';
      if (found !== content) wrong.push(`${policy}: ${name} is "${found}", not "${content}"`);
    }
  }
  const target = shared.folder.at('target-delete');
  makeTree(target + source, { files: 10, bytes: 100, seed: 1 });
  const before = compareTrees(target, target);
  await shared.holdfast.run(['restore', 'latest', '--path', source, '--target', target, '--delete', '--dry-run']);
  const extra = compareTrees(source, target + source).filter(({ what }) => what === 'unexpected').length;
  if (before.length > 0 || extra === 0) wrong.push('--delete --dry-run deleted');
  await shared.holdfast.run(['restore', 'latest', '--path', source, '--target', target, '--delete']);
  wrong.push(...compareTrees(source, target + source).map((mismatch) => `--delete: ${JSON.stringify(mismatch)}`));
  return wrong;
}

function write(path: string, content: string, seconds: number): void {
  writeFileSync(path, content);
  utimesSync(path, seconds, seconds);
}

/** Links that were in the target before: to a file, to a folder, dangling; and in the place of parents. */
async function linksNotFollowed(shared: SharedRepository): Promise<string[]> {
  const source = shared.folder.at('links');
  for (const path of ['links/file', 'links/dangling', 'links/folder/inside', 'links/other/deep/er', 'links/plain']) {
    writeFileSync(shared.folder.at(path), 'saved');
  }
  await shared.holdfast.backup([source]);
  const wrong: string[] = [];
  for (const policy of policies) {
    const outside = shared.folder.at(`outside-${policy}`);
    mkdirSync(outside);
    writeFileSync(join(outside, 'canary'), 'canary');
    const target = shared.folder.at(`linked-${policy}`);
    const there = target + source;
    mkdirSync(join(there, 'other'), { recursive: true });
    symlinkSync(join(outside, 'canary'), join(there, 'file'));
    symlinkSync(join(outside, 'made'), join(there, 'dangling'));
    symlinkSync(outside, join(there, 'folder'));
    symlinkSync(outside, join(there, 'other/deep'));
    mkdirSync(join(there, 'plain/not/empty'), { recursive: true });
    await shared.holdfast.run(['restore', 'latest', '--path', source, '--target', target, '--overwrite', policy]);
    const left = (await runOk('bash', ['-c', 'ls -A; cat canary; stat -c %a .'], { cwd: outside })).stdout;
    if (left !== 'canary\ncanary755\n') wrong.push(`${policy}: outside is now ${JSON.stringify(left)}`);
    if (policy === 'never' && readlinkSync(join(there, 'file')) !== join(outside, 'canary')) {
      wrong.push('never: a link was replaced');
    }
  }
  return wrong;
}

async function killedAndRunAgain(shared: SharedRepository, { short, seed, log }: TortureContext): Promise<string[]> {
  const source = shared.folder.at('killed');
  makeTree(source, { files: 80, bytes: 5_000_000, seed });
  const { snapshot_id } = await shared.holdfast.backup([source]);
  const wrong: string[] = [];
  const target = shared.folder.at('killed-out');
  const args = ['restore', snapshot_id, '--target', target];
  const { result, counts } = await countCalls(shared, args);
  if (result.code !== 0) return [`exit ${result.code} ${result.stderr}`];
  for (const place of spread(strikes(counts, 'signal=KILL'), short ? 6 : 200)) {
    removeAll(target);
    const run = await runTraced(shared, args, { inject: [place] });
    log(`${place}: exit ${run.code}`);
    const again = await shared.holdfast.run(args);
    if (again.code !== 0) wrong.push(`${place}: then exit ${again.code} ${again.stderr.slice(0, 300)}`);
    else
      wrong.push(...compareTrees(source, target + source).map((mismatch) => `${place}: ${JSON.stringify(mismatch)}`));
  }
  return wrong;
}

async function readOnlyTarget(shared: SharedRepository): Promise<string[]> {
  await using disk = await limitedFolder({ size: '2m' });
  if (disk === undefined) return process.env.CI === 'true' ? ['cannot mount here'] : [];
  const full = await shared.holdfast.run(['restore', 'latest', '--target', disk.path]);
  await runOk('mount', ['-o', 'remount,ro', disk.path]);
  const readOnly = await shared.holdfast.run(['restore', 'latest', '--target', join(disk.path, 'below')]);
  return [
    ...(full.code === 0 ? ['a full disk: exit 0'] : []),
    ...(/no space/i.test(full.stderr) ? [] : [`a full disk: ${full.stderr.slice(0, 300)}`]),
    ...(readOnly.code === 0 ? ['read-only: exit 0'] : []),
    ...(/read-only/i.test(readOnly.stderr) ? [] : [`read-only: ${readOnly.stderr.slice(0, 300)}`]),
  ];
}
