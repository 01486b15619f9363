import { linkSync, mkdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryBackend } from '../../../src/backend/memory/memory-backend.ts';
import { contentOfText, fileChanged, ParentFolder, subtreeOfText } from '../../../src/backup/parent-folder.ts';
import { encodeNode, encodeTree, type Node, nodeHead } from '../../../src/format/tree.ts';
import { loadSnapshot } from '../../../src/repository/snapshots.ts';
import { readFileStat } from '../../../src/source/mod.ts';
import { faultyBackend } from '../../support/faulty-backend.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { memoryRepository, namesOf, never, savePack, unlocked } from '../repository/test-repository.ts';
import { backup, readBack } from './test-backup.ts';

const id = (digit: string): string => digit.repeat(64);

function node(name: string, more: Partial<Node> = {}): Node {
  return {
    name,
    type: 'file',
    mode: 0o644,
    mtimeNs: 1n,
    atimeNs: 1n,
    ctimeNs: 2n,
    uid: 0,
    gid: 0,
    user: '',
    group: '',
    inode: 7n,
    deviceId: 1n,
    size: 3,
    links: 1,
    linktarget: '',
    device: 0n,
    content: [id('a')],
    ...more,
  };
}

const folderOf = (nodes: readonly Node[]): ParentFolder => new ParentFolder(id('f'), encodeTree([...nodes]));

describe('a folder of the parent snapshot', () => {
  const nodes = [
    node('a', { content: [] }),
    node('b', { content: [id('1'), id('2')] }),
    node('c', { type: 'dir', content: null, subtree: id('3'), links: 0, size: 0 }),
    node('d', { type: 'symlink', content: null, linktarget: '"content":["x"]}' }),
  ];

  it('is matched node by node, by what stat tells, to its end', () => {
    const folder = folderOf(nodes);
    for (const [index, one] of nodes.entries()) {
      expect(folder.matchedAll).toBe(false);
      expect(folder.matchText(nodeHead(one)), `node ${index}`).toBe(encodeNode(one));
    }
    expect(folder.matchedAll).toBe(true);
    expect(folderOf([]).matchedAll).toBe(true);
  });

  it('is not wholly matched once any node differs; the others are still found by name', () => {
    const folder = folderOf(nodes);
    expect(folder.matchText(nodeHead(nodes[0]!))).toBeDefined();
    expect(folder.matchText(nodeHead(node('b', { mtimeNs: 9n })))).toBeUndefined();
    expect(folder.matchText(nodeHead(nodes[1]!))).toBeUndefined();
    expect(folder.matchedAll).toBe(false);
    expect(folder.node('b')?.content).toEqual([id('1'), id('2')]);
    expect(folder.node('zz')).toBeUndefined();
  });

  it.each([
    ['attributes', node('x', { xattrs: [{ name: 'user.a', value: Buffer.from('1') }] })],
    [
      'an error with a brace in it',
      node('x', { type: 'dir', content: null, subtree: id('3'), error: 'a } b' } as never),
    ],
    ['an error of a file', node('x', { error: 'a ]} b' } as never)],
  ])('a node with %s is left to the decoder', (_, odd) => {
    const folder = folderOf([odd, node('y')]);
    expect(folder.matchText(nodeHead(odd))).toBeUndefined();
    expect(folder.node('x')?.name).toBe('x');
  });

  it.each([
    '',
    '{"nodes":null}\n',
    '{"nodes":[{"name":"b","type":"dir"},{"name":"a","type":"dir"}]}\n',
    'garbage',
    '{"nodes":[{"name":"b","type":"new"}]}\n',
  ])('one that is no tree has nothing: %s', (text) => {
    const folder = new ParentFolder(id('f'), Buffer.from(text));
    expect(folder.matchText(nodeHead(node('a')))).toBeUndefined();
    expect(folder.node('a')).toBeUndefined();
    expect(folder.matchedAll).toBe(false);
  });

  it('content and subtree are read from the text', () => {
    const blob = fc.stringMatching(/^[0-9a-f]{64}$/);
    fc.assert(
      fc.property(fc.array(blob, { maxLength: 5 }), blob, (content, subtree) => {
        expect(contentOfText(encodeNode(node('n', { content })))).toEqual(content);
        expect(subtreeOfText(encodeNode(node('n', { type: 'dir', content: null, subtree })))).toBe(subtree);
      }),
      { numRuns: 50 },
    );
  });
});

describe('whether a file must be read again', () => {
  const rules = { ignoreCtime: false, ignoreInode: false };
  const stat = { ...readFileStat('/'), size: 3, mtimeNs: 1n, ctimeNs: 2n, inode: 7n };

  it.each([
    ['nothing changed', {}, rules, false],
    ['size', { size: 4 }, rules, true],
    ['mtime', { mtimeNs: 2n }, rules, true],
    ['ctime', { ctimeNs: 3n }, rules, true],
    ['inode', { inode: 8n }, rules, true],
    ['ctime, ignored', { ctimeNs: 3n }, { ...rules, ignoreCtime: true }, false],
    ['inode, ignored', { inode: 8n }, { ...rules, ignoreInode: true }, false],
    ['mtime, the others ignored', { mtimeNs: 2n }, { ignoreCtime: true, ignoreInode: true }, true],
  ])('%s', (_, change, by, changed) => {
    expect(fileChanged({ ...stat, ...change }, node('n'), by)).toBe(changed);
  });

  it('what was no file, or has no content, must', () => {
    expect(fileChanged(stat, node('n', { type: 'symlink' }), rules)).toBe(true);
    expect(fileChanged(stat, node('n', { content: null }), rules)).toBe(true);
  });
});

describe('the next backup', () => {
  it('reads what changed and takes over the rest: trees, content, counts', async () => {
    await using folder = await temporaryFolder();
    for (const name of ['a/one', 'a/two', 'b/three', 'c/d/four']) writeFileSync(folder.at('source', name), name);
    const source = join(folder.path, 'source');
    const repository = await memoryRepository();
    const first = await backup(repository, ['source'], { cwd: folder.path });
    expect(first.files).toEqual({ new: 4, changed: 0, unmodified: 0 });
    const same = await backup(repository, ['source'], { cwd: folder.path });
    expect(same).toMatchObject({
      tree: first.tree,
      parentId: first.snapshotId,
      dataBlobs: 0,
      treeBlobs: 0,
      dataAdded: 0,
    });
    expect(same.files.unmodified).toBe(4);
    expect(same.totalBytes).toBe(first.totalBytes);

    writeFileSync(join(source, 'a/two'), 'two, changed');
    writeFileSync(join(source, 'b/new'), 'new');
    renameSync(join(source, 'c/d/four'), join(source, 'c/d/five'));
    const third = await backup(repository, ['source'], { cwd: folder.path });
    expect(third.files).toEqual({ new: 2, changed: 1, unmodified: 2 });
    const saved = await readBack(repository, third);
    const contents = [...saved].flatMap(([path, { content }]) =>
      content ? [[path.slice('/source'.length), `${content}`]] : [],
    );
    expect(contents).toEqual([
      ['/a/one', 'a/one'],
      ['/a/two', 'two, changed'],
      ['/b/new', 'new'],
      ['/b/three', 'b/three'],
      ['/c/d/five', 'c/d/four'],
    ]);
  });

  it('--force reads all again; skipIfUnchanged makes no snapshot; a dry run writes nothing', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('source', 'file'), 'content');
    const backend = faultyBackend(memoryBackend());
    const repository = await memoryRepository({ backend });
    const before = backend.calls.length;
    const dry = await backup(repository, ['source'], { cwd: folder.path, dryRun: true });
    expect(dry).toMatchObject({ snapshotId: undefined, dataBlobs: 1, totalFiles: 1 });
    expect(backend.calls.slice(before).filter((call) => /save|openWriter|remove/.test(call))).toEqual([]);
    await backup(repository, ['source'], { cwd: folder.path });
    const forced = await backup(repository, ['source'], { cwd: folder.path, parent: 'none' });
    expect(forced).toMatchObject({ parentId: undefined, dataBlobs: 0 });
    expect(forced.files.new).toBe(1);
    const skipped = await backup(repository, ['source'], { cwd: folder.path, skipIfUnchanged: true });
    expect(skipped.snapshotId).toBeUndefined();
    expect(await namesOf(backend, 'snapshot')).toHaveLength(2);
    expect(await namesOf(backend, 'lock')).toEqual([]);
  });

  it('skipIfUnchanged goes by what was named, not by the folders that lead there', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('home', 'docs', 'inner', 'file'), 'content');
    const [docs, inner] = [folder.at('home', 'docs'), folder.at('home', 'docs', 'inner')];
    const backend = memoryBackend();
    const repository = await memoryRepository({ backend });
    const skips = async (...targets: string[]): Promise<boolean> =>
      (await backup(repository, targets, { skipIfUnchanged: true })).snapshotId === undefined;
    for (const targets of [[docs], [inner], [docs, inner]]) {
      expect(await skips(...targets)).toBe(false);
      writeFileSync(folder.at('home', `beside-${targets.length}-${targets[0]?.length}`), '');
      expect(await skips(...targets)).toBe(true);
    }
    writeFileSync(join(docs, 'new'), '');
    expect(await skips(inner)).toBe(true);
    expect(await skips(docs)).toBe(false);
    expect(await skips(docs, inner)).toBe(false);
    utimesSync(docs, 1, 1);
    expect(await skips(docs, inner)).toBe(false);
    utimesSync(inner, 1, 1);
    expect(await skips(inner)).toBe(false);
    expect(await skips(inner)).toBe(true);
  });

  it('finds its parent by host and paths, not later than its own time', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('source', 'file'), 'content');
    mkdirSync(folder.at('other'));
    const [source, other] = [join(folder.path, 'source'), join(folder.path, 'other')];
    const repository = await memoryRepository();
    const at = (day: number): { time: Date } => ({ time: new Date(Date.UTC(2024, 0, day)) });
    const first = await backup(repository, [source], at(1));
    const later = await backup(repository, [source], at(10));
    expect((await backup(repository, [source], at(5))).parentId).toBe(first.snapshotId);
    expect((await backup(repository, [source], at(20))).parentId).toBe(later.snapshotId);
    expect((await backup(repository, [source, other], at(20))).parentId).toBeUndefined();
    const elsewhere = { hostname: 'elsewhere', username: 'tester' };
    expect((await backup(repository, [source], { identity: elsewhere })).parentId).toBeUndefined();
    const named = await backup(repository, [source, other], { parent: first.snapshotId! });
    expect(named).toMatchObject({ parentId: first.snapshotId, dataBlobs: 0 });
  });

  it('honours what it shall ignore', async () => {
    await using folder = await temporaryFolder();
    const file = folder.at('source', 'file');
    const source = join(folder.path, 'source');
    writeFileSync(file, 'content');
    const repository = await memoryRepository();
    await backup(repository, [source]);
    const { atime, mtime } = { atime: 1_700_000_000, mtime: 1_700_000_000 };
    utimesSync(file, atime, mtime);
    await backup(repository, [source]);
    utimesSync(file, atime, mtime); // ctime alone
    expect((await backup(repository, [source], { dryRun: true })).files.changed).toBe(1);
    const rules = { ignoreCtime: true, ignoreInode: false };
    expect((await backup(repository, [source], { dryRun: true, rules })).files.unmodified).toBe(1);
    writeFileSync(`${file}.new`, 'content');
    utimesSync(`${file}.new`, atime, mtime);
    renameSync(`${file}.new`, file); // and the inode
    expect((await backup(repository, [source], { dryRun: true, rules })).files.changed).toBe(1);
    const both = { ignoreCtime: true, ignoreInode: true };
    const ignoring = await backup(repository, [source], { rules: both });
    expect(ignoring.files.unmodified).toBe(1);
    expect((await readBack(repository, ignoring)).get(file)?.node.inode).toBe(readFileStat(file).inode);
  });

  it('a parent that is no valid tree is read anew', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('source', 'file'), 'content');
    const repository = await memoryRepository();
    const first = await backup(repository, ['source'], { cwd: folder.path });
    // A tree with the right head, whose names are not in order.
    const odd = Buffer.from('{"nodes":[{"name":"zz","type":"dir"},{"name":"aa","type":"dir"}]}\n');
    const { packId, blobs } = await savePack(repository, [{ type: 'tree', plain: odd }]);
    const { snapshot } = await loadSnapshot(repository, first.snapshotId!, never);
    const { IndexSaver, saveSnapshot } = await import('../../../src/repository/mod.ts');
    const saver = new IndexSaver(repository);
    saver.addPack(packId, blobs);
    await saver.flush(never);
    const parent = await saveSnapshot(unlocked(repository), { ...snapshot, tree: blobs[0]!.id }, never);
    const summary = await backup(repository, ['source'], { cwd: folder.path, parent });
    expect(summary.tree).toBe(first.tree);
    expect((await readBack(repository, summary)).has('/source/file')).toBe(true);
  });
});

describe('what a snapshot holds', () => {
  it('hard links with their count, excluded things not, and who made it when', async () => {
    await using folder = await temporaryFolder();
    const source = join(folder.path, 'source');
    writeFileSync(folder.at('source', 'file'), 'content');
    linkSync(join(source, 'file'), join(source, 'link'));
    writeFileSync(join(source, 'left.tmp'), 'x');
    const repository = await memoryRepository();
    const time = new Date(Date.UTC(2024, 1, 29, 12, 0, 0, 123));
    const summary = await backup(repository, [source], {
      exclude: { patterns: ['*.tmp'] },
      excludes: ['*.tmp'],
      tags: ['one', 'two'],
      time,
    });
    const saved = await readBack(repository, summary);
    expect([...saved.keys()].filter((path) => path.startsWith(`${source}/`))).toEqual([
      `${source}/file`,
      `${source}/link`,
    ]);
    expect(saved.get(`${source}/link`)?.node).toMatchObject({
      links: 2,
      inode: readFileStat(join(source, 'file')).inode,
    });
    expect(summary.dataBlobs).toBe(1);
    const { snapshot } = await loadSnapshot(repository, summary.snapshotId!, never);
    expect(snapshot).toMatchObject({ hostname: 'test', tags: ['one', 'two'], excludes: ['*.tmp'], paths: [source] });
    expect(new Date(snapshot.time).getTime()).toBe(time.getTime());
    expect(snapshot.summary).toMatchObject({ filesNew: 2, totalFilesProcessed: 2, totalBytesProcessed: 14 });
  });
});
