import { describe, expect, it } from 'vitest';
import { memoryBackend } from '../../../../src/backend/memory/memory-backend.ts';
import { type Id, idOf } from '../../../../src/format/id.ts';
import { encodeTree, treeNodeTexts, treeText } from '../../../../src/format/tree.ts';
import { checkRepository } from '../../../../src/repository/check/check.ts';
import type { CheckReport } from '../../../../src/repository/check/report.ts';
import { repairIndex } from '../../../../src/repository/repair/repair-index.ts';
import { repairPacks } from '../../../../src/repository/repair/repair-packs.ts';
import { repairSnapshots } from '../../../../src/repository/repair/repair-snapshots.ts';
import { changeText } from '../../../../src/repository/repair/tree-repair.ts';
import type { Repository } from '../../../../src/repository/repository.ts';
import { listSnapshots } from '../../../../src/repository/snapshots.ts';
import { TreeReader, walkTree } from '../../../../src/repository/trees.ts';
import { faultyBackend, truncate } from '../../../support/faulty-backend.ts';
import {
  contentOf,
  fileNode,
  folderNode,
  quickLock,
  sampleRepository,
  saveIndexedPack,
  snapshotOf,
} from '../snapshots-in-memory.ts';
import { codeOf, filesOf, namesOf, never, overwrite, savePack } from '../test-repository.ts';

function check(repository: Repository): Promise<CheckReport> {
  return checkRepository({ repository, read: { kind: 'all' }, lock: false, threads: 0, signal: never });
}

async function index(repository: Repository, options: { readAllPacks?: boolean; dryRun?: boolean } = {}) {
  await using lock = await quickLock(repository);
  return await repairIndex({ repository, lock, readAllPacks: false, dryRun: false, signal: never, ...options });
}

async function packs(repository: Repository, packIds: readonly Id[], dryRun = false) {
  await using lock = await quickLock(repository);
  return await repairPacks({ repository, lock, packIds, dryRun, signal: never });
}

async function snapshots(
  repository: Repository,
  options: { names?: string[]; dryRun?: boolean; forget?: boolean } = {},
) {
  await using lock = await quickLock(repository);
  const defaults = { names: [], filter: {}, dryRun: false, forget: true };
  return await repairSnapshots({ repository, lock, signal: never, ...defaults, ...options });
}

/** "path size" of every file of a snapshot, its content read. */
async function filesIn(repository: Repository, id: Id): Promise<string[]> {
  await repository.loadIndex(never);
  const all = await listSnapshots(repository, { signal: never });
  const { snapshot } = all.find((stored) => stored.id === id)!;
  const found: string[] = [];
  for await (const { path, node } of walkTree(new TreeReader(repository), snapshot.tree, { signal: never })) {
    for (const blob of node.content ?? []) await repository.readBlob('data', blob, never);
    found.push(`${path} ${node.size ?? 0}`);
  }
  return found;
}

async function damagePack(repository: Repository, name: Id, offset: number): Promise<void> {
  const bytes = await repository.backend.read({ type: 'data', name }, never);
  bytes[offset]! ^= 1;
  await overwrite(repository.backend, { type: 'data', name }, bytes);
}

describe('repairIndex', { timeout: 20_000 }, () => {
  it('does nothing where nothing is wrong', async () => {
    const { repository } = await sampleRepository();
    const before = await filesOf(repository.backend);
    expect(await index(repository)).toMatchObject({ added: [], missing: [], indexesWritten: 0, indexesRemoved: 0 });
    expect(await filesOf(repository.backend)).toEqual(before);
  });

  it.each(['lost', 'damaged', 'all lost'])('index file %s: names it and makes the index whole', async (what) => {
    const { repository } = await sampleRepository();
    const names = await namesOf(repository.backend, 'index');
    for (const name of what === 'all lost' ? names : names.slice(0, 1)) {
      if (what === 'damaged') await overwrite(repository.backend, { type: 'index', name }, new Uint8Array(90));
      else await repository.removeFile('index', name, never);
    }
    const before = await filesOf(repository.backend);
    const dry = await index(repository, { dryRun: true });
    expect(await filesOf(repository.backend)).toEqual(before);
    const report = await index(repository);
    expect(report.added).toEqual(dry.added);
    expect(report.added).toHaveLength(what === 'all lost' ? 3 : 1);
    expect(report.damagedIndexes).toEqual(what === 'damaged' ? names.slice(0, 1) : []);
    expect((await check(repository)).errors).toEqual([]);
  });

  it('forgets packs that are gone, and only those', async () => {
    const { repository } = await sampleRepository();
    const extra = await saveIndexedPack(repository, [{ type: 'data', plain: contentOf('extra') }]);
    await repository.removeFile('data', extra, never);
    expect((await index(repository)).missing).toEqual([extra]);
    expect((await check(repository)).errors).toEqual([]);
  });

  it.each([
    ['ends after 0', truncate(0)],
    ['ends after 1', truncate(1)],
    ['ends after 2', truncate(2)],
    ['tells wrong sizes', { kind: 'wrong-sizes' } as const],
  ])('does not believe a listing of packs that %s', async (_, effect) => {
    for (const readAllPacks of [false, true]) {
      const backend = faultyBackend(memoryBackend());
      const { repository } = await sampleRepository({ backend });
      backend.plant({ call: 'list', type: 'data', effect });
      const before = await namesOf(backend, 'index');
      expect(await codeOf(() => index(repository, { readAllPacks }))).toBe('io');
      expect(await namesOf(backend, 'index')).toEqual(before);
    }
  });

  it('reads every header on demand, and names packs that cannot be indexed', async () => {
    const { repository, packs: ids } = await sampleRepository();
    const orphan = await savePack(repository, [{ type: 'data', plain: contentOf('orphan') }]);
    const bytes = await repository.backend.read({ type: 'data', name: orphan.packId }, never);
    await overwrite(repository.backend, { type: 'data', name: orphan.packId }, bytes.fill(0));
    const report = await index(repository, { readAllPacks: true });
    expect(report.unreadable.map(({ id }) => id)).toEqual([orphan.packId]);
    const loaded = await repository.loadIndex(never);
    expect([...loaded.packIds()].sort()).toEqual(Object.values(ids).sort());
    expect((await check(repository)).errors).toEqual([]);
  });
});

describe('repairPacks and repairSnapshots', { timeout: 20_000 }, () => {
  it('lose the damaged blob and nothing else', async () => {
    const { repository, packs: ids, snapshots: old } = await sampleRepository();
    await damagePack(repository, ids.data, 3040); // in "gone"
    const before = await filesOf(repository.backend);
    const dry = await packs(repository, [ids.data], true);
    expect(dry).toMatchObject({ savedBlobs: 2, lostBlobs: [{ id: idOf(contentOf('gone')) }] });
    expect(dry.damagedFiles).toMatchObject([{ path: '/gone', snapshots: [old.old] }]);
    expect(await filesOf(repository.backend)).toEqual(before);

    expect(await packs(repository, [ids.data])).toMatchObject({ savedBlobs: 2, removedPacks: [ids.data] });
    expect((await check(repository)).errors.map(({ kind }) => kind)).toEqual(['blob-missing']);

    const dryRepair = await snapshots(repository, { dryRun: true });
    const report = await snapshots(repository);
    expect(report.snapshots.map(({ id, changes }) => [id, changes.map(changeText)])).toEqual([
      [old.old, ['/gone: 1 of its 1 blobs are lost']],
    ]);
    expect(dryRepair.snapshots[0]?.changes).toEqual(report.snapshots[0]?.changes);
    expect((await check(repository)).errors).toEqual([]);
    const newId = report.snapshots[0]!.newId!;
    expect(await filesIn(repository, newId)).toEqual(['d 0', 'd/deep 3000', 'gone 0', 'kept 3000']);
    expect(await filesIn(repository, old.new)).toEqual(['fresh 3000', 'kept 3000']);
    expect(await namesOf(repository.backend, 'snapshot')).toEqual([newId, old.new].sort());
    const { snapshot } = (await listSnapshots(repository, { signal: never })).find(({ id }) => id === newId)!;
    expect(snapshot.original).toBe(old.old);
  });

  it('keep the damaged snapshot beside the repaired one unless told otherwise', async () => {
    const { repository, packs: ids, snapshots: old } = await sampleRepository();
    await damagePack(repository, ids.trees, 20); // d
    await packs(repository, [ids.trees]);
    const report = await snapshots(repository, { forget: false });
    const newId = report.snapshots[0]!.newId!;
    expect(report.snapshots[0]?.changes).toMatchObject([{ path: '/d' }]);
    expect(await filesIn(repository, newId)).toEqual(['d 0', 'gone 3000', 'kept 3000']);
    const all = await listSnapshots(repository, { signal: never });
    expect(all.map(({ id }) => id)).toContain(old.old);
    expect(all.find(({ id }) => id === newId)?.snapshot.tags).toEqual(['repaired']);
  });

  it('leave what is not known here as it is', async () => {
    const { repository } = await sampleRepository();
    const [known = ''] = treeNodeTexts(encodeTree([fileNode('z', [contentOf('never stored'), contentOf('kept')])]));
    const later = known.replace('"name":"z"', '"name":"a","invented":{"later":[1]}').replace('"file"', '"portal"');
    const inner = treeText([later, known.replace('{', '{"invented":18446744073709551615,')]);
    const outer = encodeTree([folderNode('in', inner)]);
    await saveIndexedPack(
      repository,
      [inner, outer].map((plain) => ({ type: 'tree', plain })),
    );
    const id = await snapshotOf(repository, outer, 5);
    const report = await snapshots(repository, { names: [id] });
    expect(report.snapshots[0]?.changes.map(changeText)).toEqual(['/in/z: 1 of its 2 blobs are lost']);
    const { snapshot } = (await listSnapshots(repository, { signal: never })).at(-1)!;
    await repository.loadIndex(never);
    const [folder] = await new TreeReader(repository).load(snapshot.tree, never);
    const texts = treeNodeTexts(await repository.readBlob('tree', folder!.subtree!, never));
    expect(texts[0]).toBe(later);
    expect(texts[1]).toContain('"invented":18446744073709551615,');
    expect(texts[1]).toContain(`"size":3000`);
    expect(texts[1]).toContain(`"content":["${idOf(contentOf('kept'))}"]`);
  });

  it('change no sound snapshot', async () => {
    const { repository } = await sampleRepository();
    const before = await filesOf(repository.backend);
    expect(await snapshots(repository)).toEqual({ snapshots: [], examined: 2 });
    expect(await filesOf(repository.backend)).toEqual(before);
  });

  it('do not believe a listing of index files that leaves some out', async () => {
    for (const keep of [1, 2]) {
      for (const dryRun of [true, false]) {
        const backend = faultyBackend(memoryBackend());
        const { repository } = await sampleRepository({ backend });
        const before = await namesOf(backend, 'snapshot');
        backend.plant({ call: 'list', type: 'index', effect: truncate(keep) });
        await expect(snapshots(repository, { dryRun })).rejects.toMatchObject({
          code: 'corrupt',
          message: expect.stringContaining('The index is not whole'),
        });
        expect(await namesOf(backend, 'snapshot')).toEqual(before);
        expect((await check(repository)).errors).toEqual([]);
      }
    }
  });

  it('look in vain for what is lost in packs that no index names, and go on', async () => {
    const { repository, packs: ids, snapshots: old } = await sampleRepository();
    const left = await savePack(repository, [{ type: 'data', plain: contentOf('of a killed backup') }]);
    const broken = await savePack(repository, [{ type: 'data', plain: contentOf('gone') }]);
    const bytes = await repository.backend.read({ type: 'data', name: broken.packId }, never);
    await overwrite(repository.backend, { type: 'data', name: broken.packId }, bytes.fill(0));
    await damagePack(repository, ids.data, 3040); // in "gone"
    await packs(repository, [ids.data]);
    expect((await snapshots(repository)).snapshots).toMatchObject([{ id: old.old, outcome: 'repaired' }]);
    expect(await namesOf(repository.backend, 'data')).toContain(left.packId);
  });

  it('remove an unreadable snapshot only if it is named', async () => {
    const { repository, snapshots: ids } = await sampleRepository();
    await overwrite(repository.backend, { type: 'snapshot', name: ids.old }, new Uint8Array(70));
    expect((await snapshots(repository)).snapshots).toMatchObject([
      { id: ids.old, outcome: 'unreadable', removed: false },
    ]);
    expect(await namesOf(repository.backend, 'snapshot')).toHaveLength(2);
    await snapshots(repository, { names: [ids.old.slice(0, 10)] });
    expect(await namesOf(repository.backend, 'snapshot')).toEqual([ids.new]);
  });

  it('take packs that are gone out of the index, and refuse ids that nobody knows', async () => {
    const { repository, packs: ids } = await sampleRepository();
    await repository.removeFile('data', ids.more, never);
    expect(await packs(repository, [ids.more])).toMatchObject({ savedBlobs: 0, lostBlobs: [{ type: 'data' }] });
    expect((await repository.loadIndex(never)).hasPack(ids.more)).toBe(false);
    expect(await codeOf(() => packs(repository, ['ab'.repeat(32)]))).toBe('not-found');
  });
});
