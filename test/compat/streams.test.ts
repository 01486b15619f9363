/** What comes as a stream, beside the real restic: the same blobs as by its --stdin, and restic restores and checks ours. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { openLocalBackend } from '../../src/backend/local/local-backend.ts';
import { ingestArchive } from '../../src/backup/mod.ts';
import { openRepository } from '../../src/repository/mod.ts';
import { compareTrees } from '../support/compare-trees.ts';
import { holdfastCommand, holdfastEnvironment } from '../support/holdfast.ts';
import { makeTree } from '../support/make-tree.ts';
import { seededRandom } from '../support/random.ts';
import { describeFailure } from '../support/run-process.ts';
import { sharedRepository } from '../support/shared-repository.ts';
import { requireTool } from '../support/tools.ts';

const noRestic = requireTool('restic') === undefined;
const noZip = requireTool('zip') === undefined;
const mib = 1024 * 1024;

describe.skipIf(noRestic).each([1, 2] as const)('version %i', { timeout: 120_000 }, (version) => {
  it.each([
    ['a line', 12],
    ['many chunks', 37 * mib + 11],
  ])('standard input has the blobs that restic makes of it, and comes back: %s', async (_, length) => {
    await using shared = await sharedRepository({ version });
    const { restic, holdfast, folder } = shared;
    const bytes = seededRandom(`stdin ${length}`).bytes(length);
    const args = ['--stdin', '--stdin-filename', 'dumps/app.sql'];
    const ours = await holdfast.backup([], args, { input: bytes });
    const theirs = await restic.backup([], args, { input: bytes });
    expect(theirs).toMatchObject({ data_blobs: 0 });
    const [mine, other] = [await restic.snapshot(ours.snapshot_id), await restic.snapshot(theirs.snapshot_id)];
    expect(mine.paths).toEqual(['/dumps/app.sql']);
    expect(mine.paths).toEqual(other.paths);
    const content = async (tree: string): Promise<unknown> => {
      const [dumps] = await restic.tree(tree);
      const [file] = await restic.tree(dumps!.subtree!);
      return { name: file?.name, mode: file?.mode, size: file?.size, content: file?.content, uid: file?.uid };
    };
    expect(await content(mine.tree)).toEqual(await content(other.tree));
    const checked = await restic.check();
    expect(checked.code, describeFailure('restic check', checked)).toBe(0);
    await restic.restore(ours.snapshot_id, folder.at('restored'));
    expect(readFileSync(join(folder.path, 'restored/dumps/app.sql')).equals(bytes)).toBe(true);
  });

  it.each([
    ['tar', ['tar', '--format=pax', '-cf', '../archive', '.']],
    ['tar.gz', ['tar', '--format=gnu', '-czf', '../archive', '.']],
    ...(noZip ? [] : [['zip', ['zip', '-q', '-r', '../archive', '.']] as const]),
  ] as const)(
    'an archive comes back from restic as the folder that it was made of: %s',
    async (kind, [program, ...args]) => {
      await using shared = await sharedRepository({ version });
      const { restic, folder, password } = shared;
      const tree = folder.at('tree');
      makeTree(tree, { files: 200, bytes: 12_000_000, seed: version });
      execFileSync(program!, args, { cwd: tree });
      const signal = new AbortController().signal;
      await using repository = await openRepository({
        backend: openLocalBackend(shared.repository),
        password,
        signal,
      });
      const summary = await ingestArchive({
        repository,
        archive: { path: folder.at(kind === 'zip' ? 'archive.zip' : 'archive') },
        identity: { hostname: 'afar', username: 'somebody' },
        tags: ['imported'],
        prefix: '/imported',
        links: 'keep-relative',
        programVersion: 'holdfast test',
        signal,
      });
      expect(summary.problems).toEqual([]);
      await restic.restore(summary.snapshotId!, folder.at('restored'));
      // Only pax knows more of a time than its second; the root has no entry of its own.
      const mismatches = compareTrees(tree, folder.at('restored/imported'), {
        mtime: program === 'tar' && kind === 'tar',
      });
      expect(mismatches.filter(({ path }) => path !== '')).toEqual([]);
      const checked = await restic.check();
      expect(checked.code, describeFailure('restic check', checked)).toBe(0);
    },
  );

  it('a cancel does not wait for input that stalls', async () => {
    await using shared = await sharedRepository({ version });
    const { repository, password, restic } = shared;
    const [program, ...args] = [...holdfastCommand, 'backup', '--stdin'];
    const child = spawn(program!, args, {
      env: holdfastEnvironment({ home: restic.home, repository, password }),
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    using _ = { [Symbol.dispose]: () => void child.kill('SIGKILL') };
    const ended = once(child, 'exit', { signal: AbortSignal.timeout(60_000) });
    child.stdin.write('the begin of something');
    const locks = (): number => readdirSync(join(repository, 'locks')).length;
    await vi.waitUntil(() => locks() > 0, { timeout: 30_000 });
    child.kill('SIGINT');
    const killedAtMs = performance.now();
    expect(await ended).toEqual([130, null]);
    expect(performance.now() - killedAtMs).toBeLessThan(2000);
    expect(locks()).toBe(0);
    expect(await restic.snapshots()).toEqual([]);
  });

  it('input that is empty gives no snapshot, unless that is allowed', async () => {
    await using shared = await sharedRepository({ version });
    const { restic, holdfast } = shared;
    expect((await holdfast.run(['backup', '--stdin'])).code).toBe(4);
    expect(await restic.snapshots()).toEqual([]);
    await holdfast.backup([], ['--stdin', '--allow-empty']);
    expect((await restic.check()).code).toBe(0);
  });
});
