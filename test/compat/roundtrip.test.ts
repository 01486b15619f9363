/** What one program backs up, the other checks and restores, byte for byte; every version and compression (promise 16). */
import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareTrees } from '../support/compare-trees.ts';
import { isResticStandIn } from '../support/holdfast.ts';
import { makeTree, mutateTree } from '../support/make-tree.ts';
import { makeOddTree } from '../support/odd-tree.ts';
import { copyRepository, packBytes } from '../support/repository-files.ts';
import { resticRestoresWrongly, restoresWrongly, sharedRepository } from '../support/shared-repository.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { requireTool } from '../support/tools.ts';

const noRestic = requireTool('restic') === undefined;

const cases = [
  { version: 1, compression: undefined },
  { version: 2, compression: 'off' },
  { version: 2, compression: 'auto' },
  { version: 2, compression: 'max' },
] as const;

describe.skipIf(noRestic).each(cases)(
  'version $version, compression $compression',
  { timeout: 120_000 },
  ({ version, compression }) => {
    const flags = compression === undefined ? [] : ['--compression', compression];
    let sources: TemporaryFolder;
    let first: string;
    let second: string;

    beforeAll(async () => {
      sources = await temporaryFolder();
      second = sources.at('source');
      mkdirSync(second);
      makeOddTree(`${second}/odd`, 1);
      makeTree(`${second}/plain`, { files: 150, bytes: 6_000_000, seed: 1 });
      first = sources.at('first');
      copyRepository(second, first);
    });
    afterAll(async () => sources[Symbol.asyncDispose]());

    it('restic checks and restores what Holdfast wrote', async () => {
      await using shared = await sharedRepository();
      const { folder } = shared;
      const { holdfast, restic } = shared.on(folder.at('made-by-holdfast'));
      await holdfast.ok(['init', '--repository-version', String(version)]);
      const one = await holdfast.backup([first], flags);
      const again = sources.at('again');
      copyRepository(first, again);
      mutateTree(`${again}/plain`, 7);
      const two = await holdfast.backup([again], flags);

      const check = await restic.check();
      expect(check.code, check.stdout + check.stderr).toBe(0);
      await restic.restore(one.snapshot_id, folder.at('one'));
      await restic.restore(two.snapshot_id, folder.at('two'));
      expect(compareTrees(first, folder.at('one') + first).filter((m) => !resticRestoresWrongly(m))).toEqual([]);
      expect(compareTrees(again, folder.at('two') + again).filter((m) => !resticRestoresWrongly(m))).toEqual([]);

      const ownCheck = await holdfast.run(['check', '--read-data']);
      expect(ownCheck.code, ownCheck.stdout + ownCheck.stderr).toBe(0);
      await holdfast.ok(['restore', one.snapshot_id, '--target', folder.at('own')]);
      const options = { sparse: !isResticStandIn };
      expect(compareTrees(first, folder.at('own') + first, options).filter((m) => !restoresWrongly(m))).toEqual([]);
    });

    it('Holdfast checks and restores what restic wrote', async () => {
      await using shared = await sharedRepository({ version });
      const { holdfast, restic, folder } = shared;
      const { snapshot_id } = await restic.backup([first], flags);
      const check = await holdfast.run(['check', '--read-data']);
      expect(check.code, check.stdout + check.stderr).toBe(0);
      await holdfast.ok(['restore', snapshot_id, '--target', folder.at('own')]);
      const mismatches = compareTrees(first, folder.at('own') + first, { sparse: !isResticStandIn });
      // restic 0.14 stores no attributes of symlinks, so nobody can restore them.
      expect(
        mismatches.filter((m) => !restoresWrongly(m) && !(m.what === 'xattrs' && m.path.includes('symlinks/'))),
      ).toEqual([]);
    });
  },
);

describe.skipIf(noRestic)('compression', { timeout: 120_000 }, () => {
  it('makes text smaller, and "off" stores it as it is', async () => {
    await using shared = await sharedRepository();
    const source = shared.folder.at('source');
    makeTree(source, { files: 60, bytes: 4_000_000, seed: 5 });
    const sizes: Record<string, number> = {};
    for (const mode of ['off', 'auto', 'max']) {
      const repository = shared.folder.at(`repository-${mode}`);
      const { holdfast } = shared.on(repository);
      await holdfast.ok(['init']);
      await holdfast.backup([source], ['--compression', mode]);
      sizes[mode] = packBytes(repository);
    }
    expect(sizes.off).toBeGreaterThan(4_000_000);
    expect(sizes.auto).toBeLessThan(0.8 * (sizes.off ?? 0));
    expect(sizes.max).toBeLessThanOrEqual(1.01 * (sizes.auto ?? 0));
  });
});
