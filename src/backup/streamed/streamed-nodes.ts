/**
 * The tree nodes of streamed entries.
 *
 * Equal entries with given times give equal trees. Where an entry gives no time, it has the one that the parent snapshot has for the
 * same thing, else the backup's: a dump that did not change makes no new tree. A folder without an entry has the
 * latest time that is given below it.
 */
import type { ByteString } from '../../base/byte-string.ts';
import { goMode } from '../../format/file-mode.ts';
import type { Id } from '../../format/id.ts';
import { encodeNode, type Node } from '../../format/tree.ts';
import type { BlobTable } from '../../repository/mod.ts';
import type { StreamEntry } from '../../source/mod.ts';
import { entryPath, type FolderTask, type OpenFolder } from '../open-folder.ts';
import type { WalkTally } from '../walk-tally.ts';
import type { StreamedNode } from './streamed-tree.ts';

export interface StreamedNodesOptions {
  readonly tally: WalkTally;
  readonly table: BlobTable;
  readonly defaults: StreamedDefaults;
  /** Takes a folder whose nodes are to be made. */
  readonly add: (task: FolderTask) => void;
}

/** What entries have that do not tell. */
export interface StreamedDefaults {
  /** Nanoseconds since 1970. */
  readonly timeNs: bigint;
  readonly uid: number;
  readonly gid: number;
}

/** st_mode of a kind: its type (POSIX sys/stat.h), and the permissions of one that gives none. */
const kindModes: Readonly<Record<StreamEntry['kind'], readonly [type: number, permissions: number]>> = {
  file: [0o100000, 0o600],
  dir: [0o040000, 0o700],
  symlink: [0o120000, 0o777],
};

export class StreamedNodes {
  readonly #options: StreamedNodesOptions;

  constructor(options: StreamedNodesOptions) {
    this.#options = options;
  }

  add(folder: OpenFolder, name: ByteString, streamed: StreamedNode): void {
    const before = folder.parent?.node(name);
    folder.same = false;
    if (streamed.children !== undefined) {
      this.#addFolder(folder, name, streamed, before);
      return;
    }
    const { tally, table } = this.#options;
    const ids = streamed.content?.entries.map((entry) => table.id(entry)) ?? null;
    const size = streamed.content?.bytes ?? 0;
    const isSame = isSameContent(ids, before?.content ?? null);
    const node = { ...this.#node(name, streamed, isSame ? before : undefined), size, content: ids };
    if (streamed.kind === 'file') {
      tally.files[before === undefined ? 'new' : isSame ? 'unmodified' : 'changed'] += 1;
      tally.totalBytes += size;
    }
    folder.texts.push(encodeNode(node));
  }

  #addFolder(folder: OpenFolder, name: ByteString, streamed: StreamedNode, before: Node | undefined): void {
    const parentTree = before?.subtree;
    if (parentTree !== undefined) folder.left?.delete(name);
    const node = this.#node(name, streamed, undefined);
    const kept = this.#node(name, streamed, before);
    const slot = folder.texts.push(undefined) - 1;
    folder.pending += 1;
    this.#options.add({
      path: entryPath(folder.path, name),
      up: {
        folder,
        slot,
        node,
        before: parentTree === undefined ? undefined : encodeNode({ ...kept, subtree: parentTree }),
      },
      content: { kind: 'streamed', node: streamed },
      parentTree,
    });
  }

  /** `before`: the parent snapshot's node, where it has the same content. */
  #node(name: ByteString, { kind, entry, latestNs }: StreamedNode, before: Node | undefined): Node {
    const { defaults } = this.#options;
    const [type, permissions] = kindModes[kind];
    const mode = goMode(type | ((entry?.mode ?? permissions) & 0o7777));
    const { uid = defaults.uid, gid = defaults.gid, linkTarget = '' } = entry ?? {};
    const isSame =
      before !== undefined &&
      before.type === kind &&
      before.mode === mode &&
      before.uid === uid &&
      before.gid === gid &&
      (before.linktarget ?? '') === linkTarget;
    const givenNs = entry === undefined ? latestNs : entry.modifiedNs;
    const timeNs = givenNs ?? (isSame ? before.mtimeNs : defaults.timeNs);
    return {
      name,
      type: kind,
      mode,
      mtimeNs: timeNs,
      atimeNs: timeNs,
      ctimeNs: timeNs,
      uid,
      gid,
      user: '',
      group: '',
      inode: 0n,
      deviceId: 0n,
      size: 0,
      links: 0,
      linktarget: linkTarget,
      device: 0n,
      content: null,
    };
  }
}

function isSameContent(ids: readonly Id[] | null, others: readonly Id[] | null): boolean {
  if (ids === null || others === null) return ids === others;
  return ids.length === others.length && ids.every((id, index) => id === others[index]);
}
