/**
 * Sixteen places of the data searched for cuts at once, one in each byte of a SIMD vector.
 *
 * A lane walks backwards, because dividing by x^8 needs no alignment of the 53 bits to bytes:
 *
 *   H(t−1) = (H(t) + b(t)) / x^8 + b(t−64) · x^(8·63)   mod P
 *
 * The fingerprints are kept as seven byte planes: plane i holds bits 8i … 8i+7 of all sixteen. Division shifts the planes
 * down by one and adds what plane 0 (of H + b) leaves: that and the entering byte are linear, so each is looked up as
 * two nibbles in tables of 16 bytes with a swizzle. A step is 28 swizzles for 16 bytes of data, and the test for a cut is
 * the low 20 bits in three planes.
 *
 *   start:          H = 0 and nothing to leave; let the last 64 bytes of each lane enter
 *   16 steps each:  load and transpose 16 bytes of each lane (64 behind); test, leave, enter;
 *                   if a lane had a hit: note the place, which is the lowest of that lane so far
 */
export const LANES: usize = 16;

/** 28 tables of 16 bytes: for plane i, at 64i: leaving low nibble, leaving high, entering low, entering high. */
const tables = memory.data(28 * 16, 16);
/** Transposed input, 8 slots of 16 vectors: written when a byte enters, read again when it leaves 64 steps on. */
const ring = memory.data(8 * 256, 16);
const RING_MASK: usize = 8 * 256 - 1;
const halfway = memory.data(256, 16);
/** For each lane the address of the lowest group of 16 bytes with a hit, or 0. */
const hitOfLane = memory.data(16 * 4, 16);

/** @param outTable 256 × u64: b · x^(8·63) mod P, as ./chunker builds it; the polynomial must be odd */
export function setLaneTables(polynomial: u64, outTable: usize): void {
  for (let nibble: usize = 0; nibble < 16; nibble++) {
    storePlanes(tables + nibble, divideByX8(nibble, polynomial));
    storePlanes(tables + 16 + nibble, divideByX8(nibble << 4, polynomial));
    storePlanes(tables + 32 + nibble, load<u64>(outTable + (nibble << 3)));
    storePlanes(tables + 48 + nibble, load<u64>(outTable + (nibble << 7)));
  }
}

function divideByX8(value: u64, polynomial: u64): u64 {
  for (let i = 0; i < 8; i++) value = (value & 1 ? value ^ polynomial : value) >> 1;
  return value;
}

function storePlanes(at: usize, value: u64): void {
  for (let plane: usize = 0; plane < 7; plane++) store<u8>(at + (plane << 6), <u8>(value >> (plane << 3)));
}

/** table[index] in each byte; every index is below 16, so that all engines agree on the relaxed form. */
@inline
function lookUp(table: v128, index: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? v128.relaxed_swizzle(table, index) : v128.swizzle(table, index);
}

@inline
function lowNibbles(bytes: v128): v128 {
  return v128.and(bytes, i8x16.splat(15));
}

@inline
function highNibbles(bytes: v128): v128 {
  return v128.and(v128.shr<u16>(bytes, 4), i8x16.splat(15));
}

/** Half of a 16 × 16 transposition: two rounds of interleaving rows i and i + 8. Twice that transposes. */
@inline
function interleaveTwice(from: usize, stride: usize, to: usize): void {
  for (let i: usize = 0; i < 4; i++) {
    const a = v128.load(from + i * stride);
    const b = v128.load(from + (i + 4) * stride);
    const c = v128.load(from + (i + 8) * stride);
    const d = v128.load(from + (i + 12) * stride);
    const lowAC = interleaveLow(a, c);
    const highAC = interleaveHigh(a, c);
    const lowBD = interleaveLow(b, d);
    const highBD = interleaveHigh(b, d);
    const at = to + (i << 6);
    v128.store(at, interleaveLow(lowAC, lowBD));
    v128.store(at, interleaveHigh(lowAC, lowBD), 16);
    v128.store(at, interleaveLow(highAC, highBD), 32);
    v128.store(at, interleaveHigh(highAC, highBD), 48);
  }
}

@inline
function interleaveLow(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

@inline
function interleaveHigh(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/** 16 bytes of each lane as 16 vectors, the first byte of every lane first. */
@inline
function transpose(from: usize, lane: usize, to: usize): void {
  interleaveTwice(from, lane, halfway);
  interleaveTwice(halfway, 16, to);
}

/** What the leaving and the entering bytes add to a plane of the next fingerprint. */
@inline
function change(plane: usize, leaveLow: v128, leaveHigh: v128, enterLow: v128, enterHigh: v128): v128 {
  const at = tables + (plane << 6);
  const leaving = v128.xor(lookUp(v128.load(at), leaveLow), lookUp(v128.load(at, 16), leaveHigh));
  const entering = v128.xor(lookUp(v128.load(at, 32), enterLow), lookUp(v128.load(at, 48), enterHigh));
  return v128.xor(leaving, entering);
}

/**
 * Searches 16 × `lane` places from address `at`, `lane` a multiple of 16 and at least 64; reads from at − 64.
 * Returns the address of 16 places of which at least one, and none before, is a cut; 0 if there is none.
 */
export function lowestHitInLanes(at: usize, lane: usize): usize {
  const zero = i8x16.splat(0);
  let h0 = zero;
  let h1 = zero;
  let h2 = zero;
  let h3 = zero;
  let h4 = zero;
  let h5 = zero;
  let h6 = zero;
  let hits = 0;
  let slot: usize = 0;
  // In the first 64 steps bytes enter and nothing leaves: slots 4 … 7 are read before they are written.
  memory.fill(ring + 4 * 256, 0, 4 * 256);
  const first = at - 64;
  for (let group = at + lane - 16; group >= first; group -= 16) {
    transpose(group, lane, ring + slot);
    const enteringAt = ring + slot;
    slot = (slot + 256) & RING_MASK;
    const leavingAt = ring + ((slot + 3 * 256) & RING_MASK);
    let closest = i8x16.splat(-1);
    for (let j: isize = 240; j >= 0; j -= 16) {
      const cut = v128.or(v128.or(h0, h1), v128.and(h2, i8x16.splat(15)));
      closest = v128.min<u8>(closest, cut);
      const leave = v128.xor(h0, v128.load(leavingAt + j));
      const enter = v128.load(enteringAt + j);
      const ll = lowNibbles(leave);
      const lh = highNibbles(leave);
      const el = lowNibbles(enter);
      const eh = highNibbles(enter);
      h0 = v128.xor(h1, change(0, ll, lh, el, eh));
      h1 = v128.xor(h2, change(1, ll, lh, el, eh));
      h2 = v128.xor(h3, change(2, ll, lh, el, eh));
      h3 = v128.xor(h4, change(3, ll, lh, el, eh));
      h4 = v128.xor(h5, change(4, ll, lh, el, eh));
      h5 = v128.xor(h6, change(5, ll, lh, el, eh));
      h6 = change(6, ll, lh, el, eh);
    }
    if (!v128.all_true<u8>(closest) && group + 64 < at + lane) hits = noteHits(closest, group + 64, lane, hits);
  }
  if (hits == 0) return 0;
  return load<u32>(hitOfLane + (<usize>ctz(hits) << 2));
}

/** Keeps `place` for each lane with a zero in `closest`; returns the mask of lanes that had any hit so far. */
function noteHits(closest: v128, place: usize, lane: usize, hits: i32): i32 {
  const fresh = v128.bitmask<u8>(v128.eq<u8>(closest, i8x16.splat(0)));
  for (let i: usize = 0; i < 16; i++) {
    if ((fresh >> <i32>i) & 1) store<u32>(hitOfLane + (i << 2), <u32>(place + i * lane));
  }
  return hits | fresh;
}
