/**
 * What changed from one snapshot to another, page by page.
 *
 * The comparison is made once, whole, and its changes are kept, up to a bound, while someone looks at them; the counts are
 * always of all.
 */
import type { ByteString } from '../../base/byte-string.ts';
import type { Clock } from '../../base/clock.ts';
import { HoldfastError } from '../../base/errors.ts';
import { type DiffStatistics, diffTrees, type Repository, type StoredSnapshot } from '../../repository/mod.ts';
import { Kept } from './kept.ts';

export interface DiffRequest {
  /** With its index loaded. */
  readonly repository: Repository;
  readonly before: StoredSnapshot;
  readonly after: StoredSnapshot;
  /** Also items of which only mode, owner, times and the like changed. */
  readonly metadata: boolean;
  readonly offset: number;
  /** At most 1000. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

export interface DiffChange {
  /** Absolute; folders end with a slash. */
  readonly path: ByteString;
  /** `+` added, `-` removed, `M` content, `T` type, `U` metadata, `?` content alone; may stand together (diffTrees). */
  readonly modifier: string;
}

export interface DiffPage {
  readonly changes: readonly DiffChange[];
  readonly total: number;
  /** Only the first ones are kept for pages; `total` and `statistics` are of all. */
  readonly truncated: boolean;
  readonly statistics: DiffStatistics;
  /** Folders that could not be read, and so not be compared. */
  readonly damaged: number;
}

interface Diff {
  readonly changes: readonly DiffChange[];
  readonly total: number;
  readonly statistics: DiffStatistics;
  readonly damaged: number;
}

const mostDiffs = 4;
const idleMs = 5 * 60_000;
const mostChanges = 100_000;
const largestPage = 1000;

export class DiffPages {
  readonly #diffs: Kept<Diff>;
  readonly #mostChanges: number;

  constructor(options: { readonly clock: Clock; readonly mostChanges?: number }) {
    this.#mostChanges = options.mostChanges ?? mostChanges;
    this.#diffs = new Kept({ clock: options.clock, most: mostDiffs, idleMs, drop: () => undefined });
  }

  /** @throws `invalid-input` for a page that is none; `not-found`, `corrupt` where a root cannot be read */
  async page(request: DiffRequest): Promise<DiffPage> {
    const { before, after, metadata, offset, limit } = request;
    if (![offset, limit].every((value) => Number.isSafeInteger(value) && value >= 0) || limit > largestPage) {
      throw new HoldfastError('invalid-input', `There is no page of ${limit} changes from ${offset} on.`, {
        hint: `A page has up to ${largestPage} changes.`,
      });
    }
    const key = `${before.snapshot.tree} ${after.snapshot.tree} ${metadata}`;
    let diff = this.#diffs.get(key);
    if (diff === undefined) {
      diff = await this.#compare(request);
      this.#diffs.put(key, diff);
    }
    const { changes, total, statistics, damaged } = diff;
    const truncated = changes.length < total;
    return { changes: changes.slice(offset, offset + limit), total, truncated, statistics, damaged };
  }

  /** Drops what nobody asked for in a while. */
  sweep(): void {
    this.#diffs.sweep();
  }

  async #compare({ repository, before, after, metadata, signal }: DiffRequest): Promise<Diff> {
    const changes: DiffChange[] = [];
    let total = 0;
    let damaged = 0;
    const statistics = await diffTrees(repository, before.snapshot.tree, after.snapshot.tree, {
      metadata,
      signal,
      onChange: (path, modifier) => {
        total += 1;
        if (changes.length < this.#mostChanges) changes.push({ path, modifier });
      },
      onDamaged: () => {
        damaged += 1;
      },
    });
    return { changes, total, statistics, damaged };
  }
}
