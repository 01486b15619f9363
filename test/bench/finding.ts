/**
 * How fast names are found and folders shown in a process that has the repository open, as the agent has: on 50 snapshots of
 * 15,000 folders with 11 files each, of which 170 change from one to the next, and a folder of 100,000 entries.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBackend } from '../../src/backend/registry.ts';
import { type Id, idOf } from '../../src/format/id.ts';
import { encodeTree, type Node } from '../../src/format/tree.ts';
import {
  FolderBrowser,
  IndexSaver,
  initRepository,
  listSnapshots,
  NameCatalog,
  type NameQuery,
  type Repository,
  searchSnapshots,
} from '../../src/repository/mod.ts';
import { storeSnapshot } from '../unit/repository/query/stored-tree.ts';
import { cheapKey, type PlainBlob, savePack } from '../unit/repository/test-repository.ts';
import { Sfc32 } from './datasets/random.ts';
import type { Figure } from './history.ts';

const snapshots = 50;
const changesEach = 170;
const filesEach = 11;
/** Folders in the root, in each of these, and in each of those: 15,000 at the bottom. */
const [tops, middles, leaves] = [30, 25, 20];
const largeFolder = 100_000;
const blobsPerPack = 4000;

export async function measureFinding(scale: number, signal: AbortSignal): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-finding-'));
  const figures: Figure[] = [];
  const time = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    const started = performance.now();
    await work();
    figures.push({ name, milliseconds: performance.now() - started });
  };
  try {
    const backend = openBackend(join(folder, 'repository'));
    await using repository = await initRepository({ backend, password: 'bench', keyOptions: cheapKey, signal });
    const store = new TreeStore(repository, signal);
    const rare = await fill(store, Math.max(1, Math.round(tops * scale)));
    const large = store.add(
      Array.from({ length: Math.round(largeFolder * scale) }, (_, at) => fileNode(`entry-${at}`, at)),
    );
    await store.flush();
    await repository.loadIndex(signal);

    const all = await listSnapshots(repository, { signal });
    const catalog = new NameCatalog();
    const search = async (query: NameQuery): Promise<void> => {
      let found = 0;
      const onDamaged = (_: Id, error: Error): never => {
        throw error;
      };
      for await (const _ of searchSnapshots({ repository, snapshots: all, query, catalog, onDamaged, signal })) found++;
      if (found !== 1) throw new Error(`The search found ${found} paths.`);
    };
    await time(`search of a name, ${all.length} snapshots, the first`, () =>
      search({ kind: 'glob', patterns: [rare], ignoreCase: false }),
    );
    await time('the same again', () => search({ kind: 'glob', patterns: [rare], ignoreCase: false }));
    await time('as text', () => search({ kind: 'text', text: rare.toUpperCase() }));
    await time('as an expression', () => search({ kind: 'regex', expression: `^${rare}$`, ignoreCase: true }));

    const browser = new FolderBrowser(repository);
    const page = {
      root: large,
      path: '/',
      offset: 0,
      limit: 200,
      order: 'ascending',
      foldersFirst: true,
      signal,
    } as const;
    await time('first page of a large folder, not read before', () => browser.browse({ ...page, sort: 'name' }));
    await time('first page by size', () => browser.browse({ ...page, sort: 'size' }));
    await time('another page', () => browser.browse({ ...page, sort: 'size', offset: 5000 }));
    return figures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The snapshots; gives a name that one file has. */
async function fill(store: TreeStore, topCount: number): Promise<string> {
  const random = new Sfc32(0x66696e64, 1);
  const versions = new Map<number, number>();
  const leafCount = topCount * middles * leaves;
  const leafTrees = Array.from({ length: leafCount }, (_, leaf) => store.add(leafNodes(leaf, 0)));
  const group = (trees: readonly Id[], size: number): Id[] =>
    Array.from({ length: Math.ceil(trees.length / size) }, (_, at) =>
      store.add(trees.slice(at * size, (at + 1) * size).map((tree, n) => folderNode(`folder-${at * size + n}`, tree))),
    );
  for (let day = 0; day < snapshots; day++) {
    for (let change = 0; day > 0 && change < Math.min(changesEach, leafCount); change++) {
      const leaf = random.below(leafCount);
      const version = (versions.get(leaf) ?? 0) + 1;
      versions.set(leaf, version);
      leafTrees[leaf] = store.add(leafNodes(leaf, version));
    }
    const [root = ''] = group(group(group(leafTrees, leaves), middles), tops);
    await store.flush();
    await storeSnapshot(store.repository, root, { time: new Date(Date.UTC(2024, 0, day + 1)).toISOString() });
  }
  return `report-${leafCount - 1}-3.txt`;
}

function leafNodes(leaf: number, version: number): Node[] {
  return Array.from({ length: filesEach }, (_, at) =>
    fileNode(`report-${leaf}-${at}.txt`, leaf * filesEach + at + (at === 0 ? version * 1e7 : 0)),
  ).sort((a, b) => (a.name < b.name ? -1 : 1));
}

const base = { uid: 1000, gid: 1000, user: 'user', group: 'user', inode: 123_456_789n, deviceId: 2049n };

function fileNode(name: string, content: number): Node {
  const mtimeNs = 1_700_000_000_123_456_789n + BigInt(content);
  const times = { mtimeNs, atimeNs: mtimeNs, ctimeNs: mtimeNs };
  return {
    name,
    type: 'file',
    mode: 0o644,
    ...times,
    ...base,
    size: 3000,
    links: 1,
    content: [idOf(Buffer.from(`${content}`))],
  };
}

function folderNode(name: string, subtree: Id): Node {
  const times = { mtimeNs: 1n, atimeNs: 1n, ctimeNs: 1n };
  return { name, type: 'dir', mode: 0x8000_01ed, ...times, ...base, content: null, subtree };
}

/** Keeps trees, each once, until they are stored. */
class TreeStore {
  readonly repository: Repository;
  readonly #signal: AbortSignal;
  readonly #known = new Set<Id>();
  #waiting: PlainBlob[] = [];

  constructor(repository: Repository, signal: AbortSignal) {
    this.repository = repository;
    this.#signal = signal;
  }

  add(nodes: readonly Node[]): Id {
    const plain = encodeTree(nodes.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
    const id = idOf(plain);
    if (!this.#known.has(id)) this.#waiting.push({ type: 'tree', plain, compress: true });
    this.#known.add(id);
    return id;
  }

  async flush(): Promise<void> {
    const saver = new IndexSaver(this.repository);
    for (let at = 0; at < this.#waiting.length; at += blobsPerPack) {
      this.#signal.throwIfAborted();
      const { packId, blobs } = await savePack(this.repository, this.#waiting.slice(at, at + blobsPerPack));
      saver.addPack(packId, blobs);
    }
    await saver.flush(this.#signal);
    this.#waiting = [];
  }
}
