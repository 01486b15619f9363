/**
 * Finds the files and folders that refer to blobs, trees, or what is in packs (restic cmd_find.go, --blob, --tree, --pack).
 *
 * What a tree refers to does not depend on where it is, so each tree is looked at once, however many snapshots have it.
 * As in restic, an id is given whole or by its first 8 characters, and a search for trees alone ends in each snapshot
 * when as many were found, over all snapshots, as were asked for.
 */
import type { ByteString } from '../../base/byte-string.ts';
import { HoldfastError, isHoldfastError } from '../../base/errors.ts';
import type { Id } from '../../format/id.ts';
import type { Node } from '../../format/tree.ts';
import type { BlobType } from '../blob-table.ts';
import type { Repository } from '../repository.ts';
import type { TreeReader } from '../trees.ts';

export interface FoundObject {
  readonly type: 'blob' | 'tree';
  readonly id: Id;
  /** Absolute, in the snapshot. */
  readonly path: ByteString;
  /** The tree that the file is in; only for blobs. */
  readonly parentTree: Id | undefined;
}

/** Ids, or their first 8 characters. */
export interface WantedObjects {
  readonly blobs: ReadonlySet<string>;
  readonly trees: ReadonlySet<string>;
}

const shortLength = 8;

/** In the order of the walk. `below` are the hits in a folder, relative to it. */
type Hit =
  | { readonly kind: 'blob'; readonly id: Id; readonly name: ByteString; readonly treeId: Id }
  | { readonly kind: 'tree'; readonly id: Id; readonly name: ByteString }
  | { readonly kind: 'below'; readonly name: ByteString; readonly hits: readonly Hit[] };

interface Frame {
  readonly treeId: Id;
  readonly name: ByteString;
  readonly nodes: readonly Node[];
  readonly hits: Hit[];
  next: number;
}

/** Searches one snapshot after the other; remembers what each tree refers to. */
export class ObjectFinder {
  readonly #reader: TreeReader;
  readonly #wanted: WantedObjects;
  readonly #onDamaged: (treeId: Id, error: HoldfastError) => void;
  readonly #known = new Map<Id, readonly Hit[]>();
  #treesFound = 0;

  constructor(reader: TreeReader, wanted: WantedObjects, onDamaged: (treeId: Id, error: HoldfastError) => void) {
    this.#reader = reader;
    this.#wanted = wanted;
    this.#onDamaged = onDamaged;
  }

  /** What refers to a wanted object below `root`. */
  async *find(root: Id, signal: AbortSignal): AsyncGenerator<FoundObject, void> {
    const { blobs, trees } = this.#wanted;
    const enough = (): boolean => blobs.size === 0 && this.#treesFound >= trees.size;
    if (isWanted(trees, root)) {
      this.#treesFound += 1;
      yield { type: 'tree', id: root, path: '/', parentTree: undefined };
      if (enough()) return;
    }
    for (const found of flat(await this.#search(root, signal))) {
      if (found.type === 'tree') this.#treesFound += 1;
      yield found;
      if (found.type === 'tree' && enough()) return;
    }
  }

  async #search(root: Id, signal: AbortSignal): Promise<readonly Hit[]> {
    const stack: Frame[] = [];
    await this.#enter(stack, root, '', signal);
    for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
      signal.throwIfAborted();
      const node = frame.nodes[frame.next++];
      if (node === undefined) {
        stack.pop();
        this.#known.set(frame.treeId, frame.hits);
        if (frame.hits.length > 0) stack.at(-1)?.hits.push({ kind: 'below', name: frame.name, hits: frame.hits });
        continue;
      }
      this.#look(frame, node);
      if (node.subtree !== undefined) await this.#enter(stack, node.subtree, node.name, signal);
    }
    return this.#known.get(root) ?? [];
  }

  #look({ hits, treeId }: Frame, { name, type, content, subtree }: Node): void {
    const { blobs, trees } = this.#wanted;
    if (subtree !== undefined && isWanted(trees, subtree)) hits.push({ kind: 'tree', id: subtree, name });
    if (type !== 'file' || blobs.size === 0) return;
    for (const id of content ?? []) if (isWanted(blobs, id)) hits.push({ kind: 'blob', id, name, treeId });
  }

  async #enter(stack: Frame[], treeId: Id, name: ByteString, signal: AbortSignal): Promise<void> {
    const known = this.#known.get(treeId);
    if (known !== undefined) {
      if (known.length > 0) stack.at(-1)?.hits.push({ kind: 'below', name, hits: known });
      return;
    }
    try {
      const nodes = await this.#reader.load(treeId, signal);
      const below = nodes.map(({ subtree }) => subtree).filter((id) => id !== undefined);
      await this.#reader.prefetch(
        below.filter((id) => !this.#known.has(id)),
        signal,
      );
      stack.push({ treeId, name, nodes, hits: [], next: 0 });
    } catch (error) {
      if (!isHoldfastError(error, 'corrupt', 'not-found')) throw error;
      this.#known.set(treeId, []);
      this.#onDamaged(treeId, error);
    }
  }
}

function isWanted(wanted: ReadonlySet<string>, id: Id): boolean {
  return wanted.size > 0 && (wanted.has(id) || wanted.has(id.slice(0, shortLength)));
}

function* flat(hits: readonly Hit[]): Generator<FoundObject, void> {
  const stack: { readonly prefix: ByteString; readonly hits: readonly Hit[]; next: number }[] = [
    { prefix: '/', hits, next: 0 },
  ];
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const hit = frame.hits[frame.next++];
    if (hit === undefined) {
      stack.pop();
      continue;
    }
    const path = frame.prefix + hit.name;
    if (hit.kind === 'below') stack.push({ prefix: `${path}/`, hits: hit.hits, next: 0 });
    else yield { type: hit.kind, id: hit.id, path, parentTree: hit.kind === 'blob' ? hit.treeId : undefined };
  }
}

/**
 * The blobs that packs hold: by the packs' own headers, or by the index for packs that are gone or damaged.
 *
 * @param packs ids, or their first 8 characters
 * @throws `not-found` naming those that neither the backend nor the index has
 */
export async function objectsInPacks(
  repository: Repository,
  packs: readonly string[],
  signal: AbortSignal,
): Promise<WantedObjects> {
  const blobs = new Set<Id>();
  const trees = new Set<Id>();
  const add = (type: BlobType, id: Id): unknown => (type === 'tree' ? trees : blobs).add(id);
  const missing = new Set(packs);
  const nameOf = (id: Id): string | undefined => [id, id.slice(0, shortLength)].find((name) => missing.has(name));

  for await (const { name, sizeBytes } of repository.listFiles('data', signal)) {
    const word = nameOf(name);
    if (word === undefined) continue;
    try {
      const listing = await repository.packReader.listPack(name, signal, sizeBytes);
      for (const { type, id } of listing.blobs) add(type, id);
      missing.delete(word);
    } catch (error) {
      if (!isHoldfastError(error, 'corrupt', 'not-found')) throw error; // the index may tell
    }
    if (missing.size === 0) break;
  }
  if (missing.size > 0) {
    for (const [packId, list] of repository.index.blobsByPack()) {
      const word = nameOf(packId);
      if (word === undefined) continue;
      for (const { type, id } of list) add(type, id);
      missing.delete(word);
    }
  }
  if (missing.size > 0) {
    throw new HoldfastError('not-found', `There is no pack ${[...missing].sort().join(', ')}.`, {
      hint: 'Give the whole id of a pack, or its first 8 characters.',
    });
  }
  return { blobs, trees };
}
