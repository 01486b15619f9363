/** Temporary folders that remove themselves whatever was put in them: `await using folder = await temporaryFolder()`. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
  /** A path in it; missing parents are made. */
  at(...parts: string[]): string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** @param under an existing folder; by default the system's */
export async function temporaryFolder(under: string = tmpdir()): Promise<TemporaryFolder> {
  const path = mkdtempSync(join(under, 'holdfast-test-'));
  return {
    path,
    at: (...parts) => {
      const full = join(path, ...parts);
      mkdirSync(join(full, '..'), { recursive: true });
      return full;
    },
    [Symbol.asyncDispose]: async () => removeAll(path),
  };
}

/**
 * A folder on a file system of its own with a limit, to run full (row 4). Needs root: undefined where it may not mount.
 *
 * @param limits what `mount -t tmpfs -o` takes: `size` as "8m", `inodes` as a count
 */
export async function limitedFolder(limits: {
  readonly size?: string;
  readonly inodes?: number;
}): Promise<TemporaryFolder | undefined> {
  const folder = await temporaryFolder();
  const options = [
    ...(limits.size === undefined ? [] : [`size=${limits.size}`]),
    ...(limits.inodes === undefined ? [] : [`nr_inodes=${limits.inodes}`]),
  ].join(',');
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', options || 'defaults', 'tmpfs', folder.path]);
  if (mounted.status !== 0) {
    await folder[Symbol.asyncDispose]();
    return undefined;
  }
  return {
    ...folder,
    [Symbol.asyncDispose]: async () => {
      spawnSync('umount', ['-l', folder.path]);
      removeAll(folder.path);
    },
  };
}

/** `rm -rf`, which copes with names, depths and modes that Node's rm does not. */
export function removeAll(path: string): void {
  const first = spawnSync('rm', ['-rf', '--', path]);
  if (first.status === 0) return;
  spawnSync('chmod', ['-R', 'u+rwX', '--', path]);
  spawnSync('rm', ['-rf', '--', path]);
}
