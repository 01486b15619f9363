import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Backend } from '../../../src/backend/backend.ts';
import { memoryBackend } from '../../../src/backend/memory/memory-backend.ts';
import { IndexKeeper } from '../../../src/backup/index-keeper.ts';
import { idOf, idToBytes } from '../../../src/format/id.ts';
import { checkRepository } from '../../../src/repository/check/check.ts';
import { acquireLock, IndexSaver, openRepository, type Repository } from '../../../src/repository/mod.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { type FaultyBackend, fail, faultyBackend } from '../../support/faulty-backend.ts';
import { seededRandom } from '../../support/random.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts';
import { codeOf, memoryRepository, namesOf, never, password } from '../repository/test-repository.ts';
import { quickClock } from './quick-clock.ts';
import { backup, problemPaths, readBack } from './test-backup.ts';

const kib = 1024;
const fileBytes = 600 * kib;
const fileCount = 12;

/** A repository whose backend fails when told to, and a source of 7 MiB. */
async function prepare(): Promise<{
  folder: TemporaryFolder;
  source: string;
  backend: FaultyBackend;
  repository: Repository;
}> {
  const folder = await temporaryFolder();
  const random = seededRandom('failures');
  for (let file = 0; file < fileCount; file++)
    writeFileSync(folder.at('source', `file-${file}`), random.bytes(fileBytes));
  const backend = faultyBackend(memoryBackend());
  return { folder, source: join(folder.path, 'source'), backend, repository: await memoryRepository({ backend }) };
}

/** What check says of it, opened anew. */
async function damage(backend: FaultyBackend): Promise<unknown> {
  await using repository = await openRepository({ backend, password, signal: never });
  const report = await checkRepository({ repository, lock: false, read: { kind: 'all' }, threads: 0, signal: never });
  return report.errors;
}

/** Bytes of all packs that an index names, and of all there are. */
async function packs(repository: Repository): Promise<{ indexed: string[]; stored: string[] }> {
  const index = await repository.loadIndex(never);
  return { indexed: [...index.packIds()].sort(), stored: await namesOf(repository.backend, 'data') };
}

describe('a store that fails', () => {
  it.each([
    ['a write', { call: 'write', type: 'data', nth: 3, effect: fail('no-space') }],
    ['the first file', { call: 'openWriter', type: 'data', nth: 1, effect: fail('permission') }],
    ['a commit', { call: 'commit', type: 'data', nth: 1, effect: fail('io') }],
    ['the last commit', { call: 'commit', type: 'data', nth: 2, effect: fail('network') }],
    ['the index', { call: 'save', type: 'index', nth: 1, times: 2, effect: fail('no-space') }],
    ['the snapshot', { call: 'save', type: 'snapshot', effect: fail('no-space') }],
  ] as const)('ends the run with its error, and no file is blamed: %s', async (_, fault) => {
    const { folder, source, backend, repository } = await prepare();
    await using _folder = folder;
    backend.plant(fault);
    const blamed: string[] = [];
    const run = backup(repository, [source], { onProblem: ({ path }) => blamed.push(path), packSizeBytes: 5000 * kib });
    expect(await codeOf(() => run)).toBe(String(codeIn(fault.effect)));
    expect(blamed).toEqual([]);
    expect(await namesOf(backend, 'snapshot')).toEqual([]);
    expect(await namesOf(backend, 'lock')).toEqual([]);
    expect(await damage(backend)).toEqual([]);
    const again = await backup(repository, [source]);
    expect(
      [...(await readBack(repository, again)).values()].filter(({ content }) => content !== undefined),
    ).toHaveLength(fileCount);
  });

  it('leaves finished packs in the index, so that they are not stored twice', async () => {
    const { folder, source, backend, repository } = await prepare();
    await using _folder = folder;
    backend.plant({ call: 'write', type: 'data', nth: 5, effect: fail('no-space') });
    expect(await codeOf(() => backup(repository, [source], { packSizeBytes: 1500 * kib }))).toBe('no-space');
    const { indexed, stored } = await packs(repository);
    expect(stored.length).toBeGreaterThan(1);
    expect(indexed).toEqual(stored);
    const again = await backup(repository, [source]);
    expect(again.dataAdded).toBeLessThan(fileCount * fileBytes);
  });
});

function codeIn(effect: ReturnType<typeof fail>): unknown {
  return effect.kind === 'fail' ? (effect.error() as { code?: unknown }).code : undefined;
}

describe('a cancelled run', () => {
  it.each([1, 2, 5, 9, 14, 18, 22, 26])(
    'gives the reason, leaves no lock, and indexes its finished packs (call %i to the store)',
    async (call) => {
      const { folder, source, backend, repository } = await prepare();
      await using _folder = folder;
      const cancel = new AbortController();
      const before = backend.calls.length;
      let abortedAtMs = 0;
      const watch = (backend.calls as string[]).push.bind(backend.calls);
      (backend.calls as string[]).push = (...names) => {
        const length = watch(...names);
        if (length - before === call) {
          abortedAtMs = performance.now();
          cancel.abort(new Error('enough'));
        }
        return length;
      };
      const outcome = await backup(repository, [source], {
        signal: cancel.signal,
        packSizeBytes: 1500 * kib,
        lockWaitMs: 1, // the lock has settled before the first pack
      }).then(
        (summary) => summary,
        (error: unknown) => error,
      );
      expect(performance.now() - abortedAtMs).toBeLessThan(1000);
      expect(await namesOf(backend, 'lock')).toEqual([]);
      expect(outcome).toMatchObject({ message: 'enough' });
      expect(await namesOf(backend, 'snapshot')).toEqual([]);
      const { indexed, stored } = await packs(repository);
      expect(indexed).toEqual(stored);
      expect(await damage(backend)).toEqual([]);
    },
  );

  it('gives up a pack that the store does not take, also on the thread that asked', async () => {
    await using folder = await temporaryFolder();
    mkdirSync(folder.at('source'));
    writeFileSync(folder.at('source', 'file'), 'content');
    const cancel = new AbortController();
    const backend = memoryBackend();
    const openWriter = backend.openWriter.bind(backend);
    const given: AbortSignal[] = [];
    const stalling: Backend['openWriter'] = async (type, options) => {
      const writer = await openWriter(type, options);
      if (type !== 'data') return writer;
      const commit = async (): Promise<void> => {
        given.push(options.signal);
        setImmediate(() => cancel.abort(new Error('enough')));
        await setTimeout(60_000, undefined, { signal: options.signal });
      };
      return Object.assign(writer, { commit });
    };
    const repository = await memoryRepository({ backend: Object.assign(backend, { openWriter: stalling }) });
    const run = backup(repository, [folder.at('source')], { threads: undefined, signal: cancel.signal });
    await expect(run).rejects.toThrow('enough');
    expect(given.length).toBeGreaterThan(0);
    expect(given.filter(({ aborted }) => !aborted)).toEqual([]);
  });

  it('before it began does nothing', async () => {
    const { folder, source, backend, repository } = await prepare();
    await using _folder = folder;
    const reason = new Error('enough');
    await expect(backup(repository, [source], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(backend.calls.filter((call) => /^(save|commit) (data|index|snapshot|lock)/.test(call))).toEqual([]);
  });
});

describe('a lock that is lost in the middle', () => {
  it('ends the run: nothing is indexed, no snapshot is written', async () => {
    const { folder, source, backend, repository } = await prepare();
    await using _folder = folder;
    const run = backup(repository, [source], {
      packSizeBytes: 1500 * kib,
      onProgress: () => undefined,
      selector: () => ({
        rejectName: () => undefined,
        rejectDirectory: () => undefined,
        // The first file of the walk: another process unlocks.
        rejectEntry: () => {
          void removeLocks(backend);
          return undefined;
        },
      }),
    });
    expect(await codeOf(() => run)).toBe('locked');
    expect(await namesOf(backend, 'index')).toEqual([]);
    expect(await namesOf(backend, 'snapshot')).toEqual([]);
  });

  it('another exclusive lock keeps it from starting', async () => {
    const { folder, source, backend, repository } = await prepare();
    await using _folder = folder;
    await using _lock = await acquireLock(repository, { exclusive: true, signal: never, clock: quickClock });
    expect(await codeOf(() => backup(repository, [source]))).toBe('locked');
    expect(await namesOf(backend, 'data')).toEqual([]);
  });

  it('one that waits for a prune works with what that left', async () => {
    const { folder, source, backend, repository } = await prepare();
    await using _folder = folder;
    await backup(repository, [source]);
    // While the lock settles, another one removes everything that was stored.
    let settled = 0;
    const clock = {
      ...quickClock,
      sleep: async (ms: number, signal: AbortSignal) => {
        if (ms === 200 && settled++ === 0) {
          for (const type of ['snapshot', 'index', 'data'] as const) {
            for (const name of await namesOf(backend, type)) await backend.remove({ type, name }, never);
          }
        }
        return quickClock.sleep(ms, signal);
      },
    };
    const summary = await backup(repository, [source], { lockWaitMs: 500, clock });
    expect(summary.dataBlobs).toBeGreaterThanOrEqual(fileCount);
    expect((await readBack(repository, summary)).has(join(source, 'file-3'))).toBe(true);
  });
});

async function removeLocks(backend: FaultyBackend): Promise<void> {
  for (const name of await namesOf(backend, 'lock')) await backend.remove({ type: 'lock', name }, never);
}

describe('damaged parts of the parent snapshot', () => {
  it('missing content is read and stored again', async () => {
    const { folder, source, backend, repository } = await prepare();
    await using _folder = folder;
    await backup(repository, [source]);
    const byPack = (await repository.loadIndex(never)).blobsByPack();
    const [lost] = [...byPack].find(([, blobs]) => blobs[0]?.type === 'data')!;
    // The pack is gone and no index names it any more, as after repair index.
    for (const name of await namesOf(backend, 'index')) await backend.remove({ type: 'index', name }, never);
    await backend.remove({ type: 'data', name: lost }, never);
    const saver = new IndexSaver(repository);
    for (const [packId, blobs] of byPack) if (packId !== lost) saver.addPack(packId, blobs);
    await saver.flush(never);
    const summary = await backup(repository, [source]);
    expect(summary.problems).toEqual([]);
    expect(summary.parentId).toBeDefined();
    const saved = await readBack(repository, summary);
    expect([...saved.values()].filter(({ content }) => content?.length === fileBytes)).toHaveLength(fileCount);
  });

  it.each(['missing', 'flipped'])('a tree pack that is %s: its trees are stored anew', async (how) => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('source', 'a', 'file'), 'content a');
    writeFileSync(folder.at('source', 'b', 'file'), 'content b');
    const source = join(folder.path, 'source');
    const backend = faultyBackend(memoryBackend());
    const repository = await memoryRepository({ backend });
    const first = await backup(repository, [source]);
    const index = await repository.loadIndex(never);
    const { packId: name } = index.lookup('tree', first.tree)!;
    const bytes = await backend.read({ type: 'data', name }, never);
    await backend.remove({ type: 'data', name }, never);
    if (how === 'flipped') {
      bytes.fill(7, 0, bytes.length >> 1);
      await backend.save({ type: 'data', name }, bytes, never);
    }
    const summary = await backup(repository, [source]);
    const contents = [...(await readBack(repository, summary)).values()].map(({ content }) => content?.toString());
    expect(contents.filter((content) => content !== undefined)).toEqual(['content a', 'content b']);
  });
});

describe('index files while a backup runs', () => {
  /** A pack of one blob, durable, told to the keeper. */
  function addPack(repository: Repository, keeper: IndexKeeper, seed: string): void {
    const table = repository.index.blobs;
    const { entry } = table.claim('data', idOf(Buffer.from(seed)));
    const pack = table.addPack(idToBytes(idOf(Buffer.from(`pack of ${seed}`))));
    table.setLocation(entry, pack, 0, 100, 0);
    keeper.addPack({ pack, entries: [entry], sizeBytes: 200 });
  }

  const turns = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  };

  it('are written when 6 s have passed, and hold what there is', async () => {
    const backend = memoryBackend();
    const repository = await memoryRepository({ backend });
    await repository.loadIndex(never);
    const clock = new FakeClock();
    const keeper = new IndexKeeper({ repository, lock: undefined, signal: never, clock });
    addPack(repository, keeper, 'one');
    await clock.advance(5_999);
    addPack(repository, keeper, 'two');
    await turns();
    expect(await namesOf(backend, 'index')).toEqual([]);
    await clock.advance(1);
    addPack(repository, keeper, 'three');
    await turns();
    expect(await namesOf(backend, 'index')).toHaveLength(1);
    addPack(repository, keeper, 'four');
    await turns();
    expect(await namesOf(backend, 'index')).toHaveLength(1);
    await keeper.finish();
    expect(await namesOf(backend, 'index')).toHaveLength(2);
    expect((await repository.loadIndex(never)).packCount).toBe(4);
    expect(keeper.packedBytes).toBe(400);
  });

  it('that cannot be written end the run at once', async () => {
    const backend = faultyBackend(memoryBackend());
    const repository = await memoryRepository({ backend });
    await repository.loadIndex(never);
    const clock = new FakeClock();
    const keeper = new IndexKeeper({ repository, lock: undefined, signal: never, clock });
    backend.plant({ call: 'save', type: 'index', effect: fail('no-space') });
    await clock.advance(6_000);
    addPack(repository, keeper, 'one');
    await turns();
    expect(keeper.signal.aborted).toBe(true);
    expect(keeper.signal.reason).toMatchObject({ code: 'no-space' });
    // What is in the meantime durable is still indexed, now that it goes.
    await keeper.salvage();
    expect((await repository.loadIndex(never)).packCount).toBe(1);
  });
});

describe('huge folders', () => {
  it('20,000 entries on two threads, under backpressure, and cancelled in the middle', {
    timeout: 60_000,
  }, async () => {
    await using folder = await temporaryFolder();
    const source = join(folder.path, 'source');
    mkdirSync(source);
    for (let file = 0; file < 20_000; file++) writeFileSync(join(source, `f${file}`), file % 50 === 0 ? `${file}` : '');
    const repository = await memoryRepository();
    const cancel = new AbortController();
    let abortedAtMs = 0;
    const cancelled = backup(repository, [source], {
      signal: cancel.signal,
      onProgress: () => {
        abortedAtMs ||= performance.now();
        cancel.abort(new Error('enough'));
      },
    });
    await expect(cancelled).rejects.toThrow('enough');
    expect(performance.now() - abortedAtMs).toBeLessThan(1000);
    const summary = await backup(repository, [source]);
    expect(summary.files.new).toBe(20_000);
    expect(problemPaths(summary)).toEqual([]);
    const saved = await readBack(repository, summary);
    expect(saved.size - folder.path.split('/').length).toBe(20_000);
    expect(saved.get(join(source, 'f50'))?.content?.toString()).toBe('50');
    expect((await backup(repository, [source])).files.unmodified).toBe(20_000);
  });
});
