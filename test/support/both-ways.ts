/** The proof that a store keeps restic's format for both programs: what one writes the other checks and restores, through the store. */
import { expect } from 'vitest';
import { compareTrees } from './compare-trees.ts';
import { makeTree, mutateTree } from './make-tree.ts';
import type { ProcessResult } from './run-process.ts';

/** Both programs on one repository that is not made yet. */
export interface BothPrograms {
  readonly source: string;
  /** A path for what is restored. */
  at(name: string): string;
  readonly ours: (args: readonly string[]) => Promise<ProcessResult>;
  /** Demand exit code 0. */
  readonly oursOk: (args: readonly string[]) => Promise<ProcessResult>;
  readonly resticOk: (args: readonly string[]) => Promise<ProcessResult>;
}

const readAll = ['check', '--no-cache', '--no-lock', '--read-data'];

/** Ours makes it and backs up; restic checks, restores, backs up more; ours checks, restores, forgets and prunes; restic checks again. */
export async function proveBothWays({ source, at, ours, oursOk, resticOk }: BothPrograms, seed: string): Promise<void> {
  makeTree(source, { files: 120, bytes: 12_000_000, seed });
  await oursOk(['init']);
  expect((await ours(['init'])).stderr).toContain('already');
  await oursOk(['backup', source]);
  await resticOk(readAll);
  await resticOk(['restore', 'latest', '--target', at('by-restic')]);
  expect(compareTrees(source, `${at('by-restic')}${source}`)).toEqual([]);

  mutateTree(source, 1);
  await resticOk(['backup', source]);
  await oursOk(['check', '--read-data']);
  await oursOk(['restore', 'latest', '--target', at('by-us')]);
  expect(compareTrees(source, `${at('by-us')}${source}`)).toEqual([]);

  await oursOk(['forget', '--keep-last', '1', '--prune', '--max-unused', '0']);
  await resticOk(readAll);
  expect(JSON.parse((await resticOk(['snapshots', '--json'])).stdout)).toHaveLength(1);
}

/** Of the two programs of test/support, which know their repository. */
export function programsOf(
  ours: { run: BothPrograms['ours']; ok: BothPrograms['oursOk'] },
  restic: { ok: BothPrograms['resticOk'] },
): Pick<BothPrograms, 'ours' | 'oursOk' | 'resticOk'> {
  return {
    ours: (args) => ours.run(args),
    oursOk: (args) => ours.ok(args),
    resticOk: (args) => restic.ok(args),
  };
}
