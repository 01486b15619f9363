/**
 * Walks a snapshot's trees once and restores what is selected.
 *
 *   take the next folder (depth first)
 *     read its tree; make it, if it is selected itself (else when the first item in it is)
 *     remove what the snapshot does not have, if asked
 *     each item: leave it, make it, or hand it to the workers, by the policy
 *     each folder in it: onto the stack
 *   a folder with nothing more to be done in it: give it its attributes
 *
 * How much waits at the workers is bounded by the queue; folders wait only while something in them does. What concerns one
 * item is reported and the rest goes on; a full disk ends the run.
 */
import { unlinkSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ByteString, fsPath } from '../base/byte-string.ts';
import { HoldfastError, isHoldfastError, messageOf } from '../base/errors.ts';
import { onAbort } from '../base/on-abort.ts';
import type { Id } from '../format/id.ts';
import { decodeTree, type Node } from '../format/tree.ts';
import { type RemoveOptions, removeItem } from './delete-extra.ts';
import { comparableName } from './existing.ts';
import type { FileQueue } from './file-queue.ts';
import { closeFolder, type Folder, finishFolder, folderIn, makeFolder, namesThere, targetFolder } from './folder.ts';
import { ItemRestore } from './item-restore.ts';
import { isTemporaryName, nameProblem } from './names.ts';
import { errorAt, isDiskFull } from './node-attributes.ts';
import type { OverwritePolicy } from './policy.ts';
import type { Selection } from './selection.ts';
import type { Tally } from './tally.ts';
import type { TreeAhead } from './tree-ahead.ts';

export interface TreeRestoreOptions {
  readonly trees: TreeAhead;
  readonly selection: Selection;
  readonly policy: OverwritePolicy;
  readonly deleteExtra: boolean;
  readonly dryRun: boolean;
  readonly tally: Tally;
  readonly signal: AbortSignal;
}

interface Task {
  readonly folder: Folder;
  readonly tree: Id;
}

/** A huge folder is looked at in parts, so that messages and a cancel get through. */
const nodesAtOnce = 1000;
const breatheEveryMs = 8;

export class TreeRestore {
  readonly #options: TreeRestoreOptions;
  readonly #removing: RemoveOptions;
  readonly #tasks: Task[] = [];
  #queue: FileQueue | undefined;
  #items: ItemRestore | undefined;
  #rootDone = false;
  #wake: () => void = () => {};
  #lastTurn = performance.now();
  currentPath: ByteString = '/';

  constructor(options: TreeRestoreOptions) {
    const { selection, dryRun, tally, signal } = options;
    this.#options = options;
    this.#removing = {
      selection,
      dryRun,
      signal,
      breathe: () => this.#breathe(),
      onRemoved: (location, kind, bytes) => tally.count(location, kind, 'deleted', bytes),
      onProblem: (location, error) => this.#problem(location, error),
    };
  }

  /** To be called when the queue has room or results. */
  readonly wake = (): void => this.#wake();

  /** Restores the tree `root` into the folder `target`, which is there (but in a dry run); `fresh`: nothing is in it. */
  async restore(
    root: Id,
    target: { readonly path: ByteString; readonly fresh: boolean },
    queue: FileQueue,
  ): Promise<void> {
    const { policy, dryRun, tally, deleteExtra, signal } = this.#options;
    using _ = onAbort(signal, this.wake);
    this.#queue = queue;
    this.#items = new ItemRestore({
      policy,
      dryRun,
      queue,
      tally,
      removeFolder: async (path, location) => deleteExtra && removeItem(path, location, this.#removing),
      settle: (folder) => this.#settle(folder),
    });
    const folder = targetFolder(target.path === '/' ? '/.' : target.path);
    folder.state = 'made';
    folder.fresh = target.fresh;
    this.#push({ folder, tree: root });
    while (!this.#rootDone) {
      signal.throwIfAborted();
      this.#throwFailure();
      const task = queue.roomy ? this.#tasks.pop() : undefined;
      if (task !== undefined) {
        await this.#open(task);
        await this.#breathe();
        continue;
      }
      if (this.#tasks.length === 0) queue.send();
      if (!this.#rootDone) await this.#waitForResults();
    }
    this.#throwFailure();
  }

  #push(task: Task): void {
    task.folder.pending += 1;
    this.#tasks.push(task);
  }

  async #open({ folder, tree }: Task): Promise<void> {
    this.currentPath = folder.location;
    try {
      const nodes = await this.#read(folder, tree);
      if (folder.selected && this.#made(folder) && nodes !== undefined) await this.#clean(folder, nodes);
      if (nodes !== undefined && folder.state !== 'blocked') await this.#openNodes(folder, nodes);
    } finally {
      this.#settle(folder);
    }
  }

  /** The folder's nodes; undefined where they cannot be read, which was reported then. */
  async #read({ location }: Folder, tree: Id): Promise<readonly Node[] | undefined> {
    try {
      const bytes = this.#options.trees.load(tree, () => this.#nextTrees(), this.#options.signal);
      return decodeTree(bytes instanceof Uint8Array ? bytes : await bytes);
    } catch (error) {
      this.#options.signal.throwIfAborted();
      if (!isHoldfastError(error, 'corrupt', 'not-found', 'unsupported')) throw error;
      const shown = location === '' ? '/' : location;
      const known = new HoldfastError(error.code, `Cannot restore what is in ${shown}: ${messageOf(error)}`, {
        hint: 'Run check. Other snapshots may have this folder whole.',
        context: { ...error.context, path: shown, blob: tree, blobType: 'tree' },
        cause: error,
      });
      this.#problem(location, known);
      return undefined;
    }
  }

  /** The trees that are next on the stack. */
  *#nextTrees(): Generator<Id> {
    for (let at = this.#tasks.length - 1; at >= 0; at--) yield this.#tasks[at]!.tree;
  }

  async #openNodes(folder: Folder, nodes: readonly Node[]): Promise<void> {
    const { selection } = this.#options;
    const folders: Task[] = [];
    let there: ReadonlyMap<string, ByteString> | undefined;
    for (const [at, node] of nodes.entries()) {
      if (at > 0 && at % nodesAtOnce === 0) await this.#waitForRoom();
      const location = `${folder.location}/${node.name}`;
      const isFolder = node.type === 'dir';
      if (node.type === 'socket') continue;
      const selected = selection?.(location, isFolder);
      if (selected !== undefined && !selected.item && !(isFolder && selected.below)) continue;
      // An item, or a folder of which it is not known yet: the latter makes this one when it is made itself.
      if (isFolder) {
        const unable = nameProblem(node.name);
        if (unable !== undefined || node.subtree === undefined) {
          this.#problem(location, unable ?? new HoldfastError('corrupt', `The folder ${location} has no tree.`));
          continue;
        }
      } else if (!(await this.#madeForItem(folder, nodes))) return;
      if (folder.state === 'made') there ??= this.#namesIn(folder);
      const mayBeThere = there === undefined || there.has(comparableName(node.name));
      if (!isFolder) await this.#itemsOf().start(folder, node, mayBeThere);
      else {
        const child = folderIn(folder, node, { selected: selected?.item ?? true, mayBeThere });
        folders.push({ folder: child, tree: node.subtree! });
      }
    }
    for (const task of folders.reverse()) {
      folder.pending += 1;
      this.#push(task);
    }
  }

  async #madeForItem(folder: Folder, nodes: readonly Node[]): Promise<boolean> {
    if (folder.state === 'made') return true;
    if (!this.#made(folder)) return false;
    await this.#clean(folder, nodes);
    return true;
  }

  /** Makes a folder and those above it. False, after it was reported, where that is not possible. */
  #made(folder: Folder): boolean {
    if (folder.state !== 'unmade') return folder.state === 'made';
    const { parent } = folder;
    if (parent !== undefined) {
      if (!this.#made(parent)) {
        folder.state = 'blocked';
        return false;
      }
      folder.path = `${parent.path}/${folder.node?.name ?? ''}`;
    }
    try {
      makeFolder(folder, this.#options);
      if (folder.node !== undefined) {
        const action = folder.fresh ? 'restored' : folder.selected ? 'updated' : 'unchanged';
        this.#options.tally.count(folder.location, 'dir', action);
      }
      return true;
    } catch (error) {
      folder.state = 'blocked';
      this.#problem(folder.location, error);
      return false;
    }
  }

  /** Removes what killed runs left, and, if asked, what the snapshot does not have. */
  async #clean(folder: Folder, nodes: readonly Node[]): Promise<void> {
    if (folder.fresh) return;
    const { deleteExtra, dryRun } = this.#options;
    const there = this.#namesIn(folder);
    for (const { name } of nodes) there.delete(comparableName(name));
    for (const name of there.values()) {
      if (isTemporaryName(name)) {
        if (!dryRun) removeLeftOver(`${folder.path}/${name}`);
      } else if (deleteExtra) {
        await removeItem(`${folder.path}/${name}`, `${folder.location}/${name}`, this.#removing);
      }
    }
  }

  #namesIn(folder: Folder): Map<string, ByteString> {
    try {
      return namesThere(folder);
    } catch (error) {
      this.#problem(folder.location, error);
      return new Map();
    }
  }

  /** One of the things that a folder waited for is done. */
  #settle(folder: Folder): void {
    for (let done: Folder | undefined = folder; done !== undefined; done = done.parent) {
      done.pending -= 1;
      if (done.pending > 0) return;
      const unset = finishFolder(done, this.#options.dryRun);
      if (unset !== undefined) this.#options.tally.problem(done.location, unset.toJSON());
      closeFolder(done);
      if (done.parent === undefined) {
        this.#rootDone = true;
        this.#wake();
      }
    }
  }

  /** Reports; throws where the run cannot go on. */
  #problem(location: ByteString, error: unknown): void {
    const known = errorAt(error, 'restore', location === '' ? '/' : location);
    if (isDiskFull(error)) throw known;
    this.#options.tally.problem(location, known.toJSON());
  }

  #itemsOf(): ItemRestore {
    if (this.#items === undefined) throw new HoldfastError('internal', 'Items are restored by `restore` only.');
    return this.#items;
  }

  #throwFailure(): void {
    this.#queue?.throwFailure();
  }

  /** Lets messages of the workers in, every few milliseconds. */
  async #breathe(): Promise<void> {
    if (performance.now() - this.#lastTurn < breatheEveryMs) return;
    await nextTurn();
    this.#lastTurn = performance.now();
  }

  async #waitForResults(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#lastTurn = performance.now();
  }

  /** In the middle of a huge folder: until the workers want more. */
  async #waitForRoom(): Promise<void> {
    await this.#breathe();
    for (;;) {
      this.#options.signal.throwIfAborted();
      this.#throwFailure();
      if (this.#queue?.roomy !== false) return;
      await this.#waitForResults();
    }
  }
}

function removeLeftOver(path: ByteString): void {
  try {
    unlinkSync(fsPath(path));
  } catch {
    // A folder of that name is the user's.
  }
}
