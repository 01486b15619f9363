import fs, { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { memoryBackend } from '../../../src/backend/memory/memory-backend.ts';
import { openBackend } from '../../../src/backend/registry.ts';
import { HoldfastError } from '../../../src/base/errors.ts';
import { idOf } from '../../../src/format/id.ts';
import { fileAttributes } from '../../../src/platform/attributes.ts';
import { openRepository } from '../../../src/repository/mod.ts';
import { temporaryPathOf } from '../../../src/restore/names.ts';
import { runRestore } from '../../../src/restore/restore.ts';
import { fail, faultyBackend } from '../../support/faulty-backend.ts';
import { seededRandom } from '../../support/random.ts';
import { forgedNode, forgeRepository } from '../../support/repository-forge.ts';
import { limitedFolder, temporaryFolder } from '../../support/temporary-folder.ts';
import { codeOf, memoryRepository, never, overwrite, password } from '../repository/test-repository.ts';
import { failures, stage, write } from './test-restore.ts';

const mib = 1024 * 1024;

async function faultyStage() {
  const backend = faultyBackend(memoryBackend());
  return { backend, on: await stage(await memoryRepository({ backend })) };
}

describe('damage', () => {
  it('of one blob names the file, restores the rest, and keeps what was there', async () => {
    await using on = await stage();
    const random = seededRandom('damage');
    const contents = new Map(['a', 'b', 'c', 'd'].map((name) => [name, random.bytes(5000)]));
    for (const [name, content] of contents) write(join(on.source, name), content);
    await on.save();
    write(join(on.target, 'a'), 'was there');
    const index = await on.repository.loadIndex(never);
    for (const name of ['a', 'c']) {
      const place = index.lookup('data', idOf(contents.get(name) ?? Buffer.alloc(0)));
      const handle = { type: 'data', name: place?.packId ?? '' } as const;
      const pack = await on.repository.backend.read(handle, never);
      const at = (place?.offset ?? 0) + 100;
      pack[at] = (pack[at] ?? 0) ^ 1;
      await overwrite(on.repository.backend, handle, pack);
    }
    const summary = await on.restore();
    expect(failures(summary)).toEqual({ '/a': 'corrupt', '/c': 'corrupt' });
    expect(summary.problems[0]?.error.message).toContain(join(on.target, 'a'));
    expect(readFileSync(join(on.target, 'a'), 'utf8')).toBe('was there');
    expect(readdirSync(on.target)).toEqual(['a', 'b', 'd']);
    for (const name of ['b', 'd']) expect(readFileSync(join(on.target, name))).toEqual(contents.get(name));
  });

  it('of one copy of a blob is passed over where there is another', async () => {
    await using on = await stage();
    const random = seededRandom('copies');
    const contents = { small: random.bytes(5000), large: random.bytes(17 * mib) };
    for (const [name, content] of Object.entries(contents)) write(join(on.source, name), content);
    await on.save();
    const index = await on.repository.loadIndex(never);
    const wrong = '00'.repeat(32);
    // The copy that is found first is in a pack that does not exist.
    let moved = 0;
    for (let entry = 0; entry < index.blobs.size; entry++) {
      const place = index.blobs.location(entry);
      if (place === undefined || index.blobs.type(entry) !== 'data') continue;
      const { offset, length, uncompressedLength } = place;
      moved += 1;
      index.duplicates.set(entry, [place]);
      index.blobs.setLocation(entry, index.addPack(wrong), offset, length, uncompressedLength ?? 0);
    }
    expect(moved).toBeGreaterThan(2);
    Object.defineProperty(on.repository, 'loadIndex', { value: async () => index });
    expect(failures(await on.restore())).toEqual({});
    expect(on.differences()).toEqual([]);
  });

  it('of a pack that is gone names every file in it', async () => {
    await using on = await stage();
    write(join(on.source, 'small'), 'small');
    write(join(on.source, 'large'), seededRandom('gone').bytes(17 * mib));
    write(join(on.source, 'empty'), '');
    await on.save();
    await on.repository.loadIndex(never);
    const { blobs } = on.repository.index;
    for (let entry = 0; entry < blobs.size; entry++) {
      if (blobs.type(entry) !== 'data') continue;
      await on.repository.backend.remove({ type: 'data', name: blobs.packId(blobs.pack(entry)) }, never);
    }
    const summary = await on.restore();
    expect(failures(summary)).toEqual({ '/large': 'not-found', '/small': 'not-found' });
    expect(readdirSync(on.target)).toEqual(['empty']);
    expect(summary.problems[0]?.error.message).toContain(on.target);
  });

  it('of an index that lacks a blob, or a tree, names the file and the folder', async () => {
    await using folder = await temporaryFolder();
    const forge = forgeRepository(join(folder.path, 'forged'), password, 2);
    const missing = 'ab'.repeat(32);
    const tree = forge.saveTree([
      forgedNode({ name: 'file', type: 'file', size: 7, content: [missing] }),
      forgedNode({ name: 'folder', type: 'dir', subtree: missing }),
      forgedNode({ name: 'good', type: 'file' }),
    ]);
    forge.saveSnapshot({ tree });
    await using repository = await openRepository({ backend: openBackend(forge.repository), password, signal: never });
    const target = join(folder.path, 'target');
    const options = { repository, snapshot: 'latest', target, cwd: '/', lock: false, threads: 0, signal: never };
    expect(failures(await runRestore(options))).toEqual({ '/file': 'not-found', '/folder': 'not-found' });
    expect(readdirSync(target)).toEqual(['folder', 'good']);
  });
});

describe('attributes that cannot be set', () => {
  it('are named, and the items are there with all the others', async () => {
    await using folder = await temporaryFolder();
    const forge = forgeRepository(join(folder.path, 'forged'), password, 2);
    const [content] = forge.saveBlobs([{ type: 'data', plain: Buffer.from('content') }]);
    const odd = {
      extended_attributes: [`user.${'n'.repeat(300)}`, 'user.good'].map((name) => ({ name, value: 'AA==' })),
    };
    const tree = forge.saveTree([
      forgedNode({ name: 'file', type: 'file', size: 7, content: [content], mode: 0o640, ...odd }),
      forgedNode({ name: 'folder', type: 'dir', subtree: forge.saveTree([]), ...odd }),
    ]);
    forge.saveSnapshot({ tree });
    await using repository = await openRepository({ backend: openBackend(forge.repository), password, signal: never });
    const target = join(folder.path, 'target');
    const options = { repository, snapshot: 'latest', target, cwd: '/', lock: false, threads: 0, signal: never };
    for (const run of ['first', 'again']) {
      const summary = await runRestore(options);
      expect(Object.keys(failures(summary)).sort(), run).toEqual(['/file', '/folder']);
      expect(readFileSync(join(target, 'file'), 'utf8')).toBe('content');
      for (const name of ['file', 'folder']) {
        const stats = statSync(join(target, name));
        expect([stats.mtimeMs, stats.mode & 0o777]).toEqual([Date.UTC(2024, 0, 1), name === 'file' ? 0o640 : 0o755]);
        expect(
          fileAttributes()
            .listXattrs(join(target, name))
            .map((xattr) => xattr.name),
        ).toEqual(['user.good']);
      }
    }
  });
});

describe('the end of a run', () => {
  it('by a cancel comes at once, leaves no half files, and another run completes', async () => {
    await using on = await stage();
    const random = seededRandom('cancel');
    for (let file = 0; file < 300; file++) write(join(on.source, `folder-${file % 7}/${file}`), random.bytes(40_000));
    write(join(on.source, 'large'), random.bytes(20 * mib));
    await on.save();
    const cancel = new AbortController();
    const reason = new HoldfastError('cancelled', 'Cancelled.');
    let items = 0;
    const onItem = (): void => {
      if (++items === 60) cancel.abort(reason);
    };
    await expect(on.restore({ signal: cancel.signal, onItem })).rejects.toBe(reason);
    const wrong = on.differences().filter(({ what }) => what === 'content' || what === 'size' || what === 'unexpected');
    expect(wrong).toEqual([]);
    expect(on.differences().some(({ what }) => what === 'missing')).toBe(true);
    await on.restore({ overwrite: 'never' });
    expect(on.differences()).toEqual([]);
  });

  it('by a kill is mended by another run, left-overs included', async () => {
    await using on = await stage();
    write(join(on.source, 'folder/cut'), 'whole content');
    write(join(on.source, 'folder/old'), 'new content');
    await on.save();
    write(join(on.target, 'folder/cut'), 'whole');
    write(join(on.target, 'folder/old'), 'old');
    writeFileSync(temporaryPathOf(join(on.target, 'folder/old')), 'new con');
    writeFileSync(temporaryPathOf(join(on.target, 'folder/gone')), 'of another snapshot');
    const summary = await on.restore();
    expect(summary.problems).toEqual([]);
    expect(on.differences()).toEqual([]);
  });

  it('by a full disk is an error of the whole, and what is there is whole', async () => {
    await using disk = await limitedFolder({ size: '2m' });
    if (disk === undefined) return expect(process.getuid?.()).not.toBe(0);
    await using on = await stage();
    const random = seededRandom('full');
    for (let file = 0; file < 60; file++) write(join(on.source, `${file}`), random.bytes(100_000));
    await on.save();
    expect(await codeOf(() => on.restore({ target: join(disk.path, 'target') }))).toBe('no-space');
    for (const name of readdirSync(join(disk.path, 'target'))) {
      const same = readFileSync(join(disk.path, 'target', name)).equals(readFileSync(join(on.source, name)));
      expect([name, same]).toEqual([name, true]);
    }
  });

  it('by a store that fails names the files', async () => {
    const { backend, on } = await faultyStage();
    await using _ = on;
    write(join(on.source, 'file'), 'content');
    await on.save();
    backend.plant({
      call: 'readRange',
      type: 'data',
      nth: 2,
      times: Number.POSITIVE_INFINITY,
      effect: fail('network'),
    });
    const outcome = await on.restore().then(failures, (error: unknown) => String(error));
    expect(JSON.stringify(outcome)).toMatch(/network/i);
  });
});

describe('verify', () => {
  it.each([
    ['a small file', 5000],
    ['a large file', 17 * mib],
  ])('finds what is not on disk as it was written: %s', async (_, bytes) => {
    await using on = await stage();
    write(join(on.source, 'file'), seededRandom('verify').bytes(bytes));
    await on.save();
    const { writeSync } = fs;
    try {
      fs.writeSync = ((fd: number, buffer: Uint8Array, start: number, length: number, position: number) => {
        const wrong = Buffer.from(buffer.subarray(start, start + length));
        wrong[0] = (wrong[0] ?? 0) ^ 1;
        return writeSync(fd, wrong, 0, length, position);
      }) as typeof writeSync;
      syncBuiltinESMExports();
      expect(failures(await on.restore({ verify: true }))).toEqual({ '/file': 'io' });
    } finally {
      fs.writeSync = writeSync;
      syncBuiltinESMExports();
    }
    const mended = await on.restore({ verify: true });
    expect([mended.filesVerified, mended.problems]).toEqual([1, []]);
    expect(on.differences()).toEqual([]);
  });
});

describe('a cancelled restore', () => {
  it('gives up what the store does not send, also on the thread that asked: nothing half written is left, nothing is removed later', async () => {
    const backend = memoryBackend();
    const sent = backend.readRange.bind(backend);
    const cancel = new AbortController();
    const given: AbortSignal[] = [];
    let held: string | undefined;
    const readRange: typeof sent = async (handle, range, signal) => {
      if (handle.name !== held) return sent(handle, range, signal);
      given.push(signal);
      setImmediate(() => cancel.abort(new Error('enough')));
      return await setTimeout(60_000, new Uint8Array(), { signal });
    };
    await using on = await stage(await memoryRepository({ backend: Object.assign(backend, { readRange }) }));
    write(join(on.source, 'file'), 'content');
    await on.save();
    held = (await on.repository.loadIndex(never)).lookup('data', idOf(Buffer.from('content')))?.packId;
    await expect(on.restore({ threads: undefined, signal: cancel.signal })).rejects.toThrow('enough');
    expect(given.length).toBeGreaterThan(0);
    expect(given.filter(({ aborted }) => !aborted)).toEqual([]);
    expect(readdirSync(on.target)).toEqual([]);
  });
});
