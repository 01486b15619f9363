/** Repositories that mean harm, each in one way, written with the right key (promise 20). */
import { forgedNode, type RepositoryForge } from './repository-forge.ts';

export interface HostileRepository {
  make(forge: RepositoryForge, place: { readonly outside: string }): void;
  /** Verbs that must not say that all is well. */
  readonly mustFail: readonly string[];
}

const both = ['restore', 'check'];

/** A snapshot of one file under a name that leads elsewhere. */
function named(name: string): HostileRepository {
  return {
    mustFail: both,
    make(forge) {
      const [content] = forge.saveBlobs([{ type: 'data', plain: Buffer.from('written outside') }]);
      const file = forgedNode({ name, type: 'file', size: 15, content: [content] });
      const folder = forgedNode({ name: 'd', type: 'dir', subtree: forge.saveTree([file]) });
      forge.saveSnapshot({ tree: forge.saveTree([folder]) });
    },
  };
}

/** A snapshot with that tree as its root, built from what `nodes` makes. */
function treeOf(
  nodes: (forge: RepositoryForge, outside: string) => readonly object[] | string,
  mustFail = both,
): HostileRepository {
  return {
    mustFail,
    make(forge, { outside }) {
      forge.saveSnapshot({ tree: forge.saveTree(nodes(forge, outside)) });
    },
  };
}

function fileWith(forge: RepositoryForge, name: string): object {
  const [content] = forge.saveBlobs([{ type: 'data', plain: Buffer.from('written outside') }]);
  return forgedNode({ name, type: 'file', size: 15, content: [content] });
}

function link(name: string, linktarget: string): object {
  return forgedNode({ name, type: 'symlink', mode: 0o120777 + 2 ** 27 - 0o120000, linktarget });
}

export const hostileRepositories: Readonly<Record<string, HostileRepository>> = {
  '../ as a name': named('../../escaped'),
  '.. as a name': named('..'),
  '. as a name': named('.'),
  'no name': named(''),
  'an absolute name': named('/tmp/holdfast-escaped'),
  'a slash in a name': named('a/b'),
  'NUL in a name': named('a\u0000b'),
  'a name quoted to a slash': named('\\x2e\\x2e\\x2fescaped'),
  'a name quoted to NUL': named('a\\x00b'),
  'a folder named ..': treeOf((forge) => [
    forgedNode({ name: '..', type: 'dir', subtree: forge.saveTree([fileWith(forge, 'escaped')]) }),
  ]),
  'a link and a folder of the same name': treeOf((forge, outside) => [
    link('x', outside),
    forgedNode({ name: 'x', type: 'dir', subtree: forge.saveTree([fileWith(forge, 'escaped')]) }),
  ]),
  'a link and a file of the same name': treeOf((forge, outside) => [
    link('x', `${outside}/escaped`),
    fileWith(forge, 'x'),
  ]),
  'a file with a subtree': treeOf(
    (forge) => [forgedNode({ name: 'x', type: 'file', subtree: forge.saveTree([fileWith(forge, 'y')]) })],
    [],
  ),
  'a link with content': treeOf(
    (forge, outside) => [{ ...fileWith(forge, 'x'), ...link('x', `${outside}/escaped`) }],
    [],
  ),
  'hard links across to a link': treeOf(
    (forge, outside) => [
      { ...link('a', `${outside}/escaped`), inode: 7, links: 2 },
      { ...fileWith(forge, 'b'), inode: 7, links: 2 },
    ],
    [],
  ),
  'unsorted names': treeOf((forge) => [fileWith(forge, 'b'), fileWith(forge, 'a')], []),
  'a tree that holds itself': {
    // A cycle needs a hash that is wrong: the blob is listed under the id that it names.
    mustFail: both,
    make(forge) {
      const id = 'ab'.repeat(32);
      const text = `${JSON.stringify({ nodes: [forgedNode({ name: 'again', type: 'dir', subtree: id })] })}\n`;
      forge.saveBlobs([{ type: 'tree', plain: Buffer.from(text), id }]);
      forge.saveSnapshot({ tree: id });
    },
  },
  'many paths to one tree': {
    // 2^40 folders in 40 trees: whoever walks paths never ends, so a restore may only stop at what it is told.
    mustFail: [],
    make(forge) {
      let tree = forge.saveTree([fileWith(forge, 'leaf')]);
      for (let level = 0; level < 12; level++) {
        tree = forge.saveTree([
          forgedNode({ name: 'a', type: 'dir', subtree: tree }),
          forgedNode({ name: 'b', type: 'dir', subtree: tree }),
        ]);
      }
      forge.saveSnapshot({ tree });
    },
  },
  'a zstd bomb as data': {
    mustFail: both,
    make(forge) {
      const plain = Buffer.alloc(1 << 30);
      const [id] = forge.saveBlobs([{ type: 'data', plain, compress: true, claimedLength: 1000, id: '11'.repeat(32) }]);
      forge.saveSnapshot({
        tree: forge.saveTree([forgedNode({ name: 'x', type: 'file', size: 1000, content: [id] })]),
      });
    },
  },
  'a zstd bomb as a tree, honest about its length': {
    mustFail: both,
    make(forge) {
      const [id = ''] = forge.saveBlobs([{ type: 'tree', plain: Buffer.alloc(1 << 30, ' '), compress: true }]);
      forge.saveSnapshot({ tree: id });
    },
  },
  'a zstd bomb as a snapshot': {
    mustFail: ['check'],
    make(forge) {
      forge.saveSnapshot({ tree: forge.saveTree([]) });
      forge.saveFile(
        'snapshots',
        `{"time":"2025-01-01T00:00:00Z","tree":"${'0'.repeat(64)}","paths":["${' '.repeat(1 << 28)}"]}`,
      );
    },
  },
  'huge lengths in the index': {
    mustFail: both,
    make(forge) {
      const pack = forge.savePack([{ type: 'data', plain: Buffer.from('small') }]);
      const [blob] = pack.blobs;
      if (blob === undefined) throw new Error('no blob');
      const lies = { ...blob, length: 0xffff_ffff, uncompressed_length: 0xffff_ffff };
      forge.saveIndex([{ id: pack.id, blobs: [lies] }]);
      forge.saveSnapshot({
        tree: forge.saveTree([forgedNode({ name: 'x', type: 'file', size: 5, content: [blob.id] })]),
      });
    },
  },
  'offsets beyond the pack': {
    mustFail: both,
    make(forge) {
      const pack = forge.savePack([{ type: 'data', plain: Buffer.from('small') }]);
      forge.saveIndex([{ id: pack.id, blobs: pack.blobs.map((blob) => ({ ...blob, offset: 2 ** 52 })) }]);
      const content = pack.blobs.map(({ id }) => id);
      forge.saveSnapshot({ tree: forge.saveTree([forgedNode({ name: 'x', type: 'file', size: 5, content })]) });
    },
  },
  'a file that claims to be huge': treeOf((forge) => [{ ...fileWith(forge, 'x'), size: Number.MAX_SAFE_INTEGER }], []),
  'a file of one blob a million times': treeOf((forge) => {
    const plain = Buffer.from('xyz');
    const [content] = forge.saveBlobs([{ type: 'data', plain }]);
    return [forgedNode({ name: 'x', type: 'file', size: 3e6, content: Array.from({ length: 1e6 }, () => content) })];
  }, []),
  'content that is no id': treeOf(() => [
    forgedNode({ name: 'x', type: 'file', size: 5, content: ['../../../etc/passwd'] }),
  ]),
  'a tree nested too deep': treeOf(() => `{"nodes":${'['.repeat(500_000)}${']'.repeat(500_000)}}\n`),
  'a prototype as a field': treeOf(
    (forge) =>
      `{"nodes":[${JSON.stringify(fileWith(forge, 'x')).replace('{', '{"__proto__":{"polluted":true},"constructor":1,')}]}\n`,
    [],
  ),
  'attributes with hostile names': treeOf(
    (forge) => [
      {
        ...fileWith(forge, 'x'),
        extended_attributes: [
          { name: '', value: 'AA==' },
          { name: 'user.a\u0000b', value: 'AA==' },
          { name: `user.${'n'.repeat(10_000)}`, value: 'AA==' },
        ],
      },
    ],
    [],
  ),
  'a snapshot of a path that leads elsewhere': {
    mustFail: [],
    make(forge) {
      const tree = forge.saveTree([fileWith(forge, 'x')]);
      forge.saveSnapshot({
        tree,
        paths: ['../../../escaped', '/tmp/holdfast-escaped'],
        hostname: '\u001b[2J../..',
        tags: ['\u0000'],
      });
    },
  },
  'device nodes and setuid files': treeOf(
    (forge) => [
      forgedNode({ name: 'disk', type: 'dev', mode: 2 ** 26 + 0o666, device: 0x700 }),
      { ...fileWith(forge, 'suid'), mode: 2 ** 23 + 0o4755 },
    ],
    [],
  ),
};
