/** What other programs need for the same data: borg with two compressions, and tar with zstd. One run each. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { bytesBelow } from './contender.ts';
import type { MadeSet } from './datasets/make-set.ts';
import { measure } from './measure.ts';
import { borg, isInstalled, makeHome, repositoryIn, tarZstd } from './programs.ts';
import type { OrientationResult } from './results.ts';

export const ORIENTATION = ['borg-lz4', 'borg-zstd-3', 'tar-zstd-3'] as const;
export type OrientationName = (typeof ORIENTATION)[number];

/** Undefined if the program is not installed. */
export async function orient(
  name: OrientationName,
  set: MadeSet,
  runs: string,
  signal: AbortSignal,
): Promise<OrientationResult | undefined> {
  if (!isInstalled(name === 'tar-zstd-3' ? 'zstd' : 'borg')) return undefined;
  const home = join(runs, name);
  makeHome(home);
  try {
    const { output, ...measured } =
      name === 'tar-zstd-3'
        ? await measure(tarZstd(set.folder, home), signal)
        : await borgBackup(set, home, name === 'borg-lz4' ? 'lz4' : 'zstd,3', signal);
    const bytes = name === 'tar-zstd-3' ? Number(output.trim()) : bytesBelow(repositoryIn(home));
    return { name, set: set.name, ...measured, bytes };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function borgBackup(set: MadeSet, home: string, compression: string, signal: AbortSignal) {
  const repository = repositoryIn(home);
  await measure(borg(home, 'init', '--encryption', 'repokey-blake2', repository), signal);
  return measure(borg(home, 'create', '--compression', compression, `${repository}::first`, set.folder), signal);
}
