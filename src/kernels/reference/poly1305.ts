/** Poly1305 (RFC 8439, section 2.5) straight from its definition: what the WebAssembly is tested against. Not constant-time. */
const prime = (1n << 130n) - 5n;
const clamp = 0x0ffffffc0ffffffc0ffffffc0fffffffn;
const blockBytes = 16;

/** @param key32 r‖s; returns the 16-byte tag */
export function referencePoly1305(key32: Uint8Array, message: Uint8Array): Uint8Array {
  const r = littleEndian(key32.subarray(0, 16)) & clamp;
  const s = littleEndian(key32.subarray(16, 32));
  let sum = 0n;
  for (let at = 0; at < message.length; at += blockBytes) {
    const block = message.subarray(at, at + blockBytes);
    const marked = littleEndian(block) | (1n << BigInt(8 * block.length));
    sum = ((sum + marked) * r) % prime;
  }
  const tag = BigInt.asUintN(128, sum + s);
  return Uint8Array.from({ length: blockBytes }, (_, index) => Number((tag >> BigInt(8 * index)) & 0xffn));
}

function littleEndian(bytes: Uint8Array): bigint {
  const hex = Buffer.from(bytes).reverse().toString('hex');
  return hex === '' ? 0n : BigInt(`0x${hex}`);
}
