/**
 * What is backed up: folders and files of this machine, or a stream of bytes that some program gives (a database dump, standard
 * input) and that becomes one file of the snapshot.
 */
import type { ByteString } from '../base/byte-string.ts';

export type Source = PathsSource | StreamSource;

export interface PathsSource {
  readonly kind: 'paths';
  /** As the user named them, absolute or relative to `workingFolder`. */
  readonly paths: readonly ByteString[];
  /** Absolute. */
  readonly workingFolder: ByteString;
}

export interface StreamSource {
  readonly kind: 'stream';
  /** The path of the file in the snapshot. */
  readonly path: ByteString;
  /**
   * Starts the stream. It ends normally only if the producer succeeded: one that fails after its last byte makes the iteration
   * throw, so that half a dump is never taken for a whole one. Cancelling stops the producer and rethrows `signal.reason`.
   */
  open(signal: AbortSignal): AsyncIterable<Uint8Array>;
}
