/**
 * Ids: SHA-256 of content, as 64 lowercase hex characters in memory and JSON, as 32 bytes in packs.
 */
import { hash } from 'node:crypto';
import { HoldfastError } from '../base/errors.ts';

/** 64 lowercase hex characters. */
export type Id = string;

/** Bytes of an id in its binary form. */
export const ID_BYTES = 32;

/** 1 for the codes of 0–9 and a–f; a table and a loop are several times faster than a regular expression. */
const hexDigits = Uint8Array.from({ length: 256 }, (_, code) => (/[0-9a-f]/.test(String.fromCharCode(code)) ? 1 : 0));

/** True for a string of 64 lowercase hex characters. */
export function isId(value: unknown): value is Id {
  if (typeof value !== 'string' || value.length !== 64) return false;
  for (let i = 0; i < 64; i++) if (hexDigits[value.charCodeAt(i)] !== 1) return false;
  return true;
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
