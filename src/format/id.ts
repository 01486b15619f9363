/**
 * Ids: SHA-256 of content, as 64 lowercase hex characters in memory and JSON, as 32 bytes in packs.
 */
import { hash } from 'node:crypto';
import { HoldfastError } from '../base/errors.ts';

/** 64 lowercase hex characters. */
export type Id = string;

/** Bytes of an id in its binary form. */
export const ID_BYTES = 32;

const pattern = /^[0-9a-f]{64}$/;

/** True for a string of 64 lowercase hex characters. */
export function isId(value: unknown): value is Id {
  return typeof value === 'string' && pattern.test(value);
}

/** The id of a content: its SHA-256. */
export function idOf(bytes: Uint8Array): Id {
  return hash('sha256', bytes, 'hex');
}

/** The 32 bytes of an id. Throws 'internal' on what is no id. */
export function idToBytes(id: Id): Uint8Array {
  if (!isId(id)) throw new HoldfastError('internal', `"${id}" is not an id`);
  return Buffer.from(id, 'hex');
}

/** The id in the 32 bytes at `offset`. Throws 'internal' when there are fewer. */
export function idFromBytes(bytes: Uint8Array, offset = 0): Id {
  if (offset < 0 || offset + ID_BYTES > bytes.length) throw new HoldfastError('internal', 'an id is out of bounds');
  return Buffer.from(bytes.buffer, bytes.byteOffset + offset, ID_BYTES).toString('hex');
}
