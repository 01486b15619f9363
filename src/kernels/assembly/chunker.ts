/** Content-defined chunking as restic's chunker does it; see ../kernels.ts for the contract. */
const WINDOW: usize = 64;
const MIN: usize = 512 << 10;
const MAX: usize = 8 << 20;
const CUT_MASK: u64 = (1 << 20) - 1;
const DEGREE: u64 = 53;

/** out[b] = b · x^(8·63) mod P: takes byte b out of the window. */
const outTable = memory.data(256 * 8, 16);
/** mod[b] = b · x^53 mod P, with b · x^53 itself added: one XOR reduces the top eight bits. */
const modTable = memory.data(256 * 8, 16);

/** Builds the tables for a polynomial of degree 53. */
export function setPolynomial(polynomial: u64): void {
  for (let b: u64 = 0; b < 256; b++) {
    const at = <usize>b << 3;
    let shifted = b;
    for (let i = 0; i < 53; i++) shifted = timesX(shifted, polynomial);
    store<u64>(modTable + at, shifted | (b << DEGREE));
    for (let i = 53; i < 8 * 63; i++) shifted = timesX(shifted, polynomial);
    store<u64>(outTable + at, shifted);
  }
}

@inline
function timesX(value: u64, polynomial: u64): u64 {
  value <<= 1;
  return (value >> DEGREE) & 1 ? value ^ polynomial : value;
}

@inline
function append(digest: u64, byte: u64): u64 {
  const top = <usize>(digest >> (DEGREE - 8));
  return ((digest << 8) | byte) ^ load<u64>(modTable + (top << 3));
}

/** The lowest index in [from, to) of `data` where the window that ends there gives a cut, or -1. */
function scanBytes(data: usize, from: usize, to: usize): isize {
  let digest: u64 = 0;
  for (let i = from - WINDOW; i < from; i++) digest = append(digest, load<u8>(data + i));
  for (let i = from; i < to; i++) {
    digest ^= load<u64>(outTable + (<usize>load<u8>(data + i - WINDOW) << 3));
    digest = append(digest, load<u8>(data + i));
    if ((digest & CUT_MASK) == 0) return i;
  }
  return -1;
}

/** See Kernels.nextCut. */
export function nextCut(data: usize, length: usize, scanned: usize): usize {
  const from = max(MIN - 1, scanned);
  const to = min(MAX, length);
  if (from < to) {
    const hit = scanBytes(data, from, to);
    if (hit >= 0) return <usize>hit + 1;
  }
  return length >= MAX ? MAX : 0;
}
