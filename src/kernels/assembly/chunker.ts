/**
 * Content-defined chunking as restic's chunker does it; ../kernels.ts has the contract.
 *
 * The fingerprint of the 64 bytes that end at index t is H(t) = Σ b(t−i) · x^(8i) mod P. It depends on nothing else, so the
 * search may run anywhere and in any order:
 *
 *   nextCut:  blocks of 16 lanes of up to LANE bytes each      ./lanes, all lanes at once, 16 bytes a step
 *             what is left, less than 16 lanes of 64 bytes     byte by byte
 *
 * Cuts are where the low 20 bits of H are zero.
 */
import { lowestHitInLanes, setLaneTables, LANES } from './lanes';

const WINDOW: usize = 64;
const MIN: usize = 512 << 10;
const MAX: usize = 8 << 20;
const CUT_MASK: u64 = (1 << 20) - 1;
const DEGREE: u64 = 53;
/** Longest lane. Not a power of two: 16 lanes at such a distance would fall on the same few cache lines. */
const LANE: usize = 4096 + 64;
/** Shortest lane that is worth warming up for. */
const SHORTEST_LANE: usize = 64;

/** out[b] = b · x^(8·63) mod P: takes byte b out of the window. */
const outTable = memory.data(256 * 8, 16);
/** mod[b] = b · x^53 mod P, with b · x^53 itself added: one XOR reduces the top eight bits. */
const modTable = memory.data(256 * 8, 16);

let polynomialIsOdd: bool = false;

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
  // An even polynomial is divisible by x, and division by x, which the lanes need, is then not defined.
  polynomialIsOdd = (polynomial & 1) != 0;
  if (polynomialIsOdd) setLaneTables(polynomial, outTable);
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

/** The lowest address in [from, to) where the window that ends there gives a cut, or 0. */
function scanBytes(from: usize, to: usize): usize {
  let digest: u64 = 0;
  for (let at = from - WINDOW; at < from; at++) digest = append(digest, load<u8>(at));
  for (let at = from; at < to; at++) {
    digest ^= load<u64>(outTable + (<usize>load<u8>(at - WINDOW) << 3));
    digest = append(digest, load<u8>(at));
    if ((digest & CUT_MASK) == 0) return at;
  }
  return 0;
}

/** See Kernels.nextCut. */
export function nextCut(data: usize, length: usize, scanned: usize): usize {
  let at = data + max(MIN - 1, scanned);
  const end = data + min(MAX, length);
  while (polynomialIsOdd && at < end) {
    const lane = min(LANE, ((end - at) / LANES) & ~15);
    if (lane < SHORTEST_LANE) break;
    const hit = lowestHitInLanes(at, lane);
    if (hit != 0) return scanBytes(hit, hit + 16) + 1 - data;
    at += lane * LANES;
  }
  if (at < end) {
    const hit = scanBytes(at, end);
    if (hit != 0) return hit + 1 - data;
  }
  return length >= MAX ? MAX : 0;
}
