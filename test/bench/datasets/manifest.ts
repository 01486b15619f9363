/**
 * The fingerprint of a folder: SHA-256 over the lines `path NUL size NUL SHA-256-of-content LF` of all its regular files,
 * sorted by path. Equal manifests mean equal names and contents.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';

export interface ManifestEntry {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of the content, 64 hex digits. */
  readonly hash: string;
}

export interface Manifest {
  readonly hash: string;
  readonly files: number;
  readonly bytes: number;
}

export function summarize(entries: ManifestEntry[]): Manifest {
  entries.sort((a, b) => (a.path < b.path ? -1 : 1));
  const hash = createHash('sha256');
  let bytes = 0;
  for (const entry of entries) {
    hash.update(`${entry.path}\0${entry.size}\0${entry.hash}\n`);
    bytes += entry.size;
  }
  return { hash: hash.digest('hex'), files: entries.length, bytes };
}

/** Reads the file through `buffer`, whatever its length. */
export function hashFile(path: string, buffer: Uint8Array): { size: number; hash: string } {
  const file = openSync(path, 'r');
  try {
    const hash = createHash('sha256');
    let size = 0;
    for (;;) {
      const got = readSync(file, buffer, 0, buffer.length, null);
      if (got === 0) return { size, hash: hash.digest('hex') };
      hash.update(buffer.subarray(0, got));
      size += got;
    }
  } finally {
    closeSync(file);
  }
}
