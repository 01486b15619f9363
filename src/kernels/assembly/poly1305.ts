/**
 * Poly1305 (RFC 8439, section 2.5): h = (h + block) · r mod 2^130 − 5, in five limbs of 26 bits.
 *
 * Longer messages take four blocks at a time, so that the carries, which wait for one another, are propagated once in 64
 * bytes:   h = (h + b0) r⁴ + b1 r³ + b2 r² + b3 r
 * Bound of a column of that: 4 · 5 products of a limb below 2^27 and five times one below 2^26, less than 2^60.
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
/** Limbs of r, r², r³, r⁴. */
const powers = memory.data(4 * 40, 16);
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

/** Σ aᵢ · bᵢ */
@inline
function dot(a0: u64, b0: u64, a1: u64, b1: u64, a2: u64, b2: u64, a3: u64, b3: u64, a4: u64, b4: u64): u64 {
  return a0 * b0 + a1 * b1 + a2 * b2 + a3 * b3 + a4 * b4;
}

/** Absorbs 64 bytes a turn from `message` to `end`. Letters: r, q, p, o = r, r², r³, r⁴; nx5 = five times limb n. */
function absorbFours(h: usize, message: usize, end: usize): void {
  let h0 = load<u64>(h);
  let h1 = load<u64>(h, 8);
  let h2 = load<u64>(h, 16);
  let h3 = load<u64>(h, 24);
  let h4 = load<u64>(h, 32);
  const r0 = load<u64>(powers);
  const r1 = load<u64>(powers, 8);
  const r2 = load<u64>(powers, 16);
  const r3 = load<u64>(powers, 24);
  const r4 = load<u64>(powers, 32);
  const r1x5 = r1 * 5;
  const r2x5 = r2 * 5;
  const r3x5 = r3 * 5;
  const r4x5 = r4 * 5;
  const q0 = load<u64>(powers, 40);
  const q1 = load<u64>(powers, 48);
  const q2 = load<u64>(powers, 56);
  const q3 = load<u64>(powers, 64);
  const q4 = load<u64>(powers, 72);
  const q1x5 = q1 * 5;
  const q2x5 = q2 * 5;
  const q3x5 = q3 * 5;
  const q4x5 = q4 * 5;
  const p0 = load<u64>(powers, 80);
  const p1 = load<u64>(powers, 88);
  const p2 = load<u64>(powers, 96);
  const p3 = load<u64>(powers, 104);
  const p4 = load<u64>(powers, 112);
  const p1x5 = p1 * 5;
  const p2x5 = p2 * 5;
  const p3x5 = p3 * 5;
  const p4x5 = p4 * 5;
  const o0 = load<u64>(powers, 120);
  const o1 = load<u64>(powers, 128);
  const o2 = load<u64>(powers, 136);
  const o3 = load<u64>(powers, 144);
  const o4 = load<u64>(powers, 152);
  const o1x5 = o1 * 5;
  const o2x5 = o2 * 5;
  const o3x5 = o3 * 5;
  const o4x5 = o4 * 5;
  let m0: u64, m1: u64, m2: u64, m3: u64, m4: u64;
  let low: u64, high: u64;
  for (; message < end; message += 64) {
    low = load<u64>(message);
    high = load<u64>(message, 8);
    h0 += low & MASK;
    h1 += (low >> 26) & MASK;
    h2 += ((low >> 52) | (high << 12)) & MASK;
    h3 += (high >> 14) & MASK;
    h4 += (high >> 40) | TOP;
    let e0 = dot(h0, o0, h1, o4x5, h2, o3x5, h3, o2x5, h4, o1x5);
    let e1 = dot(h0, o1, h1, o0, h2, o4x5, h3, o3x5, h4, o2x5);
    let e2 = dot(h0, o2, h1, o1, h2, o0, h3, o4x5, h4, o3x5);
    let e3 = dot(h0, o3, h1, o2, h2, o1, h3, o0, h4, o4x5);
    let e4 = dot(h0, o4, h1, o3, h2, o2, h3, o1, h4, o0);
    low = load<u64>(message, 16);
    high = load<u64>(message, 24);
    m0 = low & MASK;
    m1 = (low >> 26) & MASK;
    m2 = ((low >> 52) | (high << 12)) & MASK;
    m3 = (high >> 14) & MASK;
    m4 = (high >> 40) | TOP;
    e0 += dot(m0, p0, m1, p4x5, m2, p3x5, m3, p2x5, m4, p1x5);
    e1 += dot(m0, p1, m1, p0, m2, p4x5, m3, p3x5, m4, p2x5);
    e2 += dot(m0, p2, m1, p1, m2, p0, m3, p4x5, m4, p3x5);
    e3 += dot(m0, p3, m1, p2, m2, p1, m3, p0, m4, p4x5);
    e4 += dot(m0, p4, m1, p3, m2, p2, m3, p1, m4, p0);
    low = load<u64>(message, 32);
    high = load<u64>(message, 40);
    m0 = low & MASK;
    m1 = (low >> 26) & MASK;
    m2 = ((low >> 52) | (high << 12)) & MASK;
    m3 = (high >> 14) & MASK;
    m4 = (high >> 40) | TOP;
    e0 += dot(m0, q0, m1, q4x5, m2, q3x5, m3, q2x5, m4, q1x5);
    e1 += dot(m0, q1, m1, q0, m2, q4x5, m3, q3x5, m4, q2x5);
    e2 += dot(m0, q2, m1, q1, m2, q0, m3, q4x5, m4, q3x5);
    e3 += dot(m0, q3, m1, q2, m2, q1, m3, q0, m4, q4x5);
    e4 += dot(m0, q4, m1, q3, m2, q2, m3, q1, m4, q0);
    low = load<u64>(message, 48);
    high = load<u64>(message, 56);
    m0 = low & MASK;
    m1 = (low >> 26) & MASK;
    m2 = ((low >> 52) | (high << 12)) & MASK;
    m3 = (high >> 14) & MASK;
    m4 = (high >> 40) | TOP;
    e0 += dot(m0, r0, m1, r4x5, m2, r3x5, m3, r2x5, m4, r1x5);
    e1 += dot(m0, r1, m1, r0, m2, r4x5, m3, r3x5, m4, r2x5);
    e2 += dot(m0, r2, m1, r1, m2, r0, m3, r4x5, m4, r3x5);
    e3 += dot(m0, r3, m1, r2, m2, r1, m3, r0, m4, r4x5);
    e4 += dot(m0, r4, m1, r3, m2, r2, m3, r1, m4, r0);
    e1 += e0 >> 26;
    e2 += e1 >> 26;
    e3 += e2 >> 26;
    e4 += e3 >> 26;
    h0 = (e0 & MASK) + (e4 >> 26) * 5;
    h1 = (e1 & MASK) + (h0 >> 26);
    h0 &= MASK;
    h2 = e2 & MASK;
    h3 = e3 & MASK;
    h4 = e4 & MASK;
  }
  store<u64>(h, h0);
  store<u64>(h, h1, 8);
  store<u64>(h, h2, 16);
  store<u64>(h, h3, 24);
  store<u64>(h, h4, 32);
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
