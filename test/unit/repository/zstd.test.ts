import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { createZstdCompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  frameContentSize,
  levelProfile,
  ZstdCompressor,
  ZstdDecompressor,
  zstdBound,
  zstdDecompress,
  zstdDecompressUpTo,
} from '../../../src/repository/zstd.ts';
import { compressHandle, decompressHandle } from '../../../src/repository/zstd-handle.ts';
import { codeOf } from './test-repository.ts';

const text = (bytes: number): Buffer =>
  Buffer.from('a line of a text file, and so on. '.repeat(bytes / 30 + 1)).subarray(0, bytes);

describe('ZstdCompressor', () => {
  it('writes frames that carry their content size, one after the other', () => {
    const compressor = new ZstdCompressor(levelProfile(2));
    for (const length of [60, 300, 70_000, 1_000_000, 100]) {
      const src = text(length);
      const dst = new Uint8Array(zstdBound(length));
      const written = compressor.compress(src, dst);
      expect(written).toBeGreaterThan(0);
      const frame = dst.subarray(0, written);
      expect(frameContentSize(frame)).toBe(length);
      expect(zstdDecompressSync(frame).equals(src)).toBe(true);
    }
  });

  it('gives 0 where nothing is gained, and goes on with the next', () => {
    const compressor = new ZstdCompressor(levelProfile(2));
    const dst = new Uint8Array(1_100_000);
    for (const noise of [randomBytes(1), randomBytes(4096), randomBytes(1_000_000), Buffer.alloc(0)]) {
      expect(compressor.compress(noise, dst)).toBe(0);
      const written = compressor.compress(text(5000), dst);
      expect(zstdDecompressSync(dst.subarray(0, written)).equals(text(5000))).toBe(true);
    }
  });

  it('gives 0 where the target is too small, and goes on with the next', () => {
    const compressor = new ZstdCompressor(levelProfile(2));
    const half = Buffer.concat([randomBytes(200_000), text(200_000)]);
    for (const room of [0, 1, 10, 1000, 150_000, 200_000]) {
      expect(compressor.compress(half, new Uint8Array(room))).toBe(0);
      const dst = new Uint8Array(zstdBound(half.length));
      const written = compressor.compress(half, dst);
      expect(zstdDecompressSync(dst.subarray(0, written)).equals(half)).toBe(true);
    }
  });

  it('reads and writes WebAssembly memory', () => {
    const memory = new WebAssembly.Memory({ initial: 2 });
    const src = new Uint8Array(memory.buffer, 100, 5000);
    src.set(text(5000));
    const written = new ZstdCompressor(levelProfile(3)).compress(src, new Uint8Array(memory.buffer, 60_000, 5000));
    expect(Buffer.compare(zstdDecompress(new Uint8Array(memory.buffer, 60_000, written), 5000), src)).toBe(0);
  });

  it('compresses large arrays into new ones', () => {
    const compressor = new ZstdCompressor(levelProfile(2));
    expect(compressor.compressLarge(randomBytes(1000))).toBeUndefined();
    expect(Buffer.compare(zstdDecompress(compressor.compressLarge(text(9000))!, 9000), text(9000))).toBe(0);
  });
});

describe('ZstdDecompressor', () => {
  it('gives back any content, whichever order of sizes', () => {
    const decompressor = new ZstdDecompressor();
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 300_000 }), { maxLength: 5 }), (lengths) => {
        for (const length of lengths) {
          const src = text(length);
          expect(Buffer.compare(decompressor.decompress(zstdCompressSync(src), length), src)).toBe(0);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('refuses wrong lengths, cut and changed frames, and still reads the next', async () => {
    const decompressor = new ZstdDecompressor();
    const src = text(20_000);
    const frame = zstdCompressSync(src);
    const bad: [Uint8Array, number][] = [
      [frame, 19_999],
      [frame, 20_001],
      [frame, 0],
      [frame.subarray(0, frame.length - 3), 20_000],
      [frame.subarray(0, 3), 20_000],
      [Buffer.alloc(0), 20_000],
      [randomBytes(500), 20_000],
      [Buffer.concat([frame, frame]), 20_000],
    ];
    for (const [bytes, length] of bad) {
      expect(await codeOf(() => decompressor.decompress(bytes, length))).toBe('corrupt');
      expect(await codeOf(() => zstdDecompress(bytes, length))).toBe('corrupt');
      expect(Buffer.compare(decompressor.decompress(frame, 20_000), src)).toBe(0);
    }
  });

  it('reads frames without a content size, up to what was announced', async () => {
    const src = text(5000);
    const stream = createZstdCompress();
    stream.write(src.subarray(0, 1000));
    stream.end(src.subarray(1000));
    const frame = await buffer(stream);
    expect(frameContentSize(frame)).toBeUndefined();
    const decompressor = new ZstdDecompressor();
    expect(Buffer.compare(decompressor.decompress(frame, 5000), src)).toBe(0);
    expect(await codeOf(() => decompressor.decompress(frame, 4999))).toBe('corrupt');
    expect(Buffer.compare(decompressor.decompress(frame, 5000), src)).toBe(0);
    expect(await codeOf(() => zstdDecompressUpTo(frame, 4999))).toBe('corrupt');
  });

  it('meets garbage with an error, never with a crash', async () => {
    const decompressor = new ZstdDecompressor();
    const frame = zstdCompressSync(text(3000));
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: frame.length - 1 }), fc.nat({ max: 255 }), async (at, value) => {
        const changed = Buffer.from(frame);
        changed[at] = value;
        expect(['corrupt', 'no error']).toContain(await codeOf(() => decompressor.decompress(changed, 3000)));
        expect(Buffer.compare(decompressor.decompress(frame, 3000), text(3000))).toBe(0);
      }),
    );
  });
});

describe('the native handle', () => {
  it('passes its self-test on this Node (else everything is slower than it need be)', () => {
    expect(compressHandle({ level: 2 })).toBeDefined();
    expect(decompressHandle()).toBeDefined();
  });

  it('tells a full target from a failure', () => {
    const handle = compressHandle({ level: 2 })!;
    const src = randomBytes(1000);
    expect(handle.run(src, new Uint8Array(10))).toBe('full');
    expect(handle.drain(src)).toBe(true);
    expect(decompressHandle()!.run(randomBytes(100), new Uint8Array(10))).toBe('failed');
  });
});
