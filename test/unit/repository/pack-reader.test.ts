import { randomBytes } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Id, idOf } from '../../../src/format/id.ts';
import { encodePackHeader, type PackedBlob } from '../../../src/format/pack-header.ts';
import { plainLimitBytes } from '../../../src/repository/blob-decoder.ts';
import { seal } from '../../../src/repository/crypto.ts';
import { PackReader, planRanges } from '../../../src/repository/pack-reader.ts';
import { fail, faultyBackend } from '../../support/faulty-backend.ts';
import { seededRandom } from '../../support/random.ts';
import {
  codeOf,
  memoryRepository,
  messageFrom,
  never,
  overwrite,
  type PlainBlob,
  savePack,
} from './test-repository.ts';

const kib = 1024;

function someBlobs(count: number, seed: string): PlainBlob[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const plain = random.chance(0.5) ? random.text(random.integer(1, 3000)) : random.bytes(random.integer(0, 90_000));
    return { type: random.pick(['data', 'tree'] as const), plain, compress: plain.length > 0 && random.chance(0.5) };
  });
}

/** Reads blobs and says what came: the content's own hash where it was sound, else the error. */
async function readAll(reader: PackReader, packId: Id, blobs: readonly PackedBlob[], maxGapBytes?: number) {
  const sound: Id[] = [];
  const damaged: Id[] = [];
  const messages: string[] = [];
  await reader.readBlobs(
    packId,
    blobs,
    {
      blob: (blob, plain) => {
        expect(idOf(plain)).toBe(blob.id);
        sound.push(blob.id);
      },
      damaged: (blob, error) => {
        expect(error.code).toBe('corrupt');
        damaged.push(blob.id);
        messages.push(error.message);
      },
    },
    never,
    maxGapBytes === undefined ? {} : { maxGapBytes },
  );
  return { sound, damaged, messages };
}

describe('listPack', () => {
  it('gives the blobs as they were packed, for short and long headers', async () => {
    const repository = await memoryRepository();
    for (const count of [1, 10, 64, 65, 500]) {
      const { packId, blobs } = await savePack(repository, someBlobs(count, `list ${count}`));
      const { sizeBytes } = await repository.backend.stat({ type: 'data', name: packId }, never);
      expect((await repository.packReader.listPack(packId, never)).blobs).toEqual(blobs);
      expect(await repository.packReader.listPack(packId, never, sizeBytes)).toMatchObject({ blobs, sizeBytes });
    }
  });

  it('names a pack whose header is damaged', async () => {
    const repository = await memoryRepository();
    const { packId } = await savePack(repository, someBlobs(5, 'damaged'));
    const handle = { type: 'data', name: packId } as const;
    const sound = Buffer.from(await repository.backend.read(handle, never));
    const changed = (at: number, value: number): Buffer => {
      const copy = Buffer.from(sound);
      copy.writeUInt8(value, at < 0 ? copy.length + at : at);
      return copy;
    };
    const withLength = (length: number): Buffer => {
      const copy = Buffer.from(sound);
      copy.writeUInt32LE(length, copy.length - 4);
      return copy;
    };
    const blobsBeyond = seal(
      repository.key,
      encodePackHeader([{ type: 'data', id: packId, offset: 0, length: 9_000_000 }]),
    );
    const wrong = [
      Buffer.alloc(0),
      sound.subarray(0, 50),
      sound.subarray(0, sound.length - 1),
      withLength(0),
      withLength(32),
      withLength(0xffff_ffff),
      withLength(17 * 1024 * 1024),
      withLength(sound.length),
      changed(-30, sound.at(-30)! ^ 1),
      Buffer.concat([blobsBeyond, Buffer.from(Uint32Array.of(blobsBeyond.length).buffer)]),
    ];
    for (const bytes of wrong) {
      await overwrite(repository.backend, handle, bytes);
      expect(await codeOf(() => repository.packReader.listPack(packId, never))).toBe('corrupt');
      expect(await messageFrom(() => repository.packReader.listPack(packId, never))).toContain(packId);
    }
  });

  it('reads any bytes as corrupt', async () => {
    const repository = await memoryRepository();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.nat({ max: 400 }), async (bytes, length) => {
        const pack = Buffer.concat([bytes, Buffer.from(Uint32Array.of(length).buffer)]);
        const name = idOf(pack);
        await repository.backend.save({ type: 'data', name }, pack, never);
        expect(await codeOf(() => repository.packReader.listPack(name, never))).toBe('corrupt');
        await repository.backend.remove({ type: 'data', name }, never);
      }),
      { numRuns: 60 },
    );
  });
});

describe('readBlobs', () => {
  it('gives every blob, whatever the order, the gaps and the size of its memory', async () => {
    const repository = await memoryRepository();
    const { packId, blobs } = await savePack(repository, someBlobs(300, 'read'));
    const random = seededRandom('order');
    for (const regionBytes of [64 * kib, 200 * kib, 4096 * kib]) {
      const reader = new PackReader({ backend: repository.backend, key: repository.key, regionBytes });
      for (const maxGapBytes of [0, 10 * kib, undefined]) {
        const some = random.shuffle(blobs).slice(0, random.integer(1, 300));
        const { sound, damaged } = await readAll(reader, packId, some, maxGapBytes);
        expect(damaged).toEqual([]);
        expect(sound.sort()).toEqual(some.map(({ id }) => id).sort());
      }
    }
  });

  it('reports exactly the blobs that are damaged, naming blob and pack', async () => {
    const repository = await memoryRepository();
    const { packId, blobs } = await savePack(repository, someBlobs(50, 'flip'));
    const handle = { type: 'data', name: packId } as const;
    const bytes = Buffer.from(await repository.backend.read(handle, never));
    const hit = [3, 17, 18, 49].map((index) => blobs[index]!);
    for (const [index, { offset, length }] of hit.entries()) bytes[offset + ((index * 31) % length)]! ^= 4;
    await overwrite(repository.backend, handle, bytes);
    const { sound, damaged, messages } = await readAll(repository.packReader, packId, blobs);
    expect(damaged).toEqual(hit.map(({ id }) => id));
    expect(sound).toHaveLength(46);
    for (const [index, message] of messages.entries()) {
      expect(message).toContain(hit[index]!.id);
      expect(message).toContain(packId);
    }
    expect(await messageFrom(() => repository.packReader.readBlob(packId, hit[0]!, never))).toContain(packId);
  });

  it('reports what lies beyond the end of a cut pack, and reads the rest', async () => {
    const repository = await memoryRepository();
    const { packId, blobs } = await savePack(repository, someBlobs(40, 'cut'));
    const handle = { type: 'data', name: packId } as const;
    const bytes = await repository.backend.read(handle, never);
    const end = blobs[20]!.offset + 5;
    await overwrite(repository.backend, handle, bytes.subarray(0, end));
    const { sound, damaged } = await readAll(repository.packReader, packId, blobs);
    expect(sound.sort()).toEqual(
      blobs
        .slice(0, 20)
        .map(({ id }) => id)
        .sort(),
    );
    expect(damaged.sort()).toEqual(
      blobs
        .slice(20)
        .map(({ id }) => id)
        .sort(),
    );
  });

  it('believes neither wrong ids nor wrong lengths', async () => {
    const repository = await memoryRepository();
    const plain = Buffer.from('some text that compresses, compresses, compresses, compresses');
    const { packId, blobs } = await savePack(repository, [
      { type: 'data', plain, compress: true },
      { type: 'data', plain: randomBytes(100) },
    ]);
    const [packed, raw] = blobs as [PackedBlob, PackedBlob];
    const lies: PackedBlob[] = [
      { ...packed, id: raw.id },
      { ...packed, uncompressedLength: plain.length - 1 },
      { ...packed, uncompressedLength: plain.length + 1 },
      { ...packed, uncompressedLength: 0xffff_ffff },
      { ...packed, length: packed.length - 1 },
      { ...packed, length: 2 ** 31 - 1 },
      { ...packed, offset: 2 ** 32 - 1 },
      { ...raw, uncompressedLength: 100 },
      { type: 'data', id: packed.id, offset: packed.offset, length: packed.length },
    ];
    for (const lie of lies) {
      expect([lie, await codeOf(() => repository.packReader.readBlob(packId, lie, never))]).toEqual([lie, 'corrupt']);
    }
    expect(Buffer.from(await repository.packReader.readBlob(packId, packed, never)).equals(plain)).toBe(true);
  });

  it('asks for the size of a pack before it takes memory for a large blob', async () => {
    const repository = await memoryRepository();
    const { packId, blobs } = await savePack(repository, [{ type: 'data', plain: randomBytes(100) }]);
    const backend = faultyBackend(repository.backend);
    const reader = new PackReader({ backend, key: repository.key });
    const huge: PackedBlob = { ...blobs[0]!, length: 2 ** 31 - 1 };
    expect(await codeOf(() => reader.readBlob(packId, huge, never))).toBe('corrupt');
    expect(backend.calls.filter((call) => call.startsWith('readRange'))).toEqual([]);
  });

  it('refuses bombs before memory is taken', async () => {
    const repository = await memoryRepository();
    const frame = zstdCompressSync(Buffer.alloc(80 * 1024 * 1024));
    const sealed = seal(repository.key, frame);
    const name = idOf(sealed);
    await repository.backend.save({ type: 'data', name }, sealed, never);
    for (const type of ['data', 'tree'] as const) {
      for (const uncompressedLength of [80 * 1024 * 1024, 2 ** 32 - 1]) {
        const blob: PackedBlob = { type, id: name, offset: 0, length: sealed.length, uncompressedLength };
        expect(plainLimitBytes(blob)).toBeLessThan(uncompressedLength);
        const before = process.memoryUsage().arrayBuffers;
        expect(await codeOf(() => repository.packReader.readBlob(name, blob, never))).toBe('corrupt');
        expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(12 * 1024 * 1024);
      }
    }
  });

  it('reads overlapping blobs apart', async () => {
    const repository = await memoryRepository();
    const { packId, blobs } = await savePack(repository, someBlobs(3, 'overlap'));
    const inside: PackedBlob = { ...blobs[1]!, offset: blobs[1]!.offset + 1 };
    const { sound, damaged } = await readAll(repository.packReader, packId, [...blobs, blobs[0]!, inside]);
    expect(sound.sort()).toEqual([...blobs, blobs[0]!].map(({ id }) => id).sort());
    expect(damaged).toEqual([inside.id]);
  });

  it('passes failures of the backend on', async () => {
    const repository = await memoryRepository();
    const { packId, blobs } = await savePack(repository, someBlobs(3, 'fail'));
    const backend = faultyBackend(repository.backend, [{ call: 'readRange', effect: fail('network') }]);
    const reader = new PackReader({ backend, key: repository.key });
    expect(await codeOf(() => readAll(reader, packId, blobs))).toBe('network');
    expect(await codeOf(() => readAll(reader, '0'.repeat(64), blobs))).toBe('not-found');
  });
});

describe('planRanges', () => {
  it('covers every blob once, joins what is near, and respects its limits', () => {
    const blob = fc.record({ offset: fc.nat({ max: 5000 }), length: fc.integer({ min: 32, max: 600 }) });
    fc.assert(
      fc.property(fc.array(blob, { maxLength: 40 }), fc.nat({ max: 500 }), (places, maxGapBytes) => {
        const blobs = places.map((place, index): PackedBlob => ({ type: 'data', id: String(index), ...place }));
        const ranges = planRanges(blobs, { maxRangeBytes: 1000, maxGapBytes });
        expect(ranges.flatMap((range) => range.blobs.map(({ id }) => id)).sort()).toEqual(
          blobs.map(({ id }) => id).sort(),
        );
        for (const range of ranges) {
          expect(range.length <= 1000 || range.blobs.length === 1).toBe(true);
          let end = range.offset;
          for (const { offset, length } of range.blobs) {
            expect(offset).toBeGreaterThanOrEqual(end);
            expect(offset - end).toBeLessThanOrEqual(maxGapBytes);
            end = offset + length;
          }
          expect(end).toBe(range.offset + range.length);
        }
      }),
    );
    const near = [0, 100, 250, 1000].map(
      (offset): PackedBlob => ({ type: 'data', id: `${offset}`, offset, length: 100 }),
    );
    expect(planRanges(near, { maxRangeBytes: 10_000, maxGapBytes: 50 }).map(({ length }) => length)).toEqual([
      350, 100,
    ]);
  });
});
