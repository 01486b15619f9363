/**
 * The WebAssembly side of src/kernels: everything exported here is declared in ../wasm.ts.
 * No garbage collection and no allocation: callers hand in addresses, tables are static.
 */
export { setPolynomial, nextCut } from './chunker';
export { poly1305, poly1305Begin, poly1305Blocks, poly1305Finish } from './poly1305';
export { ctrCounters, xorInto } from './ctr';

/** First address that is free for the caller's buffers. */
export function heapBase(): usize {
  return __heap_base;
}
