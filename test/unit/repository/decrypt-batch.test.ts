import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { MasterKey } from '../../../src/format/key-file.ts';
import { loadKernels } from '../../../src/kernels/kernels.ts';
import { seal } from '../../../src/repository/crypto.ts';
import { BatchDecryptor, type SealedBlob } from '../../../src/repository/decrypt-batch.ts';
import { seededRandom } from '../../support/random.ts';
import { sealedWithIv } from './test-repository.ts';

const key: MasterKey = { encryption: randomBytes(32), macK: randomBytes(16), macR: randomBytes(16) };
const kernels = loadKernels({ memoryBytes: 12 * 1024 * 1024 });
const decryptor = new BatchDecryptor(kernels, key);
const region = kernels.alloc(6 * 1024 * 1024);

/** Lays sealed blobs out back to back, from an odd address. */
function layOut(plains: readonly Uint8Array[]): SealedBlob[] {
  let address = region + 3;
  return plains.map((plain) => {
    const sealed = seal(key, plain);
    kernels.u8.set(sealed, address);
    const blob = { address, length: sealed.length };
    address += sealed.length;
    return blob;
  });
}

function plainOf({ address, length }: SealedBlob): Uint8Array {
  return kernels.u8.slice(address + 16, address + length - 16);
}

describe('BatchDecryptor', () => {
  it('opens blobs of all sizes in place', () => {
    const random = seededRandom('batch');
    const edges = [0, 1, 15, 16, 17, 31, 4096, 65_535, 65_536, 65_537, 131_072, 131_073, 1_000_003];
    const lengths = [...edges, ...Array.from({ length: 600 }, () => Math.floor(random.next() ** 4 * 20_000))];
    const plains = lengths.map((length) => randomBytes(length));
    const blobs = layOut(plains);
    expect(decryptor.open(blobs)).toEqual([]);
    for (const [index, blob] of blobs.entries()) expect(Buffer.compare(plainOf(blob), plains[index]!)).toBe(0);
  });

  it('names those that were changed, leaves them encrypted, and opens the others', () => {
    const plains = Array.from({ length: 300 }, (_, index) => randomBytes(index * 7));
    const blobs = layOut(plains);
    const changed = new Map([
      [0, 0], // IV
      [5, 16], // ciphertext
      [255, 255 * 7 + 20], // MAC
      [256, 3],
      [299, 100],
    ]);
    for (const [index, at] of changed) kernels.u8[blobs[index]!.address + at]! ^= 0x40;
    const ciphertext = plainOf(blobs[299]!);
    expect(decryptor.open(blobs)).toEqual([...changed.keys()]);
    expect(Buffer.compare(plainOf(blobs[299]!), ciphertext)).toBe(0);
    for (const [index, blob] of blobs.entries()) {
      if (!changed.has(index)) expect(Buffer.compare(plainOf(blob), plains[index]!)).toBe(0);
    }
  });

  it('refuses what is too short to be sealed, and an IV of zeros', () => {
    kernels.u8.set(sealedWithIv(key, Buffer.alloc(16), randomBytes(40)), region);
    expect(decryptor.open([{ address: region, length: 72 }])).toEqual([0]);
    kernels.u8.set(sealedWithIv(key, Buffer.alloc(16, 1), randomBytes(40)), region);
    expect(decryptor.open([{ address: region, length: 72 }])).toEqual([]);
    expect(
      decryptor.open([
        { address: region, length: 31 },
        { address: region + 64, length: 0 },
      ]),
    ).toEqual([0, 1]);
  });
});
