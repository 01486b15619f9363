import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeNode,
  decodeTree,
  encodeNode,
  encodeTree,
  type Node,
  nodeHead,
  nodeTail,
  treeNodeTexts,
  treeText,
} from '../../../src/format/tree.ts';
import { garbage, nodes as nodesArbitrary, outcome } from './generators.ts';

/** A folder of odd names, types, modes, links and attributes as restic 0.14 wrote it under TZ=UTC. */
const restic = readFileSync(new URL('fixtures/restic-0.14-odd-names.tree', import.meta.url));

const file: Node = {
  name: 'a.txt',
  type: 'file',
  mode: 0o644,
  mtimeNs: 1_700_000_000_120_000_000n,
  atimeNs: 1_700_000_000_120_000_000n,
  ctimeNs: 1_700_000_000_120_000_001n,
  uid: 1000,
  gid: 0,
  content: [],
};

function treeOf(changes: Record<string, unknown>): Uint8Array {
  const json = JSON.parse(encodeNode(file)) as object;
  return Buffer.from(JSON.stringify({ nodes: [{ ...json, ...changes }] }));
}

describe('trees', () => {
  it('decodes what restic wrote and encodes it to the same bytes', () => {
    const nodes = decodeTree(restic);
    expect(nodes.length).toBeGreaterThan(50);
    expect(nodes.map((node) => node.name)).toContain('ff\xff');
    expect(Buffer.from(encodeTree(nodes)).toString('latin1')).toBe(restic.toString('latin1'));
  });

  it('finds the file types, modes and attributes of what restic wrote', () => {
    const byName = new Map(decodeTree(restic).map((node) => [node.name, node]));
    expect(byName.get('setuid')?.mode).toBe(2 ** 23 + 0o755);
    expect(byName.get('sticky')?.mode).toBe(2 ** 31 + 2 ** 20 + 0o777);
    expect(byName.get('fifo')?.type).toBe('fifo');
    expect(byName.get('chr')).toMatchObject({ type: 'chardev', device: 259n, content: null });
    expect(byName.get('hl1')?.links).toBe(2);
    const bin = byName.get('hl1')?.xattrs?.find((xattr) => xattr.name === 'user.bin')?.value;
    expect([...(bin ?? [])]).toEqual(Array.from({ length: 256 }, (_, i) => i));
  });

  it('takes a tree apart into exact texts and puts it together again', () => {
    const texts = treeNodeTexts(restic);
    expect(treeText(texts)).toEqual(restic);
    expect(texts.map((text) => encodeNode(decodeNode(text)))).toEqual(texts);
    expect(treeNodeTexts(Buffer.from('{"nodes":[]}\n'))).toEqual([]);
  });

  it('writes a link target that is no UTF-8 as newer restic does, and reads it back', () => {
    const link: Node = { ...file, type: 'symlink', linktarget: 'x\xff<', content: null };
    expect(nodeHead(link)).toMatch(/,"linktarget":"x\\ufffd\\u003c","linktarget_raw":"eP88",$/);
    expect(decodeTree(encodeTree([link]))[0]?.linktarget).toBe('x\xff<');
    expect(nodeHead({ ...link, linktarget: '\xc3\xa9\x7f\u0001' })).toMatch(/"linktarget":"\xc3\xa9\x7f\\u0001",$/);
  });

  it('splits a node before extended attributes', () => {
    const node: Node = { ...file, size: 3, links: 2, xattrs: [{ name: 'user.a', value: Buffer.from('v') }] };
    expect(nodeHead(node)).toMatch(/^\{"name":"a\.txt","type":"file","mode":420,.*"size":3,"links":2,$/);
    expect(nodeTail(node)).toBe('"extended_attributes":[{"name":"user.a","value":"dg=="}],"content":[]}');
    expect(encodeNode(node)).toBe(nodeHead(node) + nodeTail(node));
  });

  it('leaves out what is zero or empty', () => {
    const bare: Node = {
      ...file,
      mode: 0,
      size: 0,
      links: 0,
      inode: 0n,
      deviceId: 0n,
      user: '',
      xattrs: [],
      device: 0n,
    };
    expect(encodeNode(bare)).not.toMatch(/mode|size|links|inode|device|user|attributes/);
  });

  it('writes what differs from the node before', () => {
    const base: Node = { ...file, user: 'u', group: 'g', deviceId: 5n, size: 1 };
    const changes: Partial<Node>[] = [
      { uid: 1 },
      { gid: 7 },
      { user: 'v' },
      { group: 'h' },
      { mode: 1 },
      { deviceId: 6n },
    ];
    for (const change of [...changes, { type: 'fifo' } as const, { atimeNs: 1n }, { ctimeNs: 2n }, { mtimeNs: 3n }]) {
      encodeNode(base);
      expect(decodeNode(encodeNode({ ...base, ...change }))).toEqual({ ...base, ...change });
    }
  });

  it('sorts generic attributes by their names, as Go sorts maps', () => {
    const genericAttributes = { b: { z: 1, y: '<' }, a: 1, 'a!': 2 };
    expect(nodeTail({ ...file, genericAttributes })).toBe(
      '"generic_attributes":{"a":1,"a!":2,"b":{"z":1,"y":"\\u003c"}},"content":[]}',
    );
  });

  it('holds files of many chunks', () => {
    const content = Array.from({ length: 50_000 }, (_, i) => i.toString(16).padStart(64, '0'));
    expect(decodeTree(encodeTree([{ ...file, content }]))[0]?.content).toEqual(content);
    expect(decodeTree(encodeTree([file]))).toEqual([file]);
  });

  it('gives back every node it wrote', () => {
    fc.assert(
      fc.property(nodesArbitrary, (nodes) => {
        const bytes = encodeTree(nodes);
        expect(decodeTree(bytes)).toEqual(nodes);
        expect(treeNodeTexts(bytes)).toEqual(nodes.map(encodeNode));
      }),
      { numRuns: 300 },
    );
  });

  it('keeps integers beyond 2^53 exact', () => {
    const node: Node = { ...file, inode: 2n ** 64n - 1n, deviceId: 2n ** 53n + 1n };
    expect(decodeTree(encodeTree([node]))).toEqual([node]);
  });
});

describe('hostile trees', () => {
  it.each(['', '.', '..', 'a/b', '/', 'nul\\x00', '..\\x2f', '\\u002f'])('refuses the name %j', (name) => {
    expect(() => decodeTree(treeOf({ name }))).toThrow(
      expect.objectContaining({ code: 'corrupt', context: { node: name } }),
    );
  });

  it.each([
    { mode: -1 },
    { mode: 2 ** 32 },
    { uid: 1.5 },
    { size: -1 },
    { size: 2 ** 53 },
    { inode: -1 },
    { mtime: 'yesterday' },
    { mtime: '2023-02-29T00:00:00Z' },
    { content: 'x' },
    { content: ['00'] },
    { subtree: '..' },
    { type: 'dir' },
    { linktarget: 7 },
    { linktarget_raw: '*' },
    { extended_attributes: [{}] },
    { extended_attributes: [{ name: 'a', value: '?' }] },
    { generic_attributes: [] },
    { name: 'bad\\q' },
    { name: 'bad\\ud800' },
    { name: 7 },
  ])('refuses %j as corrupt, naming the node', (changes) => {
    const name = 'name' in changes ? String(changes.name) : 'a.txt';
    const node = typeof changes.name === 'number' ? '#0' : name;
    expect(() => decodeTree(treeOf(changes))).toThrow(expect.objectContaining({ code: 'corrupt', context: { node } }));
  });

  it('refuses names that are out of order or there twice', () => {
    const [a, b] = [file, { ...file, name: 'b' }];
    expect(decodeTree(encodeTree([a, b]))).toHaveLength(2);
    expect(() => decodeTree(encodeTree([b, a]))).toThrow(/"a\.txt" is out of order/);
    expect(() => decodeTree(encodeTree([a, a]))).toThrow(/"a\.txt" is there twice/);
  });

  it('calls a type of a later version unsupported', () => {
    expect(() => decodeTree(treeOf({ type: 'portal' }))).toThrow(expect.objectContaining({ code: 'unsupported' }));
  });

  it('survives deep nesting', () => {
    const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    const text = encodeNode(file).replace('"content"', `"generic_attributes":${deep},"content"`);
    expect(() => decodeTree(Buffer.from(`{"nodes":[${text}]}`))).toThrow(/nested too deeply|not valid JSON/);
  });

  it('takes or refuses any bytes, and throws nothing else', () => {
    const sound = encodeTree([file, { ...file, name: 'b\xff"', linktarget: 'x' }]);
    let refused = 0;
    fc.assert(
      fc.property(garbage(sound), (bytes) => {
        if (outcome(() => decodeTree(bytes)) === 'refused') refused++;
        outcome(() => treeNodeTexts(bytes));
      }),
      { numRuns: 500 },
    );
    expect(refused).toBeGreaterThan(100);
  });
});
