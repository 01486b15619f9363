/**
 * What travels between a thread that checks or prunes a repository and its workers. Ids and numbers only; the content of
 * packs stays where it was read.
 */
import type { BackendPlace } from '../../backend/backend.ts';
import type { Id } from '../../format/id.ts';
import type { MasterKey } from '../../format/key-file.ts';
import type { PackedBlob } from '../../format/pack-header.ts';
import type { SharedBlobTable } from '../blob-table.ts';

export interface WorkerSetup {
  /** Of the backend, for the registry. */
  readonly place: BackendPlace;
  readonly key: MasterKey;
  readonly table: SharedBlobTable;
  /** See StopFlag. */
  readonly stop: SharedArrayBuffer;
  /** New packs are closed when they are at least this large. */
  readonly packSizeBytes: number;
}

/** Reads a pack whole and compares it with what the index says of it. */
export interface CheckRequest {
  readonly kind: 'check';
  readonly packId: Id;
  readonly sizeBytes: number;
  /** Blob table entries whose first copy lies in the pack, by offset. */
  readonly entries: Uint32Array;
  /** Further copies of blobs that lie in it. */
  readonly copies: readonly PackedBlob[];
}

export interface CheckAnswer {
  readonly kind: 'check';
  /** What is wrong, in words; nothing for a sound pack. */
  readonly problems: readonly string[];
  /** Blobs of the index whose bytes in this pack are wrong. */
  readonly damaged: readonly Pick<PackedBlob, 'type' | 'id'>[];
  /** The pack could not be read now. */
  readonly unreadable: boolean;
  /** Wrong at first, sound when read again. */
  readonly unsteady: boolean;
}

/** Copies blobs of a pack into new packs, as they are but for those that are to be compressed. */
export interface CopyRequest {
  readonly kind: 'copy';
  readonly packId: Id;
  /** Blob table entries to copy, … */
  readonly entries: Uint32Array;
  /** … and where each lies in the pack. */
  readonly blobs: readonly PackedBlob[] | undefined;
  /** Compress what is not: `trees` always pays, `all` is a user's wish. */
  readonly compress: 'none' | 'trees' | 'all';
}

/** Every blob was found sound, and is on its way into a new pack. A damaged one fails the work. */
export interface CopyAnswer {
  readonly kind: 'copy';
  readonly bytes: number;
}

/** Makes the packs that are being filled durable. */
export interface FlushRequest {
  readonly kind: 'flush';
}

export interface FlushAnswer {
  readonly kind: 'flush';
}

export type WorkerRequest = CheckRequest | CopyRequest | FlushRequest;
export type WorkerAnswer = CheckAnswer | CopyAnswer | FlushAnswer;

/** A new pack that is durable, with its blobs in order of offset. */
export interface CopiedPack {
  readonly packId: Id;
  readonly sizeBytes: number;
  readonly entries: Uint32Array;
  readonly lengths: Uint32Array;
  /** 0 for what is stored as it is. */
  readonly plainLengths: Uint32Array;
}
