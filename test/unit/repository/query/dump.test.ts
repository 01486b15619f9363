import { inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { idOf } from '../../../../src/format/id.ts';
import type { Node } from '../../../../src/format/tree.ts';
import { openDump } from '../../../../src/repository/query/dump/dump.ts';
import { tarHeader } from '../../../../src/repository/query/dump/tar.ts';
import type { Repository } from '../../../../src/repository/repository.ts';
import { codeOf, memoryRepository, never, overwrite } from '../test-repository.ts';
import { type Folder, item, storeTree } from './stored-tree.ts';

const node: Node = {
  name: 'f',
  type: 'file',
  mode: 0o644,
  mtimeNs: 1_600_000_000_000_000_000n,
  atimeNs: 0n,
  ctimeNs: 0n,
  uid: 1000,
  gid: 100,
  content: [],
};

/** Reads an archive as POSIX says, checksums included. */
function readTar(bytes: Buffer): { name: string; type: string; content: string; fields: Record<string, string> }[] {
  const entries = [];
  let pax: Record<string, string> = {};
  for (let at = 0; at < bytes.length; ) {
    const header = bytes.subarray(at, at + 512);
    at += 512;
    if (header.every((byte) => byte === 0)) continue;
    const text = (from: number, length: number): string =>
      header.toString('latin1', from, from + length).replace(/\0.*$/s, '');
    const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
    expect(Number.parseInt(text(148, 8), 8)).toBe(sum);
    expect(header.toString('latin1', 257, 265)).toBe('ustar\x0000');
    const size = Number(pax.size ?? Number.parseInt(text(124, 12), 8));
    const content = bytes.toString('latin1', at, at + size);
    at += Math.ceil(size / 512) * 512;
    if (text(156, 1) === 'x') {
      pax = readPax(content);
      continue;
    }
    const prefix = text(345, 155);
    const fields = { mode: text(100, 8), uid: text(108, 8), mtime: text(136, 12), link: text(157, 100), ...pax };
    entries.push({
      name: pax.path ?? (prefix === '' ? '' : `${prefix}/`) + text(0, 100),
      type: text(156, 1),
      content,
      fields,
    });
    pax = {};
  }
  return entries;
}

function readPax(text: string): Record<string, string> {
  const records: Record<string, string> = {};
  for (let at = 0; at < text.length; ) {
    const space = text.indexOf(' ', at);
    const end = at + Number(text.slice(at, space));
    expect(text[end - 1]).toBe('\n');
    const equals = text.indexOf('=', space);
    records[text.slice(space + 1, equals)] = text.slice(equals + 1, end - 1);
    at = end;
  }
  return records;
}

function headerOf(path: string, fields: Partial<Node> = {}, size = 0): ReturnType<typeof readTar>[number] {
  const [entry] = readTar(Buffer.from(tarHeader(path, { ...node, ...fields }, size)));
  if (entry === undefined) throw new Error('no entry');
  return entry;
}

describe('tarHeader', () => {
  it('needs no records for what ustar can say', () => {
    expect(tarHeader('a/b', node, 3)).toHaveLength(512);
    expect(headerOf('a/b').fields).toMatchObject({
      mode: '0000644',
      uid: '0001750',
      mtime: (1_600_000_000).toString(8),
    });
    expect(headerOf('d', { type: 'dir', mode: 0x8010_01ff }, 0)).toMatchObject({
      name: 'd/',
      type: '5',
      fields: { mode: '0001777' },
    });
  });

  it.each([1, 99, 100, 101, 155, 156, 200, 254, 255, 256, 300, 5000])('keeps a path of %i bytes', (length) => {
    const deep = `${'dir/'.repeat(length)}`.slice(0, length - 1).replace(/\/$/, 'x');
    expect(headerOf(`${deep}\xff`).name).toBe(`${deep}\xff`);
    expect(headerOf('n'.repeat(length)).name).toBe('n'.repeat(length));
    const link = headerOf('l', { type: 'symlink', linktarget: 't'.repeat(length) }).fields;
    expect(link.linkpath ?? link.link).toBe('t'.repeat(length));
  });

  it.each([
    [1_500_000_000n, '1.5'],
    [-1n, '-0.000000001'],
    [-2_000_000_000n, '-2'],
    [8_589_934_592_000_000_000n, '8589934592'],
  ])('keeps the time %i', (mtimeNs, text) => {
    expect(headerOf('f', { mtimeNs }).fields.mtime).toBe(text);
  });

  it('keeps large ids, attributes and ACLs', () => {
    const acl = Buffer.from('0200000001000600ffffffff02000400030000000400' + '0200ffffffff', 'hex');
    const xattrs = [
      { name: 'user.a=b%', value: Buffer.from([0, 10, 255]) },
      { name: 'system.posix_acl_access', value: acl },
    ];
    expect(headerOf('f', { uid: 4_000_000_000, user: 'u'.repeat(40), xattrs }).fields).toMatchObject({
      uid: '4000000000',
      uname: 'u'.repeat(40),
      'SCHILY.xattr.user.a%3Db%25': '\x00\x0a\xff',
      'SCHILY.acl.access': 'user::rw-\nuser:3:r--\ngroup::-w-\n',
    });
  });
});

async function dumped(repository: Repository, root: string, path: string, archive: 'tar' | 'zip' = 'tar') {
  const dump = await openDump(repository, root, path, { archive, signal: never });
  return Buffer.concat(await Array.fromAsync(dump.bytes));
}

describe('openDump', () => {
  const large = ['a', 'b', 'c'].map((letter) => letter.repeat(4_000_000));
  const home: Folder = {
    docs: { 'a.txt': 'hello', empty: item({ content: [], size: 0 }), more: { 'b.txt': 'hello' } },
    fifo: item({ type: 'fifo', content: null }),
    large: item({}, ...large, 'end'),
    link: item({ type: 'symlink', content: null, linktarget: 'docs/a.txt', mode: 0x0800_01ff }),
  };

  it('gives a file as it was, also one of many blobs', async () => {
    const repository = await memoryRepository();
    const root = await storeTree(repository, home);
    expect((await dumped(repository, root, '/docs/a.txt')).toString()).toBe('hello');
    expect(await dumped(repository, root, 'docs/empty')).toHaveLength(0);
    expect(idOf(await dumped(repository, root, '/large'))).toBe(idOf(Buffer.from(`${large.join('')}end`)));
  });

  it('gives folders as tar, without devices', async () => {
    const repository = await memoryRepository();
    const root = await storeTree(repository, home);
    const entries = readTar(await dumped(repository, root, '/'));
    expect(entries.map(({ name, type, content }) => [name, type, content.length])).toEqual([
      ['docs/', '5', 0],
      ['docs/a.txt', '0', 5],
      ['docs/empty', '0', 0],
      ['docs/more/', '5', 0],
      ['docs/more/b.txt', '0', 5],
      ['large', '0', 12_000_003],
      ['link', '2', 0],
    ]);
    const names = readTar(await dumped(repository, root, '/docs/more')).map(({ name }) => name);
    expect(names).toEqual(['docs/more/b.txt']);
  });

  it('gives folders as zip', async () => {
    const repository = await memoryRepository();
    const zip = await dumped(repository, await storeTree(repository, home), '/docs', 'zip');
    const central = zip.indexOf('PK\x01\x02', 0, 'latin1');
    const names: string[] = [];
    for (let at = central; zip.readUInt32LE(at) === 0x02014b50; ) {
      const [nameLength, extraLength] = [zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30)];
      const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
      names.push(name);
      const local = zip.readUInt32LE(at + 42);
      const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      const stored = zip.subarray(start, start + zip.readUInt32LE(at + 20));
      if (name.endsWith('.txt')) expect(inflateRawSync(stored).toString()).toBe('hello');
      at += 46 + nameLength + extraLength;
    }
    expect(names).toEqual(['docs/a.txt', 'docs/empty', 'docs/more/', 'docs/more/b.txt']);
  });

  it('says what is not there, or is no file', async () => {
    const repository = await memoryRepository();
    const root = await storeTree(repository, home);
    expect(await codeOf(() => dumped(repository, root, '/docs/none'))).toBe('not-found');
    expect(await codeOf(() => dumped(repository, root, '/docs/a.txt/b'))).toBe('invalid-input');
    expect(await codeOf(() => dumped(repository, root, '/link'))).toBe('invalid-input');
  });

  it.each(['tar', 'zip'] as const)('fails where content is damaged (%s)', async (kind) => {
    const repository = await memoryRepository();
    const root = await storeTree(repository, home);
    const name = repository.index.lookup('data', idOf(Buffer.from('hello')))?.packId ?? '';
    const bytes = (await repository.backend.read({ type: 'data', name }, never)).slice();
    bytes[20] = bytes[20]! ^ 1;
    await overwrite(repository.backend, { type: 'data', name }, bytes);
    expect(await codeOf(() => dumped(repository, root, '/docs/a.txt'))).toBe('corrupt');
    expect(await codeOf(() => dumped(repository, root, '/docs', kind))).toBe('corrupt');
  });
});
