/**
 * The judge of the torture. `restic check` alone is a weak one, so: check --read-data by restic, and every snapshot that
 * was acknowledged (exit code 0) restored by restic and compared with a copy of the source as it was.
 */
import { join } from 'node:path';
import { compareTrees } from '../support/compare-trees.ts';
import { copyRepository } from '../support/repository-files.ts';
import { resticRestoresWrongly, type SharedRepository } from '../support/shared-repository.ts';
import { removeAll } from '../support/temporary-folder.ts';

/** What was promised to the user: this snapshot holds that. */
export interface Acknowledged {
  readonly id: string;
  /** The path that was backed up. */
  readonly source: string;
  /** Where a copy of it, as it was, is kept. */
  readonly copy: string;
}

let copies = 0;

/** Keeps the source as it is now; call before the backup. */
export function keepCopy({ folder }: Pick<SharedRepository, 'folder'>, source: string): string {
  const copy = folder.at('copies', String(copies++));
  copyRepository(source, copy);
  return copy;
}

/** The snapshot that a `backup --json` of either program says it has made. */
export function snapshotIn(stdout: string): string | undefined {
  return /"snapshot_id":"([0-9a-f]+)"/.exec(stdout)?.[1];
}

type Place = Pick<SharedRepository, 'restic' | 'folder'>;

/** @returns what is wrong, by restic's structural check; empty means sound */
export async function checkQuickly(place: Place): Promise<string[]> {
  const check = await place.restic.check([]);
  return check.code === 0 ? [] : [`restic check: ${check.stdout.slice(-800)}${check.stderr.slice(-800)}`];
}

/** @returns what is wrong, by everything there is */
export async function judge(place: Place, acknowledged: readonly Acknowledged[]): Promise<string[]> {
  const check = await place.restic.check();
  const wrong = check.code === 0 ? [] : [`check --read-data: ${check.stdout.slice(-800)}${check.stderr.slice(-800)}`];
  for (const promise of acknowledged) wrong.push(...(await lost(place, promise)));
  return wrong;
}

/** Restores one acknowledged snapshot with restic and compares. */
export async function lost(place: Place, { id, source, copy }: Acknowledged): Promise<string[]> {
  const target = place.folder.at('judge');
  try {
    const run = await place.restic.run(['restore', id, '--target', target, '--no-cache', '--no-lock']);
    if (run.code !== 0) return [`snapshot ${id.slice(0, 8)} does not restore: ${run.stderr.slice(-500)}`];
    return compareTrees(copy, join(target, source))
      .filter((mismatch) => !resticRestoresWrongly(mismatch))
      .map((mismatch) => `snapshot ${id.slice(0, 8)}: ${JSON.stringify(mismatch)}`);
  } finally {
    removeAll(target);
  }
}
