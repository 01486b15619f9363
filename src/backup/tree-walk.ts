/**
 * Walks the sources and builds the snapshot's trees from the bottom up.
 *
 *   take the next folder (depth first)
 *     list and stat its entries; leave out what is excluded
 *     unchanged file  → its node as the parent snapshot has it
 *     other file      → to the workers; its node when they answer
 *     folder          → onto the stack; its node when its own tree is stored
 *   a folder whose last node came in: store its tree (or reuse the parent's), hand the node up
 *
 * Open folders wait for their files; how many files wait is bounded by the queue. Nothing here blocks the thread for
 * longer than one folder's stat calls.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ByteString, toUtf8 } from '../base/byte-string.ts';
import { HoldfastError, isHoldfastError, messageOf, type SerializedError } from '../base/errors.ts';
import type { Id } from '../format/id.ts';
import { encodeNode, type Node, nodeHead, nodeTail } from '../format/tree.ts';
import type { BlobTable } from '../repository/mod.ts';
import {
  type FileStat,
  listNames,
  type NodeMaker,
  type ReadableEntry,
  type ScannedEntry,
  type Selector,
  scanEntries,
  scanEntry,
} from '../source/mod.ts';
import type { FileQueue } from './file-queue.ts';
import { type ChangeRules, contentOfText, fileChanged, ParentFolder, subtreeOfText } from './parent-folder.ts';
import type { BackupProblem, ItemCounts } from './report.ts';
import type { TargetNode } from './targets.ts';
import type { TreeSaver } from './tree-saver.ts';

export interface WalkOptions {
  readonly selector: Selector;
  readonly nodes: NodeMaker;
  readonly queue: FileQueue;
  readonly trees: TreeSaver;
  readonly table: BlobTable;
  readonly rules: ChangeRules;
  readonly onProblem: (problem: BackupProblem) => void;
  /** The plain text of a tree of the parent snapshot; undefined where it cannot be read. */
  readonly parentTree: (id: Id) => Promise<Uint8Array | undefined>;
  readonly signal: AbortSignal;
}

/** A huge folder is looked at in parts, so that messages and a cancel get through. */
const entriesAtOnce = 2000;

/** A folder whose nodes are being gathered. */
interface Folder {
  readonly path: ByteString;
  /** Where its own node goes; undefined for the root of the snapshot. */
  readonly up:
    | { readonly folder: Folder; readonly slot: number; readonly node: Node; readonly before: string | undefined }
    | undefined;
  readonly content: { readonly kind: 'disk' } | { readonly kind: 'targets'; readonly node: TargetNode };
  readonly parent: ParentFolder | undefined;
  /** Node texts in order; undefined: not yet known, or left out in the end. */
  readonly texts: (ByteString | undefined)[];
  pending: number;
  /** False once any node differs from the parent's. */
  same: boolean;
}

/** A folder that is still to be looked at. */
interface Task {
  readonly path: ByteString;
  readonly up: Folder['up'];
  readonly content: Folder['content'];
  readonly parentTree: Id | undefined;
}

export class TreeWalk {
  readonly files: ItemCounts = { new: 0, changed: 0, unmodified: 0 };
  readonly dirs: ItemCounts = { new: 0, changed: 0, unmodified: 0 };
  readonly problems: BackupProblem[] = [];
  /** Bytes of all files, and of those that were not read. */
  totalBytes = 0;
  unchangedBytes = 0;
  filesDone = 0;
  currentPath: ByteString = '';
  readonly #options: WalkOptions;
  readonly #tasks: Task[] = [];
  readonly #complete: Folder[] = [];
  #root: Id | undefined;
  #wake: () => void = () => {};
  #lastTurn = performance.now();

  constructor(options: WalkOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', this.wake, { once: true });
  }

  /** To be called when the queue has room or results. */
  readonly wake = (): void => this.#wake();

  /** Saves the tree of the whole snapshot and gives its id. */
  async save(targets: TargetNode, parentRoot: Id | undefined): Promise<Id> {
    const { queue, signal } = this.#options;
    this.#tasks.push({ path: '/', up: undefined, content: { kind: 'targets', node: targets }, parentTree: parentRoot });
    while (this.#root === undefined) {
      signal.throwIfAborted();
      queue.throwFailure();
      const complete = this.#complete.pop();
      if (complete !== undefined) {
        await this.#finish(complete);
        continue;
      }
      const task = queue.roomy ? this.#tasks.pop() : undefined;
      if (task !== undefined) {
        await this.#open(task);
        await this.#breathe();
        continue;
      }
      if (this.#tasks.length === 0) queue.send();
      await this.#waitForResults();
    }
    return this.#root;
  }

  async #open(task: Task): Promise<void> {
    const parent = await this.#parentFolder(task);
    const { path, up, content } = task;
    const folder: Folder = { path, up, content, parent, texts: [], pending: 1, same: parent !== undefined };
    this.currentPath = path;
    try {
      if (content.kind === 'targets') this.#openTargets(folder, content.node);
      else await this.#openDisk(folder);
    } catch (error) {
      if (!isHoldfastError(error, 'not-found', 'permission', 'io')) throw error;
      this.reportProblem(path, error);
      if (up !== undefined) this.#leaveOut(up.folder);
      return;
    }
    this.#settle(folder);
  }

  async #parentFolder(task: Task): Promise<ParentFolder | undefined> {
    if (task.parentTree === undefined) return undefined;
    const bytes = await this.#options.parentTree(task.parentTree);
    return bytes === undefined ? undefined : new ParentFolder(task.parentTree, bytes);
  }

  async #openDisk(folder: Folder): Promise<void> {
    const { path } = folder;
    const names = this.#selectNames(path);
    for (let at = 0; at < names.length; at += entriesAtOnce) {
      if (at > 0) await this.#waitForRoom();
      for (const entry of scanEntries(path, names.slice(at, at + entriesAtOnce))) {
        this.#add(folder, entry, join(path, entry.name), false);
      }
    }
  }

  /** The names in a folder that no rule leaves out. */
  #selectNames(path: ByteString): ByteString[] {
    const { selector } = this.#options;
    const names = listNames(path);
    const rejected = selector.rejectDirectory(path, names);
    return names.filter((name) => rejected?.has(name) !== true && selector.rejectName(join(path, name)) === undefined);
  }

  #openTargets(folder: Folder, target: TargetNode): void {
    for (const name of [...target.children.keys()].sort()) {
      const child = target.children.get(name)!;
      const path = child.path ?? child.infoPath!;
      const entry = scanEntry(path, name);
      if (entry.error !== undefined) throw entry.error;
      if (child.path === undefined) this.#addFolder(folder, entry, path, { kind: 'targets', node: child });
      else if (child.explicit || this.#options.selector.rejectName(path) === undefined)
        this.#add(folder, entry, path, child.explicit);
    }
  }

  #add(folder: Folder, entry: ScannedEntry, path: ByteString, explicit: boolean): void {
    if (entry.error !== undefined) {
      // What vanished since the folder was listed was never there.
      if (entry.error.code !== 'not-found') {
        this.reportProblem(path, entry.error);
        folder.same = false;
      }
      return;
    }
    const { kind } = entry.stat;
    if (kind === 'socket') return;
    if (!explicit && this.#options.selector.rejectEntry(path, entry.stat) !== undefined) return;
    if (kind === 'dir') this.#addFolder(folder, entry, path, { kind: 'disk' });
    else if (kind === 'file') this.#addFile(folder, entry, path);
    else this.#addOther(folder, entry, path);
  }

  #addFile(folder: Folder, entry: ReadableEntry, path: ByteString): void {
    const { nodes, queue, rules } = this.#options;
    const { stat, name } = entry;
    const node = nodes.bare(entry);
    const head = nodeHead(node);
    const text = folder.parent?.matchText(head);
    if (text !== undefined && this.#allThere(contentOfText(text))) {
      this.#unchangedFile(stat);
      folder.texts.push(text);
      return;
    }
    const before = folder.parent?.node(name);
    if (before !== undefined && !fileChanged(stat, before, rules) && this.#allThere(before.content ?? [])) {
      this.#unchangedFile(stat);
      folder.same = false;
      folder.texts.push(encodeNode({ ...nodes.complete(node, path), content: before.content }));
      return;
    }
    folder.same = false;
    const slot = folder.texts.push(undefined) - 1;
    folder.pending += 1;
    queue.add({
      path,
      stat,
      done: (saved) => {
        if (saved.error !== undefined) this.#problemOf(path, saved.error);
        if (saved.content !== undefined) {
          const current = saved.stat === undefined ? node : nodes.bare({ ...entry, stat: saved.stat });
          const whole = { ...nodes.complete(current, path), size: saved.bytes, content: [...saved.content] };
          folder.texts[slot] =
            saved.stat === undefined && saved.bytes === stat.size ? head + nodeTail(whole) : encodeNode(whole);
          this.files[before === undefined ? 'new' : 'changed'] += 1;
          this.totalBytes += saved.bytes;
        }
        this.filesDone += 1;
        this.#settle(folder);
      },
    });
  }

  #addOther(folder: Folder, entry: ReadableEntry, path: ByteString): void {
    const { nodes } = this.#options;
    const node = nodes.bare(entry);
    const kept = folder.parent?.matchText(nodeHead(node));
    if (kept !== undefined) {
      folder.texts.push(kept);
      return;
    }
    folder.same = false;
    folder.texts.push(encodeNode(nodes.complete(node, path)));
  }

  #addFolder(folder: Folder, entry: ReadableEntry, path: ByteString, content: Folder['content']): void {
    const node = this.#options.nodes.bare(entry);
    const text = folder.parent?.matchText(nodeHead(node));
    const before = text === undefined ? folder.parent?.node(entry.name) : undefined;
    const parentTree = text === undefined ? before?.subtree : subtreeOfText(text);
    const slot = folder.texts.push(undefined) - 1;
    folder.pending += 1;
    this.#tasks.push({ path, up: { folder, slot, node, before: text }, content, parentTree });
  }

  /** One of the things that a folder waited for is there. */
  #settle(folder: Folder): void {
    folder.pending -= 1;
    if (folder.pending > 0) return;
    this.#complete.push(folder);
    this.#wake();
  }

  #leaveOut(folder: Folder): void {
    folder.same = false;
    this.#settle(folder);
  }

  async #finish(folder: Folder): Promise<void> {
    const { up, parent } = folder;
    const unchanged = folder.same && parent?.matchedAll === true;
    const texts = folder.texts.filter((text) => text !== undefined);
    const id = unchanged && parent !== undefined ? parent.treeId : await this.#options.trees.save(texts);
    if (up === undefined) {
      this.#root = id;
      return;
    }
    this.dirs[parent === undefined ? 'new' : id === parent.treeId ? 'unmodified' : 'changed'] += 1;
    if (up.before !== undefined && id === subtreeOfText(up.before)) {
      up.folder.texts[up.slot] = up.before;
    } else {
      up.folder.same = false;
      up.folder.texts[up.slot] = encodeNode({ ...this.#options.nodes.complete(up.node, folder.path), subtree: id });
    }
    this.#settle(up.folder);
  }

  #unchangedFile(stat: FileStat): void {
    this.files.unmodified += 1;
    this.filesDone += 1;
    this.totalBytes += stat.size;
    this.unchangedBytes += stat.size;
  }

  #allThere(content: readonly Id[]): boolean {
    for (const id of content) if (this.#options.table.find('data', id) < 0) return false;
    return true;
  }

  /** Notes that a path is not, or not wholly, in the snapshot. */
  reportProblem(path: ByteString, error: unknown): void {
    const known = isHoldfastError(error) ? error : new HoldfastError('io', messageOf(error), { cause: error });
    this.#problemOf(path, known.toJSON());
  }

  #problemOf(path: ByteString, error: SerializedError): void {
    const problem: BackupProblem = { path, error: { ...error, context: { ...error.context, path: toUtf8(path) } } };
    this.problems.push(problem);
    this.#options.onProblem(problem);
  }

  /** Lets messages of the workers in, every few milliseconds. */
  async #breathe(): Promise<void> {
    if (performance.now() - this.#lastTurn < 8) return;
    await nextTurn();
    this.#lastTurn = performance.now();
  }

  async #waitForResults(): Promise<void> {
    if (this.#complete.length > 0) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#lastTurn = performance.now();
  }

  /** In the middle of a huge folder: until the workers want more. */
  async #waitForRoom(): Promise<void> {
    const { queue, signal } = this.#options;
    await this.#breathe();
    for (;;) {
      signal.throwIfAborted();
      queue.throwFailure();
      if (queue.roomy) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

function join(folder: ByteString, name: ByteString): ByteString {
  return folder.endsWith('/') ? folder + name : `${folder}/${name}`;
}
