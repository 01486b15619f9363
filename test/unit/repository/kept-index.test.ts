import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { memoryBackend } from '../../../src/backend/memory/memory-backend.ts';
import { type Id, idOf } from '../../../src/format/id.ts';
import type { PackedBlob } from '../../../src/format/pack-header.ts';
import { IndexSaver } from '../../../src/repository/index-saver.ts';
import { KeptIndex } from '../../../src/repository/kept-index.ts';
import type { Repository } from '../../../src/repository/repository.ts';
import { faultyBackend, flipBit } from '../../support/faulty-backend.ts';
import { codeOf, memoryRepository, never } from './test-repository.ts';

const anId = (): Id => idOf(randomBytes(8));

interface Pack {
  readonly id: Id;
  readonly blobs: readonly PackedBlob[];
}

function madeUpPack(count: number, first: Id = anId()): Pack {
  const ids = [first, ...Array.from({ length: count - 1 }, anId)];
  const blobs = ids.map((id, index) => ({ type: 'data', id, offset: index * 100, length: 100 }) as const);
  return { id: anId(), blobs };
}

async function saveIndex(repository: Repository, ...packs: readonly Pack[]): Promise<Id> {
  const saver = new IndexSaver(repository);
  for (const { id, blobs } of packs) saver.addPack(id, [...blobs]);
  const [file = ''] = await saver.flush(never);
  return file;
}

/** A repository whose reads of index files are counted. */
async function counted() {
  const backend = faultyBackend(memoryBackend());
  const repository = await memoryRepository({ backend });
  const reads = (): number => backend.calls.filter((call) => call.startsWith('read index/')).length;
  return { repository, reads };
}

/** Everything that can be asked of it. */
function contentOf(index: Awaited<ReturnType<KeptIndex['load']>>) {
  return { files: [...index.files].sort(), packs: [...index.packIds()].sort(), blobs: index.blobsByPack() };
}

describe('KeptIndex', () => {
  it('reads only files that are new, and says what loading everything says', async () => {
    const { repository, reads } = await counted();
    const kept = new KeptIndex();
    const twice = anId();
    // Enough that the table of hashes has grown; one blob lies in two packs.
    await saveIndex(repository, madeUpPack(9000, twice), madeUpPack(3, twice));
    await kept.load(repository, never);
    await saveIndex(repository, madeUpPack(7, twice));
    const before = reads();
    const index = await kept.load(repository, never);
    expect(reads() - before).toBe(1);
    expect(index.locations('data', twice)).toHaveLength(3);
    expect(contentOf(index)).toEqual(contentOf(await repository.loadIndex(never)));
    expect(contentOf(await kept.load(repository, never))).toEqual(contentOf(index));
    expect(reads() - before).toBe(1 + 2);
  });

  it('forgets everything when a file is gone: its packs may be gone as well', async () => {
    const { repository, reads } = await counted();
    const kept = new KeptIndex();
    const [stays, goes] = [madeUpPack(5), madeUpPack(5)];
    await saveIndex(repository, stays);
    const pruned = await saveIndex(repository, goes);
    await kept.load(repository, never);
    await repository.removeFile('index', pruned, never);
    const before = reads();
    const index = await kept.load(repository, never);
    expect(reads() - before).toBe(1);
    expect(index.has('data', goes.blobs[0]!.id)).toBe(false);
    expect(index.has('data', stays.blobs[0]!.id)).toBe(true);
    expect([...index.packIds()]).toEqual([stays.id]);
  });

  it('keeps nothing of what its users add', async () => {
    const { repository } = await counted();
    const kept = new KeptIndex();
    const { id, blobs } = madeUpPack(2);
    await saveIndex(repository, { id, blobs });
    for (const load of [1, 2, 3]) {
      const index = await kept.load(repository, never);
      expect(index.blobs.size, `load ${load}`).toBe(2);
      expect([...index.packIds()]).toEqual([id]);
      const added = madeUpPack(1).blobs[0]!;
      index.blobs.claim('tree', anId());
      index.addBlob(index.addPack(anId()), id, added);
      index.addBlob(index.addPack(anId()), anId(), blobs[0]!);
      expect(index.locations('data', blobs[0]!.id)).toHaveLength(2);
    }
  });

  it('keeps nothing that is too large, nothing that was dropped, and nothing of another repository', async () => {
    const { repository, reads } = await counted();
    const pack = madeUpPack(10);
    await saveIndex(repository, pack);
    const small = new KeptIndex({ maxBytes: 1000 });
    for (let load = 1; load <= 2; load++) await small.load(repository, never);
    expect(reads()).toBe(2);
    const kept = new KeptIndex();
    for (let load = 1; load <= 2; load++) {
      await kept.load(repository, never);
      kept.drop();
    }
    expect(reads()).toBe(4);
    await kept.load(repository, never);
    const other = await memoryRepository();
    expect((await kept.load(other, never)).blobs.size).toBe(0);
  });

  it('keeps what it had when a new file is damaged, and names that', async () => {
    const backend = faultyBackend(memoryBackend());
    const repository = await memoryRepository({ backend });
    const kept = new KeptIndex();
    await saveIndex(repository, madeUpPack(4));
    await kept.load(repository, never);
    await saveIndex(repository, madeUpPack(4));
    backend.plant({ call: 'read', type: 'index', times: 2, effect: flipBit(99) });
    expect(await codeOf(() => kept.load(repository, never))).toBe('corrupt');
    expect((await kept.load(repository, never)).blobs.size).toBe(8);
  });
});
