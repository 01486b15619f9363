/**
 * Archives as files, for those who download soon: a file is sent at the speed of the disk, and from any byte on, where making it anew
 * costs a processor. Only a cache: bounded, the least used goes first, and it can be deleted at any time.
 *
 * A file is named by its backup and its checksum, and appears whole. The folder is private: archives are not encrypted.
 */
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

export interface ArchiveCacheOptions {
  readonly folder: string;
  /** Of all files; 0 keeps none. */
  readonly mostBytes: () => number;
}

export class ArchiveCache {
  readonly #options: ArchiveCacheOptions;

  constructor(options: ArchiveCacheOptions) {
    this.#options = options;
  }

  /** Takes an archive while it is made. Its failure is none: then there is no file. */
  async writer(backupId: string): Promise<ArchiveWriter> {
    const { folder, mostBytes } = this.#options;
    const path = join(folder, `${backupId}.part`);
    const most = mostBytes();
    try {
      if (most === 0) return new ArchiveWriter(undefined, path, 0);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return new ArchiveWriter(await open(path, 'w', 0o600), path, most);
    } catch {
      return new ArchiveWriter(undefined, path, 0);
    }
  }

  /** The writer's file under its name, if it is whole; others go where there is too much. */
  async keep(writer: ArchiveWriter, backupId: string, sha1: string): Promise<void> {
    if (!(await writer.finish())) return;
    await rename(writer.path, this.#pathOf(backupId, sha1)).catch(() => undefined);
    await this.#tidyUp();
  }

  /** Bytes from `start` to before `end`, or undefined where the archive is not kept. */
  async read(backupId: string, sha1: string, start: number, end: number): Promise<Readable | undefined> {
    if (start === end) return undefined;
    const path = this.#pathOf(backupId, sha1);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined || found.size < end) return undefined;
    const now = new Date();
    await utimes(path, now, now).catch(() => undefined);
    const handle = await open(path, 'r').catch(() => undefined);
    if (handle === undefined) return undefined;
    return createReadStream(path, { fd: handle, start, end: end - 1, highWaterMark: 256 * 1024 });
  }

  /** @throws the system's error where a file of it stays */
  async remove(backupId: string): Promise<void> {
    for (const name of await this.#names()) {
      if (name.startsWith(backupId)) await rm(join(this.#options.folder, name), { force: true });
    }
  }

  async #tidyUp(): Promise<void> {
    const { folder, mostBytes } = this.#options;
    const files = await Promise.all(
      (await this.#names())
        .filter((name) => !name.endsWith('.part'))
        .map(async (name) => ({ name, found: await stat(join(folder, name)).catch(() => undefined) })),
    );
    const newest = files
      .flatMap(({ name, found }) => (found === undefined ? [] : [{ name, bytes: found.size, usedMs: found.mtimeMs }]))
      .sort((a, b) => b.usedMs - a.usedMs);
    let bytes = 0;
    for (const file of newest) {
      bytes += file.bytes;
      if (bytes > mostBytes()) await rm(join(folder, file.name), { force: true }).catch(() => undefined);
    }
  }

  #names(): Promise<string[]> {
    return readdir(this.#options.folder).catch(() => []);
  }

  #pathOf(backupId: string, sha1: string): string {
    return join(this.#options.folder, `${backupId}-${sha1}`);
  }
}

export class ArchiveWriter implements AsyncDisposable {
  readonly path: string;
  readonly #mostBytes: number;
  #handle: FileHandle | undefined;
  #bytes = 0;

  constructor(handle: FileHandle | undefined, path: string, mostBytes: number) {
    this.#handle = handle;
    this.path = path;
    this.#mostBytes = mostBytes;
  }

  /** Larger ones than the whole cache, and those that the disk has no room for, are given up. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#handle === undefined) return;
    this.#bytes += bytes.length;
    try {
      if (this.#bytes > this.#mostBytes) throw new RangeError('It is too large.');
      await this.#handle.write(bytes);
    } catch {
      await this[Symbol.asyncDispose]();
    }
  }

  /** @returns whether all of it is in the file */
  async finish(): Promise<boolean> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
    return handle !== undefined;
  }

  /** Removes what is not finished. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (await this.finish()) await rm(this.path, { force: true }).catch(() => undefined);
  }
}
