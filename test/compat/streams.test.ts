/** What comes as a stream, beside the real restic: the same blobs as by its --stdin, and restic restores and checks ours. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../support/random.ts';
import { describeFailure } from '../support/run-process.ts';
import { sharedRepository } from '../support/shared-repository.ts';
import { requireTool } from '../support/tools.ts';

const noRestic = requireTool('restic') === undefined;
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

  it('input that is empty gives no snapshot, unless that is allowed', async () => {
    await using shared = await sharedRepository({ version });
    const { restic, holdfast } = shared;
    expect((await holdfast.run(['backup', '--stdin'])).code).toBe(4);
    expect(await restic.snapshots()).toEqual([]);
    await holdfast.backup([], ['--stdin', '--allow-empty']);
    expect((await restic.check()).code).toBe(0);
  });
});
