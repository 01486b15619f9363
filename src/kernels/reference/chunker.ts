/**
 * restic's chunker in plain TypeScript, one byte after another: what the WebAssembly is tested against.
 *
 * A Rabin fingerprint (the data as a polynomial over GF(2), modulo one of degree 53) of the last 64 bytes. It is held as two
 * numbers, the low 32 bits and the high 21. Source: the documentation of github.com/restic/chunker, and restic's design.rst.
 */
const windowBytes = 64;
const minBytes = 512 * 1024;
const maxBytes = 8 * 1024 * 1024;
const cutMask = 0xfffff;
const degree = 53n;

/** Fingerprints as pairs: entry i is low[i] + high[i] · 2^32. */
interface Table {
  readonly low: Int32Array;
  readonly high: Int32Array;
}

export interface ReferenceChunker {
  /** Length of the first chunk of `data`, or 0 if it does not end within it. */
  nextCut(data: Uint8Array): number;
}

/** @param polynomial of degree 53, bit i = coefficient of x^i */
export function referenceChunker(polynomial: bigint): ReferenceChunker {
  const reduce = tableOf((byte) => remainder(byte << degree, polynomial));
  const remove = tableOf((byte) => remainder(byte << BigInt(8 * (windowBytes - 1)), polynomial));
  return { nextCut: (data) => firstCut(data, reduce, remove) };
}

function firstCut(data: Uint8Array, reduce: Table, remove: Table): number {
  const end = Math.min(data.length, maxBytes);
  let low = 0;
  let high = 0;
  for (let index = 0; index < end; index++) {
    if (index >= windowBytes) {
      const oldest = data[index - windowBytes]!;
      low ^= remove.low[oldest]!;
      high ^= remove.high[oldest]!;
    }
    const top = high >>> 13; // the bits 45 to 52, which are pushed out
    high = (((high << 8) | (low >>> 24)) & 0x1fffff) ^ reduce.high[top]!;
    low = ((low << 8) | data[index]!) ^ reduce.low[top]!;
    if ((low & cutMask) === 0 && index + 1 >= minBytes) return index + 1;
  }
  return end === maxBytes ? maxBytes : 0;
}

function tableOf(entry: (byte: bigint) => bigint): Table {
  const table = { low: new Int32Array(256), high: new Int32Array(256) };
  for (let byte = 0; byte < 256; byte++) {
    const value = entry(BigInt(byte));
    table.low[byte] = Number(BigInt.asIntN(32, value));
    table.high[byte] = Number(value >> 32n);
  }
  return table;
}

/** value mod polynomial over GF(2). */
function remainder(value: bigint, polynomial: bigint): bigint {
  let rest = value;
  for (let bit = BigInt(rest.toString(2).length - 1); bit >= degree; bit--) {
    if ((rest >> bit) & 1n) rest ^= polynomial << (bit - degree);
  }
  return rest;
}
