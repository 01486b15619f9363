/** AES counter mode without the AES: counter blocks to encrypt in one ECB call, and the XOR afterwards. */

/** Writes `blocks` × 16 bytes at `out`: iv, iv + 1, … as big-endian 128-bit numbers that wrap around. */
export function ctrCounters(out: usize, iv: usize, blocks: u32): void {
  let high = bswap<u64>(load<u64>(iv));
  let low = bswap<u64>(load<u64>(iv, 8));
  for (let end = out + ((<usize>blocks) << 4); out < end; out += 16) {
    store<u64>(out, bswap<u64>(high));
    store<u64>(out, bswap<u64>(low), 8);
    low++;
    if (low == 0) high++;
  }
}

/** target[i] ^= mask[i] for `length` bytes; the two must not overlap unless they are the same. */
export function xorInto(target: usize, mask: usize, length: usize): void {
  const end = target + length;
  for (; target + 64 <= end; target += 64, mask += 64) {
    v128.store(target, v128.xor(v128.load(target), v128.load(mask)));
    v128.store(target, v128.xor(v128.load(target, 16), v128.load(mask, 16)), 16);
    v128.store(target, v128.xor(v128.load(target, 32), v128.load(mask, 32)), 32);
    v128.store(target, v128.xor(v128.load(target, 48), v128.load(mask, 48)), 48);
  }
  for (; target < end; target++, mask++) store<u8>(target, load<u8>(target) ^ load<u8>(mask));
}
