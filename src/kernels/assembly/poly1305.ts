/**
 * Poly1305 (RFC 8439, section 2.5): h = (h + block) · r mod 2^130 − 5, five limbs of 26 bits in u64,
 * four blocks at a time: h = (h + b0) r⁴ + b1 r³ + b2 r² + b3 r, so that the carries are propagated once in 64 bytes.
 *
 * State (128 bytes): 5 × u64 h, 5 × u64 r, 16 bytes s. It may be copied away and back between calls.
 */
const MASK: u64 = 0x3ffffff;
/** The bit above a whole block of 16 bytes, in the top limb. */
const TOP: u64 = 1 << 24;
const R_AT: usize = 40;
const S_AT: usize = 80;
const scratchState = memory.data(128, 16);
const lastBlock = memory.data(16, 16);


/** Starts a state from r‖s (32 bytes at `rs`); r is clamped here. */
export function poly1305Begin(state: usize, rs: usize): void {
  memory.fill(state, 0, 128);
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
  absorb(state, message, length, TOP);
}

function absorb(state: usize, message: usize, length: usize, top: u64): void {
  let h0 = load<u64>(state);
  let h1 = load<u64>(state, 8);
  let h2 = load<u64>(state, 16);
  let h3 = load<u64>(state, 24);
  let h4 = load<u64>(state, 32);
  const r0 = load<u64>(state + R_AT);
  const r1 = load<u64>(state + R_AT, 8);
  const r2 = load<u64>(state + R_AT, 16);
  const r3 = load<u64>(state + R_AT, 24);
  const r4 = load<u64>(state + R_AT, 32);
  const s1 = r1 * 5;
  const s2 = r2 * 5;
  const s3 = r3 * 5;
  const s4 = r4 * 5;
  for (const end = message + length; message < end; message += 16) {
    const low = load<u64>(message);
    const high = load<u64>(message, 8);
    h0 += low & MASK;
    h1 += (low >> 26) & MASK;
    h2 += ((low >> 52) | (high << 12)) & MASK;
    h3 += (high >> 14) & MASK;
    h4 += (high >> 40) | top;
    const e0 = h0 * r0 + h1 * s4 + h2 * s3 + h3 * s2 + h4 * s1;
    let e1 = h0 * r1 + h1 * r0 + h2 * s4 + h3 * s3 + h4 * s2;
    let e2 = h0 * r2 + h1 * r1 + h2 * r0 + h3 * s4 + h4 * s3;
    let e3 = h0 * r3 + h1 * r2 + h2 * r1 + h3 * r0 + h4 * s4;
    let e4 = h0 * r4 + h1 * r3 + h2 * r2 + h3 * r1 + h4 * r0;
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
  store<u64>(state, h0);
  store<u64>(state, h1, 8);
  store<u64>(state, h2, 16);
  store<u64>(state, h3, 24);
  store<u64>(state, h4, 32);
}

/** Absorbs the last `length` bytes (any number) and writes the 16-byte tag (h + s) mod 2^128. */
export function poly1305Finish(state: usize, message: usize, length: usize, tag: usize): void {
  const whole = length & ~15;
  absorb(state, message, whole, TOP);
  const rest = length - whole;
  if (rest > 0) {
    memory.fill(lastBlock, 0, 16);
    memory.copy(lastBlock, message + whole, rest);
    store<u8>(lastBlock + rest, 1);
    absorb(state, lastBlock, 16, 0);
  }
  let h0 = load<u64>(state);
  let h1 = load<u64>(state, 8);
  let h2 = load<u64>(state, 16);
  let h3 = load<u64>(state, 24);
  let h4 = load<u64>(state, 32);
  // Two rounds of carries make every limb less than 2^26.
  for (let round = 0; round < 2; round++) {
    h1 += h0 >> 26;
    h0 &= MASK;
    h2 += h1 >> 26;
    h1 &= MASK;
    h3 += h2 >> 26;
    h2 &= MASK;
    h4 += h3 >> 26;
    h3 &= MASK;
    h0 += (h4 >> 26) * 5;
    h4 &= MASK;
  }
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
