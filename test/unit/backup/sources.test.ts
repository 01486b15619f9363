import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compileExcludes } from '../../../src/source/mod.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { codeOf, memoryRepository, messageFrom, namesOf } from '../repository/test-repository.ts';
import { backup, problemPaths, readBack } from './test-backup.ts';

/** Runs as nobody, where this process is root. */
async function unprivileged<T>(work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work();
  process.setegid?.(65_534);
  process.seteuid?.(65_534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}

/** A selector that runs `change` when the sources were checked and before they are walked. */
const between = (change: () => void) => (roots: readonly string[]) => {
  change();
  return compileExcludes({ roots });
};

describe('what a backup is asked to save', () => {
  it('a single file, several sources, and one inside another, each once and under its folders', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('a', 'one'), '1');
    writeFileSync(folder.at('a', 'deep', 'two'), '22');
    writeFileSync(folder.at('b', 'three'), '333');
    const repository = await memoryRepository();
    const summary = await backup(
      repository,
      ['a', 'a/deep', 'b/three', 'a'].map((path) => join(folder.path, path)),
    );
    const saved = await readBack(repository, summary);
    const files = [...saved].filter(([, { node }]) => node.type === 'file');
    expect(files.map(([path, { content }]) => [path.slice(folder.path.length), String(content)])).toEqual([
      ['/a/deep/two', '22'],
      ['/a/one', '1'],
      ['/b/three', '333'],
    ]);
    expect(summary.files).toEqual({ new: 3, changed: 0, unmodified: 0 });
  });

  it('a folder that is reached through a link is saved as a folder', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('real', 'sub', 'file'), 'content');
    symlinkSync('real', folder.at('link'));
    const repository = await memoryRepository();
    const saved = await readBack(repository, await backup(repository, [folder.at('link', 'sub')]));
    expect(saved.get(join(folder.path, 'link'))?.node).toMatchObject({ type: 'dir' });
    expect(saved.get(join(folder.path, 'link'))?.node.linktarget ?? '').toBe('');
    expect(String(saved.get(join(folder.path, 'link/sub/file'))?.content)).toBe('content');
  });

  it('a source that is a link is saved as the link', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('real', 'file'), 'content');
    symlinkSync('real', folder.at('link'));
    const repository = await memoryRepository();
    const saved = await readBack(repository, await backup(repository, [folder.at('link')]));
    expect(saved.get(join(folder.path, 'link'))?.node).toMatchObject({ type: 'symlink', linktarget: 'real' });
  });

  it('relative sources without their folders, and . as its entries', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('x', 'file'), 'x');
    writeFileSync(folder.at('y', 'x', 'file'), 'y');
    const repository = await memoryRepository();
    const named = await backup(repository, ['.././x', '../y/x/file'], { cwd: join(folder.path, 'y') });
    expect([...(await readBack(repository, named)).keys()]).toEqual(['/x', '/x/file', '/y', '/y/x', '/y/x/file']);
    const dot = await backup(repository, ['.'], { cwd: folder.path });
    expect([...(await readBack(repository, dot)).keys()]).toEqual(['/x', '/x/file', '/y', '/y/x', '/y/x/file']);
  });

  it('sources of the same name from different places side by side', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('here', 'same', 'file'), 'here');
    writeFileSync(folder.at('same', 'file'), 'above');
    writeFileSync(folder.at('same-1', 'file'), 'one');
    const repository = await memoryRepository();
    const targets = ['../../same-1', '../same', '../../same'];
    const saved = await readBack(
      repository,
      await backup(repository, targets, { cwd: join(folder.path, 'here/same') }),
    );
    const contents = [...saved]
      .filter(([, item]) => item.content !== undefined)
      .map(([, item]) => String(item.content));
    expect(contents.sort()).toEqual(['above', 'here', 'one']);
  });

  it('nothing at all, or an empty path, is refused', async () => {
    const repository = await memoryRepository();
    expect(await codeOf(() => backup(repository, []))).toBe('invalid-input');
    expect(await codeOf(() => backup(repository, ['']))).toBe('invalid-input');
  });
});

describe('a source that is missing', () => {
  it.each([
    ['absolute', (path: string) => [join(path, 'gone')]],
    ['beside one that is there', (path: string) => [join(path, 'here'), join(path, 'gone')]],
    ['with another one inside it', (path: string) => [join(path, 'gone'), join(path, 'gone/inside')]],
  ])('stops the run before it writes anything: %s', async (_, targets) => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('here', 'file'), '1');
    const repository = await memoryRepository();
    expect(await codeOf(() => backup(repository, targets(folder.path)))).toBe('source-missing');
    expect(await namesOf(repository.backend, 'snapshot')).toEqual([]);
    expect(await namesOf(repository.backend, 'lock')).toEqual([]);
  });

  it.each([
    ['a folder', 'source'],
    ['a folder on the way', '.'],
  ])('stops it also when it vanished after the look: %s', async (_, what) => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('outer', 'source', 'file'), '1');
    writeFileSync(folder.at('other', 'file'), '2');
    const repository = await memoryRepository();
    const vanish = (): void => rmSync(join(folder.path, 'outer', what), { recursive: true });
    const run = (): Promise<unknown> =>
      backup(repository, [join(folder.path, 'other'), join(folder.path, 'outer/source')], {
        selector: between(vanish),
      });
    expect(await codeOf(run)).toBe('source-missing');
    expect(await namesOf(repository.backend, 'snapshot')).toEqual([]);
    expect(await namesOf(repository.backend, 'lock')).toEqual([]);
  });

  it('stops it, and does not hang, for a relative source that vanished after the look', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('source', 'file'), '1');
    const repository = await memoryRepository();
    const vanish = (): void => renameSync(join(folder.path, 'source'), join(folder.path, 'elsewhere'));
    const options = { cwd: folder.path, selector: between(vanish), signal: AbortSignal.timeout(3000) };
    expect(await codeOf(() => backup(repository, ['source'], options))).toBe('source-missing');
  });

  it('an entry of . that vanished is no source: it was never there', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('keep', 'file'), '1');
    writeFileSync(folder.at('passing'), '2');
    const repository = await memoryRepository();
    const selector = between(() => rmSync(join(folder.path, 'passing')));
    const summary = await backup(repository, ['.'], { cwd: folder.path, selector, signal: AbortSignal.timeout(3000) });
    expect([...(await readBack(repository, summary)).keys()]).toEqual(['/keep', '/keep/file']);
    expect(summary.problems).toEqual([]);
  });
});

describe('a source that is suddenly empty', () => {
  it.each([
    ['absolute', (path: string) => ({ targets: [join(path, 'source')], cwd: '/' })],
    ['relative', (path: string) => ({ targets: ['source'], cwd: path })],
    ['relative, from inside', (path: string) => ({ targets: ['.'], cwd: join(path, 'source') })],
    ['through its parent', (path: string) => ({ targets: ['../source'], cwd: join(path, 'beside') })],
  ])('stops the run unless that is meant: %s', async (_, where) => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('source', 'file'), '1');
    mkdirSync(folder.at('beside'));
    const { targets, cwd } = where(folder.path);
    const repository = await memoryRepository();
    await backup(repository, targets, { cwd });
    rmSync(folder.at('source', 'file'));
    expect(await codeOf(() => backup(repository, targets, { cwd }))).toBe('source-missing');
    expect(await namesOf(repository.backend, 'snapshot')).toHaveLength(1);
    const meant = await backup(repository, targets, { cwd, allowEmpty: true });
    expect(meant.totalFiles).toBe(0);
    // Now it was empty in the last snapshot, and may be so.
    expect((await backup(repository, targets, { cwd })).snapshotId).toBeDefined();
  });
});

describe('what may not be read', () => {
  it('is reported by path, and everything else is saved', async () => {
    await using folder = await temporaryFolder();
    chmodSync(folder.path, 0o755);
    writeFileSync(folder.at('source', 'file'), 'f');
    writeFileSync(folder.at('source', 'secret'), 's');
    writeFileSync(folder.at('source', 'closed', 'inside'), 'i');
    writeFileSync(folder.at('source', 'locked', 'inside'), 'i');
    chmodSync(folder.at('source', 'secret'), 0);
    chmodSync(folder.at('source', 'closed', '..', 'closed'), 0);
    chmodSync(join(folder.path, 'source/locked'), 0o644); // can be listed, nothing in it can be looked at
    const repository = await memoryRepository();
    const summary = await unprivileged(() => backup(repository, [join(folder.path, 'source')]));
    const under = (names: string[]): string[] => names.map((name) => name.slice(folder.path.length)).sort();
    expect(under(problemPaths(summary))).toEqual(['/source/closed', '/source/locked/inside', '/source/secret']);
    const saved = await readBack(repository, summary);
    expect(under([...saved.keys()].filter((path) => path.startsWith(folder.path)))).toEqual([
      '',
      '/source',
      '/source/file',
      '/source/locked',
    ]);
    expect(summary.totalFiles).toBe(1);
  });

  it('as the only source fails the run, first and later', async () => {
    await using folder = await temporaryFolder();
    chmodSync(folder.path, 0o755);
    writeFileSync(folder.at('source', 'file'), 'f');
    const repository = await memoryRepository();
    const source = join(folder.path, 'source');
    chmodSync(source, 0);
    const run = (): Promise<unknown> => unprivileged(() => backup(repository, [source]));
    expect(await codeOf(run)).toBe('permission');
    expect(await messageFrom(run)).toContain(source);
    chmodSync(source, 0o755);
    await unprivileged(() => backup(repository, [source]));
    chmodSync(source, 0);
    expect(await codeOf(run)).toBe('permission');
    expect(await namesOf(repository.backend, 'snapshot')).toHaveLength(1);
  });

  it('as one of several sources is a problem, first and later', async () => {
    await using folder = await temporaryFolder();
    chmodSync(folder.path, 0o755);
    writeFileSync(folder.at('closed', 'file'), 'f');
    writeFileSync(folder.at('open', 'file'), 'f');
    const repository = await memoryRepository();
    const sources = [join(folder.path, 'closed'), join(folder.path, 'open')];
    chmodSync(sources[0]!, 0);
    for (let run = 0; run < 2; run++) {
      const summary = await unprivileged(() => backup(repository, sources));
      expect(problemPaths(summary)).toEqual([sources[0]]);
      expect((await readBack(repository, summary)).has(join(sources[1]!, 'file'))).toBe(true);
    }
  });
});
