/**
 * Removes what no snapshot needs.
 *
 *   exclusive lock ──► snapshots ──► index ──► every tree: which blobs are used ──► list of packs ──► plan
 *   look again: are snapshots and index files still the same? does a listing show our own lock?
 *   remove packs that no index names
 *   copy what is needed of packs that are mostly waste into new packs (worker threads), durable
 *   new index files, durable ──► old index files removed ──► packs removed
 *
 * Guarantees: a kill at any point leaves a repository without damage (at worst with more than it needs). Nothing is
 * removed unless every snapshot and tree could be read, the lock is held, and two listings agree; a store whose listings
 * break off or come back empty is left alone. A blob is carried over only if it is sound.
 */
import { mapBounded } from '../../base/concurrency.ts';
import { HoldfastError } from '../../base/errors.ts';
import type { Id } from '../../format/id.ts';
import { blobAt, IndexByPack } from '../index-by-pack.ts';
import { listLocks } from '../lock-files.ts';
import { acquireLock, type RepositoryLock } from '../locks.ts';
import type { Repository } from '../repository.ts';
import { listSnapshots } from '../snapshots.ts';
import { RepositoryPool } from '../worker/pool.ts';
import type { CopiedPack, CopyRequest } from '../worker/protocol.ts';
import { removeFiles } from './guarded-removal.ts';
import { placesOf } from './pack-tally.ts';
import { type PruneLimits, type PrunePlan, planPrune } from './plan.ts';
import { rewriteIndex } from './rewrite-index.ts';
import type { PruneStats } from './stats.ts';
import { findUsedBlobs } from './used-blobs.ts';

export interface PruneProgress {
  readonly phase: 'index' | 'trees' | 'repack' | 'remove';
  readonly done: number;
  readonly total: number | undefined;
  readonly bytesDone?: number;
  readonly bytesTotal?: number;
}

export interface PruneOptions {
  readonly repository: Repository;
  readonly limits: PruneLimits;
  /** Only plan. */
  readonly dryRun?: boolean;
  /** As if these were gone (what a dry run of forget would remove). */
  readonly ignoreSnapshots?: ReadonlySet<Id>;
  /** The caller knows why there is no snapshot at all. Else that is taken for a listing that failed, and nothing is removed. */
  readonly allowNoSnapshots?: boolean;
  /** An exclusive lock that the caller holds. */
  readonly lock?: RepositoryLock;
  /** A dry run may do without a lock. */
  readonly withoutLock?: boolean;
  readonly lockWaitMs?: number;
  readonly packSizeBytes?: number;
  /** Worker threads; as many as cores, at least 2, unless given. 0 works on this thread. */
  readonly threads?: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: PruneProgress) => void;
  /** Called before anything is changed. */
  readonly onPlan?: (plan: PrunePlan) => void;
}

export interface PruneReport {
  readonly stats: PruneStats;
  readonly dryRun: boolean;
  /** New packs that hold what was kept of those packed anew. */
  readonly newPacks: number;
  readonly removedPacks: number;
}

/**
 * @throws `locked`; `corrupt` if the repository is damaged; `append-only`; the backend's codes; `signal.reason`
 */
export async function pruneRepository(options: PruneOptions): Promise<PruneReport> {
  const { repository, lock, signal } = options;
  if (lock !== undefined) return new Prune(options, lock, lock.signal).run();
  if (options.withoutLock === true && options.dryRun === true) return new Prune(options, undefined, signal).run();
  await using own = await acquireLock(repository, { exclusive: true, waitMs: options.lockWaitMs ?? 0, signal });
  return await new Prune(options, own, own.signal).run();
}

class Prune {
  readonly #options: PruneOptions;
  readonly #repository: Repository;
  readonly #lock: RepositoryLock | undefined;
  readonly #signal: AbortSignal;
  readonly #indexesOf = new Map<Id, Id[]>();
  #snapshots: readonly Id[] = [];

  constructor(options: PruneOptions, lock: RepositoryLock | undefined, signal: AbortSignal) {
    this.#options = options;
    this.#repository = options.repository;
    this.#lock = lock;
    this.#signal = signal;
  }

  async run(): Promise<PruneReport> {
    const roots = await this.#roots();
    const index = await this.#loadIndex();
    const used = await findUsedBlobs(this.#repository, roots, {
      signal: this.#signal,
      onProgress: (done, total) => this.#options.onProgress?.({ phase: 'trees', done, total }),
    });
    const byPack = new IndexByPack(index);
    const plan = planPrune({
      index,
      byPack,
      used,
      listed: await this.#listPacks(),
      version: this.#repository.config.version,
      limits: this.#options.limits,
    });
    this.#options.onPlan?.(plan);
    const { stats } = plan;
    const dryRun = this.#options.dryRun ?? false;
    const isIdle = plan.unreferenced.length + plan.remove.length + plan.repack.length + plan.missing.length === 0;
    if (dryRun || isIdle || this.#lock === undefined) return { stats, dryRun, newPacks: 0, removedPacks: 0 };
    return await this.#execute(plan, byPack, used, this.#lock);
  }

  async #roots(): Promise<Id[]> {
    const { ignoreSnapshots } = this.#options;
    const snapshots = await listSnapshots(this.#repository, { signal: this.#signal });
    this.#snapshots = snapshots.map(({ id }) => id).sort();
    return snapshots.filter(({ id }) => ignoreSnapshots?.has(id) !== true).map(({ snapshot }) => snapshot.tree);
  }

  #loadIndex(): Promise<Repository['index']> {
    return this.#repository.loadIndex(this.#signal, {
      onPack: (packId, indexId) => {
        const known = this.#indexesOf.get(packId);
        if (known === undefined) this.#indexesOf.set(packId, [indexId]);
        else if (!known.includes(indexId)) known.push(indexId);
      },
      onProgress: (done, total) => this.#options.onProgress?.({ phase: 'index', done, total }),
    });
  }

  async #listPacks(): Promise<Map<Id, number>> {
    const listed = new Map<Id, number>();
    for await (const { name, sizeBytes } of this.#repository.listFiles('data', this.#signal))
      listed.set(name, sizeBytes);
    const { index } = this.#repository;
    if (listed.size > 0 && index.files.size === 0) {
      throw suspicious(`there are ${listed.size} packs, but no index file`, 'Run repair index first.');
    }
    if (listed.size === 0 && index.packCount > 0) {
      throw suspicious(`the index names ${index.packCount} packs, but the store shows none`);
    }
    return listed;
  }

  async #execute(plan: PrunePlan, byPack: IndexByPack, used: Uint8Array, lock: RepositoryLock): Promise<PruneReport> {
    const { index } = this.#repository;
    const removal = { repository: this.#repository, lock, signal: this.#signal };
    if (this.#snapshots.length === 0 && this.#options.allowNoSnapshots !== true) {
      throw suspicious(
        'the store shows no snapshot at all, so that everything would go',
        'If that is right, prune with --unsafe-allow-remove-all. If not, make sure that the store is reachable and whole.',
      );
    }
    await this.#lookAgain(lock);
    await removeFiles('data', plan.unreferenced, removal);

    const copied = await this.#repack(plan, byPack, used);
    const goes = [...plan.remove, ...plan.repack].map((pack) => index.blobs.packId(pack));
    const missing = plan.missing.map((pack) => index.blobs.packId(pack));
    if (goes.length + missing.length > 0) {
      await rewriteIndex({
        ...removal,
        byPack,
        indexesOf: this.#indexesOf,
        drop: new Set([...goes, ...missing]),
        added: copied.map((pack) => ({ id: pack.packId, blobs: blobsOf(index, pack) })),
        beforeRemoval: () => this.#lookAgain(lock, true),
      });
    }
    let removed = plan.unreferenced.length;
    const total = removed + goes.length;
    await removeFiles('data', goes, {
      ...removal,
      onRemoved: () => {
        removed += 1;
        this.#options.onProgress?.({ phase: 'remove', done: removed, total });
      },
    });
    return { stats: plan.stats, dryRun: false, newPacks: copied.length, removedPacks: removed };
  }

  /**
   * Before anything is removed: a listing that dropped some of its entries would look like snapshots that are gone. Two
   * must agree, and a listing that does not show our own lock is none.
   */
  async #lookAgain(lock: RepositoryLock, indexGrew = false): Promise<void> {
    await lock.verify(this.#signal);
    const names = async (type: 'snapshot' | 'index'): Promise<Id[]> => {
      const found: Id[] = [];
      for await (const { name } of this.#repository.listFiles(type, this.#signal)) found.push(name);
      return found.sort();
    };
    const locks = await listLocks(this.#repository, this.#signal, { onDamaged: () => undefined });
    if (!locks.some(({ id }) => id === lock.id)) throw suspicious('a listing of the locks does not show our own');
    const snapshots = await names('snapshot');
    if (snapshots.join() !== this.#snapshots.join()) {
      throw suspicious('two listings of the snapshots differ, although nobody else may change them now');
    }
    const known = this.#repository.index.files;
    const indexes = await names('index');
    const same = indexGrew || indexes.length === known.size;
    if (!same || [...known].some((id) => !indexes.includes(id))) {
      throw suspicious('two listings of the index files differ, although nobody else may change them now');
    }
  }

  /** Copies what is used of the packs to be packed anew. Every copy is durable when it resolves. */
  async #repack(plan: PrunePlan, byPack: IndexByPack, used: Uint8Array): Promise<CopiedPack[]> {
    if (plan.repack.length === 0) return [];
    const copied: CopiedPack[] = [];
    const requests = this.#copyRequests(plan, byPack, used);
    const bytesTotal = plan.stats.bytes.repack - plan.stats.bytes.repackRemove;
    let bytesDone = 0;
    let done = 0;
    {
      await using pool = new RepositoryPool({
        repository: this.#repository,
        threads: this.#options.threads,
        bytes: plan.stats.bytes.repack,
        onPack: (pack) => copied.push(pack),
        signal: this.#signal,
        ...(this.#options.packSizeBytes === undefined ? {} : { packSizeBytes: this.#options.packSizeBytes }),
      });
      await mapBounded(requests, pool.depth, this.#signal, async (request) => {
        const { bytes } = await pool.copy(request);
        bytesDone += bytes;
        done += 1;
        this.#options.onProgress?.({ phase: 'repack', done, total: requests.length, bytesDone, bytesTotal });
      });
      await pool.flush();
    }
    const expected = requests.reduce((sum, { entries }) => sum + entries.length, 0);
    const arrived = copied.reduce((sum, { entries }) => sum + entries.length, 0);
    if (expected !== arrived) {
      throw new HoldfastError(
        'internal',
        `Of ${expected} blobs only ${arrived} were packed anew: nothing was removed.`,
      );
    }
    return copied;
  }

  /** Each used blob once, from the pack that it is read from; blobs with a copy in a pack that stays are left out. */
  #copyRequests(plan: PrunePlan, byPack: IndexByPack, used: Uint8Array): CopyRequest[] {
    const { index } = this.#repository;
    const repack = new Set(plan.repack);
    const goes = new Set([...plan.remove, ...plan.repack, ...plan.missing]);
    /** Of blobs with several copies: the pack that theirs is taken from. */
    const takenFrom = new Map<number, number>();
    for (const entry of index.duplicates.keys()) {
      if (used[entry] !== 1) continue;
      const packs = placesOf(index, entry).map(({ pack }) => pack);
      if (packs.every((pack) => goes.has(pack))) {
        const from = packs.find((pack) => repack.has(pack));
        if (from !== undefined) takenFrom.set(entry, from);
      }
    }
    const compress =
      this.#repository.config.version === 1 ? 'none' : this.#options.limits.repackUncompressed ? 'all' : 'trees';
    return plan.repack.map((pack) => {
      const packId = index.blobs.packId(pack);
      const first = byPack
        .entriesOf(pack)
        .filter((entry) => used[entry] === 1 && (!index.duplicates.has(entry) || takenFrom.get(entry) === pack));
      const copies = byPack.copiesIn(packId).filter(({ entry }) => takenFrom.get(entry) === pack);
      if (copies.length === 0) return { kind: 'copy', packId, entries: first, blobs: undefined, compress };
      const blobs = [...Array.from(first, (entry) => blobAt(index, entry)), ...copies.map(({ blob }) => blob)];
      return {
        kind: 'copy',
        packId,
        entries: Uint32Array.from([...first, ...copies.map(({ entry }) => entry)]),
        blobs,
        compress,
      };
    });
  }
}

function blobsOf({ blobs }: Repository['index'], { entries, lengths, plainLengths }: CopiedPack) {
  let offset = 0;
  return Array.from(entries, (entry, at) => {
    const length = lengths[at]!;
    const plainLength = plainLengths[at]!;
    const blob = {
      type: blobs.type(entry),
      id: blobs.id(entry),
      offset,
      length,
      ...(plainLength === 0 ? {} : { uncompressedLength: plainLength }),
    };
    offset += length;
    return blob;
  });
}

function suspicious(
  why: string,
  hint = 'Nothing was removed. Make sure that the store is reachable and whole, and run check.',
): HoldfastError {
  return new HoldfastError('io', `Prune was stopped: ${why}.`, { hint, retry: 'backoff' });
}
