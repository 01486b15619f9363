/**
 * Row 7: a flipped bit anywhere is found, and what it damages is named: exactly the files and snapshots that can no longer
 * be restored. The truth comes from restoring each snapshot with restic and comparing.
 */

import { existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { compareTrees } from '../support/compare-trees.ts';
import { parseJsonLines } from '../support/holdfast.ts';
import { makeTree, mutateTree } from '../support/make-tree.ts';
import { seededRandom } from '../support/random.ts';
import { copyRepository, flipBit, type RepositoryFileKind, repositoryFiles } from '../support/repository-files.ts';
import { type SharedRepository, sharedRepository } from '../support/shared-repository.ts';
import { removeAll } from '../support/temporary-folder.ts';
import { type Acknowledged, keepCopy } from './judge.ts';
import { type Figure, mustBeZero, type TortureRow } from './row.ts';

const kinds: readonly RepositoryFileKind[] = ['data', 'data', 'data', 'index', 'snapshots', 'keys', 'config'];

export const row: TortureRow = {
  row: 7,
  promise: 'A flipped bit is found, and the damaged files and snapshots named',
  async run({ short, seed, log }) {
    await using shared = await sharedRepository({ seed });
    const source = shared.folder.at('source');
    makeTree(source, { files: 60, bytes: 2_000_000, seed });
    const promised: Acknowledged[] = [];
    for (let round = 0; round < 2; round++) {
      if (round > 0) mutateTree(source, seed);
      const copy = keepCopy(shared, source);
      const { snapshot_id } = await shared.holdfast.backup([source], ['--pack-size', '4']);
      promised.push({ id: snapshot_id, source, copy });
    }
    const random = seededRandom(`row 7 ${seed}`);
    const missed: string[] = [];
    const unnamed: string[] = [];
    const slandered: string[] = [];
    let tried = 0;
    let damagedFiles = 0;
    for (let number = 0; number < (short ? 12 : 300); number++) {
      const kind = kinds[number % kinds.length] ?? 'data';
      const twin = shared.folder.at('twin');
      copyRepository(shared.repository, twin);
      const path = random.pick(repositoryFiles(twin, kind));
      const offset = random.integer(0, statSync(path).size - 1);
      flipBit(path, offset, random.integer(0, 7));
      const name = `${kind}/${basename(path).slice(0, 8)} byte ${offset}`;
      const place = { folder: shared.folder, ...shared.on(twin) };
      const check = await place.holdfast.run(['check', '--read-data', '--json']);
      tried++;
      if (check.code === 0) missed.push(name);
      else if (kind === 'data' || kind === 'snapshots') {
        const truth = await cannotBeRestored(place, promised);
        const named = namedBy(check.stdout);
        damagedFiles += truth.size;
        for (const item of truth) if (!isNamed(item, named)) unnamed.push(`${name}: ${item}`);
        for (const item of wronglyNamed(truth, named)) slandered.push(`${name}: ${item}`);
        log(`${name}: ${truth.size} damaged, ${named.damaged_files.length} named`);
      }
      removeAll(twin);
    }
    const detection = (100 * (tried - missed.length)) / tried;
    return [
      { figure: `detected of ${tried} flips, %`, value: detection, ok: missed.length === 0, detail: missed.join('\n') },
      mustBeZero(`damaged but not named (recall; of ${damagedFiles})`, unnamed),
      mustBeZero('named but sound (precision)', slandered),
    ] satisfies Figure[];
  },
};

/** `snapshot` or `snapshot:path`, for every one that does not come back as it was. */
export async function cannotBeRestored(
  place: Pick<SharedRepository, 'folder' | 'restic'>,
  promised: readonly Acknowledged[],
): Promise<Set<string>> {
  const broken = new Set<string>();
  for (const { id, source, copy } of promised) {
    const target = place.folder.at('truth');
    const run = await place.restic.run(['restore', id, '--target', target, '--no-cache', '--no-lock']);
    if (run.code !== 0 && !/ignoring error|There were \d+ errors/.test(run.stderr)) broken.add(id);
    else if (!existsSync(join(target, source))) broken.add(`${id}:${source}`);
    else {
      for (const mismatch of compareTrees(copy, join(target, source), { mtime: false, mode: false, xattrs: false })) {
        if (mismatch.what !== 'links') broken.add(`${id}:${source}${mismatch.path === '' ? '' : `/${mismatch.path}`}`);
      }
    }
    removeAll(target);
  }
  return broken;
}

/** What the summary of `check --json` names. */
interface Named {
  readonly damaged_files: readonly {
    readonly path: string;
    readonly snapshots: readonly string[];
    readonly type: string;
  }[];
  readonly damaged_snapshots: readonly { readonly id: string }[];
}

export function namedBy(stdout: string): Named {
  const summary = parseJsonLines(stdout).find((line) => line.message_type === 'summary') as Partial<Named> | undefined;
  return { damaged_files: summary?.damaged_files ?? [], damaged_snapshots: summary?.damaged_snapshots ?? [] };
}

function asFolder(path: string): string {
  return path.endsWith('/') ? path : `${path}/`;
}

/** Naming a folder names all below it. */
function isNamed(item: string, named: Named): boolean {
  const [id = '', path] = item.split(/:(.*)/s);
  if (path === undefined) return named.damaged_snapshots.some((snapshot) => snapshot.id === id);
  return named.damaged_files.some(
    (file) => file.snapshots.includes(id) && (path === file.path || path.startsWith(asFolder(file.path))),
  );
}

/** What is named although nothing of it is damaged. */
function wronglyNamed(truth: ReadonlySet<string>, named: Named): string[] {
  const isTrue = (item: string): boolean => [...truth].some((one) => one === item || one.startsWith(asFolder(item)));
  const files = named.damaged_files.flatMap((file) => file.snapshots.map((id) => `${id}:${file.path}`));
  const snapshots = named.damaged_snapshots.filter(({ id }) => ![...truth].some((item) => item.startsWith(id)));
  return [...files.filter((item) => !isTrue(item)), ...snapshots.map(({ id }) => id)];
}
