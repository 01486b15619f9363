/**
 * Finds, checks and instantiates the compiled kernels; declares what they export. Only for src/kernels.
 *
 * Two builds exist: kernels.wasm uses relaxed SIMD, kernels-fallback.wasm does not; the first that the engine accepts is
 * taken. Both give the same results.
 */
import { readFileSync } from 'node:fs';
import { HoldfastError, systemCode } from '../base/errors.ts';

/** Exports of src/kernels/assembly/index.ts. Addresses and lengths are bytes. */
export interface KernelExports {
  heapBase(): number;
  setPolynomial(polynomial: bigint): void;
  nextCut(data: number, length: number, scanned: number): number;
  poly1305(rs: number, message: number, length: number, tag: number): void;
  poly1305Begin(state: number, rs: number): void;
  poly1305Blocks(state: number, message: number, length: number): void;
  poly1305Finish(state: number, message: number, length: number, tag: number): void;
  ctrCounters(out: number, iv: number, blocks: number): void;
  xorInto(target: number, mask: number, length: number): void;
}

/** Which build of the kernels: `relaxed` needs relaxed SIMD, `fallback` only SIMD. */
export type KernelBuild = 'relaxed' | 'fallback';

const fileOf: Readonly<Record<KernelBuild, string>> = { relaxed: 'kernels.wasm', fallback: 'kernels-fallback.wasm' };

let compiled: WebAssembly.Module | undefined;

/** A new instance over `memory`. Errors: 'internal' when the files are not built, 'unsupported' when the engine has no SIMD. */
export function instantiateKernels(memory: WebAssembly.Memory, build?: KernelBuild): KernelExports {
  const module = build === undefined ? bestModule() : new WebAssembly.Module(readBuild(build));
  // The exports are ours: src/kernels/assembly/index.ts and the interface change together.
  return new WebAssembly.Instance(module, { env: { memory } }).exports as KernelExports;
}

function bestModule(): WebAssembly.Module {
  compiled ??= compileBest();
  return compiled;
}

function compileBest(): WebAssembly.Module {
  for (const build of ['relaxed', 'fallback'] as const) {
    const bytes = readBuild(build);
    if (WebAssembly.validate(bytes)) return new WebAssembly.Module(bytes);
  }
  throw new HoldfastError('unsupported', 'This JavaScript engine lacks WebAssembly SIMD.', {
    hint: 'Run it with Node 24 on a 64-bit processor.',
  });
}

/** Beside the bundle (dist/*.js), or from the sources (src/kernels/) in dist/. */
function readBuild(build: KernelBuild): Uint8Array {
  for (const folder of ['./', '../../dist/']) {
    try {
      return readFileSync(new URL(folder + fileOf[build], import.meta.url));
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
    }
  }
  throw new HoldfastError('internal', `The compiled kernels (dist/${fileOf[build]}) are missing.`, {
    hint: 'Run "npm run build:wasm".',
  });
}
