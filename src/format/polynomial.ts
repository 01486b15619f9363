/**
 * The chunker's polynomial over GF(2): bit i of the bigint is the coefficient of x^i.
 *
 * restic keeps it as hex in `config` and refuses reducible ones (a reducible one makes cut points guessable).
 * New ones are random, of degree 53 (restic chunker, polynomials.go).
 */
import { randomBytes } from 'node:crypto';
import { HoldfastError } from '../base/errors.ts';

/** Degree of every polynomial that restic makes: the largest prime below 64 − 8. */
export const POLYNOMIAL_DEGREE = 53;

/** The highest power with a coefficient; −1 for zero. */
export function degree(p: bigint): number {
  return p === 0n ? -1 : p.toString(2).length - 1;
}

/** A random irreducible polynomial of degree 53, from the system's secure source. */
export function randomPolynomial(): bigint {
  const top = 1n << BigInt(POLYNOMIAL_DEGREE);
  // About 1 in 27 odd candidates is irreducible: a million failures do not happen.
  for (let tries = 0; tries < 1_000_000; tries++) {
    const candidate = (randomBytes(8).readBigUInt64LE() & (top - 1n)) | top | 1n;
    if (isIrreducible(candidate)) return candidate;
  }
  throw new HoldfastError('internal', 'no irreducible polynomial was found');
}

/** Ben-Or's test: f is irreducible when gcd(f, x^(2^i) − x) = 1 for each i up to half its degree. */
export function isIrreducible(f: bigint): boolean {
  const n = degree(f);
  if (n < 1) return false;
  let power = 2n; // x^(2^i) mod f, from i = 0
  for (let i = 1; i <= n >> 1; i++) {
    power = modulo(square(power), f);
    if (gcd(f, power ^ 2n) !== 1n) return false;
  }
  return true;
}

/** As in `config`: lowercase hex without prefix. */
export function formatPolynomial(p: bigint): string {
  return p.toString(16);
}

/** From hex as in `config`; undefined when it is no hex number of at most 64 bits. */
export function parsePolynomial(hex: string): bigint | undefined {
  return /^[0-9a-fA-F]{1,16}$/.test(hex) ? BigInt(`0x${hex}`) : undefined;
}

/** Squaring over GF(2) puts a zero between any two coefficients: read the binary digits in base 4. */
function square(p: bigint): bigint {
  let result = 0n;
  const bits = p.toString(2);
  for (const bit of bits) result = (result << 2n) | (bit === '1' ? 1n : 0n);
  return result;
}

function modulo(p: bigint, f: bigint): bigint {
  const n = degree(f);
  let rest = p;
  for (let d = degree(rest); d >= n; d = degree(rest)) rest ^= f << BigInt(d - n);
  return rest;
}

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y !== 0n) [x, y] = [y, modulo(x, y)];
  return x;
}
