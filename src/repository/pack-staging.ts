/**
 * Encrypts blobs into the bytes of a pack, in WebAssembly memory that is taken once and used for ever.
 *
 *   plain text of a blob ──(add)──► a 16-aligned slot ──(seal)──► IV ‖ ciphertext ‖ MAC, back to back, at `out`
 *
 * A cipher object costs more than a small blob (FORMAT.md, Measured), so one AES-256-CTR stream runs over many blobs:
 * slots are 16-aligned, and a blob's IV is the stream's counter at its slot. No counter value is ever used twice, since
 * the stream only goes forward from a random start. The one-time Poly1305 keys of a group of blobs come from one
 * AES-128-ECB call.
 */
import { type Cipheriv, createCipheriv, randomBytes } from 'node:crypto';
import { HoldfastError } from '../base/errors.ts';
import type { MasterKey } from '../format/key-file.ts';
import type { Kernels } from '../kernels/kernels.ts';

/** Bytes that sealing adds to a blob: the IV before it, the MAC behind it (restic design.rst, Keys, Encryption and MAC). */
export const sealOverhead = 32;
const ivBytes = 16;
/** Cipher calls of at most this size let their output be freed and used again at once. */
const cipherStep = 128 * 1024;
/** A group is sealed when it holds this much plain text, or this many blobs. */
const groupBytes = 128 * 1024;
const groupBlobs = 256;

/** What became of a blob that was sealed, in the order in which the blobs were added. */
export interface SealedSink {
  /** A blob lies at `offset` of the pack, `length` bytes with IV and MAC. */
  placed(tag: number, offset: number, length: number): void;
}

export class PackStaging {
  readonly #kernels: Kernels;
  readonly #slots: number;
  readonly #slotsEnd: number;
  readonly #out: number;
  readonly #outEnd: number;
  readonly #ivs: number;
  readonly #macKey: number;
  readonly #ctr: Cipheriv;
  readonly #ecb: Cipheriv;
  readonly #firstCounter: Uint8Array;
  readonly #zeros = new Uint8Array(16);
  readonly #sink: SealedSink;

  /** Blobs that wait in slots: what the caller knows them by, their slot, their length. */
  readonly #tags: number[] = [];
  readonly #at: number[] = [];
  readonly #lengths: number[] = [];
  #slotUsed = 0;
  #outUsed = 0;
  #packBytes = 0;
  #countersUsed = 0;

  /** Takes `maxBlobBytes` twice and about 2.5 MiB more from the kernels' memory. */
  constructor(options: {
    readonly kernels: Kernels;
    readonly key: MasterKey;
    readonly maxBlobBytes: number;
    readonly outBytes: number;
    readonly sink: SealedSink;
  }) {
    const { kernels, key, maxBlobBytes, outBytes } = options;
    this.#kernels = kernels;
    this.#sink = options.sink;
    const slotBytes = maxBlobBytes + groupBytes + 4096;
    this.#slots = kernels.alloc(slotBytes, 64);
    this.#slotsEnd = this.#slots + slotBytes;
    const wholeOut = outBytes + maxBlobBytes + 2 * groupBytes + groupBlobs * sealOverhead;
    this.#out = kernels.alloc(wholeOut, 4096);
    this.#outEnd = this.#out + wholeOut;
    this.#ivs = kernels.alloc(groupBlobs * ivBytes, 64);
    this.#macKey = kernels.alloc(32, 64);
    kernels.u8.set(key.macR, this.#macKey);
    this.#firstCounter = randomBytes(ivBytes);
    this.#ctr = createCipheriv('aes-256-ctr', key.encryption, this.#firstCounter);
    this.#ecb = createCipheriv('aes-128-ecb', key.macK, null).setAutoPadding(false);
  }

  /** Where the next blob's plain text may be written (by a compressor), and how many bytes fit there. */
  get slot(): number {
    return this.#slots + this.#slotUsed;
  }

  get slotRoom(): number {
    return this.#slotsEnd - this.slot;
  }

  /** Bytes of the pack so far, blobs that still wait in slots included (each with its overhead). */
  get packBytes(): number {
    let waiting = 0;
    for (const length of this.#lengths) waiting += length + sealOverhead;
    return this.#packBytes + waiting;
  }

  /** Sealed bytes that lie ready in kernel memory at `outStart`. */
  get outUsed(): number {
    return this.#outUsed;
  }

  get outStart(): number {
    return this.#out;
  }

  /** The blob whose `length` bytes of plain text (or zstd frame) were written at `slot`. Seals when a group is full. */
  addSlot(tag: number, length: number): void {
    this.#tags.push(tag);
    this.#at.push(this.#slotUsed);
    this.#lengths.push(length);
    this.#slotUsed += (length + 15) & ~15;
    if (this.#slotUsed >= groupBytes || this.#tags.length >= groupBlobs) this.seal();
  }

  /** A blob that lies elsewhere in kernel memory; its bytes are left as they are. */
  addFrom(tag: number, start: number, length: number): void {
    if (length <= groupBytes) {
      this.#kernels.u8.copyWithin(this.slot, start, start + length);
      this.addSlot(tag, length);
      return;
    }
    this.seal();
    this.#tags.push(tag);
    this.#at.push(0);
    this.#lengths.push(length);
    this.#writeIvs();
    this.#encrypt(start, this.#out + this.#outUsed + ivBytes, length);
    this.#finishGroup(false);
  }

  /** Seals what waits in slots. */
  seal(): void {
    if (this.#tags.length === 0) return;
    this.#writeIvs();
    this.#encrypt(this.#slots, this.#slots, this.#slotUsed);
    this.#finishGroup(true);
  }

  /** Appends bytes that are sealed already (the header, and blobs too large for slots). */
  appendSealed(bytes: Uint8Array): void {
    this.#reserveOut(bytes.length);
    this.#kernels.u8.set(bytes, this.#out + this.#outUsed);
    this.#outUsed += bytes.length;
    this.#packBytes += bytes.length;
  }

  /** Forgets the first `bytes` of the output, which were written, and moves the rest to `outStart`. */
  consumeOut(bytes: number): void {
    this.#kernels.u8.copyWithin(this.#out, this.#out + bytes, this.#out + this.#outUsed);
    this.#outUsed -= bytes;
  }

  /** Starts the next pack; everything must have been sealed and consumed. */
  startPack(): void {
    if (this.#tags.length > 0 || this.#outUsed > 0)
      throw new HoldfastError('internal', 'A pack was left half-written.');
    this.#packBytes = 0;
  }

  /** Writes the IV of each blob of the group to the IV area: the counter at the blob's slot. */
  #writeIvs(): void {
    const { u8 } = this.#kernels;
    for (let index = 0; index < this.#at.length; index++) {
      counterAfter(this.#firstCounter, this.#countersUsed + this.#at[index]! / 16, u8, this.#ivs + index * ivBytes);
    }
  }

  /** Runs the stream over `length` bytes and on to the next block boundary. `from` and `to` may be the same. */
  #encrypt(from: number, to: number, length: number): void {
    const { u8, memory } = this.#kernels;
    for (let done = 0; done < length; done += cipherStep) {
      const step = Math.min(cipherStep, length - done);
      const output = this.#ctr.update(new Uint8Array(memory.buffer, from + done, step));
      u8.set(output, to + done);
      free(output);
    }
    const padding = -length & 15;
    if (padding > 0) this.#ctr.update(this.#zeros.subarray(0, padding));
    this.#countersUsed += (length + padding) / 16;
  }

  /** Lays the group's blobs out as IV ‖ ciphertext ‖ MAC; copies the ciphertexts unless they are in place already. */
  #finishGroup(copy: boolean): void {
    const { u8, memory } = this.#kernels;
    const count = this.#tags.length;
    const secrets = this.#ecb.update(new Uint8Array(memory.buffer, this.#ivs, count * ivBytes));
    for (let index = 0; index < count; index++) {
      const length = this.#lengths[index]!;
      this.#reserveOut(length + sealOverhead);
      const start = this.#out + this.#outUsed;
      const iv = this.#ivs + index * ivBytes;
      u8.copyWithin(start, iv, iv + ivBytes);
      if (copy) {
        const from = this.#slots + this.#at[index]!;
        u8.copyWithin(start + ivBytes, from, from + length);
      }
      for (let byte = 0; byte < 16; byte++) u8[this.#macKey + 16 + byte] = secrets[index * 16 + byte]!;
      this.#kernels.poly1305(this.#macKey, start + ivBytes, length, start + ivBytes + length);
      this.#sink.placed(this.#tags[index]!, this.#packBytes, length + sealOverhead);
      this.#outUsed += length + sealOverhead;
      this.#packBytes += length + sealOverhead;
    }
    this.#tags.length = 0;
    this.#at.length = 0;
    this.#lengths.length = 0;
    this.#slotUsed = 0;
  }

  #reserveOut(bytes: number): void {
    if (this.#out + this.#outUsed + bytes > this.#outEnd) {
      throw new HoldfastError('internal', 'The staging memory of a pack is full: its output was not written in time.');
    }
  }
}

/** Gives a cipher's output back at once instead of at the next garbage collection. */
function free(output: Buffer): void {
  if (output.buffer instanceof ArrayBuffer && output.length === output.buffer.byteLength) output.buffer.transfer(0);
}

/** Writes `first + blocks` as a 128-bit big-endian number: the state of AES-CTR after that many blocks. */
function counterAfter(first: Uint8Array, blocks: number, out: Uint8Array, at: number): void {
  let carry = blocks;
  for (let byte = ivBytes - 1; byte >= 0; byte--) {
    const sum = first[byte]! + (carry % 256);
    out[at + byte] = sum;
    carry = Math.floor(carry / 256) + (sum > 255 ? 1 : 0);
  }
}
