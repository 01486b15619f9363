/** Small repositories with real snapshots in memory: what check, prune and repair are tried on. */
import type { Backend } from '../../../src/backend/backend.ts';
import type { Clock } from '../../../src/base/clock.ts';
import { type Id, idOf } from '../../../src/format/id.ts';
import { encodeIndex } from '../../../src/format/index-file.ts';
import { encodeTree, type Node } from '../../../src/format/tree.ts';
import { acquireLock, type RepositoryLock } from '../../../src/repository/locks.ts';
import type { Repository } from '../../../src/repository/repository.ts';
import { saveSnapshot } from '../../../src/repository/snapshots.ts';
import { memoryRepository, never, type PlainBlob, savePack, unlocked } from './test-repository.ts';

const times = { mtimeNs: 0n, atimeNs: 0n, ctimeNs: 0n };

export function fileNode(name: string, contents: readonly Uint8Array[]): Node {
  const size = contents.reduce((sum, part) => sum + part.length, 0);
  return { name, type: 'file', mode: 0o644, ...times, uid: 0, gid: 0, size, content: contents.map(idOf) };
}

export function folderNode(name: string, tree: Uint8Array): Node {
  return { name, type: 'dir', mode: 0x8000_01ed, ...times, uid: 0, gid: 0, content: null, subtree: idOf(tree) };
}

/** Stores a pack of these blobs and an index file that names it. */
export async function saveIndexedPack(repository: Repository, blobs: readonly PlainBlob[]): Promise<Id> {
  const pack = await savePack(repository, blobs);
  await repository.saveUnpacked('index', encodeIndex([{ id: pack.packId, blobs: pack.blobs }]), never);
  return pack.packId;
}

export async function snapshotOf(repository: Repository, tree: Uint8Array, day: number): Promise<Id> {
  const time = `2024-01-${String(day).padStart(2, '0')}T00:00:00Z`;
  return saveSnapshot(unlocked(repository), { time, tree: idOf(tree), paths: ['/src'], hostname: 'host' }, never);
}

/** Content that does not compress and differs by name. */
export function contentOf(name: string, bytes = 3000): Uint8Array {
  const parts: Buffer[] = [];
  for (let part = 0; part * 32 < bytes; part++) parts.push(Buffer.from(idOf(Buffer.from(`${name} ${part}`)), 'hex'));
  return new Uint8Array(Buffer.concat(parts).subarray(0, bytes));
}

export interface Sample {
  readonly repository: Repository;
  readonly snapshots: { readonly old: Id; readonly new: Id };
  readonly packs: { readonly data: Id; readonly more: Id; readonly trees: Id };
}

/**
 * Two snapshots of src/: `kept` in both, `gone` (and d/deep) in the old one, `fresh` in the new one.
 *
 *   pack data: kept, gone, deep; pack more: fresh; pack trees: all trees
 */
export async function sampleRepository(
  options: { readonly backend?: Backend; readonly version?: 1 | 2 } = {},
): Promise<Sample> {
  const repository = await memoryRepository(options);
  const compress = options.version !== 1;
  const [kept, gone, deep, fresh] = ['kept', 'gone', 'deep', 'fresh'].map((name) => contentOf(name));
  const data = await saveIndexedPack(
    repository,
    [kept, gone, deep].map((plain) => ({ type: 'data', plain: plain! })),
  );
  const more = await saveIndexedPack(repository, [{ type: 'data', plain: fresh! }]);
  const d = encodeTree([fileNode('deep', [deep!])]);
  const oldTree = encodeTree([folderNode('d', d), fileNode('gone', [gone!]), fileNode('kept', [kept!])]);
  const newTree = encodeTree([fileNode('fresh', [fresh!]), fileNode('kept', [kept!])]);
  const trees = await saveIndexedPack(
    repository,
    [d, oldTree, newTree].map((plain) => ({ type: 'tree', plain, compress })),
  );
  return {
    repository,
    snapshots: { old: await snapshotOf(repository, oldTree, 1), new: await snapshotOf(repository, newTree, 2) },
    packs: { data, more, trees },
  };
}

/** Locks settle at once, and are never refreshed. */
export const quickClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) =>
    ms < 1000
      ? Promise.resolve()
      : new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true })),
};

export function quickLock(repository: Repository): Promise<RepositoryLock> {
  return acquireLock(repository, { exclusive: true, signal: never, clock: quickClock });
}
