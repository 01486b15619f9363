/**
 * The nodes of what is no folder: taken over from the parent snapshot where nothing changed, else made anew, for files with
 * the content that the workers store.
 */
import type { ByteString } from '../base/byte-string.ts';
import type { Id } from '../format/id.ts';
import { encodeNode, type Node, nodeHead, nodeTail } from '../format/tree.ts';
import type { BlobTable } from '../repository/mod.ts';
import type { NodeMaker, ReadableEntry } from '../source/mod.ts';
import type { FileQueue, QueuedFile } from './file-queue.ts';
import type { OpenFolder } from './open-folder.ts';
import { type ChangeRules, contentOfText, fileChanged } from './parent-folder.ts';
import type { SourcePresence } from './source-presence.ts';
import type { WalkTally } from './walk-tally.ts';

export interface EntryNodesOptions {
  readonly nodes: NodeMaker;
  readonly queue: FileQueue;
  readonly table: BlobTable;
  readonly rules: ChangeRules;
  readonly tally: WalkTally;
  readonly sources: SourcePresence;
  /** Called when a file that the folder waited for is done. */
  readonly settle: (folder: OpenFolder) => void;
}

type Answer = Parameters<QueuedFile['done']>[0];

export class EntryNodes {
  readonly #options: EntryNodesOptions;

  constructor(options: EntryNodesOptions) {
    this.#options = options;
  }

  addFile(folder: OpenFolder, entry: ReadableEntry, path: ByteString): void {
    const { nodes, queue, rules, tally } = this.#options;
    const { stat, name } = entry;
    const node = nodes.bare(entry);
    const head = nodeHead(node);
    const text = folder.parent?.matchText(head);
    if (text !== undefined && this.allThere(contentOfText(text))) {
      tally.unchangedFile(stat.size);
      folder.texts.push(text);
      return;
    }
    const before = folder.parent?.node(name);
    folder.same = false;
    if (before !== undefined && !fileChanged(stat, before, rules) && this.allThere(before.content ?? [])) {
      tally.unchangedFile(stat.size);
      folder.texts.push(encodeNode({ ...nodes.complete(node, path), content: before.content }));
      return;
    }
    const slot = folder.texts.push(undefined) - 1;
    folder.pending += 1;
    const known = before === undefined ? 'new' : 'changed';
    queue.add({ path, stat, done: (saved) => this.#saved({ folder, slot, entry, path, node, head, known }, saved) });
  }

  addOther(folder: OpenFolder, entry: ReadableEntry, path: ByteString): void {
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

  /** Whether the repository has these blobs. */
  allThere(content: readonly Id[]): boolean {
    for (const id of content) if (this.#options.table.find('data', id) < 0) return false;
    return true;
  }

  #saved(file: WaitingFile, saved: Answer): void {
    const { nodes, tally, sources, settle } = this.#options;
    const { folder, slot, entry, path, node, head, known } = file;
    if (saved.error !== undefined) tally.problemOf(path, saved.error);
    if (saved.content === undefined) {
      if (saved.error !== undefined) sources.lose(path, saved.error);
    } else {
      const current = saved.stat === undefined ? node : nodes.bare({ ...entry, stat: saved.stat });
      const whole = { ...nodes.complete(current, path), size: saved.bytes, content: [...saved.content] };
      folder.texts[slot] =
        saved.stat === undefined && saved.bytes === entry.stat.size ? head + nodeTail(whole) : encodeNode(whole);
      tally.files[known] += 1;
      tally.totalBytes += saved.bytes;
    }
    tally.filesDone += 1;
    settle(folder);
  }
}

/** A file that a worker reads. */
interface WaitingFile {
  readonly folder: OpenFolder;
  readonly slot: number;
  readonly entry: ReadableEntry;
  readonly path: ByteString;
  readonly node: Node;
  readonly head: ByteString;
  readonly known: 'new' | 'changed';
}
