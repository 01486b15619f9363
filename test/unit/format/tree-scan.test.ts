import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeTree, encodeTree, type Node } from '../../../src/format/tree.ts';
import { scanTree } from '../../../src/format/tree-scan.ts';

const base = { mode: 0o644, mtimeNs: 0n, atimeNs: 0n, ctimeNs: 0n, uid: 0, gid: 0 };
const file = (name: string, fields: Partial<Node> = {}): Node => ({
  name,
  type: 'file',
  ...base,
  content: [],
  ...fields,
});
const folder = (name: string, subtree: string): Node => ({ name, type: 'dir', ...base, content: null, subtree });

const byteName = fc
  .uint8Array({ minLength: 1, maxLength: 12 })
  .map((bytes) => Buffer.from(bytes).toString('latin1').replaceAll('/', '_').replaceAll('\0', '_'))
  .filter((name) => name !== '.' && name !== '..');

describe('scanTree', () => {
  it('finds the names and subtrees that decoding finds, whatever bytes are in names', () => {
    const entry = fc.tuple(byteName, fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 }), { nil: undefined }));
    fc.assert(
      fc.property(fc.uniqueArray(entry, { selector: ([name]) => name, maxLength: 8 }), (entries) => {
        entries.sort(([a], [b]) => (a < b ? -1 : 1));
        const bytes = encodeTree(
          entries.map(([name, id]) => (id === undefined ? file(name) : folder(name, Buffer.from(id).toString('hex')))),
        );
        const nodes = decodeTree(bytes);
        expect(scanTree(bytes)).toEqual({
          names: nodes.map(({ name }) => name),
          subtrees: nodes.map(({ subtree }) => subtree).filter((id) => id !== undefined),
        });
      }),
    );
  });

  it('is not misled by what names, links and attributes contain', () => {
    const nodes = [
      file('a"name":"x', { xattrs: [{ name: 'user."name":"y', value: Buffer.from('z') }] }),
      { ...file('b'), type: 'symlink' as const, content: null, linktarget: '","type":"dir","subtree":"' },
      folder('c\\"', 'ab'.repeat(32)),
    ];
    expect(scanTree(encodeTree(nodes))).toEqual({
      names: ['a"name":"x', 'b', 'c\\"'],
      subtrees: ['ab'.repeat(32)],
    });
  });

  it.each([
    ['spaces', '{"nodes": [{"name": "a", "type": "file"}]}'],
    ['another order', '{"nodes":[{"type":"file","name":"a"}]}'],
    ['a folder without a tree', '{"nodes":[{"name":"a","type":"dir"}]}'],
    ['an id that is none', '{"nodes":[{"name":"a","type":"dir","subtree":"../x"}]}'],
    ['a name that does not end', '{"nodes":[{"name":"a'],
    ['no tree', 'nonsense'],
  ])('leaves %s to be decoded', (_, text) => {
    expect(scanTree(Buffer.from(text))).toBeUndefined();
  });

  it('knows the empty folder', () => {
    expect(scanTree(encodeTree([]))).toEqual({ names: [], subtrees: [] });
  });
});
