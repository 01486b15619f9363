/**
 * Sealing as restic does it: AES-256-CTR, then Poly1305-AES over the ciphertext (restic design.rst, Keys, Encryption
 * and MAC); and the wrapping of unpacked files in format 2.
 *
 * Sealed form: IV (16) ‖ ciphertext ‖ MAC (16). The MAC is checked, in constant time, before anything is decrypted.
 */
import { createCipheriv, randomFillSync, timingSafeEqual } from 'node:crypto';
import { HoldfastError } from '../base/errors.ts';
import type { MasterKey } from '../format/key-file.ts';
import { Poly1305 } from '../kernels/poly1305.ts';
import { zstdCompress, zstdDecompressUpTo } from './zstd.ts';

export const ivBytes = 16;
export const macBytes = 16;
/** What sealing adds to a text, in bytes. */
export const sealOverhead = ivBytes + macBytes;

/** IV ‖ ciphertext ‖ MAC of `plain`, under a random IV. */
export function seal(key: MasterKey, plain: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(plain.length + sealOverhead);
  const iv = randomIv(sealed.subarray(0, ivBytes));
  const ciphertext = sealed.subarray(ivBytes, ivBytes + plain.length);
  ciphertext.set(createCipheriv('aes-256-ctr', key.encryption, iv).update(plain));
  sealed.set(macOf(key, iv, ciphertext), ivBytes + plain.length);
  return sealed;
}

/**
 * The plain text of a sealed one, as a new array.
 *
 * @throws `corrupt` if it is too short or its MAC is wrong (another key, or changed bytes)
 */
export function open(key: MasterKey, sealed: Uint8Array): Uint8Array {
  if (sealed.length < sealOverhead) throw new HoldfastError('corrupt', 'it is too short to be sealed data');
  const iv = sealed.subarray(0, ivBytes);
  const ciphertext = sealed.subarray(ivBytes, sealed.length - macBytes);
  if (!timingSafeEqual(macOf(key, iv, ciphertext), sealed.subarray(sealed.length - macBytes)) || isZero(iv)) {
    throw new HoldfastError('corrupt', 'its authentication code is wrong');
  }
  return createCipheriv('aes-256-ctr', key.encryption, iv).update(ciphertext);
}

/** Fills `iv` with random bytes that are not all zero, which restic refuses. */
export function randomIv(iv: Uint8Array): Uint8Array {
  do randomFillSync(iv);
  while (isZero(iv));
  return iv;
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

function macOf(key: MasterKey, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  const oneTime = new Uint8Array(32);
  oneTime.set(key.macR, 0);
  const ecb = createCipheriv('aes-128-ecb', key.macK, null);
  oneTime.set(ecb.setAutoPadding(false).update(iv), 16);
  return new Poly1305(oneTime).update(ciphertext).digest();
}

const compressedMark = 2;
const brace = 0x7b;
const bracket = 0x5b;

/** What is sealed for an unpacked file: the text itself in format 1, `2 ‖ zstd` in format 2. */
export function packUnpacked(plain: Uint8Array, version: 1 | 2): Uint8Array {
  if (version === 1) return plain;
  const frame = zstdCompress(plain);
  const packed = new Uint8Array(1 + frame.length);
  packed[0] = compressedMark;
  packed.set(frame, 1);
  return packed;
}

/**
 * The inverse of `packUnpacked`. Format 2 also holds plain JSON (repositories that were upgraded from format 1).
 *
 * @throws `corrupt` for a bad frame or one beyond `unpackedLimitBytes` or another first byte
 */
export function unpackUnpacked(packed: Uint8Array, version: 1 | 2): Uint8Array {
  const mark = packed[0];
  if (version === 1 || mark === undefined || mark === brace || mark === bracket) return packed;
  if (mark !== compressedMark) {
    throw new HoldfastError('corrupt', `it starts with the byte ${mark}, which stands for no known encoding`);
  }
  return zstdDecompressUpTo(packed.subarray(1), unpackedLimitBytes(packed.length));
}

/**
 * The most an unpacked file may decompress to. Ids make up a good third of an index file and do not compress, so no
 * honest one reaches 16 : 1; the floor leaves room for long lists of paths in snapshots.
 */
export function unpackedLimitBytes(compressedBytes: number): number {
  return Math.min(1024 ** 3, Math.max(16 * 1024 * 1024, 64 * compressedBytes));
}
