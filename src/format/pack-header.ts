/**
 * The header of a pack file, decrypted: one entry a blob, in the order in which the blobs lie in the pack from offset 0
 * (restic design.rst, Pack Format).
 *
 * Entry: type (0 data, 1 tree, +2 compressed) ‖ u32le encrypted length ‖ [u32le plain length] ‖ 32-byte id.
 */
import { HoldfastError } from '../base/errors.ts';
import { ID_BYTES, type Id, idFromBytes } from './id.ts';

export type BlobType = 'data' | 'tree';

/** Where a blob lies in its pack. */
export interface PackedBlob {
  readonly type: BlobType;
  readonly id: Id;
  /** Bytes from the pack's start. */
  readonly offset: number;
  /** Encrypted length in bytes, IV and MAC (32 bytes) included. */
  readonly length: number;
  /** Plain length in bytes; only for compressed blobs, and never 0. */
  readonly uncompressedLength?: number;
}

/** IV (16) and MAC (16) around every ciphertext. */
export const CRYPTO_OVERHEAD = 32;
/** The header's length field at the very end of a pack: u32le. */
export const HEADER_LENGTH_BYTES = 4;
/** Entry of an uncompressed blob. */
export const PLAIN_ENTRY_BYTES = 1 + 4 + ID_BYTES;
/** Entry of a compressed blob. */
export const ENTRY_BYTES = PLAIN_ENTRY_BYTES + 4;
/** Most bytes of an encrypted header, length field included (restic pack.MaxHeaderSize). */
export const MAX_HEADER_BYTES = 16 * 1024 * 1024 + HEADER_LENGTH_BYTES;
/** Most blobs of a pack whose header may hold compressed entries (restic pack.MaxHeaderEntries). */
export const MAX_HEADER_ENTRIES = Math.floor((MAX_HEADER_BYTES - CRYPTO_OVERHEAD - HEADER_LENGTH_BYTES) / ENTRY_BYTES);
/** A pack with one blob entry and nothing else: anything shorter is no pack. */
export const MIN_PACK_BYTES = PLAIN_ENTRY_BYTES + CRYPTO_OVERHEAD + HEADER_LENGTH_BYTES;

const MAX_U32 = 0xffffffff;

/** The plain header of these blobs; their order is their order in the pack, `offset` is not stored. */
export function encodePackHeader(blobs: readonly PackedBlob[]): Uint8Array {
  let size = 0;
  for (const blob of blobs) size += blob.uncompressedLength === undefined ? PLAIN_ENTRY_BYTES : ENTRY_BYTES;
  const header = Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (const blob of blobs) {
    const plainLength = blob.uncompressedLength;
    header[at] = (blob.type === 'tree' ? 1 : 0) + (plainLength === undefined ? 0 : 2);
    at = header.writeUInt32LE(blob.length, at + 1);
    if (plainLength !== undefined) at = header.writeUInt32LE(plainLength, at);
    if (header.write(blob.id, at, ID_BYTES, 'hex') !== ID_BYTES) {
      throw new HoldfastError('internal', `"${blob.id}" is not an id`);
    }
    at += ID_BYTES;
  }
  return header;
}

/** Reads a decrypted header; offsets are the sums of the lengths before. Throws 'corrupt' on anything else. */
export function decodePackHeader(plain: Uint8Array): PackedBlob[] {
  const blobs: PackedBlob[] = [];
  const view = new DataView(plain.buffer, plain.byteOffset, plain.byteLength);
  let offset = 0;
  for (let at = 0; at < plain.length; ) {
    const kind = view.getUint8(at);
    if (kind > 3) throw corrupt(blobs.length, `has the unknown type ${kind}`);
    const compressed = kind >= 2;
    const size = compressed ? ENTRY_BYTES : PLAIN_ENTRY_BYTES;
    if (at + size > plain.length) throw corrupt(blobs.length, 'is cut off');
    const type: BlobType = (kind & 1) === 1 ? 'tree' : 'data';
    const length = view.getUint32(at + 1, true);
    if (length < CRYPTO_OVERHEAD) throw corrupt(blobs.length, `is only ${length} bytes long`);
    if (offset + length > MAX_U32) throw corrupt(blobs.length, 'ends beyond 4 GiB');
    const id = idFromBytes(plain, at + size - ID_BYTES);
    if (compressed) {
      const uncompressedLength = view.getUint32(at + 5, true);
      if (uncompressedLength === 0) throw corrupt(blobs.length, 'is compressed from nothing');
      blobs.push({ type, id, offset, length, uncompressedLength });
    } else {
      blobs.push({ type, id, offset, length });
    }
    offset += length;
    at += size;
  }
  return blobs;
}

function corrupt(entry: number, problem: string): HoldfastError {
  return new HoldfastError('corrupt', `the pack header is damaged: entry ${entry} ${problem}`, { context: { entry } });
}
