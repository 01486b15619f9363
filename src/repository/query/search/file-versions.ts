/** What became of one path: its distinct contents over many snapshots, and the snapshots that do not have it. */
import type { ByteString } from '../../../base/byte-string.ts';
import { HoldfastError } from '../../../base/errors.ts';
import type { NodeType } from '../../../format/file-mode.ts';
import type { Id } from '../../../format/id.ts';
import type { Repository } from '../../repository.ts';
import type { StoredSnapshot } from '../../snapshots.ts';
import { TreeReader } from '../../trees.ts';
import { itemKey } from '../content-key.ts';
import { pathNames } from '../find-folder.ts';
import { type HeldNode, nodesNamed, rootsOf, type SideBySideOptions, subtreesOf } from './side-by-side.ts';

export interface FileVersionsOptions {
  /** The index of the repository must be loaded. */
  readonly repository: Repository;
  readonly snapshots: readonly StoredSnapshot[];
  /** Absolute, in the snapshots. */
  readonly path: ByteString;
  /** A folder on the way that cannot be read; its snapshots count as without the path. */
  readonly onDamaged: (treeId: Id, error: HoldfastError, snapshotIds: readonly Id[]) => void;
  readonly signal: AbortSignal;
}

export interface FileVersion {
  readonly type: NodeType;
  /** Bytes; of files only. */
  readonly size: number | undefined;
  /** As the newest snapshot that has this version says. */
  readonly mtimeNs: bigint;
  readonly contentKey: string;
  /** All that have it, oldest first. */
  readonly snapshotIds: readonly Id[];
  readonly first: VersionSnapshot;
  readonly last: VersionSnapshot;
}

interface VersionSnapshot {
  readonly id: Id;
  readonly timeNs: bigint;
}

/** Snapshots one after the other that do not have the path. */
export interface Absence {
  readonly where: 'before' | 'between' | 'after';
  readonly snapshotIds: readonly Id[];
}

export interface FileVersions {
  /** By content, the one that was saved last first. */
  readonly versions: readonly FileVersion[];
  /** Oldest first: before the path first appeared, while it was gone, after it was last seen. */
  readonly absences: readonly Absence[];
}

/**
 * The versions of a path. Each tree on the way is read once, however many snapshots share it.
 *
 * @throws `invalid-input` for the root; a path that no snapshot has gives no versions
 */
export async function fileVersions(options: FileVersionsOptions): Promise<FileVersions> {
  const { repository, path, signal } = options;
  const snapshots = options.snapshots.toSorted((a, b) => (a.timeNs < b.timeNs ? -1 : Number(a.timeNs > b.timeNs)));
  const names = pathNames(path);
  if (names.length === 0) {
    throw new HoldfastError('invalid-input', 'The root of a snapshot has no versions.', { hint: 'Name a file.' });
  }
  const walk: SideBySideOptions = {
    signal,
    onDamaged: (id, error, holders) =>
      options.onDamaged(
        id,
        error,
        holders.map((at) => snapshots[at]!.id),
      ),
  };
  const reader = new TreeReader(repository);
  let trees = rootsOf(snapshots.map(({ snapshot }) => snapshot.tree));
  let nodes: HeldNode[] = [];
  for (const name of names) {
    nodes = await nodesNamed(reader, trees, name, walk);
    trees = subtreesOf(nodes);
  }
  return { versions: versionsOf(nodes, snapshots), absences: absencesOf(nodes, snapshots) };
}

function versionsOf(nodes: readonly HeldNode[], snapshots: readonly StoredSnapshot[]): FileVersion[] {
  const byContent = new Map<string, { readonly at: number; readonly node: HeldNode['node'] }[]>();
  for (const { node, holders } of nodes) {
    const key = itemKey(node);
    const list = byContent.get(key) ?? [];
    byContent.set(key, list);
    for (const at of holders) list.push({ at, node });
  }
  const versions: (FileVersion & { readonly newest: number })[] = [];
  for (const [contentKey, list] of byContent) {
    list.sort((a, b) => a.at - b.at);
    const { at: newest, node } = list.at(-1)!;
    const at = (index: number): VersionSnapshot => ({ id: snapshots[index]!.id, timeNs: snapshots[index]!.timeNs });
    versions.push({
      type: node.type,
      size: node.type === 'file' ? (node.size ?? 0) : undefined,
      mtimeNs: node.mtimeNs,
      contentKey,
      snapshotIds: list.map((one) => snapshots[one.at]!.id),
      first: at(list[0]!.at),
      last: at(newest),
      newest,
    });
  }
  return versions.sort((a, b) => b.newest - a.newest).map(({ newest: _, ...version }) => version);
}

function absencesOf(nodes: readonly HeldNode[], snapshots: readonly StoredSnapshot[]): Absence[] {
  const present = new Set(nodes.flatMap(({ holders }) => holders));
  const last = Math.max(-1, ...present);
  const absences: { where: Absence['where']; snapshotIds: Id[] }[] = [];
  let seen = false;
  let open: { where: Absence['where']; snapshotIds: Id[] } | undefined;
  for (const [at, { id }] of snapshots.entries()) {
    if (present.has(at)) {
      seen = true;
      open = undefined;
      continue;
    }
    if (open === undefined) {
      open = { where: !seen ? 'before' : at > last ? 'after' : 'between', snapshotIds: [] };
      absences.push(open);
    }
    open.snapshotIds.push(id);
  }
  return absences;
}
