/**
 * Staying on the file systems of the sources (restic's --one-file-system): an entry is in if it is on the device of the nearest
 * source above it; a mount point stays, as an empty folder.
 */
import { lstatSync } from 'node:fs';
import { type ByteString, fsPath, toUtf8 } from '../../base/byte-string.ts';
import type { ExcludeReason } from './exclude-reason.ts';
import { type FileStat, readFileStat } from './file-stat.ts';

export class OneFileSystem {
  readonly #devices: ReadonlyMap<ByteString, bigint>;

  /** @param roots the sources, absolute, without a slash at the end; Node's system error if one is missing. */
  constructor(roots: readonly ByteString[]) {
    this.#devices = new Map(roots.map((root) => [root, readFileStat(root).device]));
  }

  reject(path: ByteString, stat: FileStat): ExcludeReason | undefined {
    if (this.#allows(path, stat.device)) return undefined;
    if (stat.kind === 'dir' && this.#isMountPoint(path)) return undefined;
    return { kind: 'other-file-system', rule: toUtf8(path) };
  }

  #allows(path: ByteString, device: bigint): boolean {
    if (this.#devices.size === 1) {
      const [only] = this.#devices.values();
      return device === only;
    }
    for (let folder = path; ; ) {
      const allowed = this.#devices.get(folder);
      if (allowed !== undefined) return allowed === device;
      const parent = parentOf(folder);
      if (parent === folder) return false;
      folder = parent;
    }
  }

  #isMountPoint(path: ByteString): boolean {
    const parent = parentOf(path);
    const stats = lstatSync(fsPath(parent), { bigint: true, throwIfNoEntry: false });
    return stats !== undefined && this.#allows(parent, stats.dev);
  }
}

function parentOf(path: ByteString): ByteString {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 1));
}
