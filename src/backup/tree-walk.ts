/**
 * Walks the sources and builds the snapshot's trees from the bottom up.
 *
 *   take the next folder (depth first)
 *     list and stat its entries; leave out what is excluded
 *     unchanged file  → its node as the parent snapshot has it
 *     other file      → to the workers; its node when they answer (entry-nodes.ts)
 *     folder          → onto the stack; its node when its own tree is stored
 *     what was streamed → its node; the content was stored before the walk (streamed/)
 *   a folder whose last node came in: store its tree (or reuse the parent's), hand the node up
 *
 * Told what changed (change-scope.ts), it looks at that alone, and gets the tree that a look at everything would give:
 *   a folder on the way  → list it; of its entries, stat the folders that lead on; the other nodes are the parent's
 *   an unchanged folder  → its node with the tree that the parent snapshot has, unless it is another folder by now
 * What the parent snapshot cannot tell (no such folder, an unreadable tree, blobs that are gone) is looked at whole.
 *
 * Open folders wait for their files; how many files wait is bounded by the queue. Nothing here blocks the thread for
 * longer than one folder's stat calls.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ByteString } from '../base/byte-string.ts';
import { isHoldfastError } from '../base/errors.ts';
import { onAbort } from '../base/on-abort.ts';
import type { Id } from '../format/id.ts';
import { encodeNode } from '../format/tree.ts';
import type { BlobTable } from '../repository/mod.ts';
import type { NodeMaker, Selector } from '../source/mod.ts';
import type { CarriedOver } from './carried-over.ts';
import type { ChangeScope } from './change-scope.ts';
import { EntryNodes } from './entry-nodes.ts';
import type { FileQueue } from './file-queue.ts';
import { FolderEntries } from './folder-entries.ts';
import { type FolderTask, type OpenFolder, openFolder } from './open-folder.ts';
import { type ChangeRules, ParentFolder, subtreeOfText } from './parent-folder.ts';
import { SourcePresence } from './source-presence.ts';
import { type StreamedDefaults, StreamedNodes } from './streamed/streamed-nodes.ts';
import type { StreamedNode } from './streamed/streamed-tree.ts';
import type { TargetNode } from './targets.ts';
import type { TreeSaver } from './tree-saver.ts';
import type { WalkTally } from './walk-tally.ts';

export interface WalkOptions {
  readonly selector: Selector;
  readonly nodes: NodeMaker;
  readonly queue: FileQueue;
  readonly trees: TreeSaver;
  readonly table: BlobTable;
  readonly rules: ChangeRules;
  readonly tally: WalkTally;
  /** The plain text of a tree of the parent snapshot; undefined where it cannot be read. */
  readonly parentTree: (id: Id) => Promise<Uint8Array | undefined>;
  /** What to look at; undefined: everything. */
  readonly scope: ChangeScope | undefined;
  /** Counts what is taken over without a look. */
  readonly carried: CarriedOver | undefined;
  /** For streamed entries. */
  readonly defaults: StreamedDefaults;
  readonly signal: AbortSignal;
}

/** How long a turn may take until messages of the workers get in. */
const longestTurnMs = 8;

export class TreeWalk {
  readonly #options: WalkOptions;
  readonly #entries: FolderEntries;
  readonly #sources = new SourcePresence();
  readonly #tasks: FolderTask[] = [];
  readonly #complete: OpenFolder[] = [];
  #root: Id | undefined;
  #wake: () => void = () => {};
  #lastTurn = performance.now();

  constructor(options: WalkOptions) {
    this.#options = options;
    const shared = { ...options, sources: this.#sources };
    const add = (task: FolderTask) => void this.#tasks.push(task);
    const others = new EntryNodes({ ...shared, settle: (folder) => this.#settle(folder) });
    this.#entries = new FolderEntries({
      ...shared,
      others,
      streamed: new StreamedNodes({ ...options, add }),
      add,
      room: () => this.#waitForRoom(),
    });
  }

  /** To be called when the queue has room or results. */
  readonly wake = (): void => this.#wake();

  /**
   * Saves the tree of the whole snapshot and gives its id. The content of what is `streamed` is stored already.
   *
   * @throws `source-missing` for a source that vanished; the error of the first source where not one can be read
   */
  async save(targets: TargetNode, streamed: StreamedNode | undefined, parentRoot: Id | undefined): Promise<Id> {
    const { queue, signal } = this.#options;
    using _ = onAbort(signal, this.wake);
    const content = { kind: 'targets', node: targets, streamed } as const;
    this.#tasks.push({ path: '/', up: undefined, content, parentTree: parentRoot });
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
      if (this.#tasks.length === 0) queue.flush();
      await this.#waitForResults();
    }
    this.#sources.check();
    return this.#root;
  }

  async #open(task: FolderTask): Promise<void> {
    const { tally, carried } = this.#options;
    const { path, up, content } = task;
    const parent = await this.#parentFolder(task);
    const left = parent === undefined ? undefined : carried?.open(parent, up === undefined);
    const folder = openFolder(task, parent, left);
    tally.currentPath = path;
    let listed = true;
    if (content.kind === 'targets') {
      this.#entries.addTargets(folder, content.node, content.streamed);
    } else if (content.kind === 'streamed') {
      await this.#entries.addStreamed(folder, content.node);
    } else {
      const names = this.#listNames(path);
      if (names !== undefined) await this.#entries.addDisk(folder, names, content.whole);
      else if (up !== undefined) this.#leaveOut(up.folder);
      listed = names !== undefined;
    }
    carried?.drop(left?.values() ?? []);
    if (listed) this.#settle(folder);
  }

  /** The names in a folder that no rule leaves out; undefined, and noted, where it cannot be listed. */
  #listNames(path: ByteString): ByteString[] | undefined {
    try {
      return this.#entries.selectNames(path);
    } catch (error) {
      if (!isHoldfastError(error, 'not-found', 'permission', 'io')) throw error;
      this.#sources.lose(path, error.toJSON());
      this.#options.tally.problem(path, error);
      return undefined;
    }
  }

  async #parentFolder({ parentTree }: FolderTask): Promise<ParentFolder | undefined> {
    if (parentTree === undefined) return undefined;
    const bytes = await this.#options.parentTree(parentTree);
    return bytes === undefined ? undefined : new ParentFolder(parentTree, bytes);
  }

  /** One of the things that a folder waited for is there. */
  #settle(folder: OpenFolder): void {
    folder.pending -= 1;
    if (folder.pending > 0) return;
    this.#complete.push(folder);
    this.#wake();
  }

  #leaveOut(folder: OpenFolder): void {
    folder.same = false;
    this.#settle(folder);
  }

  async #finish(folder: OpenFolder): Promise<void> {
    const { trees, tally, nodes } = this.#options;
    const { up, parent } = folder;
    const unchanged = folder.same && parent?.matchedAll === true;
    const texts = folder.texts.filter((text) => text !== undefined);
    const id = unchanged && parent !== undefined ? parent.treeId : await trees.save(texts);
    if (up === undefined) {
      this.#root = id;
      return;
    }
    tally.dirs[parent === undefined ? 'new' : id === parent.treeId ? 'unmodified' : 'changed'] += 1;
    if (up.before !== undefined && id === subtreeOfText(up.before)) {
      up.folder.texts[up.slot] = up.before;
    } else {
      up.folder.same = false;
      const node = folder.onDisk ? nodes.complete(up.node, folder.path) : up.node;
      up.folder.texts[up.slot] = encodeNode({ ...node, subtree: id });
    }
    this.#settle(up.folder);
  }

  /** Lets messages of the workers in, every few milliseconds. */
  async #breathe(): Promise<void> {
    if (performance.now() - this.#lastTurn < longestTurnMs) return;
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
