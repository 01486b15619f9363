/**
 * Hard links: of the names that one file has, the first is restored, the others become links to it.
 *
 * A group is known by inode and device, and by content, so that a snapshot whose inodes are not to be relied on never
 * turns one file into another. It is dropped when all its names were seen.
 */
import { linkSync, renameSync, unlinkSync } from 'node:fs';
import { type ByteString, fsPath } from '../base/byte-string.ts';
import { systemCode } from '../base/errors.ts';
import { idOf } from '../format/id.ts';
import type { Node } from '../format/tree.ts';
import { existingAt } from './existing.ts';
import { temporaryPathOf } from './names.ts';

export interface LinkedItem {
  readonly node: Node;
  readonly path: ByteString;
}

interface Group<Item> {
  /** The name that is restored, once that is done. */
  path: ByteString | undefined;
  waiting: Item[];
  names: number;
}

/** `restore` it, and tell `settled`; `wait` until that of another name is settled; or `link` it to that path. */
export type LinkDecision = 'restore' | 'wait' | { readonly link: ByteString };

export class HardLinks<Item extends LinkedItem> {
  readonly #groups = new Map<string, Group<Item>>();

  has(item: Item): boolean {
    return this.#groups.has(keyOf(item.node) ?? '');
  }

  enter(item: Item): LinkDecision {
    const key = keyOf(item.node);
    if (key === undefined) return 'restore';
    const group = this.#groups.get(key);
    if (group === undefined) {
      this.#groups.set(key, { path: undefined, waiting: [], names: 1 });
      return 'restore';
    }
    group.names += 1;
    if (group.path === undefined) {
      group.waiting.push(item);
      return 'wait';
    }
    const { path } = group;
    this.#dropComplete(key, group, item.node);
    return { link: path };
  }

  /**
   * What became of an item that was to be restored. Gives the items that waited for it: all of them to be linked, or, as it
   * failed, one to be restored in its stead.
   */
  settled(item: Item, restored: boolean): readonly Item[] {
    const key = keyOf(item.node);
    const group = key === undefined ? undefined : this.#groups.get(key);
    if (key === undefined || group === undefined || group.path !== undefined) return [];
    if (!restored) {
      const next = group.waiting.shift();
      if (next === undefined) this.#groups.delete(key);
      return next === undefined ? [] : [next];
    }
    const { waiting } = group;
    group.path = item.path;
    group.waiting = [];
    this.#dropComplete(key, group, item.node);
    return waiting;
  }

  #dropComplete(key: string, group: Group<Item>, node: Node): void {
    if (group.names >= (node.links ?? 0)) this.#groups.delete(key);
  }
}

function keyOf(node: Node): string | undefined {
  const { inode = 0n, deviceId = 0n, links = 0, content } = node;
  if (links < 2 || inode === 0n) return undefined;
  const what = content === null ? `${node.linktarget ?? ''} ${node.device ?? ''}` : content.join(' ');
  const short = what.length > 200 ? idOf(Buffer.from(what, 'latin1')) : what;
  return `${deviceId} ${inode} ${node.type} ${short}`;
}

/**
 * Makes `path` another name of what is at `first`; whatever was at `path`, but a folder, is replaced.
 *
 * @returns `equal` where it is one already
 */
export function linkTo(first: ByteString, path: ByteString, mayBeThere: boolean): 'made' | 'equal' {
  const existing = mayBeThere ? existingAt(path) : undefined;
  if (existing === undefined) {
    linkSync(fsPath(first), fsPath(path));
    return 'made';
  }
  const target = existingAt(first);
  if (target?.inode === existing.inode && target.device === existing.device) return 'equal';
  const temporary = temporaryPathOf(path);
  try {
    linkSync(fsPath(first), fsPath(temporary));
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    unlinkSync(fsPath(temporary));
    linkSync(fsPath(first), fsPath(temporary));
  }
  renameSync(fsPath(temporary), fsPath(path));
  return 'made';
}

/** macOS would link what a symlink points to. */
export const linksSymlinks = process.platform === 'linux';
