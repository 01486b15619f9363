/** Counts what a restore does, and hands single items and problems on to whoever listens. */
import type { ByteString } from '../base/byte-string.ts';
import type { SerializedError } from '../base/errors.ts';
import type { ItemAction, RestoredItem, RestoreProblem } from './report.ts';

export type Kind = RestoredItem['kind'];
type Counts = Record<ItemAction, number>;

const noneYet = (): Counts => ({ restored: 0, updated: 0, unchanged: 0, skipped: 0, deleted: 0 });

export class Tally {
  readonly dir = noneYet();
  readonly file = noneYet();
  readonly other = noneYet();
  readonly problems: RestoreProblem[] = [];
  bytesRestored = 0;
  bytesSkipped = 0;
  /** For progress: files that are done in any way, and their bytes. */
  filesDone = 0;
  bytesDone = 0;
  readonly #onItem: ((item: RestoredItem) => void) | undefined;
  readonly #onProblem: ((problem: RestoreProblem) => void) | undefined;

  constructor(listeners: {
    readonly onItem?: ((item: RestoredItem) => void) | undefined;
    readonly onProblem?: ((problem: RestoreProblem) => void) | undefined;
  }) {
    this.#onItem = listeners.onItem;
    this.#onProblem = listeners.onProblem;
  }

  count(path: ByteString, kind: Kind, action: ItemAction, bytes = 0): void {
    this[kind][action] += 1;
    if (action === 'restored' || action === 'updated') this.bytesRestored += bytes;
    else if (action !== 'deleted') this.bytesSkipped += bytes;
    this.#onItem?.({ path, kind, action, bytes });
  }

  problem(path: ByteString, error: SerializedError): void {
    const problem: RestoreProblem = { path: path === '' ? '/' : path, error };
    this.problems.push(problem);
    this.#onProblem?.(problem);
  }
}
