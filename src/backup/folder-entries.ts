/**
 * Fills an open folder: each of its entries becomes a node, or a task for one that is a folder itself.
 */
import type { ByteString } from '../base/byte-string.ts';
import type { Id } from '../format/id.ts';
import { encodeNode, type Node, nodeHead } from '../format/tree.ts';
import {
  listNames,
  type NodeMaker,
  type ReadableEntry,
  type ScannedEntry,
  type Selector,
  scanEntries,
  scanEntry,
} from '../source/mod.ts';
import type { ChangeScope } from './change-scope.ts';
import type { EntryNodes } from './entry-nodes.ts';
import { entryPath, type FolderContent, type FolderTask, type NodePlace, type OpenFolder } from './open-folder.ts';
import { isPlainFolderText, subtreeOfText } from './parent-folder.ts';
import { folderOnTheWay, missingSource } from './source-check.ts';
import type { SourcePresence } from './source-presence.ts';
import type { StreamedNodes } from './streamed/streamed-nodes.ts';
import type { StreamedNode } from './streamed/streamed-tree.ts';
import type { TargetNode } from './targets.ts';
import type { WalkTally } from './walk-tally.ts';

export interface FolderEntriesOptions {
  readonly selector: Selector;
  readonly nodes: NodeMaker;
  readonly others: EntryNodes;
  readonly streamed: StreamedNodes;
  readonly tally: WalkTally;
  readonly sources: SourcePresence;
  /** Undefined: everything is looked at. */
  readonly scope: ChangeScope | undefined;
  /** Takes a folder that is to be looked at. */
  readonly add: (task: FolderTask) => void;
  /** Resolves when more files may be added. */
  readonly room: () => Promise<void>;
}

/** A huge folder is looked at in parts, so that messages and a cancel get through. */
const entriesAtOnce = 2000;

/** How an entry is looked at. */
interface Look {
  /** The user named this very path: no rule leaves it out. */
  readonly explicit: boolean;
  /** If it is a folder: everything below is looked at. */
  readonly whole: boolean;
  /** Its node in the parent snapshot, where that is at hand. */
  readonly before?: { readonly text: ByteString; readonly node: Node };
}

export class FolderEntries {
  readonly #options: FolderEntriesOptions;

  constructor(options: FolderEntriesOptions) {
    this.#options = options;
  }

  /** The folders that lead to the sources, and the sources, with what was streamed. Throws `source-missing`. */
  addTargets(folder: OpenFolder, target: TargetNode, streamed: StreamedNode | undefined): void {
    const { selector } = this.#options;
    const names = new Set([...target.children.keys(), ...(streamed?.children?.keys() ?? [])]);
    for (const name of [...names].sort()) {
      const child = target.children.get(name);
      const streamedChild = streamed?.children?.get(name);
      if (child === undefined) {
        if (streamedChild !== undefined) this.#options.streamed.add(folder, name, streamedChild);
      } else if (child.path === undefined) {
        const path = child.infoPath!;
        const content = { kind: 'targets', node: child, streamed: streamedChild } as const;
        this.#addFolder(folder, folderOnTheWay(path, name), path, content);
      } else if (child.explicit || selector.rejectName(child.path) === undefined) {
        this.#addSource(folder, scanEntry(child.path, name), child.path, child.explicit);
      }
    }
  }

  /** What was streamed into a folder of which nothing lies on disk. */
  async addStreamed(folder: OpenFolder, streamed: StreamedNode): Promise<void> {
    let count = 0;
    for (const name of [...(streamed.children?.keys() ?? [])].sort()) {
      if (++count % entriesAtOnce === 0) await this.#options.room();
      this.#options.streamed.add(folder, name, streamed.children!.get(name)!);
    }
  }

  /** What lies in a folder on disk: of these names. */
  async addDisk(folder: OpenFolder, names: readonly ByteString[], whole: boolean): Promise<void> {
    const { scope } = this.#options;
    if (!whole && scope?.lookAt(folder.path) === 'folders' && this.#addOnTheWay(folder, names, scope)) return;
    for (let at = 0; at < names.length; at += entriesAtOnce) {
      if (at > 0) await this.#options.room();
      for (const entry of scanEntries(folder.path, names.slice(at, at + entriesAtOnce))) {
        this.#add(folder, entry, entryPath(folder.path, entry.name), { explicit: false, whole });
      }
    }
  }

  /** The names in a folder that no rule leaves out. Throws the codes of listing it. */
  selectNames(path: ByteString): ByteString[] {
    const { selector } = this.#options;
    const names = listNames(path);
    const rejected = selector.rejectDirectory(path, names);
    return names.filter(
      (name) => rejected?.has(name) !== true && selector.rejectName(entryPath(path, name)) === undefined,
    );
  }

  /**
   * The parent's nodes of a folder, with a new look only at the folders that lead to what changed.
   * False, with nothing added, where the parent's nodes do not serve: other names, or blobs that are gone.
   */
  #addOnTheWay(folder: OpenFolder, names: readonly ByteString[], scope: ChangeScope): boolean {
    const nodes = [...(folder.parent?.nodes ?? [])];
    const texts = folder.parent?.nodeTexts();
    if (texts === undefined || nodes.length !== names.length) return false;
    if (nodes.some(({ name }, index) => name !== names[index])) return false;
    const { tally } = this.#options;
    const leadsOn = nodes.map(
      ({ name, type }) => type === 'dir' && scope.lookAt(entryPath(folder.path, name)) !== 'nothing',
    );
    if (nodes.some((node, index) => !leadsOn[index] && !this.#isThere(node))) return false;
    folder.same = false;
    for (const [index, node] of nodes.entries()) {
      const text = texts[index]!;
      if (leadsOn[index]) {
        const path = entryPath(folder.path, node.name);
        this.#add(folder, scanEntry(path, node.name), path, { explicit: false, whole: false, before: { text, node } });
      } else {
        if (node.type === 'file') tally.unchangedFile(node.size ?? 0);
        folder.left?.delete(node.name);
        folder.texts.push(text);
      }
    }
    return true;
  }

  #isThere({ content, subtree }: Node): boolean {
    if (subtree !== undefined) return this.#options.scope?.has(subtree) === true;
    return this.#options.others.allThere(content ?? []);
  }

  #addSource(folder: OpenFolder, entry: ScannedEntry, path: ByteString, explicit: boolean): void {
    if (explicit && entry.error !== undefined) throw missingSource(path, entry.error);
    if (entry.error?.code !== 'not-found') this.#options.sources.add(path, explicit ? 'named' : 'entry');
    this.#add(folder, entry, path, { explicit, whole: false });
  }

  #add(folder: OpenFolder, entry: ScannedEntry, path: ByteString, look: Look): void {
    const { selector, sources, tally, others } = this.#options;
    if (entry.error !== undefined) {
      // What vanished since the folder was listed was never there.
      if (entry.error.code !== 'not-found') {
        sources.lose(path, entry.error.toJSON());
        tally.problem(path, entry.error);
        folder.same = false;
      }
      return;
    }
    const { kind } = entry.stat;
    if (kind === 'socket') return;
    if (!look.explicit && selector.rejectEntry(path, entry.stat) !== undefined) return;
    if (kind === 'dir') this.#addFolder(folder, entry, path, { kind: 'disk', whole: look.whole }, look.before);
    else if (kind === 'file') others.addFile(folder, entry, path);
    else others.addOther(folder, entry, path);
  }

  #addFolder(
    folder: OpenFolder,
    entry: ReadableEntry,
    path: ByteString,
    content: FolderContent,
    atHand?: Look['before'],
  ): void {
    const { nodes, scope, add } = this.#options;
    const node = nodes.bare(entry);
    const head = nodeHead(node);
    const text = atHand === undefined ? folder.parent?.matchText(head) : plainText(atHand.text, head);
    const before = atHand?.node ?? (text === undefined ? folder.parent?.node(entry.name) : undefined);
    const parentTree = text === undefined ? before?.subtree : subtreeOfText(text);
    if (parentTree !== undefined) folder.left?.delete(entry.name);
    const slot = folder.texts.push(undefined) - 1;
    const up = { folder, slot, node, before: text };
    if (content.kind === 'disk' && !content.whole && scope !== undefined) {
      const known = parentTree !== undefined && (text !== undefined || isSameFolder(node, before));
      const look = known ? scope.lookAt(path) : 'everything';
      const untouched = look === 'nothing' && (text !== undefined || node.mtimeNs === before?.mtimeNs);
      if (untouched && parentTree !== undefined && scope.has(parentTree)) {
        this.#keep(up, path, parentTree);
        return;
      }
      folder.pending += 1;
      add({ path, up, content: { kind: 'disk', whole: look === 'everything' }, parentTree });
      return;
    }
    folder.pending += 1;
    add({ path, up, content, parentTree });
  }

  /** A folder that is not looked at: its tree is the parent's. */
  #keep({ folder, slot, node, before }: NodePlace, path: ByteString, subtree: Id): void {
    if (before === undefined) folder.same = false;
    folder.texts[slot] = before ?? encodeNode({ ...this.#options.nodes.complete(node, path), subtree });
  }
}

/** A folder node's text, where the head holds and the rest can be taken over with it. */
function plainText(text: ByteString, head: ByteString): ByteString | undefined {
  return isPlainFolderText(text, head) ? text : undefined;
}

/** Not one that took its place. */
function isSameFolder(node: Node, before: Node | undefined): boolean {
  return before?.type === 'dir' && before.inode === node.inode && before.deviceId === node.deviceId;
}
