/**
 * What travels between the backup's main thread and its workers: ids, paths and stats. Of files content never crosses; of
 * streams, which only the main thread can read, it does in shared buffers.
 *
 * main → worker: `files` (a batch of small files), `shared` (one large file, which several workers may read together),
 * `stream` (a piece of streamed content), `flush`.
 * worker → main: one answer per request; a FinishedPack as an event whenever a pack became durable.
 */
import type { SerializedError } from '../../base/errors.ts';
import type { MasterKey } from '../../format/key-file.ts';
import type { BackendPlace, Compression, SharedBlobTable } from '../../repository/mod.ts';
import type { FileStat } from '../../source/mod.ts';
import type { WorkerState } from './worker-state.ts';

export interface WorkerSetup {
  /** Of the backend, for the registry. */
  readonly place: BackendPlace;
  readonly key: MasterKey;
  readonly table: SharedBlobTable;
  /** See worker-state.ts. */
  readonly state: WorkerState['shared'];
  /** See successors.ts. */
  readonly successors: SharedArrayBuffer;
  readonly polynomial: bigint;
  readonly repositoryVersion: 1 | 2;
  readonly compression: Compression;
  readonly packSizeBytes: number;
  /** Hash and look up, but write nothing. */
  readonly dryRun: boolean;
}

/** A stat that a file must still have after it was read: size, mtime, ctime (ns), inode. */
export const expectedFields = 4;

export interface FilesRequest {
  readonly kind: 'files';
  /** Byte strings, joined by NUL. */
  readonly paths: string;
  /** `expectedFields` numbers a file. */
  readonly expected: BigInt64Array;
}

export interface SharedRequest {
  readonly kind: 'shared';
  readonly path: string;
  readonly expected: BigInt64Array;
  /** See shared-cursor.ts. */
  readonly cursor: SharedArrayBuffer;
  /** Another worker has the file already: where it cannot be read, or is not as expected, leave it to that one. */
  readonly helps: boolean;
}

/** Every content ends in some request; all of its pieces go to the same worker, in order. */
export interface StreamRequest {
  readonly kind: 'stream';
  /** In shared memory; the worker's until it answers. */
  readonly buffer: Uint8Array;
  /** How many bytes of the buffer count. */
  readonly filled: number;
  /** Where contents end in the buffer, ascending; what follows the last one goes on in the next request. */
  readonly ends: Uint32Array;
}

export interface FlushRequest {
  readonly kind: 'flush';
}

export type WorkerRequest = FilesRequest | SharedRequest | StreamRequest | FlushRequest;

/** A file that was not read as expected. Without `error` it only changed before it was read. */
export interface FileProblem {
  /** Its place in the batch. */
  readonly index: number;
  /** Nothing of it is in the snapshot. */
  readonly unreadable: boolean;
  /**
   * The stat before what was read, where it is another than expected. Never that of after a change during the reading:
   * the next backup would take the file for unchanged.
   */
  readonly stat?: FileStat;
  readonly error?: SerializedError;
}

export interface FilesAnswer {
  readonly kind: 'files';
  /** Per file: how many blobs it has. */
  readonly counts: Uint32Array;
  /** Blob table entries of all files, one after the other. */
  readonly entries: Uint32Array;
  /** Per file: bytes read. */
  readonly sizes: Float64Array;
  readonly problems: readonly FileProblem[];
  /** What this batch added. */
  readonly added: AddedBlobs;
}

export interface SharedAnswer {
  readonly kind: 'shared';
  /** Chunks that this worker took: their number in the file, their blob table entry. */
  readonly sequence: Uint32Array;
  readonly entries: Uint32Array;
  readonly bytes: number;
  readonly problems: readonly FileProblem[];
  readonly added: AddedBlobs;
}

export interface StreamAnswer {
  readonly kind: 'stream';
  /** Blob table entries of the chunks that were cut, in order. */
  readonly entries: Uint32Array;
  /** For each end of the request: how many of the entries come before it. */
  readonly ends: Uint32Array;
  readonly added: AddedBlobs;
}

/** Blobs that were not in the repository before. */
export interface AddedBlobs {
  readonly blobs: number;
  readonly bytes: number;
}

export interface FlushAnswer {
  readonly kind: 'flush';
}

export type WorkerAnswer = FilesAnswer | SharedAnswer | StreamAnswer | FlushAnswer;
