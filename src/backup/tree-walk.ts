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
import { statSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ByteString, fsPath, toUtf8 } from '../base/byte-string.ts';
import { HoldfastError, isHoldfastError, messageOf, type SerializedError } from '../base/errors.ts';
import type { Id } from '../format/id.ts';
import { encodeNode, type Node, nodeHead, nodeTail } from '../format/tree.ts';
import type { BlobTable } from '../repository/mod.ts';
import {
  type FileStat,
  fileStatOf,
  listNames,
  type NodeMaker,
  openLongPath,
  type ReadableEntry,
  type ScannedEntry,
  type Selector,
  scanEntries,
  scanEntry,
} from '../source/mod.ts';
import type { FileQueue } from './file-queue.ts';
import { type ChangeRules, contentOfText, fileChanged, ParentFolder, subtreeOfText } from './parent-folder.ts';
import type { BackupProblem, ItemCounts } from './report.ts';
import { missingSource } from './source-check.ts';
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

/** Where a source stands: what the user named must be there, what lies in `.` may have vanished. */
type SourceKind = 'named' | 'entry';

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
  /** The sources that are (or will be) in the snapshot, and the first that cannot be. */
  readonly #sources = new Map<ByteString, SourceKind>();
  #lostSource: SerializedError | undefined;
  #root: Id | undefined;
  #wake: () => void = () => {};
  #lastTurn = performance.now();

  constructor(options: WalkOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', this.wake, { once: true });
  }

  /** To be called when the queue has room or results. */
  readonly wake = (): void => this.#wake();

  /**
   * Saves the tree of the whole snapshot and gives its id.
   *
   * @throws `source-missing` for a source that vanished; the error of the first source where not one can be read
   */
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
    if (this.#sources.size === 0 && this.#lostSource !== undefined) throw HoldfastError.fromJSON(this.#lostSource);
    return this.#root;
  }

  async #open(task: Task): Promise<void> {
    const parent = await this.#parentFolder(task);
    const { path, up, content } = task;
    const folder: Folder = { path, up, content, parent, texts: [], pending: 1, same: parent !== undefined };
    this.currentPath = path;
    if (content.kind === 'targets') {
      this.#openTargets(folder, content.node);
      this.#settle(folder);
      return;
    }
    let names: ByteString[];
    try {
      names = this.#selectNames(path);
    } catch (error) {
      if (!isHoldfastError(error, 'not-found', 'permission', 'io')) throw error;
      this.#loseSource(path, error.toJSON());
      this.reportProblem(path, error);
      if (up !== undefined) this.#leaveOut(up.folder);
      return;
    }
    await this.#openDisk(folder, names);
    this.#settle(folder);
  }

  async #parentFolder(task: Task): Promise<ParentFolder | undefined> {
    if (task.parentTree === undefined) return undefined;
    const bytes = await this.#options.parentTree(task.parentTree);
    return bytes === undefined ? undefined : new ParentFolder(task.parentTree, bytes);
  }

  async #openDisk(folder: Folder, names: readonly ByteString[]): Promise<void> {
    const { path } = folder;
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
      if (child.path === undefined) {
        const path = child.infoPath!;
        this.#addFolder(folder, folderOnTheWay(path, name), path, { kind: 'targets', node: child });
      } else if (child.explicit || this.#options.selector.rejectName(child.path) === undefined) {
        this.#addSource(folder, scanEntry(child.path, name), child.path, child.explicit);
      }
    }
  }

  #addSource(folder: Folder, entry: ScannedEntry, path: ByteString, explicit: boolean): void {
    if (explicit && entry.error !== undefined) throw missingSource(path, entry.error);
    if (entry.error?.code !== 'not-found') this.#sources.set(path, explicit ? 'named' : 'entry');
    this.#add(folder, entry, path, explicit);
  }

  /** A path is not in the snapshot: was it a source? */
  #loseSource(path: ByteString, error: SerializedError): void {
    if (error.code === 'not-found' && this.#sources.get(path) === 'named') throw missingSource(path, error.message);
    if (this.#sources.delete(path)) this.#lostSource ??= error;
  }

  #add(folder: Folder, entry: ScannedEntry, path: ByteString, explicit: boolean): void {
    if (entry.error !== undefined) {
      // What vanished since the folder was listed was never there.
      if (entry.error.code !== 'not-found') {
        this.#loseSource(path, entry.error.toJSON());
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
        if (saved.content === undefined) {
          if (saved.error !== undefined) this.#loseSource(path, saved.error);
        } else {
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

/** The stat of a folder that leads to a source; links on the way are followed, as the path itself does. */
function folderOnTheWay(path: ByteString, name: ByteString): ReadableEntry {
  try {
    using reach = openLongPath(path);
    const stat = fileStatOf(statSync(fsPath(reach.path), { bigint: true }));
    if (stat.kind === 'dir') return { name, stat, linkTarget: undefined, error: undefined };
  } catch (cause) {
    throw missingSource(path, cause);
  }
  throw missingSource(path, 'It is no folder any more.');
}

function join(folder: ByteString, name: ByteString): ByteString {
  return folder.endsWith('/') ? folder + name : `${folder}/${name}`;
}
