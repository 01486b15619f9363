/**
 * Known answers of every primitive that a repository relies on. Runtimes differ in their crypto library (Node has OpenSSL,
 * Electron BoringSSL): one that lacks something, or has it wrong, must be found out before it seals anything.
 */
import { createCipheriv, createHash, scryptSync } from 'node:crypto';
import { HoldfastError } from '../base/errors.ts';
import { Poly1305 } from '../kernels/poly1305.ts';
import { zstdCompress, zstdDecompressUpTo } from './zstd.ts';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

/** A name, what it gives, and what it must give (hex). */
const known: readonly (readonly [name: string, answer: () => Uint8Array, expected: string])[] = [
  [
    'SHA-256', // FIPS 180-2, B.1
    () => createHash('sha256').update('abc').digest(),
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  ],
  [
    'AES-256-CTR', // NIST SP 800-38A, F.5.5
    () =>
      createCipheriv(
        'aes-256-ctr',
        hex('603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4'),
        hex('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff'),
      ).update(hex('6bc1bee22e409f96e93d7e117393172a')),
    '601ec313775789a5b7a7f504bbf3d228',
  ],
  [
    'AES-128-ECB', // NIST SP 800-38A, F.1.1
    () =>
      createCipheriv('aes-128-ecb', hex('2b7e151628aed2a6abf7158809cf4f3c'), null)
        .setAutoPadding(false)
        .update(hex('6bc1bee22e409f96e93d7e117393172a')),
    '3ad77bb40d7a3660a89ecaf32466ef97',
  ],
  [
    'scrypt', // RFC 7914, 12
    () => scryptSync('', '', 64, { N: 16, r: 1, p: 1 }),
    '77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906',
  ],
  [
    'Poly1305', // RFC 8439, 2.5.2
    () =>
      new Poly1305(hex('85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b'))
        .update(Buffer.from('Cryptographic Forum Research Group'))
        .digest(),
    'a8061dc1305136c6c22b8baf0c0127a9',
  ],
  [
    'zstd',
    () => zstdDecompressUpTo(zstdCompress(Buffer.from('holdfast'.repeat(100))), 800).subarray(0, 8),
    Buffer.from('holdfast').toString('hex'),
  ],
];

/** About 2 ms. @throws `unsupported` naming what is missing or wrong */
export function selfTest(): void {
  for (const [name, answer, expected] of known) {
    let given: string;
    try {
      given = Buffer.from(answer()).toString('hex');
    } catch (cause) {
      throw failed(name, 'is missing', cause);
    }
    if (given !== expected) throw failed(name, 'gives wrong results', undefined);
  }
}

function failed(name: string, what: string, cause: unknown): HoldfastError {
  return new HoldfastError('unsupported', `${name} ${what} in this runtime: nothing can be backed up safely.`, {
    hint: 'Install Holdfast anew, or run it with another version of Node.',
    cause,
  });
}
