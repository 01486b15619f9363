import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fromUtf8, fsPath } from '../../../src/base/byte-string.ts';
import { listSnapshots } from '../../../src/repository/mod.ts';
import { type RestoreDestination, restoreSelection, selectPaths } from '../../../src/restore/mod.ts';
import { codeOf, never } from '../repository/test-repository.ts';
import { type Stage, stage, write } from './test-restore.ts';

describe('selectPaths', () => {
  it('takes each character as it is, and what is below', () => {
    const select = selectPaths(['/a/*', '/b[1]', '/a/*/deeper', '/c/']);
    expect(select?.('/a', true)).toEqual({ item: false, below: true });
    expect(select?.('/a', false)).toEqual({ item: false, below: false });
    expect(select?.('/a/*', true)).toEqual({ item: true, below: true });
    expect(select?.('/a/*/x/y', false)).toEqual({ item: true, below: false });
    expect(select?.('/a/b', true)).toEqual({ item: false, below: false });
    expect(select?.('/b[1]', false)).toEqual({ item: true, below: false });
    expect(select?.('/b1', false)).toEqual({ item: false, below: false });
    expect(select?.('/c/x', false)).toEqual({ item: true, below: false });
  });

  it('takes everything for the root, and refuses what is no path', async () => {
    expect(selectPaths(['/a', '/'])).toBeUndefined();
    for (const paths of [[], ['a'], [''], ['/a/../b'], ['/./a']]) {
      expect(await codeOf(() => selectPaths(paths))).toBe('invalid-input');
    }
  });
});

async function restore(
  { repository, source }: Stage,
  names: readonly string[],
  destination: RestoreDestination,
  options: object = {},
) {
  const [stored] = await listSnapshots(repository, { signal: never });
  return restoreSelection({
    repository,
    snapshot: stored?.id ?? '',
    paths: names.map((name) => `${fromUtf8(source)}/${name}`),
    destination,
    lock: false,
    threads: 0,
    signal: never,
    ...options,
  });
}

const hostile = ['*', '[a]', '\\', '-rf', 'a\nb', '\xff\xfe', 'x:y', '?'];

async function saved(): Promise<Stage> {
  const made = await stage();
  for (const name of hostile) {
    mkdirSync(fsPath(`${made.source}/dir`), { recursive: true });
    writeFileSync(fsPath(`${made.source}/dir/${name}`), `content of ${name}`);
  }
  write(join(made.source, 'dir', 'plain'), 'plain');
  write(join(made.source, 'other', 'deep', 'file'), 'deep');
  await made.save();
  return made;
}

describe('restoreSelection', () => {
  it('restores exactly what was picked, whatever it is called, into another folder', async () => {
    await using made = await saved();
    for (const name of hostile) {
      const path = join(made.folder.path, `to-${Buffer.from(name).toString('hex')}`);
      const from = `${fromUtf8(made.source)}/dir`;
      const summary = await restore(made, [`dir/${name}`], { kind: 'folder', path, from });
      expect(summary.problems).toEqual([]);
      expect(readdirSync(path, 'latin1')).toEqual([name]);
      expect(readFileSync(fsPath(`${path}/${name}`), 'utf8')).toBe(`content of ${name}`);
    }
  });

  it('keeps all folders unless told from where', async () => {
    await using made = await saved();
    await restore(made, ['other', 'dir/plain'], { kind: 'folder', path: made.target });
    expect(readFileSync(join(made.target, made.source, 'other/deep/file'), 'utf8')).toBe('deep');
    expect(readdirSync(join(made.target, made.source, 'dir'))).toEqual(['plain']);
  });

  it('restores to where it was, and leaves the folders on the way as they are', async () => {
    await using made = await saved();
    const way = join(made.source, 'other');
    rmSync(join(way, 'deep'), { recursive: true });
    rmSync(join(made.source, 'dir', 'plain'));
    chmodSync(way, 0o701);
    writeFileSync(join(made.source, 'dir', '*'), 'newer');
    utimesSync(made.source, 5000, 5000);
    const summary = await restore(made, ['other/deep', 'dir/plain'], { kind: 'original' });
    expect(summary.problems).toEqual([]);
    expect(summary.files.restored).toBe(2);
    expect(readFileSync(join(way, 'deep/file'), 'utf8')).toBe('deep');
    expect(readFileSync(join(made.source, 'dir/*'), 'utf8')).toBe('newer');
    expect(statSync(way).mode & 0o777).toBe(0o701);
    expect(statSync(made.source).mtimeMs).toBe(5_000_000);
  });

  it('says first what it would do', async () => {
    await using made = await saved();
    const where: RestoreDestination = { kind: 'folder', path: made.target };
    const summary = await restore(made, ['dir'], where, { dryRun: true });
    expect(summary.files.restored).toBe(hostile.length + 1);
    expect(summary.bytesRestored).toBeGreaterThan(100);
    expect(readdirSync(made.folder.path)).toEqual(['source']);
  });

  it('honours the policy for what is there', async () => {
    await using made = await saved();
    writeFileSync(join(made.source, 'dir', 'plain'), 'mine');
    const kept = await restore(made, ['dir/plain'], { kind: 'original' }, { overwrite: 'never' });
    expect(kept.files.skipped).toBe(1);
    expect(readFileSync(join(made.source, 'dir/plain'), 'utf8')).toBe('mine');
    await restore(made, ['dir/plain'], { kind: 'original' }, { overwrite: 'always' });
    expect(readFileSync(join(made.source, 'dir/plain'), 'utf8')).toBe('plain');
  });

  it('does nothing unless every path is there and in place', async () => {
    await using made = await saved();
    const where: RestoreDestination = { kind: 'folder', path: made.target };
    expect(await codeOf(() => restore(made, ['dir/plain', 'dir/none'], where))).toBe('not-found');
    expect(await codeOf(() => restore(made, [], where))).toBe('invalid-input');
    const elsewhere: RestoreDestination = { ...where, from: `${fromUtf8(made.source)}/other` };
    expect(await codeOf(() => restore(made, ['dir/plain'], elsewhere))).toBe('invalid-input');
    expect(readdirSync(made.folder.path)).toEqual(['source']);
  });
});
