/**
 * Trees without what is lost. Everything that is sound stays byte for byte as it is, unknown fields included.
 *
 *   a file some of whose blobs are in no index    → the rest of them, and the size that they make
 *   a folder whose tree cannot be read            → an empty folder
 *   an entry that makes no sense                  → left out
 */
import { type ByteString, toUtf8 } from '../../base/byte-string.ts';
import { HoldfastError, isHoldfastError, messageOf } from '../../base/errors.ts';
import { type Id, idOf } from '../../format/id.ts';
import { decodeNode, decodeTree, encodeNode, type Node, treeNodeTexts, treeText } from '../../format/tree.ts';
import type { Repository } from '../repository.ts';
import { withField } from './json-fields.ts';

export interface TreeChange {
  /** From "/". */
  readonly path: ByteString;
  /** What was lost, in words. */
  readonly what: string;
}

export interface TreeRepairOptions {
  readonly repository: Repository;
  /** Stores a tree that was changed; not called in a dry run. */
  readonly saveTree: ((id: Id, bytes: Uint8Array) => Promise<void>) | undefined;
  readonly signal: AbortSignal;
}

/** What became of a tree: its new id (the old one if nothing was lost), and all that was. Paths from the tree down. */
interface Repaired {
  readonly id: Id;
  readonly changes: readonly TreeChange[];
}

export class TreeRepair {
  /** Blobs that were looked for and cannot be read, so far. */
  readonly lost = { data: new Set<Id>(), tree: new Set<Id>() };
  readonly #options: TreeRepairOptions;
  /** Trees that were seen, with promises of what became of them: shared folders are repaired once. */
  readonly #done = new Map<Id, Repaired>();

  constructor(options: TreeRepairOptions) {
    this.#options = options;
  }

  /** The repaired root of a snapshot; `id` undefined where the root itself is lost. */
  async repairRoot(root: Id): Promise<{ readonly id: Id | undefined; readonly changes: readonly TreeChange[] }> {
    const bytes = await this.#read(root);
    if (bytes instanceof HoldfastError) return { id: undefined, changes: [{ path: '/', what: bytes.message }] };
    return this.#repair(root, bytes);
  }

  async #repair(id: Id, bytes: Uint8Array): Promise<Repaired> {
    const known = this.#done.get(id);
    if (known !== undefined) return known;
    const changes: TreeChange[] = [];
    const kept: { readonly name: ByteString; readonly text: ByteString }[] = [];
    const texts = textsOf(bytes);
    for (const [number, text] of texts.entries()) {
      const entry = await this.#repairEntry(text, number, changes);
      if (entry !== undefined) kept.push(entry);
    }
    const ordered = inOrder(kept, changes);
    const result = { id, changes };
    if (changes.length > 0) {
      const repaired = treeText(ordered.map(({ text }) => text));
      result.id = idOf(repaired);
      await this.#options.saveTree?.(result.id, repaired);
    }
    this.#done.set(id, result);
    return result;
  }

  async #repairEntry(
    text: ByteString,
    number: number,
    changes: TreeChange[],
  ): Promise<{ readonly name: ByteString; readonly text: ByteString } | undefined> {
    let node: Node;
    try {
      node = decodeNode(text);
    } catch (error) {
      // An entry of a kind that a later program made is not damaged.
      const name = isHoldfastError(error, 'unsupported') ? nameOf(text) : undefined;
      if (name !== undefined) return { name, text };
      if (!(error instanceof HoldfastError)) throw error;
      changes.push({ path: `/#${number + 1}`, what: `left out: ${messageOf(error)}` });
      return undefined;
    }
    if (node.type === 'file') return { name: node.name, text: this.#repairFile(node, text, changes) };
    if (node.subtree !== undefined) {
      return { name: node.name, text: await this.#repairFolder(node, node.subtree, text, changes) };
    }
    return { name: node.name, text };
  }

  #repairFile(node: Node, text: ByteString, changes: TreeChange[]): ByteString {
    const { index } = this.#options.repository;
    const content = node.content ?? [];
    const there = content.filter((id) => index.has('data', id));
    if (node.content !== null && there.length === content.length) return text;
    const size = there.reduce((sum, id) => sum + (index.plainLength('data', id) ?? 0), 0);
    for (const id of content) if (!index.has('data', id)) this.lost.data.add(id);
    const lost = content.length - there.length;
    const what = node.content === null ? 'has no list of blobs' : `${lost} of its ${content.length} blobs are lost`;
    changes.push({ path: `/${node.name}`, what });
    return withField(withField(text, 'size', String(size)), 'content', JSON.stringify(there));
  }

  async #repairFolder(node: Node, subtree: Id, text: ByteString, changes: TreeChange[]): Promise<ByteString> {
    const bytes = this.#done.has(subtree) ? new Uint8Array() : await this.#read(subtree);
    if (bytes instanceof HoldfastError) {
      const empty = treeText([]);
      const id = idOf(empty);
      await this.#options.saveTree?.(id, empty);
      changes.push({ path: `/${node.name}`, what: `emptied: ${bytes.message}` });
      return withField(text, 'subtree', `"${id}"`);
    }
    const repaired = await this.#repair(subtree, bytes);
    for (const { path, what } of repaired.changes) changes.push({ path: `/${node.name}${path}`, what });
    return repaired.id === subtree ? text : withField(text, 'subtree', `"${repaired.id}"`);
  }

  /** The tree's bytes, or why there are none. */
  async #read(id: Id): Promise<Uint8Array | HoldfastError> {
    const { repository, signal } = this.#options;
    try {
      const bytes = await repository.readBlob('tree', id, signal);
      textsOf(bytes); // throws for what is no list of entries
      return bytes;
    } catch (error) {
      signal.throwIfAborted();
      if (!isHoldfastError(error, 'corrupt', 'not-found')) throw error;
      this.lost.tree.add(id);
      return error;
    }
  }
}

/** The entries' texts; of a tree that is laid out unusually, as this program writes them. */
function textsOf(bytes: Uint8Array): ByteString[] {
  try {
    return treeNodeTexts(bytes);
  } catch {
    return decodeTree(bytes).map(encodeNode);
  }
}

/** Sorted, each name once: what readers rely on. */
function inOrder<T extends { readonly name: ByteString }>(entries: readonly T[], changes: TreeChange[]): T[] {
  const isOrdered = entries.every(({ name }, at) => at === 0 || entries[at - 1]!.name < name);
  if (isOrdered) return [...entries];
  const sorted = entries.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  changes.push({ path: '/', what: 'its entries were put in order' });
  return sorted.filter(({ name }, at) => {
    if (at === 0 || sorted[at - 1]!.name !== name) return true;
    changes.push({ path: `/${name}`, what: 'left out: there is another of that name' });
    return false;
  });
}

/** The name of an entry of an unknown kind, by reading it as if it were a socket. */
function nameOf(text: ByteString): ByteString | undefined {
  try {
    return decodeNode(withField(text, 'type', '"socket"')).name;
  } catch (error) {
    if (error instanceof HoldfastError) return undefined;
    throw error;
  }
}

/** For display. */
export function changeText({ path, what }: TreeChange): string {
  return `${toUtf8(path)}: ${what}`;
}
