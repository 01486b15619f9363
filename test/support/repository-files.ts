/** A repository as files on a disk: counting them, copying them, damaging them. Knows names, nothing of the contents. */
import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { SeededRandom } from './random.ts';

export type RepositoryFileKind = 'config' | 'data' | 'index' | 'keys' | 'locks' | 'snapshots';

/** Full paths of the files of a kind, sorted. Temporary files are not among them. */
export function repositoryFiles(repository: string, kind: RepositoryFileKind): string[] {
  if (kind === 'config') return [join(repository, 'config')];
  return readdirSync(join(repository, kind), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /^[0-9a-f]{64}$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Names (ids) of the files of a kind. */
export function repositoryIds(repository: string, kind: RepositoryFileKind): string[] {
  return repositoryFiles(repository, kind).map((path) => basename(path));
}

/** Bytes of all pack files. */
export function packBytes(repository: string): number {
  return repositoryFiles(repository, 'data').reduce((sum, path) => sum + statSync(path).size, 0);
}

/** Every file of the repository with its size and mtime: equal before and after what must write nothing. */
export function repositoryState(repository: string): string[] {
  return readdirSync(repository, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes('/locks/'))
    .sort()
    .map(
      (path) => `${path.slice(repository.length)} ${statSync(path).size} ${statSync(path, { bigint: true }).mtimeNs}`,
    );
}

/** A copy with the same names and times (hard links would share damage). */
export function copyRepository(from: string, to: string): void {
  const run = spawnSync('cp', ['-a', '--reflink=auto', from, to], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`cp -a ${from} ${to}: ${run.stderr}`);
}

export type Damage = 'flip' | 'truncate' | 'delete' | 'zero' | 'append';

/** Damages one file on disk; returns what was done, for the message. */
export function damage(path: string, kind: Damage, random: SeededRandom): string {
  chmodSync(path, 0o600);
  const { size } = statSync(path);
  if (kind === 'delete') {
    rmSync(path);
    return `deleted ${path}`;
  }
  if (kind === 'truncate') {
    const length = random.integer(0, size - 1);
    truncateSync(path, length);
    return `truncated ${path} from ${size} to ${length}`;
  }
  const bytes = readFileSync(path);
  if (kind === 'append') {
    writeFileSync(path, Buffer.concat([bytes, random.bytes(random.integer(1, 100))]));
    return `appended to ${path}`;
  }
  const offset = random.integer(0, size - 1);
  if (kind === 'zero') {
    const end = Math.min(size, offset + 512);
    bytes.fill(0, offset, end);
    writeFileSync(path, bytes);
    return `zeroed ${path} ${offset}..${end}`;
  }
  flipBit(path, offset, random.integer(0, 7));
  return `flipped a bit of ${path} at ${offset} of ${size}`;
}

/** Flips one bit in place. */
export function flipBit(path: string, offset: number, bit: number): void {
  chmodSync(path, 0o600);
  const bytes = readFileSync(path);
  const value = bytes[offset];
  if (value === undefined) throw new Error(`${path} has no byte ${offset}`);
  bytes[offset] = value ^ (1 << bit);
  writeFileSync(path, bytes);
}
