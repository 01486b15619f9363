import { describe, expect, it } from 'vitest';
import { findFolder, pathNames } from '../../../../src/repository/query/find-folder.ts';
import { type ListedNode, listNodes, sortNodes } from '../../../../src/repository/query/list-nodes.ts';
import { modeText } from '../../../../src/repository/query/mode-text.ts';
import { foundJson, listedJson } from '../../../../src/repository/query/node-json.ts';
import { TreeReader } from '../../../../src/repository/trees.ts';
import { codeOf, memoryRepository, never } from '../test-repository.ts';
import { item, storeTree } from './stored-tree.ts';

const home = { a: { b: { c: 'c', d: { e: 'e' } }, f: 'ff' }, ab: 'x', z: { y: '' } };

async function list(folders: string[], recursive = false): Promise<string[]> {
  const repository = await memoryRepository();
  const root = await storeTree(repository, home);
  const nodes = listNodes(new TreeReader(repository), root, { folders, recursive, signal: never });
  return (await Array.fromAsync(nodes)).map(({ path }) => path);
}

describe('listNodes', () => {
  it.each<[string[], boolean, string[]]>([
    [[], false, ['/a', '/a/b', '/a/b/c', '/a/b/d', '/a/b/d/e', '/a/f', '/ab', '/z', '/z/y']],
    [['/a'], false, ['/a', '/a/b', '/a/f']],
    [['/a/'], true, ['/a', '/a/b', '/a/b/c', '/a/b/d', '/a/b/d/e', '/a/f']],
    [['/a/b', '/z'], false, ['/a/b', '/a/b/c', '/a/b/d', '/z', '/z/y']],
    [['/'], false, ['/a', '/ab', '/z']],
    [['/none'], false, []],
  ])('of %j, recursive %s', async (folders, recursive, expected) => {
    expect(await list(folders, recursive)).toEqual(expected);
  });

  it('sorts by what a node says, equal ones by path', async () => {
    const repository = await memoryRepository();
    const root = await storeTree(repository, {
      'b.txt': item({ mtimeNs: 3n }, 'bb'),
      'a.md': item({ mtimeNs: 3n }, 'a'),
      c: item({ mtimeNs: 1n }, 'ccc'),
    });
    const nodes: ListedNode[] = await Array.fromAsync(
      listNodes(new TreeReader(repository), root, { folders: [], recursive: false, signal: never }),
    );
    const sorted = (order: Parameters<typeof sortNodes>[1]): string => {
      const copy = [...nodes];
      sortNodes(copy, order);
      return copy.map(({ path }) => path.slice(1)).join(' ');
    };
    expect(sorted('size')).toBe('a.md b.txt c');
    expect(sorted('mtime')).toBe('c a.md b.txt');
    expect(sorted('extension')).toBe('c a.md b.txt');
    expect(sorted('name')).toBe('a.md b.txt c');
  });
});

describe('findFolder', () => {
  it('goes down by names, and says where it cannot', async () => {
    const repository = await memoryRepository();
    const root = await storeTree(repository, home);
    const reader = new TreeReader(repository);
    expect(await findFolder(reader, root, '', never)).toBe(root);
    const folder = await findFolder(reader, root, 'a/./b/d/..', never);
    expect((await reader.load(folder, never)).map(({ name }) => name)).toEqual(['c', 'd']);
    expect(await codeOf(() => findFolder(reader, root, '/a/x', never))).toBe('not-found');
    expect(await codeOf(() => findFolder(reader, root, '/ab', never))).toBe('invalid-input');
    expect(pathNames('//a/../b/')).toEqual(['b']);
  });
});

describe('modeText', () => {
  it.each([
    [0o644, '-rw-r--r--'],
    [0x8010_01ff, 'dtrwxrwxrwx'],
    [0x0800_01ff, 'Lrwxrwxrwx'],
    [0x0420_0180, 'Dcrw-------'],
    [0x0080_01ed, 'urwxr-xr-x'],
  ])('%i is %s', (mode, text) => {
    expect(modeText(mode)).toBe(text);
  });
});

describe('JSON of nodes', () => {
  const node = {
    name: 'q"\xff\xc3\xa4',
    type: 'file',
    mode: 0o600,
    mtimeNs: 1n,
    atimeNs: 0n,
    ctimeNs: 0n,
    uid: 1,
    gid: 2,
    inode: 2n ** 64n - 1n,
    content: [],
  } as const;
  const path = `/d/${node.name}`;
  const parse = (bytes: string): Record<string, unknown> =>
    JSON.parse(Buffer.from(bytes, 'latin1').toString('utf8')) as Record<string, unknown>;

  it('is restic’s for ls', () => {
    const json = listedJson(path, { ...node, content: [] });
    expect(parse(json)).toMatchObject({
      name: 'q"�ä',
      path: '/d/q"�ä',
      type: 'file',
      size: 0,
      permissions: '-rw-------',
      message_type: 'node',
      struct_type: 'node',
    });
    expect(json).toContain('"inode":18446744073709551615');
  });

  it('is restic’s for find: no name, no content', () => {
    const json = foundJson(path, { ...node, content: [], error: 'why' });
    expect(Object.keys(parse(json))).toEqual(
      expect.arrayContaining(['path', 'permissions', 'type', 'mode', 'mtime', 'uid', 'gid', 'inode', 'error']),
    );
    expect(parse(json)).not.toHaveProperty('name');
    expect(parse(json)).not.toHaveProperty('content');
    expect(parse(json).error).toBe('why');
  });
});
