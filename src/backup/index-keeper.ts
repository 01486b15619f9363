/**
 * Writes index files while packs are made: a full one at once, the rest every 6 s, so that a killed backup has lost no
 * more than 10 s of the line, packs that were under way included (the next run finds what the index names).
 */
import type { Clock } from '../base/clock.ts';
import {
  type BlobTable,
  type FinishedPack,
  IndexSaver,
  type Repository,
  type RepositoryLock,
} from '../repository/mod.ts';

const everyMs = 6_000;
const fullIndexBlobs = 50_000;
const salvageMs = 500;

export interface IndexKeeperOptions {
  /** With its index loaded. */
  readonly repository: Repository;
  /** Each file is committed by it. */
  readonly lock: RepositoryLock | undefined;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

export class IndexKeeper {
  readonly #saver: IndexSaver;
  readonly #table: BlobTable;
  readonly #clock: Clock;
  readonly #failed = new AbortController();
  /** Aborts as the one it was made with, and when an index file cannot be written. */
  readonly signal: AbortSignal;
  #savedAtMs: number;
  #saving: Promise<unknown> = Promise.resolve();
  /** Bytes of all blobs in finished packs, as stored. */
  packedBytes = 0;

  constructor(options: IndexKeeperOptions) {
    const { repository, lock, clock } = options;
    this.#saver = new IndexSaver(repository, lock === undefined ? {} : { commit: lock.commit });
    this.#table = repository.index.blobs;
    this.#clock = clock;
    this.#savedAtMs = clock.monotonicMs();
    this.signal = AbortSignal.any([options.signal, this.#failed.signal]);
  }

  /** To be called when a pack is durable. */
  readonly addPack = ({ pack, entries }: FinishedPack): void => {
    this.#saver.addEntries(this.#table, pack, entries);
    for (const entry of entries) this.packedBytes += this.#table.length(entry);
    const due = this.#clock.monotonicMs() - this.#savedAtMs >= everyMs;
    if (due) this.#savedAtMs = this.#clock.monotonicMs();
    else if (this.#saver.pendingBlobs < fullIndexBlobs) return;
    this.#saving = this.#saving.then(() => (due ? this.#saver.flush(this.signal) : this.#saver.saveFull(this.signal)));
    this.#saving.catch((error: unknown) => this.#failed.abort(error));
  };

  /** Every pack is in an index when it resolves. */
  async finish(): Promise<void> {
    await this.#saving;
    await this.#saver.flush(this.signal);
  }

  /** After a failure: indexes what was stored, as far as that goes quickly, so that the next run need not store it again. */
  async salvage(): Promise<void> {
    try {
      await this.#saver.flush(AbortSignal.timeout(salvageMs));
    } catch {
      // The failure that led here is what the user must hear of; unindexed packs do no harm.
    }
  }
}
