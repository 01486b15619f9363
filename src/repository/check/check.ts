/**
 * Checks a repository.
 *
 *   snapshots (listed before the index is read, so that a backup that runs meanwhile raises no alarm)
 *   index files ──► packs: there, of the right size, said the same of in all indexes
 *   trees: all there, sound, and every blob that they name is in the index   } both at once
 *   packs read whole, where asked for (worker threads)                       }
 *   only if something is lost: the names of the files and snapshots that it is missing from
 *
 * Writes nothing but a shared lock, which holds off prune and forget. What fails for other reasons than damage (a store
 * that is not reachable, a listing that breaks off) is thrown, never reported as damage, and never as soundness.
 */
import { mapBounded } from '../../base/concurrency.ts';
import type { Id } from '../../format/id.ts';
import type { BlobType } from '../blob-table.ts';
import { IndexByPack } from '../index-by-pack.ts';
import { startLock } from '../locks.ts';
import type { Repository } from '../repository.ts';
import { listSnapshots, type StoredSnapshot } from '../snapshots.ts';
import { RepositoryPool } from '../worker/pool.ts';
import type { CheckAnswer } from '../worker/protocol.ts';
import { checkPacks, type IndexedPack } from './check-packs.ts';
import { checkTrees } from './check-trees.ts';
import { nameDamage } from './name-damage.ts';
import { type ReadSubset, selectPacks } from './read-subset.ts';
import type { CheckError, CheckHint, CheckReport, DamagedSnapshot, LostBlobs } from './report.ts';

export interface CheckProgress {
  readonly phase: 'index' | 'trees' | 'packs' | 'damage';
  readonly done: number;
  readonly total: number | undefined;
  /** Of packs that are read whole. */
  readonly bytesDone?: number;
  readonly bytesTotal?: number;
}

export interface CheckOptions {
  readonly repository: Repository;
  /** Which packs to read whole; none if it is left out. Packs of a wrong size always are. */
  readonly read?: ReadSubset;
  /** False checks without a lock: a prune at the same time looks like damage. */
  readonly lock?: boolean;
  readonly lockWaitMs?: number;
  /** Worker threads; as many as cores, at least 2, unless given. 0 works on this thread. */
  readonly threads?: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: CheckProgress) => void;
  /** Told of errors as they are found; they are in the report, too. */
  readonly onError?: (error: CheckError) => void;
  readonly random?: () => number;
}

/**
 * @throws `locked`, the backend's codes; `signal.reason` when cancelled
 */
export async function checkRepository(given: CheckOptions): Promise<CheckReport> {
  const options = { ...given, repository: given.repository.withoutCache() };
  if (options.lock === false) return new Check(options, options.signal).run();
  await using lock = await startLock(options.repository, {
    exclusive: false,
    waitMs: options.lockWaitMs ?? 0,
    signal: options.signal,
  });
  const report = await new Check(options, lock.signal).run();
  await lock.settled();
  return report;
}

class Check {
  readonly #options: CheckOptions;
  readonly #repository: Repository;
  readonly #signal: AbortSignal;
  readonly #errors: CheckError[] = [];
  readonly #hints: CheckHint[] = [];
  readonly #lost: LostBlobs = { data: new Set(), trees: new Set() };
  readonly #brokenPacks = new Set<Id>();
  /** Packs of which a copy of a blob is damaged, by blob: "data 0a1b…". */
  readonly #badCopies = new Map<string, Set<Id>>();
  #packsRead = 0;
  #bytesRead = 0;

  constructor(options: CheckOptions, signal: AbortSignal) {
    this.#options = options;
    this.#repository = options.repository;
    this.#signal = signal;
  }

  async run(): Promise<CheckReport> {
    const unreadable: Id[] = [];
    const snapshots = await listSnapshots(this.#repository, {
      signal: this.#signal,
      onDamaged: (id, error) => {
        unreadable.push(id);
        this.#error({ kind: 'snapshot-unreadable', id, message: error.message });
      },
    });
    const indexesOf = await this.#loadIndex();
    // Whatever the lost index files named would look lost as well: the index has to be repaired first.
    if (indexesOf === undefined) return this.#report(snapshots, unreadable, 0, 0);

    const byPack = new IndexByPack(this.#repository.index);
    const { present, missing } = await checkPacks({
      repository: this.#repository,
      byPack,
      indexesOf,
      onError: (error) => this.#error(error),
      onHint: (hint) => this.#hints.push(hint),
      signal: this.#signal,
    });
    for (const packId of missing) this.#condemn(packId, byPack.blobsOf(this.#repository.index.addPack(packId)));
    const trees = await this.#checkContent(snapshots, byPack, present);
    this.#collectLost();
    return this.#report(snapshots, unreadable, trees, present.length + missing.size);
  }

  /** The index files that name each pack; undefined if some cannot be read. */
  async #loadIndex(): Promise<Map<Id, Id[]> | undefined> {
    const indexesOf = new Map<Id, Id[]>();
    let damaged = false;
    await this.#repository.loadIndex(this.#signal, {
      onDamaged: (id, error) => {
        damaged = true;
        this.#error({ kind: 'index-unreadable', id, message: error.message });
      },
      onPack: (packId, indexId) => {
        const known = indexesOf.get(packId);
        if (known === undefined) indexesOf.set(packId, [indexId]);
        else known.push(indexId);
      },
      onProgress: (done, total) => this.#options.onProgress?.({ phase: 'index', done, total }),
    });
    return damaged ? undefined : indexesOf;
  }

  /** Trees on this thread while workers read packs. Gives the number of trees. */
  async #checkContent(
    snapshots: readonly StoredSnapshot[],
    byPack: IndexByPack,
    present: readonly IndexedPack[],
  ): Promise<number> {
    const failed = new AbortController();
    const signal = AbortSignal.any([this.#signal, failed.signal]);
    const packs = this.#packsToRead(present);
    const reading = this.#readPacks(packs, byPack, signal);
    const walking = checkTrees({
      repository: this.#repository,
      roots: snapshots.map(({ snapshot }) => snapshot.tree),
      lost: this.#lost,
      onError: (error) => this.#error(error),
      onProgress: (done, total) => {
        if (packs.length === 0) this.#options.onProgress?.({ phase: 'trees', done, total });
      },
      signal,
    });
    const outcome = Promise.all([walking, reading]);
    outcome.catch((error: unknown) => failed.abort(error));
    await Promise.allSettled([walking, reading]);
    const [trees] = await outcome;
    return trees;
  }

  #packsToRead(present: readonly IndexedPack[]): IndexedPack[] {
    const { read, random } = this.#options;
    const wanted = read === undefined ? [] : selectPacks(present, read, random);
    const known = new Set(wanted);
    return [...wanted, ...present.filter((pack) => !pack.isSizeRight && !known.has(pack))];
  }

  async #readPacks(packs: readonly IndexedPack[], byPack: IndexByPack, signal: AbortSignal): Promise<void> {
    if (packs.length === 0) return;
    const bytesTotal = packs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const { threads } = this.#options;
    await using pool = new RepositoryPool({ repository: this.#repository, threads, bytes: bytesTotal, signal });
    await mapBounded(packs, pool.depth, signal, async ({ packId, pack, sizeBytes }) => {
      const answer = await pool.check({
        kind: 'check',
        packId,
        sizeBytes,
        entries: byPack.entriesOf(pack).slice(),
        copies: byPack.copiesIn(packId).map(({ blob }) => blob),
      });
      this.#packsRead += 1;
      this.#bytesRead += sizeBytes;
      this.#judge(packId, answer);
      this.#options.onProgress?.({
        phase: 'packs',
        done: this.#packsRead,
        total: packs.length,
        bytesDone: this.#bytesRead,
        bytesTotal,
      });
    });
  }

  #judge(packId: Id, { problems, damaged, unreadable, unsteady }: CheckAnswer): void {
    if (problems.length === 0 && !unsteady) return;
    const message = `The pack ${packId} is damaged: ${problems.join('; ')}`;
    if (unsteady) {
      const text = `The pack ${packId} was read wrongly once and rightly then: the way to the store is not sound.`;
      this.#hints.push({ kind: 'pack-unsteady', id: packId, message: text });
      return;
    }
    if (unreadable && damaged.length === 0) this.#error({ kind: 'pack-unreadable', id: packId, message });
    else this.#error({ kind: 'pack-damaged', id: packId, message });
    this.#condemn(packId, damaged);
  }

  /** These blobs are not to be had from that pack. */
  #condemn(packId: Id, blobs: Iterable<{ readonly type: BlobType; readonly id: Id }>): void {
    for (const { type, id } of blobs) {
      const key = `${type} ${id}`;
      const packs = this.#badCopies.get(key) ?? new Set();
      packs.add(packId);
      this.#badCopies.set(key, packs);
    }
  }

  /** A blob is lost if none of its copies is left. */
  #collectLost(): void {
    for (const [key, packs] of this.#badCopies) {
      const [type, id] = key.split(' ') as [BlobType, Id];
      const places = this.#repository.index.locations(type, id);
      if (places.some(({ packId }) => !packs.has(packId))) continue;
      (type === 'data' ? this.#lost.data : this.#lost.trees).add(id);
    }
  }

  #error(error: CheckError): void {
    this.#errors.push(error);
    if (error.kind.startsWith('pack-') && error.kind !== 'pack-unreadable') this.#brokenPacks.add(error.id);
    if (error.kind === 'index-conflict') this.#brokenPacks.add(error.id);
    this.#options.onError?.(error);
  }

  async #report(
    snapshots: readonly StoredSnapshot[],
    unreadable: readonly Id[],
    trees: number,
    packs: number,
  ): Promise<CheckReport> {
    const anythingLost = this.#lost.data.size + this.#lost.trees.size > 0;
    if (anythingLost) this.#options.onProgress?.({ phase: 'damage', done: 0, total: undefined });
    const named = anythingLost
      ? await nameDamage(this.#repository, snapshots, this.#lost, this.#signal)
      : { files: [], more: false, snapshots: new Set<Id>() };
    const damagedSnapshots: DamagedSnapshot[] = [
      ...unreadable.map((id) => ({ id, damage: 'unreadable' as const })),
      ...[...named.snapshots].map((id) => ({ id, damage: 'content' as const })),
    ];
    const has = (...kinds: (CheckError | CheckHint)['kind'][]): boolean =>
      [...this.#errors, ...this.#hints].some(({ kind }) => kinds.includes(kind));
    return {
      errors: this.#errors,
      hints: this.#hints,
      damagedFiles: named.files,
      moreDamagedFiles: named.more,
      damagedSnapshots,
      brokenPacks: [...this.#brokenPacks],
      suggestRepairIndex: has('index-unreadable', 'pack-indexed-twice'),
      suggestPrune: has('pack-unindexed', 'pack-mixed'),
      snapshots: snapshots.length,
      trees,
      packs,
      packsRead: this.#packsRead,
      bytesRead: this.#bytesRead,
    };
  }
}
