/**
 * Sources that are missing, or suddenly hold no file any more (an unmounted drive leaves its mount point behind, empty or
 * with empty folders): such a run must end before it writes a snapshot that looks as if the files had been deleted.
 */
import { statSync } from 'node:fs';
import { type ByteString, fsPath, toUtf8 } from '../base/byte-string.ts';
import { HoldfastError, isHoldfastError } from '../base/errors.ts';
import type { Id } from '../format/id.ts';
import { decodeTree, type Node } from '../format/tree.ts';
import type { Repository } from '../repository/mod.ts';
import { fileStatOf, listNames, openLongPath, type ReadableEntry, readFileStat, scanEntries } from '../source/mod.ts';
import { pathParts, type StreamedNode } from './streamed/streamed-tree.ts';
import type { PlannedSource, Targets } from './targets.ts';

/** @throws `source-missing` naming the first path that is not there */
export function checkSources(paths: readonly ByteString[]): void {
  for (const path of paths) {
    try {
      readFileStat(path);
    } catch (cause) {
      throw missingSource(path, cause);
    }
  }
}

/** `source-missing` */
export function missingSource(path: ByteString, cause: unknown): HoldfastError {
  return new HoldfastError('source-missing', `The source ${toUtf8(path)} is missing. Nothing was backed up.`, {
    retry: 'backoff',
    hint: 'Check its spelling, or mount the drive that holds it.',
    context: { path: toUtf8(path) },
    cause,
  });
}

/**
 * A folder that leads to a source, as the entry `name`; links on the way are followed, as the path itself does.
 *
 * @throws `source-missing` where it is no folder any more
 */
export function folderOnTheWay(path: ByteString, name: ByteString): ReadableEntry {
  try {
    using reach = openLongPath(path);
    const stat = fileStatOf(statSync(fsPath(reach.path), { bigint: true }));
    if (stat.kind === 'dir') return { name, stat, linkTarget: undefined, error: undefined };
  } catch (cause) {
    throw missingSource(path, cause);
  }
  throw missingSource(path, 'It is no folder any more.');
}

export interface StillFullOptions {
  readonly repository: Repository;
  readonly plan: Targets;
  /** The tree of the last snapshot of these paths. */
  readonly root: Id;
  readonly signal: AbortSignal;
}

/** @throws `source-missing` for a folder that holds no file now, and did in that snapshot */
export async function checkStillFull(options: StillFullOptions): Promise<void> {
  for (const source of options.plan.sources) {
    const { path } = source;
    if (holdsFiles(path) || !(await heldFiles(options, source))) continue;
    throw new HoldfastError(
      'source-missing',
      `The source ${toUtf8(path)} is empty: it had files in the last snapshot, and has none now. Nothing was backed up.`,
      {
        retry: 'backoff',
        hint: 'Mount the drive that belongs there. If the files are gone on purpose, back up with --allow-empty.',
        context: { path: toUtf8(path), emptied: true },
      },
    );
  }
}

/**
 * The same for what came as streams: `streamed` is all of it.
 *
 * @throws `source-missing` for a path with nothing but folders now, that had files in that snapshot
 */
export async function checkStreamsStillFull(
  options: StillFullOptions,
  paths: readonly ByteString[],
  streamed: StreamedNode,
): Promise<void> {
  for (const path of paths) {
    if (path === '/' && options.plan.sources.length > 0) continue; // the files there may be those of the sources
    const parts = path === '/' ? [] : pathParts(path);
    let node: StreamedNode | undefined = streamed;
    for (const part of parts) node = node?.children?.get(part);
    if (isFull(node) || !(await anyFile(options, await nodesAt(options, parts)))) continue;
    throw new HoldfastError(
      'source-missing',
      `Nothing came for ${toUtf8(path)}, which had files in the last snapshot. Nothing was backed up.`,
      {
        retry: 'backoff',
        hint: 'See to it that its source gives its content. If that is gone on purpose, back up with --allow-empty.',
        context: { path: toUtf8(path) },
      },
    );
  }
}

function isFull(node: StreamedNode | undefined): boolean {
  if (node === undefined) return false;
  return node.kind !== 'dir' || [...(node.children?.values() ?? [])].some(isFull);
}

/** Looks until the first item that is no folder. A folder that cannot be looked into may hold files: the walk reports it. */
function holdsFiles(source: ByteString): boolean {
  const folders: ByteString[] = [];
  try {
    if (readFileStat(source).kind !== 'dir') return true;
    folders.push(source);
    for (let path = folders.pop(); path !== undefined; path = folders.pop()) {
      for (const entry of scanEntries(path, listNames(path))) {
        if (entry.stat?.kind !== 'dir') return true;
        folders.push(path.endsWith('/') ? path + entry.name : `${path}/${entry.name}`);
      }
    }
    return false;
  } catch (error) {
    if (isHoldfastError(error, 'permission', 'io')) return true;
    throw missingSource(source, error);
  }
}

/** The last snapshot may have been asked for by absolute or by relative paths: both places are looked at. */
async function heldFiles(options: StillFullOptions, { path, inSnapshot }: PlannedSource): Promise<boolean> {
  const nodes = await nodesAt(options, inSnapshot);
  // A source that stands for its entries (`.`) shares the root of the snapshot with the other sources.
  const own = inSnapshot.length > 0 ? nodes : nodes.filter(({ name }) => !options.plan.root.children.has(name));
  if (await anyFile(options, own)) return true;
  const parts = path.split('/').filter((name) => name !== '');
  return parts.length > 0 && anyFile(options, await nodesAt(options, parts));
}

/** Whether these nodes, or what is below them, are anything but folders. */
async function anyFile(options: StillFullOptions, nodes: readonly Node[]): Promise<boolean> {
  const waiting = [...nodes];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (node.type !== 'dir') return true;
    for (const below of await treeNodes(options, node.subtree)) waiting.push(below);
  }
  return false;
}

/** The nodes in a folder of the last snapshot; none where it is not, or cannot be read. */
async function nodesAt(options: StillFullOptions, parts: readonly ByteString[]): Promise<readonly Node[]> {
  let nodes = await treeNodes(options, options.root);
  for (const part of parts) {
    nodes = await treeNodes(options, nodes.find((node) => node.name === part)?.subtree);
  }
  return nodes;
}

async function treeNodes({ repository, signal }: StillFullOptions, tree: Id | undefined): Promise<readonly Node[]> {
  if (tree === undefined) return [];
  try {
    return decodeTree(await repository.readBlob('tree', tree, signal));
  } catch (error) {
    if (isHoldfastError(error, 'corrupt', 'not-found')) return [];
    throw error;
  }
}
