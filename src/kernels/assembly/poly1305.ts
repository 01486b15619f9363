/**
 * Poly1305 (RFC 8439, section 2.5): h = (h + block) · r mod 2^130 − 5, in five limbs of 26 bits.
 *
 * Longer messages take four blocks at a time, one in each lane of a SIMD vector: lane n sums blocks n, n + 4, n + 8, …
 *
 *   each turn but the last: lane = (lane + block) · r⁴
 *   the last one:           lanes times r⁴, r³, r², r; their sum is h
 *
 * Bound of a column: 5 products of a limb below 2^28 and five times one below 2^26, less than 2^60; of the sum of four, 2^62.
 *
 * State (128 bytes): 5 × u64 h, 5 × u64 r, 16 bytes s. It may be copied away and back between calls.
 */
const MASK: u64 = 0x3ffffff;
/** The bit above a whole block of 16 bytes, in the top limb. */
const TOP: u64 = 1 << 24;
const LIMBS: usize = 40;
const R_AT: usize = LIMBS;
const S_AT: usize = 2 * LIMBS;
/** Shortest message that is worth the powers of r. */
const WORTH_FOURS: usize = 192;
/** Limbs of r, r², r³, r⁴, 8 bytes each. */
const powers = memory.data(4 * 40, 16);
/** What each lane is multiplied with; see `powersOfLanes`. */
const lanePowers = memory.data(9 * 16, 16);
const scratchState = memory.data(128, 16);
const lastBlock = memory.data(16, 16);

/** Starts a state from r‖s (32 bytes at `rs`); r is clamped here. */
export function poly1305Begin(state: usize, rs: usize): void {
  for (let at: usize = 0; at < LIMBS; at += 8) store<u64>(state + at, 0);
  const low = load<u64>(rs) & 0x0ffffffc0fffffff;
  const high = load<u64>(rs, 8) & 0x0ffffffc0ffffffc;
  store<u64>(state + R_AT, low & MASK, 0);
  store<u64>(state + R_AT, (low >> 26) & MASK, 8);
  store<u64>(state + R_AT, ((low >> 52) | (high << 12)) & MASK, 16);
  store<u64>(state + R_AT, (high >> 14) & MASK, 24);
  store<u64>(state + R_AT, high >> 40, 32);
  store<u64>(state + S_AT, load<u64>(rs, 16), 0);
  store<u64>(state + S_AT, load<u64>(rs, 24), 8);
}

/** Absorbs the whole blocks of `length` bytes at `message` (a multiple of 16). */
export function poly1305Blocks(state: usize, message: usize, length: usize): void {
  const end = message + length;
  if (length >= WORTH_FOURS) {
    const endOfFours = message + (length & ~63);
    raise(state + R_AT);
    absorbFours(state, message, endOfFours);
    message = endOfFours;
  }
  for (; message < end; message += 16) absorbBlock(state, message, TOP);
}

/** Fills `powers`. */
function raise(r: usize): void {
  for (let at: usize = 0; at < LIMBS; at += 8) store<u64>(powers + at, load<u64>(r + at));
  for (let power = powers; power < powers + 3 * LIMBS; power += LIMBS) multiply(power + LIMBS, power, r);
}

function absorbBlock(state: usize, message: usize, top: u64): void {
  const low = load<u64>(message);
  const high = load<u64>(message, 8);
  store<u64>(state, load<u64>(state) + (low & MASK));
  store<u64>(state, load<u64>(state, 8) + ((low >> 26) & MASK), 8);
  store<u64>(state, load<u64>(state, 16) + (((low >> 52) | (high << 12)) & MASK), 16);
  store<u64>(state, load<u64>(state, 24) + ((high >> 14) & MASK), 24);
  store<u64>(state, load<u64>(state, 32) + ((high >> 40) | top), 32);
  multiply(state, state, state + R_AT);
}

/** product = h · r mod p. Limbs of h may be up to 2^28; those of the result are below 2^26, the second a little more. */
function multiply(product: usize, h: usize, r: usize): void {
  const h0 = load<u64>(h);
  const h1 = load<u64>(h, 8);
  const h2 = load<u64>(h, 16);
  const h3 = load<u64>(h, 24);
  const h4 = load<u64>(h, 32);
  const r0 = load<u64>(r);
  const r1 = load<u64>(r, 8);
  const r2 = load<u64>(r, 16);
  const r3 = load<u64>(r, 24);
  const r4 = load<u64>(r, 32);
  const s1 = r1 * 5;
  const s2 = r2 * 5;
  const s3 = r3 * 5;
  const s4 = r4 * 5;
  const e0 = h0 * r0 + h1 * s4 + h2 * s3 + h3 * s2 + h4 * s1;
  const e1 = h0 * r1 + h1 * r0 + h2 * s4 + h3 * s3 + h4 * s2 + (e0 >> 26);
  const e2 = h0 * r2 + h1 * r1 + h2 * r0 + h3 * s4 + h4 * s3 + (e1 >> 26);
  const e3 = h0 * r3 + h1 * r2 + h2 * r1 + h3 * r0 + h4 * s4 + (e2 >> 26);
  const e4 = h0 * r4 + h1 * r3 + h2 * r2 + h3 * r1 + h4 * r0 + (e3 >> 26);
  const first = (e0 & MASK) + (e4 >> 26) * 5;
  store<u64>(product, first & MASK);
  store<u64>(product, (e1 & MASK) + (first >> 26), 8);
  store<u64>(product, e2 & MASK, 16);
  store<u64>(product, e3 & MASK, 24);
  store<u64>(product, e4 & MASK, 32);
}

/** Writes the limbs of four powers, side by side: limb n at 16n, five times limb n at 16(n + 4). */
@inline
function powersOfLanes(at: usize, p0: usize, p1: usize, p2: usize, p3: usize): void {
  for (let limb: usize = 0; limb < 5; limb++) {
    const from = limb << 3;
    let power = i32x4.splat(load<u32>(p0 + from));
    power = i32x4.replace_lane(power, 1, load<u32>(p1 + from));
    power = i32x4.replace_lane(power, 2, load<u32>(p2 + from));
    power = i32x4.replace_lane(power, 3, load<u32>(p3 + from));
    v128.store(at + (limb << 4), power);
    if (limb > 0) v128.store(at + ((limb + 4) << 4), i32x4.mul(power, i32x4.splat(5)));
  }
}

/** Σ aᵢ · bᵢ of lanes 0 and 1. */
@inline
function dotLow(a0: v128, a1: v128, a2: v128, a3: v128, a4: v128, b0: v128, b1: v128, b2: v128, b3: v128, b4: v128): v128 {
  return i64x2.add(
    i64x2.add(i64x2.extmul_low_i32x4_u(a0, b0), i64x2.extmul_low_i32x4_u(a1, b1)),
    i64x2.add(
      i64x2.add(i64x2.extmul_low_i32x4_u(a2, b2), i64x2.extmul_low_i32x4_u(a3, b3)),
      i64x2.extmul_low_i32x4_u(a4, b4),
    ),
  );
}

/** The same of lanes 2 and 3. */
@inline
function dotHigh(a0: v128, a1: v128, a2: v128, a3: v128, a4: v128, b0: v128, b1: v128, b2: v128, b3: v128, b4: v128): v128 {
  return i64x2.add(
    i64x2.add(i64x2.extmul_high_i32x4_u(a0, b0), i64x2.extmul_high_i32x4_u(a1, b1)),
    i64x2.add(
      i64x2.add(i64x2.extmul_high_i32x4_u(a2, b2), i64x2.extmul_high_i32x4_u(a3, b3)),
      i64x2.extmul_high_i32x4_u(a4, b4),
    ),
  );
}

/** Absorbs 64 bytes a turn from `message` to `end`, a block in each lane. */
function absorbFours(h: usize, message: usize, end: usize): void {
  const mask = i32x4.splat(<i32>MASK);
  const mask64 = i64x2.splat(MASK);
  const top = i32x4.splat(<i32>TOP);
  let h0 = v128.load32_zero(h);
  let h1 = v128.load32_zero(h, 8);
  let h2 = v128.load32_zero(h, 16);
  let h3 = v128.load32_zero(h, 24);
  let h4 = v128.load32_zero(h, 32);
  powersOfLanes(lanePowers, powers + 3 * LIMBS, powers + 3 * LIMBS, powers + 3 * LIMBS, powers + 3 * LIMBS);
  for (;;) {
    const last = message + 64 == end;
    if (last) powersOfLanes(lanePowers, powers + 3 * LIMBS, powers + 2 * LIMBS, powers + LIMBS, powers);
    const b0 = v128.load(message);
    const b1 = v128.load(message, 16);
    const b2 = v128.load(message, 32);
    const b3 = v128.load(message, 48);
    const t0 = v128.shuffle<i32>(b0, b1, 0, 4, 1, 5);
    const t1 = v128.shuffle<i32>(b2, b3, 0, 4, 1, 5);
    const t2 = v128.shuffle<i32>(b0, b1, 2, 6, 3, 7);
    const t3 = v128.shuffle<i32>(b2, b3, 2, 6, 3, 7);
    const w0 = v128.shuffle<i64>(t0, t1, 0, 2);
    const w1 = v128.shuffle<i64>(t0, t1, 1, 3);
    const w2 = v128.shuffle<i64>(t2, t3, 0, 2);
    const w3 = v128.shuffle<i64>(t2, t3, 1, 3);
    h0 = i32x4.add(h0, v128.and(w0, mask));
    h1 = i32x4.add(h1, v128.and(v128.or(i32x4.shr_u(w0, 26), i32x4.shl(w1, 6)), mask));
    h2 = i32x4.add(h2, v128.and(v128.or(i32x4.shr_u(w1, 20), i32x4.shl(w2, 12)), mask));
    h3 = i32x4.add(h3, v128.and(v128.or(i32x4.shr_u(w2, 14), i32x4.shl(w3, 18)), mask));
    h4 = i32x4.add(h4, v128.or(i32x4.shr_u(w3, 8), top));
    const r0 = v128.load(lanePowers);
    const r1 = v128.load(lanePowers, 16);
    const r2 = v128.load(lanePowers, 32);
    const r3 = v128.load(lanePowers, 48);
    const r4 = v128.load(lanePowers, 64);
    const s1 = v128.load(lanePowers, 80);
    const s2 = v128.load(lanePowers, 96);
    const s3 = v128.load(lanePowers, 112);
    const s4 = v128.load(lanePowers, 128);
    let e0 = dotLow(h0, h1, h2, h3, h4, r0, s4, s3, s2, s1);
    let e1 = dotLow(h0, h1, h2, h3, h4, r1, r0, s4, s3, s2);
    let e2 = dotLow(h0, h1, h2, h3, h4, r2, r1, r0, s4, s3);
    let e3 = dotLow(h0, h1, h2, h3, h4, r3, r2, r1, r0, s4);
    let e4 = dotLow(h0, h1, h2, h3, h4, r4, r3, r2, r1, r0);
    let f0 = dotHigh(h0, h1, h2, h3, h4, r0, s4, s3, s2, s1);
    let f1 = dotHigh(h0, h1, h2, h3, h4, r1, r0, s4, s3, s2);
    let f2 = dotHigh(h0, h1, h2, h3, h4, r2, r1, r0, s4, s3);
    let f3 = dotHigh(h0, h1, h2, h3, h4, r3, r2, r1, r0, s4);
    let f4 = dotHigh(h0, h1, h2, h3, h4, r4, r3, r2, r1, r0);
    if (last) {
      sumLanes(h, i64x2.add(e0, f0), i64x2.add(e1, f1), i64x2.add(e2, f2), i64x2.add(e3, f3), i64x2.add(e4, f4));
      return;
    }
    e1 = i64x2.add(e1, i64x2.shr_u(e0, 26));
    f1 = i64x2.add(f1, i64x2.shr_u(f0, 26));
    e4 = i64x2.add(e4, i64x2.shr_u(e3, 26));
    f4 = i64x2.add(f4, i64x2.shr_u(f3, 26));
    e2 = i64x2.add(e2, i64x2.shr_u(e1, 26));
    f2 = i64x2.add(f2, i64x2.shr_u(f1, 26));
    const c = i64x2.shr_u(e4, 26);
    const d = i64x2.shr_u(f4, 26);
    e0 = i64x2.add(v128.and(e0, mask64), i64x2.add(c, i64x2.shl(c, 2)));
    f0 = i64x2.add(v128.and(f0, mask64), i64x2.add(d, i64x2.shl(d, 2)));
    e3 = i64x2.add(v128.and(e3, mask64), i64x2.shr_u(e2, 26));
    f3 = i64x2.add(v128.and(f3, mask64), i64x2.shr_u(f2, 26));
    e1 = i64x2.add(v128.and(e1, mask64), i64x2.shr_u(e0, 26));
    f1 = i64x2.add(v128.and(f1, mask64), i64x2.shr_u(f0, 26));
    e4 = i64x2.add(v128.and(e4, mask64), i64x2.shr_u(e3, 26));
    f4 = i64x2.add(v128.and(f4, mask64), i64x2.shr_u(f3, 26));
    h0 = v128.and(evenLanes(e0, f0), mask);
    h1 = evenLanes(e1, f1);
    h2 = v128.and(evenLanes(e2, f2), mask);
    h3 = v128.and(evenLanes(e3, f3), mask);
    h4 = evenLanes(e4, f4);
    message += 64;
  }
}

@inline
function evenLanes(low: v128, high: v128): v128 {
  return v128.shuffle<i32>(low, high, 0, 2, 4, 6);
}

/** h = the sum of both lanes, carried. */
@inline
function sumLanes(h: usize, v0: v128, v1: v128, v2: v128, v3: v128, v4: v128): void {
  const e0 = sum(v0);
  const e1 = sum(v1) + (e0 >> 26);
  const e2 = sum(v2) + (e1 >> 26);
  const e3 = sum(v3) + (e2 >> 26);
  const e4 = sum(v4) + (e3 >> 26);
  const first = (e0 & MASK) + (e4 >> 26) * 5;
  store<u64>(h, first & MASK);
  store<u64>(h, (e1 & MASK) + (first >> 26), 8);
  store<u64>(h, e2 & MASK, 16);
  store<u64>(h, e3 & MASK, 24);
  store<u64>(h, e4 & MASK, 32);
}

@inline
function sum(lanes: v128): u64 {
  return i64x2.extract_lane(lanes, 0) + i64x2.extract_lane(lanes, 1);
}

/** Absorbs the last `length` bytes (any number) and writes the 16-byte tag (h + s) mod 2^128. */
export function poly1305Finish(state: usize, message: usize, length: usize, tag: usize): void {
  const whole = length & ~15;
  poly1305Blocks(state, message, whole);
  const rest = length - whole;
  if (rest > 0) {
    store<u64>(lastBlock, 0);
    store<u64>(lastBlock, 0, 8);
    for (let i: usize = 0; i < rest; i++) store<u8>(lastBlock + i, load<u8>(message + whole + i));
    store<u8>(lastBlock + rest, 1);
    absorbBlock(state, lastBlock, 0);
  }
  let h0 = load<u64>(state);
  let h1 = load<u64>(state, 8);
  let h2 = load<u64>(state, 16);
  let h3 = load<u64>(state, 24);
  let h4 = load<u64>(state, 32);
  // Only h1 can be above 26 bits, and if that carries all the way round to h0, then h1 is small.
  h2 += h1 >> 26;
  h1 &= MASK;
  h3 += h2 >> 26;
  h2 &= MASK;
  h4 += h3 >> 26;
  h3 &= MASK;
  h0 += (h4 >> 26) * 5;
  h4 &= MASK;
  h1 += h0 >> 26;
  h0 &= MASK;
  // h ≥ p exactly if h + 5 reaches 2^130.
  let g = (h0 + 5) >> 26;
  g = (h1 + g) >> 26;
  g = (h2 + g) >> 26;
  g = (h3 + g) >> 26;
  g = (h4 + g) >> 26;
  h0 += g * 5;
  h1 += h0 >> 26;
  h0 &= MASK;
  h2 += h1 >> 26;
  h1 &= MASK;
  h3 += h2 >> 26;
  h2 &= MASK;
  h4 += h3 >> 26;
  h3 &= MASK;
  const low = h0 | (h1 << 26) | (h2 << 52);
  const high = (h2 >> 12) | (h3 << 14) | (h4 << 40);
  const tagLow = low + load<u64>(state + S_AT);
  const carry: u64 = tagLow < low ? 1 : 0;
  store<u64>(tag, tagLow);
  store<u64>(tag, high + load<u64>(state + S_AT, 8) + carry, 8);
}

/** One message at once: `rs` is r‖s (32 bytes), `tag` receives 16 bytes. */
export function poly1305(rs: usize, message: usize, length: usize, tag: usize): void {
  poly1305Begin(scratchState, rs);
  poly1305Finish(scratchState, message, length, tag);
}
