import { describe, expect, it } from 'vitest';
import { memoryBackend } from '../../../../src/backend/memory/memory-backend.ts';
import { idOf } from '../../../../src/format/id.ts';
import { encodeIndex } from '../../../../src/format/index-file.ts';
import { encodeTree } from '../../../../src/format/tree.ts';
import { type CheckOptions, checkRepository } from '../../../../src/repository/check/check.ts';
import type { CheckReport } from '../../../../src/repository/check/report.ts';
import type { Repository } from '../../../../src/repository/repository.ts';
import { failAfter, faultyBackend, flipBit } from '../../../support/faulty-backend.ts';
import { contentOf, fileNode, sampleRepository, saveIndexedPack, snapshotOf } from '../snapshots-in-memory.ts';
import { codeOf, filesOf, namesOf, never, overwrite, savePack } from '../test-repository.ts';

function check(repository: Repository, options: Partial<CheckOptions> = {}): Promise<CheckReport> {
  return checkRepository({ repository, read: { kind: 'all' }, threads: 0, signal: never, ...options });
}

const kinds = (report: CheckReport): string[] => report.errors.map(({ kind }) => kind);
const files = (report: CheckReport): string[] => report.damagedFiles.map(({ path }) => path).sort();

/** Flips one bit of a pack, at `offset` from its start. */
async function damagePack(repository: Repository, name: string, offset: number): Promise<void> {
  const bytes = await repository.backend.read({ type: 'data', name }, never);
  bytes[offset < 0 ? bytes.length + offset : offset]! ^= 4;
  await overwrite(repository.backend, { type: 'data', name }, bytes);
}

describe('checkRepository', { timeout: 20_000 }, () => {
  it('finds nothing in a sound repository, and leaves it as it was', async () => {
    const { repository } = await sampleRepository();
    const before = await filesOf(repository.backend);
    const report = await check(repository);
    expect(report).toMatchObject({ errors: [], hints: [], damagedFiles: [], snapshots: 2, trees: 3, packsRead: 3 });
    expect(await filesOf(repository.backend)).toEqual(before);
  });

  it('names just the files and snapshots that a flipped bit concerns', async () => {
    const { repository, packs, snapshots } = await sampleRepository();
    await damagePack(repository, packs.data, 3040); // "gone" lies second
    const report = await check(repository);
    expect(kinds(report)).toEqual(['pack-damaged']);
    expect(report.brokenPacks).toEqual([packs.data]);
    expect(report.damagedFiles).toMatchObject([{ path: '/gone', type: 'file', snapshots: [snapshots.old] }]);
    expect(report.damagedSnapshots).toEqual([{ id: snapshots.old, damage: 'content' }]);
  });

  it('needs --read-data for that', async () => {
    const { repository, packs } = await sampleRepository();
    await damagePack(repository, packs.data, 3040);
    const { read: _, ...without }: CheckOptions = { repository, threads: 0, signal: never, read: { kind: 'all' } };
    expect((await checkRepository(without)).errors).toEqual([]);
  });

  it('reports a damaged header without condemning any file', async () => {
    const { repository, packs } = await sampleRepository();
    await damagePack(repository, packs.data, -20);
    const report = await check(repository);
    expect(kinds(report)).toEqual(['pack-damaged']);
    expect(files(report)).toEqual([]);
  });

  it('names what is in a pack that is gone, and in one that is cut off', async () => {
    const gone = await sampleRepository();
    await gone.repository.removeFile('data', gone.packs.more, never);
    const report = await check(gone.repository);
    expect(kinds(report)).toEqual(['pack-missing']);
    expect(files(report)).toEqual(['/fresh']);

    const cut = await sampleRepository();
    const handle = { type: 'data', name: cut.packs.data } as const;
    const bytes = await cut.repository.backend.read(handle, never);
    await overwrite(cut.repository.backend, handle, bytes.subarray(0, 3500));
    const { read: _, ...without }: CheckOptions = {
      repository: cut.repository,
      threads: 0,
      signal: never,
      read: { kind: 'all' },
    };
    const cutReport = await checkRepository(without);
    expect(kinds(cutReport)).toEqual(['pack-size', 'pack-damaged']);
    expect(files(cutReport)).toEqual(['/d/deep', '/gone']);
  });

  it('names a folder whose tree is damaged', async () => {
    const { repository, packs, snapshots } = await sampleRepository();
    await damagePack(repository, packs.trees, 20); // d lies first
    const report = await check(repository);
    expect(kinds(report).sort()).toEqual(['pack-damaged', 'tree-damaged']);
    expect(report.damagedFiles).toMatchObject([{ path: '/d', type: 'folder', snapshots: [snapshots.old] }]);
  });

  it('counts a blob as sound as long as one copy is', async () => {
    const { repository, packs } = await sampleRepository();
    await saveIndexedPack(repository, [{ type: 'data', plain: contentOf('gone') }]);
    await damagePack(repository, packs.data, 3040);
    const report = await check(repository);
    expect(kinds(report)).toEqual(['pack-damaged']);
    expect(files(report)).toEqual([]);
  });

  it('finds what a tree names and no index has', async () => {
    const { repository } = await sampleRepository();
    const tree = encodeTree([fileNode('lost', [contentOf('never stored')])]);
    await saveIndexedPack(repository, [{ type: 'tree', plain: tree }]);
    const id = await snapshotOf(repository, tree, 3);
    const report = await check(repository);
    expect(report.errors).toMatchObject([{ kind: 'blob-missing', id: idOf(contentOf('never stored')) }]);
    expect(report.damagedFiles).toMatchObject([{ path: '/lost', snapshots: [id] }]);
  });

  it('stops at a damaged index, and says which, instead of calling everything lost', async () => {
    const { repository } = await sampleRepository();
    const [name = ''] = await namesOf(repository.backend, 'index');
    await overwrite(repository.backend, { type: 'index', name }, new Uint8Array(100));
    const report = await check(repository);
    expect(report.errors).toMatchObject([{ kind: 'index-unreadable', id: name }]);
    expect(report).toMatchObject({ damagedFiles: [], suggestRepairIndex: true });
  });

  it('names snapshots whose file is damaged', async () => {
    const { repository, snapshots } = await sampleRepository();
    await overwrite(repository.backend, { type: 'snapshot', name: snapshots.old }, new Uint8Array(100));
    const report = await check(repository);
    expect(kinds(report)).toEqual(['snapshot-unreadable']);
    expect(report.damagedSnapshots).toEqual([{ id: snapshots.old, damage: 'unreadable' }]);
  });

  it('only mentions packs that no index names, and packs that two index files name', async () => {
    const { repository, packs } = await sampleRepository();
    await savePack(repository, [{ type: 'data', plain: contentOf('orphan') }]);
    const { blobs } = await repository.packReader.listPack(packs.more, never);
    await repository.saveUnpacked('index', encodeIndex([{ id: packs.more, blobs }]), never);
    const report = await check(repository);
    expect(report.errors).toEqual([]);
    expect(report.hints.map(({ kind }) => kind).sort()).toEqual(['pack-indexed-twice', 'pack-unindexed']);
    expect(report).toMatchObject({ suggestPrune: true, suggestRepairIndex: true });
  });

  it('finds index files that contradict each other, and an index that contradicts a header', async () => {
    const { repository, packs } = await sampleRepository();
    const { blobs } = await repository.packReader.listPack(packs.data, never);
    await repository.saveUnpacked('index', encodeIndex([{ id: packs.data, blobs: blobs.slice(1) }]), never);
    expect(kinds(await check(repository))).toEqual(['index-conflict']);

    const other = await sampleRepository();
    const orphan = await savePack(other.repository, [
      { type: 'data', plain: contentOf('a') },
      { type: 'data', plain: contentOf('b') },
    ]);
    const wrong = orphan.blobs.map((blob) => ({ ...blob, offset: 0 }));
    await other.repository.saveUnpacked('index', encodeIndex([{ id: orphan.packId, blobs: wrong }]), never);
    expect(kinds(await check(other.repository))).toEqual(['pack-damaged']);
  });

  it('tells a fault on the way from one in the store', async () => {
    const backend = faultyBackend(memoryBackend());
    const { repository } = await sampleRepository({ backend });
    backend.plant({ call: 'readRange', type: 'data', effect: flipBit(200 * 8) });
    const report = await check(repository, { read: { kind: 'all' } });
    expect(report.errors).toEqual([]);
  });

  it('throws when a listing breaks off', async () => {
    for (const type of ['data', 'snapshot', 'index'] as const) {
      const backend = faultyBackend(memoryBackend());
      const { repository } = await sampleRepository({ backend });
      backend.plant({ call: 'list', type, effect: failAfter(1) });
      expect(await codeOf(() => check(repository)), type).toBe('network');
      expect(await namesOf(backend, 'lock')).toEqual([]);
    }
  });

  it('stops when it is cancelled', async () => {
    const { repository } = await sampleRepository();
    const cancel = new AbortController();
    const reason = new Error('enough');
    const running = check(repository, { signal: cancel.signal, onProgress: () => cancel.abort(reason) });
    await expect(running).rejects.toBe(reason);
    expect(await namesOf(repository.backend, 'lock')).toEqual([]);
  });
});
