import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLocalBackend } from '../../../src/backend/local/local-backend.ts';
import { initRepository, openRepository } from '../../../src/repository/mod.ts';
import { makeTree } from '../../support/make-tree.ts';
import { seededRandom } from '../../support/random.ts';
import { Restic } from '../../support/restic.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { requireTool } from '../../support/tools.ts';
import { cheapKey, codeOf, memoryRepository, namesOf, never, password } from '../repository/test-repository.ts';
import { backup, readBack } from './test-backup.ts';

const restic = requireTool('restic');
const mib = 1024 * 1024;

describe('worker threads', { timeout: 30_000 }, () => {
  it('give the same trees as one thread does; content comes back, restic agrees', async () => {
    await using folder = await temporaryFolder();
    const source = join(folder.path, 'source');
    makeTree(source, { files: 300, bytes: 4 * mib, seed: 3 });
    const large = seededRandom(1).bytes(20 * mib + 12_345);
    writeFileSync(join(source, 'large'), large);
    writeFileSync(join(source, 'large-repeats'), Buffer.concat([large.subarray(5 * mib), large]));
    const inline = await memoryRepository();
    const location = folder.at('repository');
    await using threaded = await initRepository({
      backend: openLocalBackend(location),
      password,
      keyOptions: cheapKey,
      polynomial: inline.config.chunkerPolynomial,
      signal: never,
    });
    // Relative: the folders above change while other tests run.
    const one = await backup(inline, ['source'], { cwd: folder.path });
    const two = await backup(threaded, ['source'], { cwd: folder.path, threads: 2 });
    expect(two.tree).toBe(one.tree);
    expect(two.problems).toEqual([]);
    expect(two.dataBlobs).toBe(one.dataBlobs);
    const [fromOne, fromTwo] = [await readBack(inline, one), await readBack(threaded, two)];
    expect([...fromTwo.keys()]).toEqual([...fromOne.keys()]);
    for (const [path, { content }] of fromOne)
      if (content !== undefined) expect(fromTwo.get(path)?.content?.equals(content), path).toBe(true);
    expect(await namesOf(threaded.backend, 'lock')).toEqual([]);
    if (restic === undefined) return;
    const judge = new Restic({ repository: location, password, home: folder.path });
    const checked = await judge.check();
    expect(checked.stdout + checked.stderr).toContain('no errors were found');
    expect(checked.code).toBe(0);
  });

  it.each([
    ['early', 1],
    ['in the middle', 12 * mib],
    ['late', 30 * mib],
  ])('a cancel ends them within a second, without a lock; what was stored is found again: %s', async (_, fromBytes) => {
    await using folder = await temporaryFolder();
    const random = seededRandom(fromBytes);
    for (let file = 0; file < 20; file++) writeFileSync(folder.at('source', `f${file}`), random.bytes(mib));
    writeFileSync(folder.at('source', 'large'), random.bytes(17 * mib));
    const source = join(folder.path, 'source');
    const location = folder.at('repository');
    const backend = openLocalBackend(location);
    await using repository = await initRepository({ backend, password, keyOptions: cheapKey, signal: never });
    const cancel = new AbortController();
    let abortedAtMs = 0;
    const run = backup(repository, [source], {
      threads: 2,
      packSizeBytes: 4 * mib,
      signal: cancel.signal,
      onProgress: ({ bytesDone }) => {
        if (bytesDone < fromBytes || abortedAtMs > 0) return;
        abortedAtMs = performance.now();
        cancel.abort(new Error('enough'));
      },
    });
    await expect(run).rejects.toThrow('enough');
    expect(performance.now() - abortedAtMs).toBeLessThan(1000);
    expect(await namesOf(backend, 'lock')).toEqual([]);
    expect(await namesOf(backend, 'snapshot')).toEqual([]);
    await using again = await openRepository({ backend: openLocalBackend(location), password, signal: never });
    const index = await again.loadIndex(never);
    expect([...index.packIds()].sort()).toEqual(await namesOf(backend, 'data'));
    const summary = await backup(again, [source], { threads: 2 });
    expect((await readBack(again, summary)).get(join(source, 'f19'))?.content).toHaveLength(mib);
    if (fromBytes > 20 * mib) expect(summary.dataAdded).toBeLessThan(35 * mib);
  });

  it('a store that they cannot write to fails the run with its error', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('source', 'file'), seededRandom(1).bytes(mib));
    const location = folder.at('repository');
    await using repository = await initRepository({
      backend: openLocalBackend(location),
      password,
      keyOptions: cheapKey,
      signal: never,
    });
    const selector = (roots: readonly string[]) => {
      rmSync(join(location, 'config'));
      rmSync(join(location, 'data'), { recursive: true });
      return { rejectName: () => undefined, rejectEntry: () => undefined, rejectDirectory: () => void roots };
    };
    const code = await codeOf(() => backup(repository, [join(folder.path, 'source')], { threads: 2, selector }));
    expect(['no-repository', 'not-found', 'corrupt', 'io']).toContain(code);
    expect(await namesOf(repository.backend, 'lock').catch(() => [])).toEqual([]);
  });
});
