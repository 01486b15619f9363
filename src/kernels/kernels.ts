/**
 * The hot loops of the engine: chunking, Poly1305 and the parts of AES-CTR that Node lacks, in WebAssembly.
 *
 * All data lives in the instance's own memory: the caller allocates buffers once with `alloc`, fills them through `u8`
 * (pread straight into it) and passes addresses. Addresses and lengths are bytes and are not checked against the
 * caller's buffers; outside the memory the engine traps. An instance belongs to one thread.
 */
import { HoldfastError } from '../base/errors.ts';
import { instantiateKernels, type KernelBuild, type KernelExports } from './wasm.ts';

/** One WebAssembly instance. Its memory has a fixed size and never grows, so `u8` stays valid. */
export interface Kernels {
  readonly memory: WebAssembly.Memory;
  readonly u8: Uint8Array<ArrayBuffer>;
  /** Address of `bytes` fresh bytes (zero), a multiple of `align` (a power of two, 16 by default). Never freed. Error: 'internal' when full. */
  alloc(bytes: number, align?: number): number;
  /** Builds the chunker's tables for a polynomial of degree 53 over GF(2), bit i = coefficient of x^i. Error: 'invalid-input'. */
  setPolynomial(polynomial: bigint): void;
  /**
   * Bytes of the chunk that starts at `ptr`, by restic's rules (window 64, at least 512 KiB, at most 8 MiB, cut where the
   * fingerprint's low 20 bits are zero); 0 if it does not end within `length` bytes. The caller then gets more data behind
   * it and passes the length already searched as `scanned`, at first 0. At the end of the file what is left is the last chunk.
   */
  nextCut(ptr: number, length: number, scanned: number): number;
  /** Poly1305 of a message. `rs` holds 32 bytes r‖s (r is clamped here), `tag` receives 16 bytes. */
  poly1305(rs: number, message: number, length: number, tag: number): void;
  /** Writes `blocks` × 16 bytes at `out`: iv, iv + 1, … as big-endian 128-bit numbers that wrap around. */
  ctrCounters(out: number, iv: number, blocks: number): void;
  /** target[i] ^= mask[i] for `length` bytes. The two may be the same but not overlap otherwise. */
  xorInto(target: number, mask: number, length: number): void;
}

export interface KernelOptions {
  /** Size of the memory, rounded up to pages of 64 KiB; pages that are never touched cost nothing. Default 32 MiB. */
  readonly memoryBytes?: number;
  /** Force a build, for tests; by default the best that the engine accepts. */
  readonly build?: KernelBuild;
}

const pageBytes = 65536;
const defaultMemoryBytes = 32 * 1024 * 1024;
const polynomialDegree = 53n;

/** A new instance; the compiled module is shared within the thread. Errors: 'internal' (not built), 'unsupported' (no SIMD). */
export function loadKernels(options: KernelOptions = {}): Kernels {
  const pages = Math.ceil((options.memoryBytes ?? defaultMemoryBytes) / pageBytes);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  return new WasmKernels(memory, instantiateKernels(memory, options.build));
}

class WasmKernels implements Kernels {
  readonly memory: WebAssembly.Memory;
  readonly u8: Uint8Array<ArrayBuffer>;
  readonly nextCut: Kernels['nextCut'];
  readonly poly1305: Kernels['poly1305'];
  readonly ctrCounters: Kernels['ctrCounters'];
  readonly xorInto: Kernels['xorInto'];
  readonly #exports: KernelExports;
  #free: number;

  constructor(memory: WebAssembly.Memory, exports: KernelExports) {
    this.memory = memory;
    this.u8 = new Uint8Array(memory.buffer);
    this.#exports = exports;
    this.#free = exports.heapBase();
    this.nextCut = exports.nextCut;
    this.poly1305 = exports.poly1305;
    this.ctrCounters = exports.ctrCounters;
    this.xorInto = exports.xorInto;
  }

  alloc(bytes: number, align = 16): number {
    const address = Math.ceil(this.#free / align) * align;
    if (address + bytes > this.u8.length) {
      throw new HoldfastError('internal', `The kernels' memory of ${this.u8.length} bytes is full.`, {
        context: { bytes, used: this.#free },
      });
    }
    this.#free = address + bytes;
    return address;
  }

  setPolynomial(polynomial: bigint): void {
    if (polynomial >> polynomialDegree !== 1n) {
      throw new HoldfastError(
        'invalid-input',
        `The chunker polynomial ${polynomial.toString(16)} is not of degree 53.`,
      );
    }
    this.#exports.setPolynomial(polynomial);
  }
}
