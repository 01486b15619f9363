/**
 * Collects packs that are durable and writes index files about them, at most 50,000 blobs each (restic's own limit; a
 * single pack is never split).
 *
 * Order is the caller's safety: a pack is added only once it is durable, and a snapshot is written only after `flush`
 * resolved. A job that is killed between leaves packs that no index names, which check reports and repair index finds;
 * calling `flush` every few seconds keeps that small.
 */
import type { Id } from '../format/id.ts';
import { encodeIndex, MAX_INDEX_BLOBS } from '../format/index-file.ts';
import type { PackedBlob } from '../format/pack-header.ts';
import type { BlobTable } from './blob-table.ts';
import type { Commit, Repository } from './repository.ts';
import { packedBlob } from './repository-index.ts';

export interface IndexSaverOptions {
  /** Blobs of a file at most; for tests. */
  readonly maxBlobs?: number;
  /** The lock's. */
  readonly commit?: Commit;
}

interface PendingPack {
  readonly id: Id;
  readonly blobCount: number;
  /** Made only when the file is written, so that waiting packs cost next to nothing. */
  readonly blobs: () => Iterable<PackedBlob>;
}

export class IndexSaver {
  readonly #commit: Commit;
  readonly #options: IndexSaverOptions;
  #pending: PendingPack[] = [];
  #pendingBlobs = 0;
  /** Writes one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(repository: Repository, options: IndexSaverOptions = {}) {
    this.#options = options;
    this.#commit = options.commit ?? ((type, plain, signal) => repository.saveUnpacked(type, plain, signal));
  }

  /** Blobs that wait for an index file. */
  get pendingBlobs(): number {
    return this.#pendingBlobs;
  }

  /** Adds a durable pack by its blobs. */
  addPack(id: Id, blobs: readonly PackedBlob[]): void {
    this.#add({ id, blobCount: blobs.length, blobs: () => blobs });
  }

  /** Adds a durable pack whose blobs are entries of `table` (as a PackWriter reports it). */
  addEntries(table: BlobTable, pack: number, entries: readonly number[]): void {
    const describe = function* (): Iterable<PackedBlob> {
      for (const entry of entries) {
        yield packedBlob(table.type(entry), table.id(entry), {
          offset: table.offset(entry),
          length: table.length(entry),
          uncompressedLength: table.uncompressedLength(entry) || undefined,
        });
      }
    };
    this.#add({ id: table.packId(pack), blobCount: entries.length, blobs: describe });
  }

  /** Writes files for what makes full ones; the rest waits. Gives the new files' ids. */
  saveFull(signal: AbortSignal): Promise<Id[]> {
    return this.#enqueue(false, signal);
  }

  /** Writes everything that waits. Packs that were added before the call are in an index when it resolves. */
  flush(signal: AbortSignal): Promise<Id[]> {
    return this.#enqueue(true, signal);
  }

  #add(pack: PendingPack): void {
    this.#pending.push(pack);
    this.#pendingBlobs += pack.blobCount;
  }

  #enqueue(partial: boolean, signal: AbortSignal): Promise<Id[]> {
    const run = this.#turn.then(() => this.#save(partial, signal));
    this.#turn = run.catch(() => undefined);
    return run;
  }

  async #save(partial: boolean, signal: AbortSignal): Promise<Id[]> {
    const ids: Id[] = [];
    for (;;) {
      const packs = this.#takeFile(partial);
      if (packs.length === 0) return ids;
      try {
        ids.push(await this.#commit('index', encodeIndex(lazily(packs)), signal));
      } catch (error) {
        for (const pack of packs) this.#add(pack); // still unsaved: a later flush may succeed
        throw error;
      }
    }
  }

  /** Takes the packs of the next file off the queue; none if there is not enough for a full one and `partial` is off. */
  #takeFile(partial: boolean): PendingPack[] {
    const maxBlobs = this.#options.maxBlobs ?? MAX_INDEX_BLOBS;
    if (!partial && this.#pendingBlobs < maxBlobs) return [];
    let count = 0;
    let blobs = 0;
    for (const pack of this.#pending) {
      if (count > 0 && blobs + pack.blobCount > maxBlobs) break;
      blobs += pack.blobCount;
      count++;
    }
    this.#pendingBlobs -= blobs;
    return this.#pending.splice(0, count);
  }
}

function* lazily(packs: readonly PendingPack[]): Iterable<{ id: Id; blobs: Iterable<PackedBlob> }> {
  for (const pack of packs) yield { id: pack.id, blobs: pack.blobs() };
}
