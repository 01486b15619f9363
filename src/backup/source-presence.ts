/**
 * Which sources are in the snapshot. What the user named must be there to the end; what lies in `.` may have vanished;
 * and where not one source can be read there is no snapshot.
 */
import type { ByteString } from '../base/byte-string.ts';
import { HoldfastError, type SerializedError } from '../base/errors.ts';
import { missingSource } from './source-check.ts';

export class SourcePresence {
  /** Those that are, or will be, in the snapshot. */
  readonly #present = new Map<ByteString, 'named' | 'entry'>();
  #firstLost: SerializedError | undefined;

  add(path: ByteString, kind: 'named' | 'entry'): void {
    this.#present.set(path, kind);
  }

  /**
   * A path is not in the snapshot, be it a source or not.
   *
   * @throws `source-missing` for a named source that vanished
   */
  lose(path: ByteString, error: SerializedError): void {
    if (error.code === 'not-found' && this.#present.get(path) === 'named') throw missingSource(path, error.message);
    if (this.#present.delete(path)) this.#firstLost ??= error;
  }

  /** @throws the error of the first source that was lost, where none is left */
  check(): void {
    if (this.#present.size === 0 && this.#firstLost !== undefined) throw HoldfastError.fromJSON(this.#firstLost);
  }
}
