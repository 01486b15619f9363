/** Folders written as objects, stored in a repository as a backup would: data packs, a tree pack, an index file. */
import { type Id, idOf } from '../../../../src/format/id.ts';
import { encodeTree, type Node } from '../../../../src/format/tree.ts';
import { IndexSaver } from '../../../../src/repository/index-saver.ts';
import type { Repository } from '../../../../src/repository/repository.ts';
import { saveSnapshot } from '../../../../src/repository/snapshots.ts';
import { never, type PlainBlob, savePack, unlocked } from '../test-repository.ts';

/** Text is a file of that content, an object a folder; `item` makes anything else. */
export interface Folder {
  readonly [name: string]: string | Folder | Item;
}

class Item {
  readonly fields: Partial<Node>;
  readonly blobs: readonly string[];
  constructor(fields: Partial<Node>, blobs: readonly string[]) {
    this.fields = fields;
    this.blobs = blobs;
  }
}

/** A node with these fields; a file has the blobs' texts as its content. */
export function item(fields: Partial<Node>, ...blobs: string[]): Item {
  return new Item(fields, blobs);
}

/** Stores it all, blobs once each, and loads the index. Gives the root tree's id. */
export async function storeTree(repository: Repository, folder: Folder, compress = true): Promise<Id> {
  const blobs = new Map<string, PlainBlob>();
  const add = (type: 'data' | 'tree', plain: Uint8Array): Id => {
    const id = idOf(plain);
    blobs.set(`${type}${id}`, { type, plain, compress });
    return id;
  };
  const fileOf = (name: string, texts: readonly string[], fields: Partial<Node>): Node => {
    const content = texts.map((text) => add('data', Buffer.from(text)));
    const size = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    return { ...base(name), type: 'file', mode: 0o644, size, links: 1, content, ...fields };
  };
  const treeOf = (children: Folder): Id => {
    const names = Object.keys(children).sort();
    return add('tree', encodeTree(names.map((name) => nodeOf(name, children[name]!))));
  };
  const nodeOf = (name: string, child: Folder[string]): Node => {
    if (typeof child === 'string') return fileOf(name, [child], {});
    if (child instanceof Item) return fileOf(name, child.blobs, child.fields);
    return { ...base(name), type: 'dir', mode: 0x8000_01ed, content: null, subtree: treeOf(child) };
  };
  const root = treeOf(folder);
  await repository.loadIndex(never);
  const saver = new IndexSaver(repository);
  for (const type of ['data', 'tree'] as const) {
    const fresh = [...blobs.values()].filter((blob) => blob.type === type && !known(repository, blob));
    if (fresh.length === 0) continue;
    const pack = await savePack(repository, fresh);
    saver.addPack(pack.packId, pack.blobs);
  }
  await saver.flush(never);
  await repository.loadIndex(never);
  return root;
}

/** A snapshot of that tree. */
export function storeSnapshot(repository: Repository, tree: Id, fields: object = {}): Promise<Id> {
  return saveSnapshot(unlocked(repository), { time: '2024-01-01T00:00:00Z', tree, paths: ['/p'], ...fields }, never);
}

function known(repository: Repository, { type, plain }: PlainBlob): boolean {
  return repository.index.has(type, idOf(plain));
}

function base(name: string): Pick<Node, 'name' | 'mtimeNs' | 'atimeNs' | 'ctimeNs' | 'uid' | 'gid'> {
  return { name, mtimeNs: 0n, atimeNs: 0n, ctimeNs: 0n, uid: 0, gid: 0 };
}
