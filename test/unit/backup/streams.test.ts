import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLocalBackend } from '../../../src/backend/local/local-backend.ts';
import { memoryBackend } from '../../../src/backend/memory/memory-backend.ts';
import type { ByteString } from '../../../src/base/byte-string.ts';
import { HoldfastError } from '../../../src/base/errors.ts';
import { goMode } from '../../../src/format/file-mode.ts';
import { checkRepository } from '../../../src/repository/check/check.ts';
import { initRepository } from '../../../src/repository/mod.ts';
import { loadSnapshot } from '../../../src/repository/snapshots.ts';
import type { StreamEntry } from '../../../src/source/mod.ts';
import { fail, faultyBackend } from '../../support/faulty-backend.ts';
import { seededRandom } from '../../support/random.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { cheapKey, memoryRepository, namesOf, never, password } from '../repository/test-repository.ts';
import { backup, type RunOptions, readBack } from './test-backup.ts';

const mib = 1024 * 1024;
const atNs = 1_700_000_000_000_000_000n;
const time = new Date(Date.UTC(2024, 1, 29));

/** Content in pieces of odd sizes. */
async function* pieces(bytes: Uint8Array, size = 65_521): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const file = (path: ByteString, text: string | Uint8Array, more: Partial<StreamEntry> = {}): StreamEntry => ({
  path,
  kind: 'file',
  content: pieces(typeof text === 'string' ? Buffer.from(text) : text),
  ...more,
});

const streamed = (paths: readonly ByteString[], ...entries: StreamEntry[]) => ({
  paths,
  entries: (async function* () {
    yield* entries;
  })(),
});

async function* failing(bytes: Uint8Array, error: unknown): AsyncGenerator<Uint8Array> {
  yield* pieces(bytes);
  throw error;
}

describe('streamed entries in a snapshot', () => {
  it('come back byte for byte, with their modes and times, in the folders that lead to them', async () => {
    const repository = await memoryRepository();
    const random = seededRandom('streams');
    const contents = new Map<string, Uint8Array>([
      ['/db/large', random.bytes(11 * mib + 17)],
      ['/db/a', random.bytes(mib)],
      ['/db/empty', new Uint8Array()],
      ['/db/z/exactly', random.bytes(2 * mib)],
    ]);
    for (let number = 0; number < 600; number++) contents.set(`/db/many/${number}`, Buffer.from(`small ${number}`));
    const summary = await backup(repository, [], {
      streamed: streamed(
        ['/db'],
        ...[...contents].map(([path, bytes]) => file(path, bytes)),
        file('/db/z/tool', 'x', { mode: 0o4755, modifiedNs: atNs, uid: 7, gid: 8 }),
        { path: '/db/z/link', kind: 'symlink', linkTarget: 'tool' },
        { path: '/db/z', kind: 'dir', mode: 0o750, modifiedNs: 5n },
      ),
      identity: { hostname: 'test', username: 'tester', uid: 1000, gid: 1001 },
      time,
    });
    expect(summary).toMatchObject({ files: { new: 605, changed: 0, unmodified: 0 }, totalFiles: 605, problems: [] });
    expect(summary.dirs.new).toBe(3);
    const items = await readBack(repository, summary);
    for (const [path, bytes] of contents) expect(items.get(path)?.content?.equals(bytes), path).toBe(true);
    const timeNs = BigInt(time.getTime()) * 1_000_000n;
    expect(items.get('/db/a')?.node).toMatchObject({ mode: 0o600, uid: 1000, gid: 1001, mtimeNs: timeNs });
    expect(items.get('/db/z/tool')?.node).toMatchObject({ mode: goMode(0o104755), uid: 7, gid: 8, mtimeNs: atNs });
    expect(items.get('/db/z/link')?.node).toMatchObject({ type: 'symlink', linktarget: 'tool' });
    expect(items.get('/db/z')?.node).toMatchObject({ mode: goMode(0o040750), mtimeNs: 5n });
    expect(items.get('/db')?.node).toMatchObject({ mode: goMode(0o040700), mtimeNs: atNs });
    const { snapshot } = await loadSnapshot(repository, summary.snapshotId!, never);
    expect(snapshot.paths).toEqual(['/db']);
    expect(await checkRepository({ repository, read: { kind: 'all' }, threads: 0, signal: never })).toMatchObject({
      errors: [],
    });
  });

  it('are cut as a file of the same bytes is, on threads as on this one, and the trees are the same', async () => {
    await using folder = await temporaryFolder();
    const bytes = seededRandom('cut').bytes(23 * mib + 5);
    writeFileSync(folder.at('source', 'file'), bytes);
    const backend = openLocalBackend(folder.at('repository'));
    await using repository = await initRepository({ backend, password, keyOptions: cheapKey, signal: never });
    const onDisk = await backup(repository, ['source'], { cwd: folder.path });
    const entries = () =>
      Array.from({ length: 40 }, (_, number) =>
        file(`/s/${number}`, number % 10 === 0 ? bytes : bytes.subarray(0, number * 40_000), { modifiedNs: atNs }),
      );
    const threaded = await backup(repository, [], { threads: 2, streamed: streamed(['/s'], ...entries()) });
    const inline = await backup(repository, [], { streamed: streamed(['/s'], ...entries()), parent: 'none' });
    const other = await memoryRepository();
    expect((await readBack(repository, threaded)).get('/s/0')?.node.content).toEqual(
      (await readBack(repository, onDisk)).get('/source/file')?.node.content,
    );
    expect(inline).toMatchObject({ tree: threaded.tree, dataBlobs: 0, treeBlobs: 0 });
    expect((await readBack(repository, threaded)).get('/s/20')?.content?.equals(bytes)).toBe(true);
    expect((await backup(other, [], { streamed: streamed(['/s'], ...entries()), time })).totalBytes).toBe(
      threaded.totalBytes,
    );
  });

  it('are merged with the targets, at the root and in the folders that lead to those', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('source', 'b'), 'on disk');
    const source = join(folder.path, 'source');
    const top = `/${source.split('/')[1]}`;
    const repository = await memoryRepository();
    const run = (text: string) =>
      backup(repository, [source], {
        streamed: streamed(['/0', `${folder.path}/dump`], file('/0/x', text), file(`${folder.path}/dump`, text)),
      });
    const summary = await run('one');
    const items = await readBack(repository, summary);
    expect(items.get(`${source}/b`)?.content?.toString()).toBe('on disk');
    expect(items.get('/0/x')?.content?.toString()).toBe('one');
    expect(items.get(`${folder.path}/dump`)?.content?.toString()).toBe('one');
    expect([...items.keys()].filter((path) => path.lastIndexOf('/') === 0)).toEqual(['/0', top]);
    const { snapshot } = await loadSnapshot(repository, summary.snapshotId!, never);
    expect(snapshot.paths).toEqual(['/0', `${folder.path}/dump`, source]);

    const again = await run('one');
    expect(again).toMatchObject({ parentId: summary.snapshotId, files: { new: 0, changed: 0, unmodified: 3 } });
    expect((await run('two')).files).toEqual({ new: 0, changed: 2, unmodified: 1 });
  });

  it('that come into a folder that was empty before are there', async () => {
    const repository = await memoryRepository();
    const empty = { path: '/s', kind: 'dir', modifiedNs: 5n } as const;
    await backup(repository, [], { streamed: streamed(['/s'], empty) });
    const summary = await backup(repository, [], { streamed: streamed(['/s'], empty, file('/s/x', 'x')) });
    expect((await readBack(repository, summary)).get('/s/x')?.content?.toString()).toBe('x');
  });

  it('work with a run that is told what changed: the counts are of the whole', async () => {
    await using folder = await temporaryFolder();
    for (const name of ['a/one', 'b/two', 'b/three']) writeFileSync(folder.at('source', name), name);
    const source = join(folder.path, 'source');
    const repository = await memoryRepository();
    // Relative: the folders above change while other tests run.
    const run = (options: RunOptions) => backup(repository, ['source'], { cwd: folder.path, ...options });
    const streams = (...names: string[]) =>
      streamed(['/s'], ...names.map((name) => file(`/s/${name}/dump`, name.slice(0, 1))));
    const first = await run({ streamed: streams('m', 'n', 'o') });
    writeFileSync(join(source, 'a/one'), 'changed');
    const changes = { since: first.snapshotId!, folders: new Set([join(source, 'a')]), subtrees: new Set<string>() };
    const second = await run({ streamed: streams('m', 'nn', 'o'), changes });
    expect(second.scanned).toBe('changes');
    expect(second.files).toEqual({ new: 1, changed: 1, unmodified: 4 });
    expect(second.totalFiles).toBe(6);
    const whole = await run({ streamed: streams('m', 'nn', 'o'), dryRun: true });
    expect(whole).toMatchObject({ tree: second.tree, totalFiles: 6, totalBytes: second.totalBytes });
    expect(whole.dirs.unmodified).toBe(Object.values(second.dirs).reduce((sum, count) => sum + count, 0));
  });

  it('that did not change make no snapshot where that is asked for; a dry run writes nothing', async () => {
    const backend = faultyBackend(memoryBackend());
    const repository = await memoryRepository({ backend });
    const before = backend.calls.length;
    const run = (text: string, more = {}) =>
      backup(repository, [], { streamed: streamed(['/s'], file('/s/d/x', text)), skipIfUnchanged: true, ...more });
    expect(await run('one', { dryRun: true })).toMatchObject({ snapshotId: undefined, dataBlobs: 1, totalFiles: 1 });
    expect(backend.calls.slice(before).filter((call) => /save|openWriter|remove/.test(call))).toEqual([]);
    const first = await run('one', { time });
    expect(first.snapshotId).toBeDefined();
    expect(await run('one')).toMatchObject({ snapshotId: undefined, tree: first.tree });
    expect((await run('two')).snapshotId).toBeDefined();
  });
});

describe('streamed entries that cannot be', () => {
  it.each<[string, StreamEntry[]]>([
    ['relative', [file('s/x', '')]],
    ['the root', [file('/', '')]],
    ['an empty name', [file('/s//x', '')]],
    ['a slash at the end', [file('/s/x/', '')]],
    ['.', [file('/s/./x', '')]],
    ['..', [file('/s/../x', '')]],
    ['NUL', [file('/s/x\0y', '')]],
    ['twice', [file('/s/x', ''), file('/s/x', '')]],
    [
      'a folder twice',
      [
        { path: '/s/x', kind: 'dir' },
        { path: '/s/x', kind: 'dir' },
      ],
    ],
    ['a folder that is a file', [file('/s/x', ''), file('/s/x/y', '')]],
    ['a file that is a folder', [file('/s/x/y', ''), file('/s/x', '')]],
    ['a link to nowhere', [{ path: '/s/x', kind: 'symlink' }]],
    ['below a target', [file('/source/x', '')]],
    ['a target', [file('/source', '')]],
  ])('are refused by name, and there is no snapshot: %s', async (_, entries) => {
    await using folder = await temporaryFolder();
    mkdirSync(folder.at('source'));
    const repository = await memoryRepository();
    const run = backup(repository, ['source'], { cwd: folder.path, streamed: streamed(['/s'], ...entries) });
    await expect(run).rejects.toMatchObject({ code: 'invalid-input', context: { path: entries.at(-1)!.path } });
    for (const type of ['snapshot', 'lock', 'data'] as const)
      expect(await namesOf(repository.backend, type)).toEqual([]);
  });

  it.each(['s', '/s/..', '/source/x', '/source'])('paths are refused before anything is read: %s', async (path) => {
    await using folder = await temporaryFolder();
    mkdirSync(folder.at('source'));
    const repository = await memoryRepository();
    const entries = (async function* (): AsyncGenerator<StreamEntry> {
      yield await Promise.reject(new Error('was read'));
    })();
    const run = backup(repository, ['source'], { cwd: folder.path, streamed: { paths: [path], entries } });
    await expect(run).rejects.toMatchObject({ code: 'invalid-input', context: { path } });
  });

  it('nothing at all, where nothing is streamed', async () => {
    await expect(backup(await memoryRepository(), [])).rejects.toMatchObject({ code: 'invalid-input' });
  });

  it('that suddenly are none stop the run, unless that is allowed', async () => {
    const repository = await memoryRepository();
    await backup(repository, [], { streamed: streamed(['/s'], file('/s/x', 'x')) });
    const none = () => streamed(['/s'], { path: '/s', kind: 'dir' });
    await expect(backup(repository, [], { streamed: none() })).rejects.toMatchObject({ code: 'source-missing' });
    expect(await namesOf(repository.backend, 'snapshot')).toHaveLength(1);
    expect((await backup(repository, [], { streamed: none(), allowEmpty: true })).totalFiles).toBe(0);
  });
});

describe('a stream that fails', () => {
  it.each(['content', 'entries'] as const)(
    'fails the backup by its error; what was stored is indexed: %s',
    async (where) => {
      const repository = await memoryRepository();
      const bytes = seededRandom('fails').bytes(40 * mib);
      const error = new HoldfastError('io', 'the dump broke off');
      const entries = (async function* () {
        yield file('/s/x', '', { content: where === 'content' ? failing(bytes, error) : pieces(bytes) });
        throw error;
      })();
      await expect(
        backup(repository, [], { streamed: { paths: ['/s'], entries }, packSizeBytes: 4 * mib }),
      ).rejects.toBe(error);
      for (const type of ['snapshot', 'lock'] as const) expect(await namesOf(repository.backend, type)).toEqual([]);
      const index = await repository.loadIndex(never);
      const packs = await namesOf(repository.backend, 'data');
      expect(packs.length).toBeGreaterThan(4);
      expect([...index.packIds()].sort()).toEqual(packs);
      const again = await backup(repository, [], { streamed: streamed(['/s'], file('/s/x', bytes)) });
      expect(again.dataAdded).toBeLessThan(bytes.length / 2);
    },
  );

  it.each([0, 2])('or stalls is left within a second of a cancel, and is closed; %i threads', async (threads) => {
    await using folder = await temporaryFolder();
    const backend = openLocalBackend(folder.at('repository'));
    await using repository = await initRepository({ backend, password, keyOptions: cheapKey, signal: never });
    const cancel = new AbortController();
    let closed = false;
    let abortedAtMs = 0;
    const stalling: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => {
        let count = 0;
        return {
          next: async () => {
            if (count++ < 5) return { done: false, value: new Uint8Array(mib) };
            abortedAtMs = performance.now();
            cancel.abort(new Error('enough'));
            return new Promise(() => {});
          },
          return: async () => {
            closed = true;
            return { done: true, value: undefined };
          },
        };
      },
    };
    const run = backup(repository, [], {
      threads,
      signal: cancel.signal,
      streamed: streamed(['/s'], { path: '/s/x', kind: 'file', content: stalling }),
    });
    await expect(run).rejects.toThrow('enough');
    expect(performance.now() - abortedAtMs).toBeLessThan(1000);
    expect(closed).toBe(true);
    for (const type of ['snapshot', 'lock'] as const) expect(await namesOf(backend, type)).toEqual([]);
  });

  it('progress tells its bytes and its path while it comes', async () => {
    const repository = await memoryRepository();
    const told: { bytesDone: number; currentPath: string }[] = [];
    const enough = Promise.withResolvers<void>();
    const bytes = seededRandom('progress').bytes(12 * mib);
    const content = (async function* () {
      yield* pieces(bytes);
      await enough.promise;
    })();
    await backup(repository, [], {
      streamed: streamed(['/s'], { path: '/s/x', kind: 'file', content }),
      onProgress: (progress) => {
        told.push(progress);
        if (progress.bytesDone > 4 * mib) enough.resolve();
      },
    });
    expect(told.find(({ bytesDone }) => bytesDone > 4 * mib)).toMatchObject({ currentPath: '/s/x' });
    expect(told.at(-1)).toMatchObject({ bytesDone: bytes.length, filesDone: 1 });
  });

  it('a store that cannot be written to ends it, however long the stream is', async () => {
    const backend = faultyBackend(memoryBackend());
    const repository = await memoryRepository({ backend });
    const random = seededRandom('endless');
    const content = (async function* () {
      for (let count = 0; count < 2000; count++) yield random.bytes(mib);
    })();
    backend.plant({ call: 'commit', type: 'data', nth: 2, effect: fail('no-space') });
    const run = backup(repository, [], {
      streamed: streamed(['/s'], { path: '/s/x', kind: 'file', content }),
      packSizeBytes: 4 * mib,
    });
    await expect(run).rejects.toMatchObject({ code: 'no-space' });
  });
});
