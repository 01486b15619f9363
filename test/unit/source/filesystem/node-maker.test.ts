import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../../src/base/errors.ts';
import { createNodeMaker } from '../../../../src/source/filesystem/node-maker.ts';
import type { FileKind, FileStat, ReadableEntry } from '../../../../src/source/filesystem/scan-directory.ts';
import { toNode } from '../../../../src/source/filesystem/to-node.ts';

const owners = { lookupUser: (uid: number) => (uid === 0 ? 'root' : ''), lookupGroup: () => 'wheel' };

function entry(kind: FileKind, stMode: number, more: Partial<FileStat> = {}): ReadableEntry {
  const stat: FileStat = {
    kind,
    stMode,
    size: 4096,
    mtimeNs: 1_700_000_000_123_456_789n,
    ctimeNs: 2n,
    atimeNs: 3n,
    inode: 2n ** 60n,
    device: 2049n,
    links: 3,
    uid: 0,
    gid: 5,
    rdev: 0x103n,
    ...more,
  };
  return { name: 'n', stat, linkTarget: kind === 'symlink' ? 'to\xff' : undefined, error: undefined };
}

describe('toNode', () => {
  it('fills what every node has', () => {
    expect(toNode(entry('file', 0o104755), 'other name', owners)).toMatchObject({
      name: 'other name',
      type: 'file',
      mode: 0o755 + 2 ** 23, // setuid
      mtimeNs: 1_700_000_000_123_456_789n,
      atimeNs: 1_700_000_000_123_456_789n,
      ctimeNs: 2n,
      uid: 0,
      gid: 5,
      user: 'root',
      group: 'wheel',
      inode: 2n ** 60n,
      deviceId: 2049n,
    });
    expect(toNode(entry('file', 0o100644, { uid: 7 }), 'n', owners).user).toBe('');
    expect(toNode(entry('file', 0o100644), 'n', owners, { withAccessTime: true }).atimeNs).toBe(3n);
  });

  it.each([
    ['file', 0o100644, { size: 4096, links: 3, device: 0n, linktarget: '', content: [] }],
    ['dir', 0o040755, { size: 0, links: 0, device: 0n, linktarget: '', content: null }],
    ['symlink', 0o120777, { size: 0, links: 3, device: 0n, linktarget: 'to\xff', content: null }],
    ['dev', 0o060660, { size: 0, links: 3, device: 0x103n, linktarget: '', content: null }],
    ['chardev', 0o020666, { size: 0, links: 3, device: 0x103n, linktarget: '', content: null }],
    ['fifo', 0o010644, { size: 0, links: 0, device: 0n, linktarget: '', content: null }],
  ] as const)('gives a %s what belongs to it', (kind, stMode, expected) => {
    expect(toNode(entry(kind, stMode), 'n', owners)).toMatchObject({ type: kind, ...expected });
  });
});

describe('createNodeMaker', () => {
  it('adds extended attributes in their order', () => {
    const xattrs = [
      { name: 'user.b', value: Uint8Array.of(1) },
      { name: 'user.a', value: new Uint8Array() },
    ];
    const asked: string[] = [];
    const attributes = {
      listXattrs: (path: string) => {
        asked.push(path);
        return xattrs;
      },
    };
    const problem = () => expect.unreachable();
    const maker = createNodeMaker({ owners, attributes, problem });
    const node = maker.bare(entry('file', 0o100644));
    expect(node.xattrs).toBeUndefined();
    expect(maker.complete(node, '/p/n').xattrs).toEqual(xattrs);
    expect(asked).toEqual(['/p/n']);
  });

  it('keeps the node when its attributes cannot be read, and says so', () => {
    const problems: string[] = [];
    const attributes = {
      listXattrs: () => {
        throw new HoldfastError('permission', 'no');
      },
    };
    const problem = (path: string, error: HoldfastError) => problems.push(`${path}: ${error.code}`);
    const maker = createNodeMaker({ owners, attributes, problem });
    expect(maker.complete(maker.bare(entry('file', 0o100644)), '/p/n')).toMatchObject({ name: 'n' });
    expect(problems).toEqual(['/p/n: permission']);
  });
});
