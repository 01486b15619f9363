import { zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Backend } from '../../../src/backend/backend.ts';
import { memoryBackend } from '../../../src/backend/memory/memory-backend.ts';
import { type Id, idOf } from '../../../src/format/id.ts';
import { type Kernels, loadKernels } from '../../../src/kernels/kernels.ts';
import type { BlobType } from '../../../src/repository/blob-table.ts';
import { IndexSaver } from '../../../src/repository/index-saver.ts';
import { type FinishedPack, PackWriter, type PackWriterOptions } from '../../../src/repository/pack-writer.ts';
import type { Repository } from '../../../src/repository/repository.ts';
import { fail, faultyBackend } from '../../support/faulty-backend.ts';
import { seededRandom } from '../../support/random.ts';
import { codeOf, memoryRepository, namesOf, never } from './test-repository.ts';

const kib = 1024;
const mib = 1024 * kib;
const maxBlobBytes = 2 * mib;

interface Bench {
  readonly repository: Repository;
  readonly backend: Backend;
  readonly kernels: Kernels;
  readonly window: number;
  readonly writer: PackWriter;
  readonly finished: FinishedPack[];
  /** Appends a blob as the pipeline does; gives its id, or undefined where the table knew it. */
  append(plain: Uint8Array): Promise<Id>;
}

async function bench(options: Partial<PackWriterOptions> & { readonly type?: BlobType } = {}): Promise<Bench> {
  const backend = options.backend ?? memoryBackend();
  const repository = await memoryRepository({ backend, version: options.repositoryVersion ?? 2 });
  await repository.loadIndex(never);
  const kernels = loadKernels({ memoryBytes: 16 * mib });
  const window = kernels.alloc(maxBlobBytes, 4096);
  const finished: FinishedPack[] = [];
  const type = options.type ?? 'data';
  const writer = new PackWriter({
    kernels,
    key: repository.key,
    backend,
    table: repository.index.blobs,
    type,
    repositoryVersion: 2,
    compression: 'auto',
    packSizeBytes: 4 * mib,
    maxBlobBytes,
    onPack: (pack) => finished.push(pack),
    signal: never,
    ...options,
  });
  const append = async (plain: Uint8Array): Promise<Id> => {
    const id = idOf(plain);
    const { entry, fresh } = repository.index.blobs.claim(type, id);
    if (!fresh) return id;
    if (plain.length > maxBlobBytes) {
      await writer.appendLarge(entry, plain);
      return id;
    }
    kernels.u8.set(plain, window);
    await writer.append(entry, window, plain.length);
    kernels.u8.fill(0xee, window, window + plain.length); // consumed: ours again
    return id;
  };
  return { repository, backend, kernels, window, writer, finished, append };
}

/** Reads every blob back by a new index that was made from the finished packs. */
async function readBack(
  { repository, finished, writer }: Bench,
  type: BlobType,
  ids: readonly Id[],
): Promise<Buffer[]> {
  await writer.flush();
  const saver = new IndexSaver(repository);
  for (const { pack, entries } of finished) saver.addEntries(repository.index.blobs, pack, entries);
  await saver.flush(never);
  await repository.loadIndex(never);
  return Promise.all(ids.map(async (id) => Buffer.from(await repository.readBlob(type, id, never))));
}

/** What the headers of the packs say. */
async function headers({ repository, backend }: Bench): Promise<{ name: string; blobs: number }[]> {
  const result = [];
  for (const name of await namesOf(backend, 'data')) {
    const { blobs } = await repository.packReader.listPack(name, never);
    result.push({ name, blobs: blobs.length });
  }
  return result;
}

const random = seededRandom('pack-writer');

describe('what is appended comes back', () => {
  const sizes = [1, 15, 16, 17, 4095, 128 * kib - 1, 128 * kib, 128 * kib + 1, 256 * kib, mib, maxBlobBytes];

  it.each([
    ['compressed', 2, 'auto'],
    ['uncompressed', 2, 'off'],
    ['format 1', 1, 'auto'],
    ['the best compression', 2, 'max'],
  ] as const)('sizes around the limits of the staging memory: %s', async (_, repositoryVersion, compression) => {
    const made = await bench({ repositoryVersion, compression, packSizeBytes: 256 * kib });
    const tried = compression === 'max' ? sizes.filter((size) => size <= 256 * kib) : sizes;
    const blobs = tried.flatMap((size) => [random.bytes(size), random.text(size), Buffer.alloc(size, size % 251)]);
    const ids: Id[] = [];
    for (const blob of blobs) ids.push(await made.append(blob));
    const plain = await readBack(made, 'data', ids);
    expect(plain.map((bytes, index) => bytes.equals(blobs[index]!))).toEqual(blobs.map(() => true));
    expect(made.finished.length).toBeGreaterThan(1);
    expect(made.finished.flatMap(({ entries }) => entries)).toHaveLength(new Set(ids).size);
  });

  it('in any order and mix, from a fixed seed', async () => {
    const made = await bench({ packSizeBytes: 300 * kib });
    const blobs: Buffer[] = [];
    for (let blob = 0; blob < 400; blob++) {
      const size = random.chance(0.05) ? random.integer(1, 400 * kib) : random.integer(1, 9000);
      blobs.push(random.chance(0.5) ? random.bytes(size) : random.text(size));
    }
    const ids: Id[] = [];
    for (const blob of blobs) ids.push(await made.append(blob));
    const plain = await readBack(made, 'data', ids);
    expect(plain.every((bytes, index) => bytes.equals(blobs[index]!))).toBe(true);
  });

  it.each([maxBlobBytes + 1, 5 * mib])(
    'a tree larger than the fixed memory, between small ones (%i bytes)',
    async (size) => {
      const made = await bench({ type: 'tree', packSizeBytes: 16 * mib });
      const blobs = [random.text(100), random.bytes(size), random.text(200), random.text(size), random.bytes(300)];
      const ids: Id[] = [];
      for (const blob of blobs) ids.push(await made.append(blob));
      const plain = await readBack(made, 'tree', ids);
      expect(plain.map((bytes, index) => bytes.equals(blobs[index]!))).toEqual([true, true, true, true, true]);
      expect((await headers(made)).map(({ blobs: count }) => count)).toEqual([5]);
    },
  );

  it('a frame that is compressed already goes in as it is', async () => {
    const made = await bench();
    const { repository, kernels, window, writer } = made;
    const text = random.text(50_000);
    const frame = zstdCompressSync(text);
    const { entry } = repository.index.blobs.claim('data', idOf(text));
    kernels.u8.set(frame, window);
    await writer.appendFrame(entry, window, frame.length, text.length);
    expect((await readBack(made, 'data', [idOf(text)]))[0]?.equals(text)).toBe(true);
    expect(repository.index.lookup('data', idOf(text))).toMatchObject({
      length: frame.length + 32,
      uncompressedLength: 50_000,
    });
  });
});

describe('packs', () => {
  it('are closed at their size, named by their content, and told only when they are there', async () => {
    const told: string[] = [];
    const backend = memoryBackend();
    const made: Bench = await bench({
      backend,
      packSizeBytes: mib,
      onPack: ({ pack }) => told.push(made.repository.index.blobs.packId(pack)),
    });
    for (let blob = 0; blob < 12; blob++) {
      await made.append(random.bytes(300 * kib));
      for (const name of told) expect(await codeOf(() => backend.stat({ type: 'data', name }, never))).toBe('no error');
    }
    await made.writer.flush();
    expect([...told].sort()).toEqual(await namesOf(backend, 'data'));
    for (const { name, blobs } of await headers(made)) {
      expect(idOf(await backend.read({ type: 'data', name }, never))).toBe(name);
      expect(blobs).toBe(4);
    }
    expect(told).toHaveLength(3);
  });

  it('of tiny blobs are closed before their header is too large for restic', { timeout: 20_000 }, async () => {
    const made = await bench({ packSizeBytes: 128 * mib });
    const count = 140_000;
    const plain = Buffer.alloc(4);
    for (let blob = 0; blob < count; blob++) {
      plain.writeUInt32LE(blob);
      await made.append(plain);
    }
    await made.writer.flush();
    const packs = await headers(made);
    expect(packs.reduce((sum, { blobs }) => sum + blobs, 0)).toBe(count);
    expect(Math.max(...packs.map(({ blobs }) => blobs))).toBeLessThan(66_000);
    const last = Buffer.alloc(4);
    last.writeUInt32LE(count - 1);
    expect((await readBack(made, 'data', [idOf(last)]))[0]?.equals(last)).toBe(true);
  });

  it('that are slow to become durable hold the writer up', async () => {
    const inner = memoryBackend();
    const { promise: disk, resolve: recovered } = Promise.withResolvers<void>();
    let open = 0;
    let most = 0;
    const slow = faultyBackend(inner);
    const openWriter: Backend['openWriter'] = async (type, options) => {
      const writer = await inner.openWriter(type, options);
      return {
        write: (bytes) => writer.write(bytes),
        commit: async (name) => {
          most = Math.max(most, ++open);
          if (type === 'data') await disk;
          await writer.commit(name);
          open--;
        },
        [Symbol.asyncDispose]: () => writer[Symbol.asyncDispose](),
      };
    };
    const made = await bench({ backend: { ...slow, openWriter }, packSizeBytes: 100 * kib });
    let appended = 0;
    const work = (async () => {
      for (; appended < 20; appended++) await made.append(random.bytes(110 * kib));
      await made.writer.flush();
    })();
    for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
    expect(appended).toBeLessThan(5);
    recovered();
    await work;
    expect(most).toBe(3);
    expect(made.finished).toHaveLength(20);
  });

  it('nothing appended: nothing stored', async () => {
    const made = await bench();
    await made.writer.flush();
    await made.writer[Symbol.asyncDispose]();
    expect(await namesOf(made.backend, 'data')).toEqual([]);
  });

  it('one that was begun is dropped when it is disposed', async () => {
    const made = await bench();
    await made.append(random.bytes(1000));
    await made.writer[Symbol.asyncDispose]();
    expect(await namesOf(made.backend, 'data')).toEqual([]);
    expect(made.finished).toEqual([]);
  });

  it('no two blobs share a stretch of the key stream', async () => {
    const made = await bench({ compression: 'off' });
    const length = 200 * kib;
    const ivs = new Set<string>();
    for (const size of [16, 17, 31, 4096, length, 1, 128 * kib]) await made.append(random.bytes(size));
    await made.writer.flush();
    for (const { pack, entries } of made.finished) {
      const { blobs: table } = made.repository.index;
      const bytes = Buffer.from(await made.backend.read({ type: 'data', name: table.packId(pack) }, never));
      for (const entry of entries) {
        const at = table.offset(entry);
        const iv = BigInt(`0x${bytes.subarray(at, at + 16).toString('hex')}`);
        for (let block = 0n; block < BigInt(Math.ceil((table.length(entry) - 32) / 16)); block++) {
          const counter = BigInt.asUintN(128, iv + block).toString(16);
          expect(ivs.has(counter)).toBe(false);
          ivs.add(counter);
        }
      }
    }
    expect(ivs.size).toBeGreaterThan(length / 16);
  });
});

describe('a store that fails', () => {
  it.each([
    ['openWriter', 'permission'],
    ['write', 'no-space'],
    ['commit', 'network'],
  ] as const)('%s: the error comes out, and the pack is not told', async (call, code) => {
    const inner = memoryBackend();
    const backend = faultyBackend(inner);
    const made = await bench({ backend, packSizeBytes: mib });
    backend.plant({ call, type: 'data', nth: 2, effect: fail(code) });
    const work = async (): Promise<void> => {
      for (let blob = 0; blob < 12; blob++) await made.append(random.bytes(300 * kib));
      await made.writer.flush();
    };
    expect(await codeOf(work)).toBe(code);
    await made.writer[Symbol.asyncDispose]();
    const stored = await namesOf(inner, 'data');
    expect(made.finished.map(({ pack }) => made.repository.index.blobs.packId(pack)).sort()).toEqual(stored);
  });

  it('a cancelled writer gives the reason', async () => {
    const cancel = new AbortController();
    const made = await bench({ signal: cancel.signal });
    await made.append(random.bytes(10));
    cancel.abort(new Error('enough'));
    await expect(made.writer.flush()).rejects.toThrow('enough');
    await made.writer[Symbol.asyncDispose]();
    expect(await namesOf(made.backend, 'data')).toEqual([]);
  });
});
