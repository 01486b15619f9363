import { randomBytes } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MasterKey } from '../../../src/format/key-file.ts';
import { open, packUnpacked, seal, unpackedLimitBytes, unpackUnpacked } from '../../../src/repository/crypto.ts';
import { codeOf, sealedWithIv } from './test-repository.ts';

const key: MasterKey = { encryption: randomBytes(32), macK: randomBytes(16), macR: randomBytes(16) };

describe('seal and open', () => {
  it('give back what was sealed, 32 bytes longer in between', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), (plain) => {
        const sealed = seal(key, plain);
        expect(sealed.length).toBe(plain.length + 32);
        expect(Buffer.compare(open(key, sealed), plain)).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('takes a new IV every time', () => {
    const plain = Buffer.from('the same');
    expect(Buffer.compare(seal(key, plain), seal(key, plain))).not.toBe(0);
  });

  it('refuses any single changed bit', async () => {
    const sealed = seal(key, Buffer.from('pay 10'));
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Uint8Array.from(sealed);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(await codeOf(() => open(key, changed))).toBe('corrupt');
    }
  });

  it('refuses an IV of zeros even under a right MAC', async () => {
    expect(await codeOf(() => open(key, sealedWithIv(key, Buffer.alloc(16), Buffer.from('text'))))).toBe('corrupt');
    const oneIv = Buffer.alloc(16, 1);
    expect(await codeOf(() => open(key, sealedWithIv(key, oneIv, Buffer.from('text'))))).toBe('no error');
  });

  it('refuses other keys and garbage of any length', async () => {
    const other: MasterKey = { ...key, macR: randomBytes(16) };
    expect(await codeOf(() => open(other, seal(key, randomBytes(40))))).toBe('corrupt');
    for (let length = 0; length < 100; length++) {
      expect(await codeOf(() => open(key, randomBytes(length)))).toBe('corrupt');
    }
  });
});

describe('unpacked files', () => {
  const json = Buffer.from(`{"packs":[${'"text",'.repeat(500)}null]}`);

  it('are compressed behind a 2 in format 2, and left alone in format 1', () => {
    const packed = packUnpacked(json, 2);
    expect(packed[0]).toBe(2);
    expect(packed.length).toBeLessThan(json.length / 4);
    expect(Buffer.from(unpackUnpacked(packed, 2)).equals(json)).toBe(true);
    expect(packUnpacked(json, 1)).toBe(json);
    expect(unpackUnpacked(json, 1)).toBe(json);
  });

  it('may be plain JSON in format 2', () => {
    expect(unpackUnpacked(json, 2)).toBe(json);
    const list = Buffer.from('[]');
    expect(unpackUnpacked(list, 2)).toBe(list);
  });

  it('of another kind are refused', async () => {
    for (const bytes of [[0], [1, 2, 3], [3], [2], [2, 0, 0], [255, 255]]) {
      expect(await codeOf(() => unpackUnpacked(Uint8Array.from(bytes), 2))).toBe('corrupt');
    }
  });

  it('that blow up are refused before memory is taken', async () => {
    const bomb = Buffer.concat([Buffer.from([2]), zstdCompressSync(Buffer.alloc(40 * 1024 * 1024))]);
    expect(unpackedLimitBytes(bomb.length)).toBeLessThan(40 * 1024 * 1024);
    const before = process.memoryUsage().arrayBuffers;
    expect(await codeOf(() => unpackUnpacked(bomb, 2))).toBe('corrupt');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024);
  });

  it('read garbage as corrupt, never as a crash', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
        const code = await codeOf(() => unpackUnpacked(Uint8Array.of(2, 0x28, 0xb5, 0x2f, 0xfd, ...bytes), 2));
        expect(['corrupt', 'no error']).toContain(code);
      }),
    );
  });
});
