/**
 * Collects changed folders until they are quiet, and hands them on. Pure but for the clock.
 *
 *   all that changed is quiet for `quietMs`       → hand it on
 *   something waits for `atLeastEveryMs` already  → hand all on, quiet or not
 *
 * A folder that was handed on busy (a log that is always written) keeps nobody waiting from then on: it goes on when it is
 * quiet itself, or every `atLeastEveryMs`. It is an ordinary folder again once it was quiet.
 */
import type { ByteString } from '../../base/byte-string.ts';
import type { Clock } from '../../base/clock.ts';
import type { FullScanReason, WatchedChanges } from './changes.ts';

export interface ChangeCollectorOptions {
  readonly clock: Clock;
  readonly quietMs: number;
  /** At least `quietMs`. */
  readonly atLeastEveryMs: number;
  /** Ends the collecting; what was not handed on is dropped. */
  readonly signal: AbortSignal;
  readonly onChange: (changes: WatchedChanges) => void;
}

/** More folders than these are not worth listing one by one. */
export const mostFolders = 10_000;

interface Waiting {
  readonly firstMs: number;
  lastMs: number;
  subtree: boolean;
}

export class ChangeCollector {
  readonly #options: ChangeCollectorOptions;
  readonly #folders = new Map<ByteString, Waiting>();
  readonly #busy = new Set<ByteString>();
  readonly #reasons = new Set<FullScanReason>();
  /** Of the wish for a look at everything. */
  #everything: Waiting | undefined;
  #running = false;

  constructor(options: ChangeCollectorOptions) {
    this.#options = options;
  }

  /** An entry of this folder changed. */
  folderChanged(folder: ByteString): void {
    this.#add(folder, false);
  }

  /** This folder is new, or cannot be told from a new one. */
  subtreeChanged(folder: ByteString): void {
    this.#add(folder, true);
  }

  everythingChanged(reason: FullScanReason): void {
    this.#reasons.add(reason);
    this.#everything = this.#seen(this.#everything, false);
    this.#folders.clear();
    this.#start();
  }

  #add(folder: ByteString, subtree: boolean): void {
    if (this.#everything !== undefined) {
      this.#everything.lastMs = this.#now;
      return;
    }
    this.#folders.set(folder, this.#seen(this.#folders.get(folder), subtree));
    if (this.#folders.size > mostFolders) this.everythingChanged('many-changes');
    this.#start();
  }

  get #now(): number {
    return this.#options.clock.monotonicMs();
  }

  #seen(waiting: Waiting | undefined, subtree: boolean): Waiting {
    if (waiting === undefined) return { firstMs: this.#now, lastMs: this.#now, subtree };
    waiting.lastMs = this.#now;
    waiting.subtree ||= subtree;
    return waiting;
  }

  #start(): void {
    if (this.#running || this.#options.signal.aborted) return;
    this.#running = true;
    this.#run()
      .catch((error: unknown) => {
        if (!this.#options.signal.aborted) throw error;
      })
      .finally(() => {
        this.#running = false;
      });
  }

  /** Sleeps from one due time to the next, as long as something waits. */
  async #run(): Promise<void> {
    const { clock, signal } = this.#options;
    while (this.#folders.size > 0 || this.#everything !== undefined) {
      const waitMs = this.#dueMs() - this.#now;
      if (waitMs > 0) await clock.sleep(waitMs, signal);
      else this.#handOn();
    }
  }

  /** When something is due, unless more happens. */
  #dueMs(): number {
    const { quietMs, atLeastEveryMs } = this.#options;
    if (this.#everything !== undefined) {
      return Math.min(this.#everything.lastMs + quietMs, this.#everything.firstMs + atLeastEveryMs);
    }
    let dueMs = Number.POSITIVE_INFINITY;
    let lastMs = Number.NEGATIVE_INFINITY;
    for (const [folder, waiting] of this.#folders) {
      dueMs = Math.min(dueMs, waiting.firstMs + atLeastEveryMs);
      if (this.#busy.has(folder)) dueMs = Math.min(dueMs, waiting.lastMs + quietMs);
      else lastMs = Math.max(lastMs, waiting.lastMs);
    }
    return lastMs === Number.NEGATIVE_INFINITY ? dueMs : Math.min(dueMs, lastMs + quietMs);
  }

  #handOn(): void {
    const { quietMs, atLeastEveryMs, onChange } = this.#options;
    if (this.#everything !== undefined) {
      const reasons = new Set(this.#reasons);
      this.#everything = undefined;
      this.#reasons.clear();
      onChange({ scan: 'everything', reasons });
      return;
    }
    const now = this.#now;
    const overdue = [...this.#folders.values()].some(({ firstMs }) => firstMs + atLeastEveryMs <= now);
    const folders = new Set<ByteString>();
    const subtrees = new Set<ByteString>();
    for (const [folder, { lastMs, subtree }] of this.#folders) {
      const quiet = lastMs + quietMs <= now;
      if (!quiet && !overdue) continue;
      if (quiet) this.#busy.delete(folder);
      else this.#busy.add(folder);
      (subtree ? subtrees : folders).add(folder);
      this.#folders.delete(folder);
    }
    onChange({ scan: 'changes', folders, subtrees });
  }
}
