import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLocalBackend } from '../../../src/backend/local/local-backend.ts';
import { memoryBackend } from '../../../src/backend/memory/memory-backend.ts';
import type { SourceChanges } from '../../../src/backup/mod.ts';
import type { BackupSummary } from '../../../src/backup/report.ts';
import { fromUtf8 } from '../../../src/base/byte-string.ts';
import { decodeTree, encodeTree } from '../../../src/format/tree.ts';
import {
  checkRepository,
  IndexSaver,
  initRepository,
  loadSnapshot,
  type Repository,
  saveSnapshot,
} from '../../../src/repository/mod.ts';
import { compileExcludes, type ExcludeOptions } from '../../../src/source/mod.ts';
import { makeTree } from '../../support/make-tree.ts';
import { type SeededRandom, seededRandom } from '../../support/random.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import {
  cheapKey,
  memoryRepository,
  namesOf,
  never,
  password,
  savePack,
  unlocked,
} from '../repository/test-repository.ts';
import { backup, type RunOptions } from './test-backup.ts';

/** By relative paths: what lies above the sources belongs to others, who change it meanwhile. */
function run(repository: Repository, sources: readonly string[], options: RunOptions = {}): Promise<BackupSummary> {
  const names = sources.map((source) => basename(source));
  return backup(repository, names, { cwd: dirname(sources[0]!), ...options });
}

/** Everything below a folder, folders and files apart, as absolute paths. */
function itemsBelow(folder: string): { folders: string[]; files: string[] } {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = (dirs: boolean): string[] =>
    entries
      .filter((entry) => entry.isDirectory() === dirs)
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  return { folders: paths(true), files: paths(false) };
}

/** Edits as a user makes them, and the changes that a watcher would tell. */
class Editor {
  readonly folders = new Set<string>();
  readonly subtrees = new Set<string>();
  readonly #root: string;
  readonly #random: SeededRandom;
  readonly #tag: string;
  #made = 0;

  constructor(root: string, random: SeededRandom, tag: string) {
    this.#tag = tag;
    this.#root = root;
    this.#random = random;
  }

  changesSince(since: string): SourceChanges {
    const bytes = (paths: Set<string>): Set<string> => new Set([...paths].map(fromUtf8));
    return { since, folders: bytes(this.folders), subtrees: bytes(this.subtrees) };
  }

  edit(): void {
    const edits = [
      ...[this.#change, this.#change, this.#create, this.#remove, this.#replace, this.#makeFolder],
      ...[this.#moveFolder, this.#removeFolder, this.#recreateFolder, this.#chmodFolder, this.#moveFile],
    ];
    this.#random.pick(edits).call(this);
  }

  #touched(path: string): void {
    this.folders.add(dirname(path));
  }

  #folder(): string {
    return this.#random.pick([this.#root, ...itemsBelow(this.#root).folders]);
  }

  #file(): string | undefined {
    const { files } = itemsBelow(this.#root);
    return files.length === 0 ? undefined : this.#random.pick(files);
  }

  #below(): string | undefined {
    const { folders } = itemsBelow(this.#root);
    return folders.length === 0 ? undefined : this.#random.pick(folders);
  }

  #newName(): string {
    this.#made += 1;
    return `${this.#random.pick(['new', 'a', 'zz', 'ü'])}-${this.#tag}-${this.#made}`;
  }

  #change(): void {
    const path = this.#file();
    if (path === undefined || !existsSync(path)) return;
    if (this.#random.chance(0.3)) utimesSync(path, 1.6e9, 1.6e9 + this.#random.integer(0, 1e6));
    else appendFileSync(path, this.#random.text(this.#random.integer(1, 200)));
    this.#touched(path);
  }

  #create(): void {
    const path = join(this.#folder(), this.#newName());
    writeFileSync(path, this.#random.bytes(this.#random.integer(0, 300)));
    this.#touched(path);
  }

  #remove(): void {
    const path = this.#file();
    if (path === undefined) return;
    rmSync(path);
    this.#touched(path);
  }

  #replace(): void {
    const path = this.#file();
    if (path === undefined) return;
    rmSync(path);
    if (this.#random.chance(0.5)) {
      symlinkSync('somewhere', path);
    } else {
      mkdirSync(path);
      writeFileSync(join(path, 'inside'), 'was a file');
      this.subtrees.add(path);
    }
    this.#touched(path);
  }

  #moveFile(): void {
    const path = this.#file();
    if (path === undefined) return;
    const to = join(this.#folder(), this.#newName());
    renameSync(path, to);
    this.#touched(path);
    this.#touched(to);
  }

  #makeFolder(): void {
    const path = join(this.#folder(), this.#newName());
    mkdirSync(join(path, 'deep', 'deeper'), { recursive: true });
    writeFileSync(join(path, 'deep', 'file'), path);
    this.subtrees.add(path);
    this.#touched(path);
  }

  #moveFolder(): void {
    const [path, into] = [this.#below(), this.#folder()];
    if (path === undefined || `${into}/`.startsWith(`${path}/`)) return;
    const to = join(into, this.#newName());
    renameSync(path, to);
    this.#touched(path);
    this.#touched(to);
    this.subtrees.add(to);
  }

  #removeFolder(): void {
    const path = this.#below();
    if (path === undefined) return;
    rmSync(path, { recursive: true });
    this.#touched(path);
  }

  /** Another folder at the same path, which nobody calls a subtree: the engine has to see it by itself. */
  #recreateFolder(): void {
    const path = this.#below();
    if (path === undefined) return;
    renameSync(path, `${path}.old`);
    mkdirSync(path);
    writeFileSync(join(path, 'other'), 'other');
    rmSync(`${path}.old`, { recursive: true });
    this.#touched(path);
  }

  #chmodFolder(): void {
    const path = this.#below();
    if (path === undefined) return;
    chmodSync(path, this.#random.pick([0o700, 0o755, 0o750]));
    this.#touched(path);
    this.folders.add(path);
  }
}

/** What a run of everything, compared with the same snapshot, says to the same files. */
async function expectSameAsFull(
  repository: Repository,
  source: string,
  since: string,
  summary: BackupSummary,
  exclude: Omit<ExcludeOptions, 'roots'> = {},
): Promise<void> {
  const full = await run(repository, [source], { parent: since, dryRun: true, exclude });
  expect(full.scanned).toBe('everything');
  expect(summary.tree).toBe(full.tree);
  const counts = ({ files, dirs, totalFiles, totalBytes }: BackupSummary) => ({ files, dirs, totalFiles, totalBytes });
  expect(counts(summary)).toEqual(counts(full));
}

describe('a backup that is told what changed', () => {
  it.each([1, 2, 3, 4, 5, 6])('has the tree, and the counts, of one that looks at everything (%i)', async (seed) => {
    await using folder = await temporaryFolder();
    const source = join(folder.path, 'source');
    makeTree(source, { files: 120, bytes: 60_000, seed });
    const random = seededRandom(`changes ${seed}`);
    const repository = await memoryRepository();
    let last = await run(repository, [source]);
    for (let round = 0; round < 8; round++) {
      const editor = new Editor(source, random.fork(`round ${round}`), String(round));
      for (let edits = random.integer(0, 6); edits > 0; edits--) editor.edit();
      const since = last.snapshotId!;
      last = await run(repository, [source], { changes: editor.changesSince(since) });
      expect(last).toMatchObject({ scanned: 'changes', parentId: since });
      await expectSameAsFull(repository, source, since, last);
    }
  });

  it('starts no thread for a few small files, and threads for what is large', async () => {
    await using folder = await temporaryFolder();
    const source = join(folder.path, 'source');
    for (const path of ['small', 'other', 'large']) writeFileSync(folder.at('source', path), path);
    await using repository = await initRepository({
      backend: openLocalBackend(folder.at('repository')),
      password,
      keyOptions: cheapKey,
      signal: never,
    });
    let threads = 0;
    const count = (): void => void threads++;
    process.on('worker', count);
    try {
      let last = await run(repository, [source]);
      const save = async (change: () => void): Promise<number> => {
        change();
        const before = { threads, last };
        const changes = { since: last.snapshotId!, folders: new Set([source]), subtrees: new Set<string>() };
        last = await run(repository, [source], { changes, threads: 2 });
        expect(last.scanned).toBe('changes');
        await expectSameAsFull(repository, source, before.last.snapshotId!, last);
        return threads - before.threads;
      };
      expect(await save(() => appendFileSync(join(source, 'small'), 'more'))).toBe(0);
      const both = () => {
        appendFileSync(join(source, 'small'), 'even more');
        appendFileSync(join(source, 'large'), seededRandom(5).bytes(3 * 1024 * 1024));
      };
      expect(await save(both)).toBe(2);
      expect(last.files.changed).toBe(2);
      const check = { repository, read: { kind: 'all' as const }, lock: false, threads: 0, signal: never };
      expect((await checkRepository(check)).errors).toEqual([]);
    } finally {
      process.off('worker', count);
    }
  });

  it('looks at nothing else', async () => {
    await using folder = await temporaryFolder();
    const source = join(folder.path, 'source');
    for (const path of ['a/x/one', 'a/x/two', 'a/y/three', 'b/four', 'top'])
      writeFileSync(folder.at('source', path), path);
    const repository = await memoryRepository();
    const { snapshotId } = await run(repository, [source]);
    appendFileSync(join(source, 'a/x/one'), 'more');
    const listed: string[] = [];
    const looked: string[] = [];
    const spy = (roots: readonly string[]) => {
      const selector = compileExcludes({ roots });
      return {
        ...selector,
        rejectDirectory: (path: string, names: readonly string[]) => {
          listed.push(path.slice(source.length));
          return selector.rejectDirectory(path, names);
        },
        rejectEntry: (...[path, stat]: Parameters<typeof selector.rejectEntry>) => {
          looked.push(path.slice(source.length));
          return selector.rejectEntry(path, stat);
        },
      };
    };
    const changes = { since: snapshotId!, folders: new Set([join(source, 'a/x')]), subtrees: new Set<string>() };
    const summary = await run(repository, [source], { changes, selector: spy });
    expect(listed).toEqual(['', '/a', '/a/x']);
    expect(looked).toEqual(['/a', '/a/x', '/a/x/one', '/a/x/two']);
    expect(summary.files).toEqual({ new: 0, changed: 1, unmodified: 4 });
    await expectSameAsFull(repository, source, snapshotId!, summary);

    const none = { since: summary.snapshotId!, folders: new Set<string>(), subtrees: new Set<string>() };
    listed.length = 0;
    const idle = await run(repository, [source], { changes: none, selector: spy });
    expect(idle).toMatchObject({ tree: summary.tree, treeBlobs: 0 });
    expect(listed).toEqual([]);
  });

  it('sees a folder on the way whose names are others, though nobody said so', async () => {
    await using folder = await temporaryFolder();
    const source = join(folder.path, 'source');
    for (const path of ['a/x/one', 'a/two']) writeFileSync(folder.at('source', path), path);
    const repository = await memoryRepository();
    const { snapshotId } = await run(repository, [source]);
    writeFileSync(join(source, 'a/x/new'), 'new');
    renameSync(join(source, 'a/two'), join(source, 'a/renamed'));
    const changes = { since: snapshotId!, folders: new Set([join(source, 'a/x')]), subtrees: new Set<string>() };
    const summary = await run(repository, [source], { changes });
    await expectSameAsFull(repository, source, snapshotId!, summary);
    expect(summary.files.new).toBe(2);
  });

  it('sees that a folder is another one, or has other entries, though only its parent was spoken of', async () => {
    await using folder = await temporaryFolder();
    const source = join(folder.path, 'source');
    for (const path of ['a/b/file', 'c/d/file']) writeFileSync(folder.at('source', path), path);
    const long = 1.6e9;
    for (const path of ['a/b', 'a']) utimesSync(join(source, path), long, long);
    const repository = await memoryRepository();
    const { snapshotId } = await run(repository, [source]);
    renameSync(join(source, 'a'), folder.at('old'));
    writeFileSync(folder.at('source', 'a', 'b', 'file'), 'other content');
    for (const path of ['a/b', 'a']) utimesSync(join(source, path), long, long);
    writeFileSync(join(source, 'c', 'new'), 'new');
    const changes = { since: snapshotId!, folders: new Set([source]), subtrees: new Set<string>() };
    const summary = await run(repository, [source], { changes });
    await expectSameAsFull(repository, source, snapshotId!, summary);
    expect(summary.files).toEqual({ new: 1, changed: 1, unmodified: 1 });
  });

  it('keeps to the rules of the folders on the way', async () => {
    await using folder = await temporaryFolder();
    const source = join(folder.path, 'source');
    for (const path of ['a/x/one', 'a/x/one.tmp', 'a/cache/data']) writeFileSync(folder.at('source', path), path);
    writeFileSync(join(source, '.gitignore'), '*.tmp\n');
    const exclude = { honourGitignoreFiles: true, caches: true };
    const repository = await memoryRepository();
    const { snapshotId } = await run(repository, [source], { exclude });
    writeFileSync(join(source, 'a/x/two.tmp'), 'new');
    writeFileSync(join(source, 'a/cache/CACHEDIR.TAG'), 'Signature: 8a477f597d28d172789f06886806bc55');
    const folders = new Set([join(source, 'a/x'), join(source, 'a/cache')]);
    const summary = await run(repository, [source], {
      exclude,
      changes: { since: snapshotId!, folders, subtrees: new Set<string>() },
    });
    await expectSameAsFull(repository, source, snapshotId!, summary, exclude);
    expect(summary.totalFiles).toBe(3);
  });

  it('reads what was said to have changed of several sources, and of one that is a file', async () => {
    await using folder = await temporaryFolder();
    const paths = ['one/file', 'two/file', 'three'].map((path) => folder.at(path));
    for (const path of paths) writeFileSync(path, path);
    const sources = ['one', 'two', 'three'].map((path) => join(folder.path, path));
    const repository = await memoryRepository();
    const { snapshotId } = await run(repository, sources);
    for (const path of paths) appendFileSync(path, 'more');
    const folders = new Set([sources[0]!]);
    const summary = await run(repository, sources, {
      changes: { since: snapshotId!, folders, subtrees: new Set<string>() },
    });
    expect(summary.files).toEqual({ new: 0, changed: 2, unmodified: 1 }); // two/file was not spoken of
    const rest = { since: summary.snapshotId!, folders: new Set([sources[1]!]), subtrees: new Set<string>() };
    const last = await run(repository, sources, { changes: rest });
    expect(last.tree).toBe((await run(repository, sources, { dryRun: true })).tree);
  });

  it('stops where the source is gone, or is empty of a sudden', async () => {
    await using folder = await temporaryFolder();
    const source = join(folder.path, 'source');
    writeFileSync(folder.at('source', 'file'), 'content');
    const repository = await memoryRepository();
    const { snapshotId } = await run(repository, [source]);
    const changes = { since: snapshotId!, folders: new Set([source]), subtrees: new Set<string>() };
    rmSync(join(source, 'file'));
    await expect(run(repository, [source], { changes })).rejects.toMatchObject({ code: 'source-missing' });
    rmSync(source, { recursive: true });
    await expect(run(repository, [source], { changes })).rejects.toMatchObject({ code: 'source-missing' });
  });
});

describe('everything is looked at all the same', () => {
  /** A change that nobody tells of must be in the snapshot. */
  async function unseenChange() {
    const folder = await temporaryFolder();
    const source = join(folder.path, 'source');
    writeFileSync(folder.at('source', 'deep', 'file'), 'content');
    writeFileSync(folder.at('other', 'file'), 'other');
    const backend = memoryBackend();
    const repository = await memoryRepository({ backend });
    const first = await run(repository, [source]);
    appendFileSync(join(source, 'deep', 'file'), 'more');
    const changes = { since: first.snapshotId!, folders: new Set<string>(), subtrees: new Set<string>() };
    return { folder, source, backend, repository, first, changes };
  }

  it('where the snapshot of the changes is gone', async () => {
    const { folder, source, repository, changes } = await unseenChange();
    await using _ = folder;
    const summary = await run(repository, [source], { changes: { ...changes, since: 'f'.repeat(64) } });
    expect(summary).toMatchObject({ scanned: 'everything', files: { new: 0, changed: 1, unmodified: 0 } });
  });

  it('where it is one of other sources or excludes, or another parent is asked for', async () => {
    const { folder, source, repository, first, changes } = await unseenChange();
    await using _ = folder;
    const both = await run(repository, [source, join(folder.path, 'other')], { changes, dryRun: true });
    expect(both.scanned).toBe('everything');
    const excludes = await run(repository, [source], { changes, excludes: ['*.tmp'], dryRun: true });
    expect(excludes.scanned).toBe('everything');
    const named = await run(repository, [source], { changes, parent: first.snapshotId!, dryRun: true });
    expect(named.scanned).toBe('everything');
    const none = await run(repository, [source], { changes, parent: 'none', dryRun: true });
    expect(none).toMatchObject({ scanned: 'everything', parentId: undefined });
  });

  it('of a folder whose tree the index has not', async () => {
    const { folder, source, repository, first } = await unseenChange();
    await using _ = folder;
    const { snapshot } = await loadSnapshot(repository, first.snapshotId!, never);
    const lost = async (tree: string, depth: number): Promise<string> => {
      if (depth === 0) return 'f'.repeat(64);
      const nodes = decodeTree(await repository.readBlob('tree', tree, never));
      for (const node of nodes) if (node.subtree !== undefined) node.subtree = await lost(node.subtree, depth - 1);
      const { packId, blobs } = await savePack(repository, [{ type: 'tree', plain: Buffer.from(encodeTree(nodes)) }]);
      const saver = new IndexSaver(repository);
      saver.addPack(packId, blobs);
      await saver.flush(never);
      return blobs[0]!.id;
    };
    const since = await saveSnapshot(unlocked(repository), { ...snapshot, tree: await lost(snapshot.tree, 2) }, never);
    const told = { since, folders: new Set([source]), subtrees: new Set<string>() };
    const summary = await run(repository, [source], { changes: told });
    expect(summary.tree).toBe((await run(repository, [source], { parent: 'none', dryRun: true })).tree);
  });

  it('where its trees are gone', async () => {
    const { folder, source, backend, repository, changes } = await unseenChange();
    await using _ = folder;
    const kept = repository.index.blobs;
    const trees = new Set<string>();
    for (let entry = 0; entry < kept.size; entry++) {
      if (kept.type(entry) === 'tree') trees.add(kept.location(entry)!.packId);
    }
    for (const name of await namesOf(backend, 'data')) {
      if (trees.has(name)) await backend.remove({ type: 'data', name }, never);
    }
    const summary = await run(repository, [source], { changes, allowEmpty: true });
    const full = await run(repository, [source], { parent: 'none', dryRun: true });
    expect(summary.tree).toBe(full.tree);
  });
});
