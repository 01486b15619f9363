import { createCipheriv, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadKernels } from '../../../src/kernels/kernels.ts';

describe('alloc', () => {
  it('gives aligned, separate, zeroed addresses and then refuses', () => {
    const kernels = loadKernels({ memoryBytes: 200_000 });
    const odd = kernels.alloc(3);
    const page = kernels.alloc(1000, 4096);
    const next = kernels.alloc(8);
    expect(odd % 16).toBe(0);
    expect(page % 4096).toBe(0);
    expect(page).toBeGreaterThanOrEqual(odd + 3);
    expect(next).toBeGreaterThanOrEqual(page + 1000);
    expect(kernels.u8.subarray(page, page + 1000).every((byte) => byte === 0)).toBe(true);
    expect(() => kernels.alloc(300_000)).toThrowError(expect.objectContaining({ code: 'internal' }));
    const u8 = kernels.u8;
    const last = kernels.alloc(u8.length - (next + 16));
    expect(last).toBe(next + 16);
    expect(u8.buffer).toBe(kernels.memory.buffer);
  });
});

describe('setPolynomial', () => {
  it.each([0n, 1n, 1n << 52n, 1n << 54n, -1n])('refuses %s, which is not of degree 53', (polynomial) => {
    const kernels = loadKernels({ memoryBytes: 65536 });
    expect(() => kernels.setPolynomial(polynomial)).toThrowError(expect.objectContaining({ code: 'invalid-input' }));
  });
});

describe('ctrCounters and xorInto', () => {
  const kernels = loadKernels({ memoryBytes: 1024 * 1024 });
  const iv = kernels.alloc(16);
  const counters = kernels.alloc(100_000);
  const text = kernels.alloc(100_000);

  const ivs = fc.oneof(
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    fc.uint8Array({ minLength: 8, maxLength: 8 }).map((head) => Uint8Array.from([...head, ...Array(7).fill(255), 250])),
    fc.constant(new Uint8Array(16).fill(255)),
  );

  it('decrypt like AES-256-CTR', () => {
    fc.assert(
      fc.property(ivs, fc.nat({ max: 3000 }), (start, length) => {
        const key = randomBytes(32);
        const plain = randomBytes(length);
        const blocks = Math.ceil(length / 16);
        kernels.u8.set(start, iv);
        kernels.ctrCounters(counters, iv, blocks);
        const ecb = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
        const mask = ecb.update(kernels.u8.subarray(counters, counters + 16 * blocks));
        kernels.u8.set(mask, counters);
        kernels.u8.set(plain, text);
        kernels.u8[text + length] = 77;
        kernels.xorInto(text, counters, length);
        const expected = createCipheriv('aes-256-ctr', key, start).update(plain);
        expect(expected.equals(kernels.u8.subarray(text, text + length))).toBe(true);
        expect(kernels.u8[text + length]).toBe(77);
      }),
    );
  });
});
