/** Ordinary folders from a seed (`makeTree`), and what a user does to one between two backups (`mutateTree`). */
import {
  appendFileSync,
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type SeededRandom, seededRandom } from './random.ts';

export interface TreeShape {
  /** How many files. */
  readonly files: number;
  /** Bytes in all, about; sizes are spread as in a home folder (many small, few large). */
  readonly bytes: number;
  readonly seed: number | string;
}

/** Fills `folder` (made if missing); the same shape gives the same names and contents. Returns the files' paths in it. */
export function makeTree(folder: string, shape: TreeShape): string[] {
  const random = seededRandom(`tree ${shape.seed}`);
  mkdirSync(folder, { recursive: true });
  const folders = [''];
  const wantedFolders = Math.max(1, Math.round(shape.files / 12));
  while (folders.length < wantedFolders) {
    const path = join(
      random.pick(folders),
      `${random.pick(['src', 'photos', 'Letters', 'ünï', 'b'])}-${folders.length}`,
    );
    if (path.split('/').length > 8) continue;
    mkdirSync(join(folder, path), { recursive: true });
    folders.push(path);
  }
  const weights = Array.from({ length: shape.files }, () => Math.exp(4 * random.next() ** 2 * random.next()));
  const unit = shape.bytes / weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight, number) => {
    const path = join(random.pick(folders), `file-${number}.${random.pick(['txt', 'jpg', 'ts', 'bin'])}`);
    writeFileSync(join(folder, path), contentOf(random, Math.round(weight * unit)));
    return path;
  });
}

function contentOf(random: SeededRandom, size: number): Buffer {
  return random.chance(0.6) ? random.text(size) : random.bytes(size);
}

/** What changed, by path in the folder. */
export interface Mutation {
  readonly action: 'append' | 'overwrite' | 'delete' | 'create' | 'rename' | 'chmod' | 'touch' | 'replace';
  readonly path: string;
}

/** Changes about one file in ten, of every kind of change. Deterministic for the same tree and seed. */
export function mutateTree(folder: string, seed: number | string): Mutation[] {
  const random = seededRandom(`mutation ${seed}`);
  const files = listFiles(folder);
  const count = Math.max(8, Math.ceil(files.length / 10));
  const chosen = random.shuffle(files).slice(0, count);
  const actions = ['append', 'overwrite', 'delete', 'create', 'rename', 'chmod', 'touch', 'replace'] as const;
  return chosen.map((path, number) => {
    const action = actions[number % actions.length] ?? 'touch';
    mutate(random, action, folder, path, `${seed}-${number}`);
    return { action, path };
  });
}

function mutate(random: SeededRandom, action: Mutation['action'], folder: string, path: string, tag: string): void {
  const full = join(folder, path);
  if (action === 'append') appendFileSync(full, contentOf(random, random.integer(1, 5000)));
  else if (action === 'overwrite') overwriteMiddle(random, full);
  else if (action === 'delete') rmSync(full);
  else if (action === 'create') writeFileSync(join(dirname(full), `new-${tag}`), contentOf(random, 3000));
  else if (action === 'rename') renameSync(full, join(folder, `renamed-${tag}`));
  else if (action === 'chmod') chmodSync(full, 0o600 | random.integer(0, 0o77));
  else if (action === 'touch') utimesSync(full, 1.6e9, 1.6e9 + random.integer(0, 1e7));
  else {
    rmSync(full);
    symlinkSync(`../missing-${tag}`, full);
  }
}

function overwriteMiddle(random: SeededRandom, full: string): void {
  const { size } = statSync(full);
  const handle = openSync(full, 'r+');
  writeSync(handle, random.bytes(100), 0, 100, Math.floor(size / 2));
  closeSync(handle);
}

/** Paths of the regular files below a folder, sorted. */
export function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
