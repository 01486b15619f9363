import { lstatSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { openBackend } from '../../../src/backend/registry.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { checkRepository, initRepository } from '../../../src/repository/mod.ts';
import { compareTrees } from '../../support/compare-trees.ts';
import { makeOddTree } from '../../support/odd-tree.ts';
import { seededRandom } from '../../support/random.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { cheapKey, filesOf, never, password } from '../repository/test-repository.ts';
import { stage, write } from './test-restore.ts';

const mib = 1024 * 1024;

describe('restoring into an empty folder', () => {
  it('gives back every odd name, kind, mode, time, link and attribute, and holes stay holes', async () => {
    await using on = await stage();
    makeOddTree(on.source, 'exact', { oddLinkTargets: true, socket: true });
    await on.save();
    const summary = await on.restore();
    expect(summary.problems).toEqual([]);
    expect(on.differences().filter(({ path }) => path !== 'special/socket')).toEqual([]);
  });

  it('does the same in threads, on a repository on disk, with what was written read back', async () => {
    await using place = await temporaryFolder();
    const backend = openBackend(join(place.path, 'repository'));
    await using repository = await initRepository({ backend, password, keyOptions: cheapKey, signal: never });
    await using on = await stage(repository);
    makeOddTree(on.source, 'threads', { depth: 5 });
    await on.save();
    const summary = await on.restore({ threads: 2, verify: true, lock: true });
    expect(summary.problems).toEqual([]);
    expect(on.differences()).toEqual([]);
    expect(summary.filesVerified).toBeGreaterThan(50);
    expect([...(await filesOf(backend)).keys()].filter((name) => name.startsWith('lock/'))).toEqual([]);
  });

  it('starts no thread where there is little to save, to read and to write, and threads where there is more', async () => {
    await using place = await temporaryFolder();
    const backend = openBackend(join(place.path, 'repository'));
    await using repository = await initRepository({ backend, password, keyOptions: cheapKey, signal: never });
    await using on = await stage(repository);
    let threads = 0;
    const count = (): void => void threads++;
    const startedBy = async (work: () => Promise<unknown>): Promise<number> => {
      const before = threads;
      await work();
      return threads - before;
    };
    const all = async () => [
      await startedBy(() => on.save({ threads: undefined })),
      await startedBy(() => checkRepository({ repository, read: { kind: 'all' }, lock: false, signal: never })),
      await startedBy(() => on.restore({ threads: undefined })),
    ];
    process.on('worker', count);
    try {
      for (let file = 0; file < 20; file++) write(join(on.source, `small ${file}`), `content ${file}`);
      expect(await all()).toEqual([0, 0, 0]);
      expect(on.differences()).toEqual([]);
      write(join(on.source, 'large'), seededRandom('much').bytes(3 * mib));
      const cores = Math.max(2, availableParallelism());
      expect(await all()).toEqual([cores, cores, cores]);
      expect(on.differences()).toEqual([]);
    } finally {
      process.off('worker', count);
    }
  });

  it('writes large files in segments, also where a blob occurs again and again', async () => {
    await using on = await stage();
    const random = seededRandom('large');
    const piece = random.bytes(3 * mib);
    write(join(on.source, 'random'), random.bytes(20 * mib));
    write(join(on.source, 'repeated'), Buffer.concat([piece, Buffer.alloc(12 * mib), piece, piece]));
    write(join(on.source, 'small'), 'small');
    await on.save();
    const bytes: number[] = [];
    const summary = await on.restore({ verify: true, onProgress: ({ bytesDone }) => bytes.push(bytesDone) });
    expect(summary.problems).toEqual([]);
    expect(on.differences()).toEqual([]);
    expect(bytes.at(-1)).toBe(41 * mib + 5);
    expect(summary.bytesRestored).toBe(41 * mib + 5);
    expect(lstatSync(join(on.target, 'repeated')).blocks * 512).toBeLessThan(10 * mib);
  });

  it('tells of what is written while files are not done yet', async () => {
    await using on = await stage();
    write(join(on.source, 'file'), seededRandom('progress').bytes(7 * mib));
    await on.save();
    const { backend } = on.repository;
    const readRange = backend.readRange.bind(backend);
    vi.spyOn(backend, 'readRange').mockImplementation(async (handle, range, signal) => {
      if (range.length > mib) await systemClock.sleep(150, signal); // longer than from one report to the next
      return readRange(handle, range, signal);
    });
    const told: { readonly files: number; readonly bytes: number }[] = [];
    await on.restore({
      onProgress: ({ filesDone, bytesDone }) => told.push({ files: filesDone, bytes: bytesDone }),
    });
    expect(told.filter(({ files, bytes }) => files === 0 && bytes > 0 && bytes < 7 * mib)).not.toEqual([]);
    expect(told.at(-1)).toEqual({ files: 1, bytes: 7 * mib });
  });

  it('writes runs of zeros where that is asked for', async () => {
    await using on = await stage();
    write(join(on.source, 'zeros'), Buffer.alloc(4 * mib));
    write(join(on.source, 'large'), Buffer.alloc(17 * mib));
    await on.save();
    await on.restore({ sparse: false });
    expect(on.differences()).toEqual([]);
    expect(statSync(join(on.target, 'zeros')).blocks * 512).toBeGreaterThanOrEqual(4 * mib);
    expect(statSync(join(on.target, 'large')).blocks * 512).toBeGreaterThanOrEqual(17 * mib);
  });

  it('reaches what lies below paths longer than one call takes', async () => {
    await using on = await stage();
    const name = 'n'.repeat(200);
    const cwd = process.cwd();
    try {
      process.chdir(on.source);
      for (let level = 0; level < 45; level++) {
        mkdirSync(name);
        process.chdir(name);
        if (level % 11 === 0) writeFileSync('file', `at ${level}`);
      }
    } finally {
      process.chdir(cwd);
    }
    await on.save();
    for (const run of ['first', 'again']) {
      const summary = await on.restore();
      expect(summary.problems, run).toEqual([]);
      expect(summary.dirs[run === 'first' ? 'restored' : 'updated'], run).toBe(45);
      expect(summary.files[run === 'first' ? 'restored' : 'unchanged'], run).toBe(5);
    }
  });

  it('restores a whole snapshot below the target, and a folder of it alone', async () => {
    await using on = await stage();
    write(join(on.source, 'a/b/file'), 'content');
    await on.save();
    await on.restore({ snapshot: 'latest' });
    expect(compareTrees(on.source, on.target + on.source)).toEqual([]);
    await on.restore({ snapshot: `latest:${on.source}/a`, target: join(on.folder.path, 'part') });
    expect(readFileSync(join(on.folder.path, 'part/b/file'), 'utf8')).toBe('content');
  });

  it('takes the target where the user is, through a link that the user named', async () => {
    await using on = await stage();
    write(join(on.source, 'file'), 'content');
    await on.save();
    const summary = await on.restore({ target: './new/../target/', cwd: on.folder.path });
    expect(summary.problems).toEqual([]);
    expect(on.differences()).toEqual([]);
  });
});
