/**
 * Opens many sealed blobs at once, in place, in the kernels' memory: the fast counterpart of `open` in crypto.ts.
 *
 *   all IVs ──one AES-128-ECB call──► the one-time half of every Poly1305 key
 *   check every MAC, in constant time; a blob that fails is left as it is
 *   counters of many blobs ──one AES-256-ECB call──► key stream ──XOR in WebAssembly──► plain text
 *
 * A cipher object costs more than a small blob, and blobs come with arbitrary IVs, so CTR is put together from ECB, whose
 * objects serve for ever. Only a large blob gets a CTR object of its own: there it costs less than the detour.
 */
import { type Cipheriv, createCipheriv } from 'node:crypto';
import type { MasterKey } from '../format/key-file.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { ivBytes, macBytes, sealOverhead } from './crypto.ts';

/** A sealed blob in the kernels' memory. Once opened, its plain text is the `length − 32` bytes at `address + 16`. */
export interface SealedBlob {
  /** Address of the IV. */
  readonly address: number;
  /** Bytes, IV and MAC included. */
  readonly length: number;
}

const groupBlobs = 256;
const maskBytes = 64 * 1024;
/** From here on a cipher object of its own is cheaper (measured). */
const largeBytes = 64 * 1024;
const cipherStep = 128 * 1024;

export class BatchDecryptor {
  readonly #kernels: Kernels;
  readonly #key: MasterKey;
  readonly #macCipher: Cipheriv;
  readonly #streamCipher: Cipheriv;
  readonly #ivs: Uint8Array;
  readonly #macKeyAt: number;
  readonly #tagAt: number;
  readonly #maskAt: number;
  /** Blobs whose key stream is in the mask area or about to be: address of the ciphertext, length, place in the mask. */
  readonly #waiting: { readonly target: number; readonly length: number; readonly mask: number }[] = [];
  #maskUsed = 0;

  /** Takes about 70 KiB of the kernels' memory for ever. */
  constructor(kernels: Kernels, key: MasterKey) {
    this.#kernels = kernels;
    this.#key = key;
    this.#macCipher = createCipheriv('aes-128-ecb', key.macK, null).setAutoPadding(false);
    this.#streamCipher = createCipheriv('aes-256-ecb', key.encryption, null).setAutoPadding(false);
    this.#ivs = new Uint8Array(groupBlobs * ivBytes);
    this.#macKeyAt = kernels.alloc(32);
    this.#tagAt = kernels.alloc(macBytes);
    this.#maskAt = kernels.alloc(maskBytes, 64);
    kernels.u8.set(key.macR, this.#macKeyAt);
  }

  /**
   * Checks and decrypts them in place. They must not overlap.
   *
   * @returns the positions in `blobs` of those whose MAC is wrong (or that are too short to have one): damaged, and
   *   still encrypted
   */
  open(blobs: readonly SealedBlob[]): number[] {
    const damaged: number[] = [];
    for (let first = 0; first < blobs.length; first += groupBlobs) {
      const count = Math.min(groupBlobs, blobs.length - first);
      const secrets = this.#macSecrets(blobs, first, count);
      for (let index = 0; index < count; index++) {
        const blob = blobs[first + index]!;
        if (blob.length < sealOverhead || !this.#isAuthentic(blob, secrets, index * ivBytes)) {
          damaged.push(first + index);
          continue;
        }
        this.#decrypt(blob.address, blob.length - sealOverhead);
      }
      free(secrets);
    }
    this.#flush();
    return damaged;
  }

  /** s = AES-128_k(IV) of every blob of a group. */
  #macSecrets(blobs: readonly SealedBlob[], first: number, count: number): Buffer {
    const { u8 } = this.#kernels;
    for (let index = 0; index < count; index++) {
      const from = blobs[first + index]!.address;
      for (let byte = 0; byte < ivBytes; byte++) this.#ivs[index * ivBytes + byte] = u8[from + byte]!;
    }
    return this.#macCipher.update(this.#ivs.subarray(0, count * ivBytes));
  }

  #isAuthentic(blob: SealedBlob, secrets: Uint8Array, secretAt: number): boolean {
    const { u8 } = this.#kernels;
    for (let byte = 0; byte < 16; byte++) u8[this.#macKeyAt + 16 + byte] = secrets[secretAt + byte]!;
    this.#kernels.poly1305(this.#macKeyAt, blob.address + ivBytes, blob.length - sealOverhead, this.#tagAt);
    const macAt = blob.address + blob.length - macBytes;
    let difference = 0;
    let ivBits = 0;
    for (let byte = 0; byte < macBytes; byte++) {
      difference |= u8[this.#tagAt + byte]! ^ u8[macAt + byte]!;
      ivBits |= u8[blob.address + byte]!;
    }
    return difference === 0 && ivBits !== 0;
  }

  #decrypt(address: number, length: number): void {
    if (length >= largeBytes) {
      this.#decryptLarge(address, length);
      return;
    }
    const blocks = (length + 15) >> 4;
    if (this.#maskUsed + blocks * 16 > maskBytes) this.#flush();
    const mask = this.#maskAt + this.#maskUsed;
    this.#kernels.ctrCounters(mask, address, blocks);
    this.#waiting.push({ target: address + ivBytes, length, mask });
    this.#maskUsed += blocks * 16;
  }

  /** Turns the counters that were collected into key stream and applies it. */
  #flush(): void {
    if (this.#maskUsed === 0) return;
    const { u8 } = this.#kernels;
    const stream = this.#streamCipher.update(u8.subarray(this.#maskAt, this.#maskAt + this.#maskUsed));
    u8.set(stream, this.#maskAt);
    free(stream);
    for (const { target, length, mask } of this.#waiting) this.#kernels.xorInto(target, mask, length);
    this.#waiting.length = 0;
    this.#maskUsed = 0;
  }

  #decryptLarge(address: number, length: number): void {
    const { u8 } = this.#kernels;
    const start = address + ivBytes;
    const cipher = createCipheriv('aes-256-ctr', this.#key.encryption, u8.subarray(address, start));
    for (let done = 0; done < length; done += cipherStep) {
      const plain = cipher.update(u8.subarray(start + done, start + Math.min(length, done + cipherStep)));
      u8.set(plain, start + done);
      free(plain);
    }
  }
}

/** Gives a cipher's output back at once instead of at the next garbage collection. */
function free(output: Buffer): void {
  if (output.buffer instanceof ArrayBuffer && output.length === output.buffer.byteLength) output.buffer.transfer(0);
}
