/**
 * What travels between the restore's main thread and its workers. Paths, attributes and blob table entries cross; content
 * never does.
 *
 * main → worker: `files` (a batch of whole files), `segment` (part of a large file that main made).
 * worker → main: one answer per request.
 */
import type { SerializedError } from '../../base/errors.ts';
import type { MasterKey } from '../../format/key-file.ts';
import type { Xattr } from '../../format/tree.ts';
import type { BackendPlace, SharedBlobTable } from '../../repository/mod.ts';

export interface WorkerSetup {
  /** Of the backend, for the registry. */
  readonly place: BackendPlace;
  readonly key: MasterKey;
  readonly table: SharedBlobTable;
  /** A StopFlag: raised, workers end what they do at the next blob. */
  readonly stop: SharedArrayBuffer;
  /** A SharedCounter: bytes written of files that main does not know to be done yet. Workers add, main takes away what an answer tells of. */
  readonly written: SharedArrayBuffer;
  /** Leave out runs of zeros. */
  readonly sparse: boolean;
  /** Read back what was written. */
  readonly verify: boolean;
}

/**
 * What to do with a file: `create` it in place; write it `beside` (a temporary name) and rename; `update`: compare, and
 * write beside unless equal; `trust`: equal but for attributes; `compare`: only say whether it is equal.
 */
export const fileWork = { create: 0, beside: 1, update: 2, trust: 3, compare: 4 } as const;
export type FileWork = keyof typeof fileWork;

/** What came of a file: written; equal (its attributes were set where they differed); different (`compare` only). */
export const fileOutcome = { failed: 0, written: 1, equal: 2, different: 3 } as const;

/** Numbers of a file in `FilesRequest.numbers`: work, blobs, mode, uid, gid. */
export const numbersPerFile = 5;
/** atime and mtime, nanoseconds since the epoch. */
export const timesPerFile = 2;

export interface FilesRequest {
  readonly kind: 'files';
  /** Byte strings, joined by NUL. */
  readonly paths: string;
  readonly numbers: Uint32Array;
  readonly times: BigInt64Array;
  /** Blob table entries of all files, one after the other. */
  readonly entries: Uint32Array;
  /** What few files have. */
  readonly rare: readonly RareAttributes[];
}

export interface RareAttributes {
  /** Place of the file in the batch. */
  readonly index: number;
  readonly xattrs: readonly Xattr[];
  /** Set where they do not fit 64 bits of nanoseconds (after 2262). */
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
}

export interface SegmentRequest {
  readonly kind: 'segment';
  readonly path: string;
  /** Read what is there and compare it, instead of writing. */
  readonly compare: boolean;
  readonly entries: Uint32Array;
  /** Where in the file each of them goes, in bytes. */
  readonly positions: Float64Array;
}

export type WorkerRequest = FilesRequest | SegmentRequest;

export interface FileProblem {
  readonly index: number;
  readonly error: SerializedError;
}

export interface FilesAnswer {
  readonly kind: 'files';
  /** Bytes that were added to the counter. */
  readonly written: number;
  /** `fileOutcome` of each file. */
  readonly outcomes: Uint8Array;
  /** Why a file failed; or, of one that did not, which attribute could not be set. */
  readonly problems: readonly FileProblem[];
}

export interface SegmentAnswer {
  readonly kind: 'segment';
  /** Bytes that were added to the counter. */
  readonly written: number;
  /** Of `compare`. */
  readonly equal: boolean;
  readonly problem: SerializedError | undefined;
}

export type WorkerAnswer = FilesAnswer | SegmentAnswer;
