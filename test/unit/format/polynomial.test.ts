import { describe, expect, it } from 'vitest';
import {
  degree,
  formatPolynomial,
  isIrreducible,
  parsePolynomial,
  randomPolynomial,
} from '../../../src/format/polynomial.ts';

function times(a: bigint, b: bigint): bigint {
  let product = 0n;
  for (let i = 0n; b >> i > 0n; i++) if (((b >> i) & 1n) === 1n) product ^= a << i;
  return product;
}

describe('polynomials', () => {
  it('of small degree are irreducible exactly when they are no product', () => {
    const products = new Set<bigint>();
    for (let a = 2n; a < 256n; a++) for (let b = 2n; b < 256n; b++) products.add(times(a, b));
    for (let p = 2n; p < 256n; p++) expect([p, isIrreducible(p)]).toEqual([p, !products.has(p)]);
    expect([isIrreducible(0n), isIrreducible(1n)]).toEqual([false, false]);
  });

  it('that restic chose are irreducible, and products of large ones are not', () => {
    expect(isIrreducible(0x26023a0603395dn)).toBe(true);
    expect(isIrreducible(0x3da3358b4dc173n)).toBe(true);
    expect(isIrreducible(times(0x11bn, 0x26023a0603395dn))).toBe(false);
  });

  it('are made with degree 53 and survive their text', () => {
    const p = randomPolynomial();
    expect(degree(p)).toBe(53);
    expect(isIrreducible(p)).toBe(true);
    expect(parsePolynomial(formatPolynomial(p))).toBe(p);
    expect(parsePolynomial('0x1')).toBeUndefined();
  });
});
