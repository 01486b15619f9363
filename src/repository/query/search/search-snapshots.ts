/**
 * Searches names in many snapshots at once.
 *
 *   scan: which trees hold a matching name, or lead to one (name-scan.ts)
 *   walk the folders of all snapshots side by side, only where that is so; tell each path with its versions
 *
 * Guarantees: a path is told once, in the order of a walk; a tree at a path is looked at once, however many snapshots have
 * it there; paths that match are those that restic's `find` gives (for patterns). Folders that contain themselves or are
 * nested without end are given up.
 */
import type { ByteString } from '../../../base/byte-string.ts';
import { HoldfastError } from '../../../base/errors.ts';
import type { NodeType } from '../../../format/file-mode.ts';
import type { Id } from '../../../format/id.ts';
import type { Repository } from '../../repository.ts';
import type { StoredSnapshot } from '../../snapshots.ts';
import { TreeReader } from '../../trees.ts';
import { itemKey } from '../content-key.ts';
import type { NameCatalog } from './name-catalog.ts';
import { compileQuery, type Judgement, type NameQuery } from './name-query.ts';
import { type MayHold, scanNames } from './name-scan.ts';
import { type HeldNode, type HeldTrees, namesIn, rootsOf, type SideBySideOptions, subtreesOf } from './side-by-side.ts';

export interface SearchOptions {
  /** The index of the repository must be loaded. */
  readonly repository: Repository;
  readonly snapshots: readonly StoredSnapshot[];
  readonly query: NameQuery;
  /** Makes the next search of the same snapshots quick. */
  readonly catalog?: NameCatalog;
  /** A folder that cannot be read; the search goes on without it. */
  readonly onDamaged: (treeId: Id, error: HoldfastError, snapshotIds: readonly Id[]) => void;
  /** While it scans: trees looked at, trees known to be there. */
  readonly onProgress?: (done: number, known: number) => void;
  readonly signal: AbortSignal;
}

export interface FoundPath {
  /** Absolute, in the snapshots. */
  readonly path: ByteString;
  /** In the order in which the snapshots have them. */
  readonly versions: readonly FoundVersion[];
}

/** What snapshots have alike at a path. */
export interface FoundVersion {
  /** In the order of the search's snapshots. */
  readonly snapshotIds: readonly Id[];
  readonly type: NodeType;
  /** Bytes; of files only. */
  readonly size: number | undefined;
  readonly mtimeNs: bigint;
  /** Equal ones have equal contents. */
  readonly contentKey: string;
}

interface Frame {
  readonly path: ByteString;
  readonly entries: Iterator<readonly [Judgement, ByteString, readonly HeldNode[]]>;
  readonly trees: HeldTrees;
}

/** As walks of one snapshot (trees.ts). */
const maxDepth = 20_000;

/**
 * What matches, path by path. Ending the loop ends the search.
 *
 * @throws `invalid-input` for a malformed query; `signal.reason` when cancelled
 */
export async function* searchSnapshots(options: SearchOptions): AsyncGenerator<FoundPath, void> {
  const { repository, snapshots, signal, onProgress, catalog } = options;
  const matcher = compileQuery(options.query);
  const roots = snapshots.map(({ snapshot }) => snapshot.tree);
  const scan = {
    matching: matcher.matching,
    signal,
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(catalog === undefined ? {} : { catalog }),
  };
  const mayHold = matcher.worthScan ? await scanNames(repository, roots, scan) : undefined;
  const idsOf = (holders: readonly number[]): Id[] => holders.map((at) => snapshots[at]!.id);
  const walk: SideBySideOptions = {
    signal,
    onDamaged: (treeId, error, holders) => options.onDamaged(treeId, error, idsOf(holders)),
  };
  const reader = new TreeReader(repository);
  const stack: Frame[] = [];
  const enter = async (path: ByteString, trees: HeldTrees): Promise<void> => {
    const open = stack.length >= maxDepth ? new Map() : withoutCycles(trees, stack, walk.onDamaged);
    if (open.size === 0) return;
    const names = await namesIn(reader, open, walk);
    const judgements = matcher.judge(path, [...names.keys()]);
    stack.push({ path, entries: zipped(judgements, names), trees: open });
  };

  await enter('', holding(rootsOf(roots), mayHold));
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    signal.throwIfAborted();
    const { value } = frame.entries.next();
    if (value === undefined) {
      stack.pop();
      continue;
    }
    const [{ matched, below, allBelow }, name, nodes] = value;
    const path = `${frame.path}/${name}`;
    if (matched) yield { path, versions: versionsOf(nodes, idsOf) };
    if (below) await enter(path, holding(subtreesOf(nodes), allBelow ? undefined : mayHold));
  }
}

function* zipped(
  judgements: readonly Judgement[],
  names: ReadonlyMap<ByteString, readonly HeldNode[]>,
): Generator<readonly [Judgement, ByteString, readonly HeldNode[]], undefined> {
  let at = 0;
  for (const [name, nodes] of names) yield [judgements[at++]!, name, nodes];
  return undefined;
}

function holding(trees: HeldTrees, mayHold: MayHold | undefined): HeldTrees {
  return mayHold === undefined ? trees : new Map([...trees].filter(([id]) => mayHold(id)));
}

/** A tree that lies in itself has a forged hash; without it, walks end. Other snapshots may have it at another depth. */
function withoutCycles(
  trees: HeldTrees,
  above: readonly Frame[],
  onDamaged: SideBySideOptions['onDamaged'],
): HeldTrees {
  const open = new Map(trees);
  for (const [id, holders] of trees) {
    const inside = new Set(above.flatMap((frame) => frame.trees.get(id) ?? []));
    const circling = inside.size === 0 ? [] : holders.filter((holder) => inside.has(holder));
    if (circling.length === 0) continue;
    const others = holders.filter((holder) => !inside.has(holder));
    if (others.length === 0) open.delete(id);
    else open.set(id, others);
    onDamaged(id, new HoldfastError('corrupt', `The tree ${id} contains itself.`), circling);
  }
  return open;
}

function versionsOf(nodes: readonly HeldNode[], idsOf: (holders: readonly number[]) => Id[]): FoundVersion[] {
  const versions = new Map<string, { readonly node: HeldNode['node']; readonly holders: number[] }>();
  for (const { node, holders } of nodes) {
    const key = `${node.mtimeNs} ${node.size} ${itemKey(node)}`;
    const known = versions.get(key);
    if (known === undefined) versions.set(key, { node, holders: [...holders] });
    else known.holders.push(...holders);
  }
  const sorted = [...versions.values()].map((version) => ({
    ...version,
    holders: version.holders.sort((a, b) => a - b),
  }));
  sorted.sort((a, b) => a.holders[0]! - b.holders[0]!);
  return sorted.map(({ node, holders }) => ({
    snapshotIds: idsOf(holders),
    type: node.type,
    size: node.type === 'file' ? (node.size ?? 0) : undefined,
    mtimeNs: node.mtimeNs,
    contentKey: itemKey(node),
  }));
}
