import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EventBurst } from '../../../../src/agent/watch/event-burst.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { startWatched, type Told } from './record.ts';

const kinds = ['chokidar', 'lean'] as const;
const until = (what: () => unknown) => expect.poll(what, { timeout: 10_000, interval: 5 });

async function source(...files: string[]) {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'source');
  mkdirSync(path);
  for (const file of files) writeFileSync(folder.at('source', file), file);
  return { folder, path, at: (...parts: string[]) => join(path, ...parts) };
}

/** Whatever happened before this was told when this is told. */
async function settled(told: Told, folder: string): Promise<void> {
  told.folders.delete(folder);
  writeFileSync(join(folder, 'settled'), String(Math.random()));
  await until(() => told.folders.has(folder)).toBe(true);
}

function forget(told: Told): void {
  told.folders.clear();
  told.subtrees.clear();
}

describe.each(kinds)('the %s watcher', (kind) => {
  it.each([
    ['a file grows', (at: (name: string) => string) => appendFileSync(at('a/file'), 'more')],
    ['a file comes', (at: (name: string) => string) => writeFileSync(at('a/new'), '')],
    ['a file goes', (at: (name: string) => string) => unlinkSync(at('a/file'))],
    ['a file is renamed', (at: (name: string) => string) => renameSync(at('a/file'), at('a/renamed'))],
    ['only its mode changes', (at: (name: string) => string) => chmodSync(at('a/file'), 0o600)],
    ['a link comes', (at: (name: string) => string) => symlinkSync('nowhere', at('a/link'))],
    ['the mode of a folder changes', (at: (name: string) => string) => chmodSync(at('a/below'), 0o700)],
  ])('tells the folder when %s, and no other', async (_, change) => {
    const { folder, path, at } = await source('a/file', 'a/below/file', 'b/file');
    await using _folder = folder;
    await using watcher = await startWatched(kind, [path]);
    change(at);
    await until(() => [...watcher.told.folders]).toContain(at('a'));
    await settled(watcher.told, at('a/below'));
    expect(watcher.told.folders).not.toContain(at('b'));
    expect(watcher.told.folders).not.toContain(path);
    expect(watcher.told.lost).toEqual([]);
  });

  it('goes on into folders that are made, at any depth, and tells them whole', async () => {
    const { folder, path, at } = await source('file');
    await using _ = folder;
    await using watcher = await startWatched(kind, [path]);
    mkdirSync(at('new/deep/deeper'), { recursive: true });
    writeFileSync(at('new/deep/deeper/file'), '');
    await until(() => [...watcher.told.subtrees]).toContain(at('new'));
    expect(watcher.told.folders).toContain(path);
    await until(() => watcher.folders).toBe(4);
    forget(watcher.told);
    writeFileSync(at('new/deep/deeper/other'), '');
    await until(() => [...watcher.told.folders]).toContain(at('new/deep/deeper'));
  });

  it('follows a folder that is moved, by its new path, or has another watcher take over', async () => {
    const { folder, path, at } = await source('from/moved/deep/file', 'to/file');
    await using _ = folder;
    await using watcher = await startWatched(kind, [path]);
    renameSync(at('from/moved'), at('to/moved'));
    if (kind === 'chokidar') {
      await until(() => watcher.told.cannotFollow).toBeGreaterThan(0);
      return;
    }
    await until(() => [...watcher.told.subtrees]).toContain(at('to/moved'));
    expect([...watcher.told.folders]).toEqual(expect.arrayContaining([at('from'), at('to')]));
    await settled(watcher.told, at('from'));
    await until(() => watcher.folders).toBe(5);
    forget(watcher.told);
    appendFileSync(at('to/moved/deep/file'), 'more');
    await until(() => [...watcher.told.folders]).toContain(at('to/moved/deep'));
    expect(watcher.told.folders).not.toContain(at('from/moved/deep'));
  });

  it('forgets a folder that is moved away', async () => {
    const { folder, path, at } = await source('a/deep/file', 'b/file');
    await using _ = folder;
    await using watcher = await startWatched(kind, [path]);
    renameSync(at('a'), join(folder.path, 'outside'));
    await until(() => [...watcher.told.folders]).toContain(path);
    await settled(watcher.told, at('b'));
    forget(watcher.told);
    appendFileSync(join(folder.path, 'outside/deep/file'), 'more');
    await settled(watcher.told, at('b'));
    if (kind === 'lean') expect([...watcher.told.folders]).toEqual([at('b')]);
  });

  it('watches a folder that is made anew, or has another watcher take over', async () => {
    const { folder, path, at } = await source('a/deep/file', 'b/file');
    await using _ = folder;
    await using watcher = await startWatched(kind, [path]);
    rmSync(at('a'), { recursive: true });
    mkdirSync(at('a/deep'), { recursive: true });
    await until(() => [...watcher.told.folders]).toContain(path);
    if (kind === 'chokidar') {
      await until(() => watcher.told.cannotFollow).toBeGreaterThan(0);
      return;
    }
    await until(() => [...watcher.told.subtrees]).toContain(at('a'));
    await settled(watcher.told, at('a'));
    await settled(watcher.told, at('a/deep'));
  });

  it('opens nothing, and follows no link', async () => {
    const { folder, path, at } = await source('a/file');
    await using _ = folder;
    spawnSync('mkfifo', [at('a/pipe')]); // who opens it waits for ever
    mkdirSync(join(folder.path, 'outside'));
    symlinkSync(join(folder.path, 'outside'), at('a/link'));
    await using watcher = await startWatched(kind, [path]);
    symlinkSync(join(folder.path, 'outside'), at('a/later'));
    await settled(watcher.told, at('a'));
    forget(watcher.told);
    writeFileSync(join(folder.path, 'outside/file'), '');
    await settled(watcher.told, path);
    expect([...watcher.told.folders].filter((one) => one !== path && one !== at('a'))).toEqual([]);
    expect(watcher.folders).toBe(2);
  });

  it('honours the excludes', async () => {
    const { folder, path, at } = await source('a/file', 'node_modules/x/file', 'cache/deep/file', 'git/ignored/file');
    await using _ = folder;
    writeFileSync(at('cache/CACHEDIR.TAG'), 'Signature: 8a477f597d28d172789f06886806bc55');
    writeFileSync(at('git/.gitignore'), 'ignored/\n*.o\n');
    const exclude = { patterns: ['node_modules', '*.tmp'], caches: true, honourGitignoreFiles: true };
    await using watcher = await startWatched(kind, [path], { exclude });
    expect(watcher.folders).toBe(4); // the source, a, cache and git
    forget(watcher.told);
    for (const left of ['node_modules/x/y', 'a/x.tmp', 'cache/deep/z', 'cache/new', 'git/ignored/b', 'git/c.o']) {
      writeFileSync(at(left), '');
    }
    mkdirSync(at('a/node_modules'));
    await settled(watcher.told, path);
    await settled(watcher.told, at('git'));
    expect([...watcher.told.folders].sort()).toEqual([path, at('git')].sort());
    expect(watcher.told.lost).toEqual([]);
  });

  it.each([
    ['a marker comes', (at: (name: string) => string) => writeFileSync(at('a/.nobackup'), '')],
    ['a marker goes', (at: (name: string) => string) => rmSync(at('marked/.nobackup'))],
    ['a .gitignore file changes', (at: (name: string) => string) => writeFileSync(at('a/.gitignore'), 'x')],
  ])('says that the rules are others when %s', async (_, change) => {
    const { folder, path, at } = await source('a/below/file', 'marked/below/file', 'marked/.nobackup');
    await using _folder = folder;
    await using watcher = await startWatched(kind, [path], { exclude: { nobackupMarker: true } });
    expect(watcher.told.lost).toEqual([]);
    change(at);
    await until(() => watcher.told.lost).toContain('rules-changed');
  });

  it('says so when a source is gone, or another folder', async () => {
    const { folder, path } = await source('a/file');
    await using _ = folder;
    await using watcher = await startWatched(kind, [path]);
    rmSync(path, { recursive: true });
    await until(() => watcher.told.lost).toContain('source-replaced');
  });

  it('watches several sources, one of them a file, and one that is not there', async () => {
    const { folder, path, at } = await source('a/file', 'b/file', 'single');
    await using _ = folder;
    const sources = [at('a'), at('single'), at('missing')];
    await using watcher = await startWatched(kind, sources);
    appendFileSync(at('a/file'), 'more');
    await until(() => [...watcher.told.folders]).toContain(at('a'));
    appendFileSync(at('single'), 'more');
    await until(() => [...watcher.told.folders].some((one) => one === path || one === at('single'))).toBe(true);
  });

  it('says so when more happens at once than the system keeps', async () => {
    const { folder, path, at } = await source('a/file');
    await using _ = folder;
    await using watcher = await startWatched(kind, [path], { burst: new EventBurst(100) });
    for (let number = 0; number < 30; number++) writeFileSync(at(`a/${number}`), '');
    await settled(watcher.told, path);
    expect(watcher.told.lost).toEqual([]);
    for (let number = 0; number < 200; number++) writeFileSync(at(`a/x${number}`), '');
    await until(() => watcher.told.lost).toContain('overflow');
  });

  it('says so of a queue of the system that really ran over', async () => {
    const { folder, path, at } = await source('a/file');
    await using _ = folder;
    const queue = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'latin1'));
    await using watcher = await startWatched(kind, [path]);
    // Two names in turn, as the system keeps one of equal events in a row. Nobody takes them out meanwhile.
    for (let number = 0; number <= queue; number++) chmodSync(at(number % 2 === 0 ? 'a/file' : 'a'), 0o700);
    mkdirSync(at('lost'));
    await until(() => watcher.told.lost).toContain('overflow');
  });
});

describe('names that are no UTF-8', () => {
  const bytes = (path: string) => Buffer.from(path, 'latin1');

  it('are watched, byte for byte, by the lean watcher', async () => {
    const { folder, path, at } = await source('a/file');
    await using _ = folder;
    mkdirSync(bytes(at('b\xe9')));
    await using watcher = await startWatched('lean', [path]);
    writeFileSync(bytes(at('b\xe9/\xff')), '');
    await until(() => [...watcher.told.folders]).toContain(at('b\xe9'));
    mkdirSync(bytes(at('b\xe9/c\xe9')));
    await until(() => [...watcher.told.subtrees]).toContain(at('b\xe9/c\xe9'));
    await until(() => watcher.folders).toBe(4);
    writeFileSync(bytes(at('b\xe9/c\xe9/file')), '');
    await until(() => [...watcher.told.folders]).toContain(at('b\xe9/c\xe9'));
  });

  it('are told by chokidar, which cannot watch them', async () => {
    const { folder, path, at } = await source('a/file');
    await using _ = folder;
    await using watcher = await startWatched('chokidar', [path]);
    writeFileSync(at('a/ü'), '');
    await until(() => [...watcher.told.folders]).toContain(at('a'));
    expect(watcher.told.cannotFollow).toBe(0);
    mkdirSync(bytes(at('a/b\xe9')));
    await until(() => watcher.told.cannotFollow).toBeGreaterThan(0);
  });
});
