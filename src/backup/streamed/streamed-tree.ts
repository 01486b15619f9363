/**
 * The streamed entries of a backup as the tree that they make in the snapshot.
 *
 * Guarantees that every path is a possible one, comes once, and is not a target's as well. An entry takes about 600 bytes until
 * its tree is stored (content is kept as numbers of the blob table).
 */
import { type ByteString, toUtf8 } from '../../base/byte-string.ts';
import { HoldfastError } from '../../base/errors.ts';
import type { StreamEntry } from '../../source/mod.ts';
import type { TargetNode } from '../targets.ts';

/** An entry, or a folder that only leads to some. */
export interface StreamedNode {
  readonly kind: StreamEntry['kind'];
  /** Undefined while it is only known as a folder on the way. */
  entry: Omit<StreamEntry, 'path' | 'content'> | undefined;
  /** Of files. */
  readonly content: StreamedContent | undefined;
  /** Of folders. */
  readonly children: Map<ByteString, StreamedNode> | undefined;
  /** Of folders: the latest time that is given below. */
  latestNs: bigint | undefined;
}

export interface StreamedContent {
  /** Of the blob table, in order; complete when all that was sent to the workers is answered. */
  entries: readonly number[];
  bytes: number;
}

export class StreamedTree {
  readonly root: StreamedNode = newNode('dir', undefined);
  readonly #targets: TargetNode;

  constructor(targets: TargetNode) {
    this.#targets = targets;
  }

  /** @throws `invalid-input` naming the path: a bad one, one that is there already, or one that is a target's */
  add(entry: StreamEntry): StreamedNode {
    const { path, content, ...rest } = entry;
    checkEntry(entry);
    const parts = pathParts(path);
    checkFree(this.#targets, parts, path);
    let folder = this.root;
    for (const name of parts.slice(0, -1)) {
      let next = folder.children?.get(name);
      if (next === undefined) {
        next = newNode('dir', undefined);
        folder.children?.set(name, next);
      }
      if (next.children === undefined) throw refused(path, 'lies below a file');
      noteTime(next, entry.modifiedNs);
      folder = next;
    }
    const name = parts.at(-1)!;
    const before = folder.children?.get(name);
    if (before !== undefined && (before.entry !== undefined || entry.kind !== 'dir')) {
      throw refused(path, 'is there twice');
    }
    const node = before ?? newNode(entry.kind, rest);
    node.entry = rest;
    folder.children?.set(name, node);
    return node;
  }
}

/**
 * The names that lead to a streamed path.
 *
 * @throws `invalid-input` for a path that is not absolute, or has a part that is no name
 */
export function pathParts(path: ByteString): ByteString[] {
  const parts = path.split('/').slice(1);
  if (
    !path.startsWith('/') ||
    path.includes('\0') ||
    parts.some((name) => name === '' || name === '.' || name === '..')
  ) {
    throw refused(path, 'is no possible path');
  }
  return parts;
}

/**
 * A streamed path must not be a target's, nor lie below one, nor be a folder that leads to one.
 *
 * @throws `invalid-input`
 */
export function checkFree(targets: TargetNode, parts: readonly ByteString[], path: ByteString): void {
  let node = targets;
  for (const part of parts) {
    const next = node.children.get(part);
    if (next === undefined) return;
    if (next.path !== undefined) throw refused(path, `is also in the source ${toUtf8(next.path)}`);
    node = next;
  }
  throw refused(path, 'is also a folder of the sources');
}

function newNode(kind: StreamEntry['kind'], entry: StreamedNode['entry']): StreamedNode {
  return {
    kind,
    entry,
    content: kind === 'file' ? { entries: [], bytes: 0 } : undefined,
    children: kind === 'dir' ? new Map() : undefined,
    latestNs: undefined,
  };
}

function noteTime(folder: StreamedNode, timeNs: bigint | undefined): void {
  if (timeNs !== undefined && (folder.latestNs === undefined || timeNs > folder.latestNs)) folder.latestNs = timeNs;
}

function checkEntry({ path, kind, linkTarget = '', content }: StreamEntry): void {
  if (kind === 'symlink' && (linkTarget === '' || linkTarget.includes('\0'))) {
    throw refused(path, 'is a link that leads nowhere');
  }
  if (kind !== 'file' && content !== undefined) throw refused(path, 'has content and is no file');
}

function refused(path: ByteString, problem: string): HoldfastError {
  return new HoldfastError('invalid-input', `The streamed entry ${JSON.stringify(toUtf8(path))} ${problem}.`, {
    context: { path: toUtf8(path) },
  });
}
