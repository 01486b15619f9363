/**
 * Incremental Poly1305 over bytes anywhere in memory, for messages that are not in a worker's kernel memory: key files,
 * index files, blobs read on the main thread.
 *
 * Every object of a thread shares one small kernel instance: its state is copied in and out around each call, so that any
 * number of them may be in progress. Poly1305-AES is the same function with s = AES_k(nonce).
 */
import { HoldfastError } from '../base/errors.ts';
import { instantiateKernels, type KernelExports } from './wasm.ts';

const keyBytes = 32;
const blockBytes = 16;
const tagBytes = 16;
const stateBytes = 128;
/** How much is copied into the instance at a time; two pages of memory hold it and the static tables. */
const stagingBytes = 65536;

interface Shared {
  readonly exports: KernelExports;
  readonly u8: Uint8Array;
  readonly state: number;
  readonly tag: number;
  readonly staging: number;
}

let instance: Shared | undefined;

function shared(): Shared {
  instance ??= createShared();
  return instance;
}

function createShared(): Shared {
  const memory = new WebAssembly.Memory({ initial: 3, maximum: 3 });
  const exports = instantiateKernels(memory);
  const state = Math.ceil(exports.heapBase() / blockBytes) * blockBytes;
  const tag = state + stateBytes;
  return { exports, u8: new Uint8Array(memory.buffer), state, tag, staging: tag + tagBytes };
}

/** One message's authenticator. Not to be used after `digest`. */
export class Poly1305 {
  readonly #state = new Uint8Array(stateBytes);
  /** Bytes that do not fill a block yet. */
  readonly #rest = new Uint8Array(blockBytes);
  #restLength = 0;
  #done = false;

  /** @param key32 r‖s, 32 bytes; r is clamped here. Error: 'internal' for another length. */
  constructor(key32: Uint8Array) {
    if (key32.length !== keyBytes) throw misuse(`takes a key of ${keyBytes} bytes, not ${key32.length}`);
    const { exports, u8, state, staging } = shared();
    u8.set(key32, staging);
    exports.poly1305Begin(state, staging);
    u8.fill(0, staging, staging + keyBytes);
    this.#save();
  }

  /** Absorbs bytes of any number. */
  update(bytes: Uint8Array): this {
    if (this.#done) throw misuse('was finished already');
    const taken = this.#fillRest(bytes);
    const wholeEnd = bytes.length - ((bytes.length - taken) % blockBytes);
    if (this.#restLength === blockBytes || wholeEnd > taken) this.#absorb(bytes, taken, wholeEnd);
    if (wholeEnd < bytes.length) {
      this.#rest.set(bytes.subarray(wholeEnd));
      this.#restLength = bytes.length - wholeEnd;
    }
    return this;
  }

  /** The 16-byte tag. */
  digest(): Uint8Array {
    if (this.#done) throw misuse('was finished already');
    this.#done = true;
    const { exports, u8, state, tag, staging } = shared();
    u8.set(this.#state, state);
    u8.set(this.#rest, staging);
    exports.poly1305Finish(state, staging, this.#restLength, tag);
    u8.fill(0, state, state + stateBytes);
    this.#state.fill(0);
    return u8.slice(tag, tag + tagBytes);
  }

  /** Tops a started block up from the front of `bytes`; returns how many it took. */
  #fillRest(bytes: Uint8Array): number {
    if (this.#restLength === 0) return 0;
    const taken = Math.min(blockBytes - this.#restLength, bytes.length);
    this.#rest.set(bytes.subarray(0, taken), this.#restLength);
    this.#restLength += taken;
    return taken;
  }

  /** The topped-up block if it is whole, then the whole blocks of bytes[from, to). */
  #absorb(bytes: Uint8Array, from: number, to: number): void {
    const { exports, u8, state, staging } = shared();
    u8.set(this.#state, state);
    if (this.#restLength === blockBytes) {
      u8.set(this.#rest, staging);
      exports.poly1305Blocks(state, staging, blockBytes);
      this.#restLength = 0;
    }
    for (let at = from; at < to; at += stagingBytes) {
      const part = bytes.subarray(at, Math.min(to, at + stagingBytes));
      u8.set(part, staging);
      exports.poly1305Blocks(state, staging, part.length);
    }
    this.#save();
  }

  #save(): void {
    const { u8, state } = shared();
    this.#state.set(u8.subarray(state, state + stateBytes));
  }
}

function misuse(what: string): HoldfastError {
  return new HoldfastError('internal', `Poly1305 ${what}.`);
}
