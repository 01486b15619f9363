/**
 * Files of one repository on the local disk, to spare the network:
 *
 *   <folder>/CACHEDIR.TAG, <folder>/<key>/{index,snapshot,data}/<name>, <folder>/<key>/tmp/<random>
 *
 * Guarantees:
 * - Only bytes are given whose SHA-256 is the name that was asked for. Others are removed.
 * - It can be deleted, filled up or damaged at any time, by anybody: whatever goes wrong with it reads as "not there".
 * - A file appears whole, by rename. Nothing is fsynced: what a crash leaves of a file does not match its name.
 * - It holds about `maxBytes`; what was not used for longest goes first. Folders of repositories that were not used for 30 days go too.
 * - Any number of threads and processes may use it together.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ByteRange, FileType } from '../../backend.ts';
import { isFileName } from '../../handle.ts';

export type CachedType = Extract<FileType, 'index' | 'snapshot' | 'data'>;

export interface DiskCacheOptions {
  /** Of the caches of all repositories. Made when it is needed. */
  readonly folder: string;
  /** Names the repository's folder: letters and digits. */
  readonly key: string;
  readonly maxBytes: number;
}

interface CachedFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly usedMs: number;
}

const types: readonly CachedType[] = ['index', 'snapshot', 'data'];
const keyName = /^[0-9a-f]{64}$/;
/** Room is made after so much of the whole was written, down to so much of it. */
const lookAfter = 1 / 16;
const keptShare = 0.9;
const touchMs = 10 * 60_000;
const staleFileMs = 24 * 60 * 60_000;
const staleFolderMs = 30 * staleFileMs;
/** Cache Directory Tagging Specification (bford.info/cachedir): backups leave it out. */
const tag =
  'Signature: 8a477f597d28d172789f06886806bc55\n# This folder is a cache of Holdfast. It may be deleted at any time.\n';

export class DiskCache {
  readonly #options: DiskCacheOptions;
  readonly #folder: string;
  /** Files that matched their names in this thread, and when their use was last noted on the disk. */
  readonly #verified = new Map<string, number>();
  #writtenBytes = Number.POSITIVE_INFINITY; // by others, before this one: unknown
  #isOpened: Promise<void> | undefined;
  #cannotWrite = false;

  constructor(options: DiskCacheOptions) {
    this.#options = options;
    this.#folder = join(options.folder, options.key);
  }

  /** The whole file, or nothing. */
  async read(type: CachedType, name: string): Promise<Uint8Array | undefined> {
    await this.#open();
    const path = this.#path(type, name);
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes === undefined) return undefined;
    if (sha256(bytes) !== name) {
      await this.remove(type, name);
      return undefined;
    }
    await this.#used(type, name);
    return bytes;
  }

  /** Part of a file; nothing where it is not there, or shorter. */
  async readRange(type: CachedType, name: string, { offset, length }: ByteRange): Promise<Uint8Array | undefined> {
    if (!this.#verified.has(name)) {
      const whole = await this.read(type, name);
      if (whole === undefined) return undefined;
      return slice(whole, { offset, length });
    }
    const bytes = await readPart(this.#path(type, name), { offset, length }).catch(() => undefined);
    if (bytes === undefined) this.#verified.delete(name);
    else await this.#used(type, name);
    return bytes;
  }

  /** Keeps bytes whose SHA-256 is the name. False for others, which are not kept. */
  async write(type: CachedType, name: string, bytes: Uint8Array): Promise<boolean> {
    if (sha256(bytes) !== name) return false;
    if (!this.#cannotWrite && bytes.length <= this.#options.maxBytes / 2) await this.#keep(type, name, bytes);
    return true;
  }

  /** In bytes; nothing where it is not there or not sound. */
  async sizeOf(type: CachedType, name: string): Promise<number | undefined> {
    if (!this.#verified.has(name)) return (await this.read(type, name))?.length;
    return (await stat(this.#path(type, name)).catch(() => undefined))?.size;
  }

  async remove(type: CachedType, name: string): Promise<void> {
    this.#verified.delete(name);
    await rm(this.#path(type, name), { force: true }).catch(() => undefined);
  }

  /** What is there of a type, damaged or not. */
  async names(type: CachedType): Promise<Set<string>> {
    const names = await readdir(join(this.#folder, type)).catch(() => []);
    return new Set(names.filter((name) => isFileName(type, name)));
  }

  async #keep(type: CachedType, name: string, bytes: Uint8Array): Promise<void> {
    await this.#open();
    const temporary = join(this.#folder, 'tmp', randomBytes(12).toString('hex'));
    try {
      await this.#writeNew(temporary, bytes);
      await rename(temporary, this.#path(type, name));
    } catch {
      await rm(temporary, { force: true }).catch(() => undefined);
      this.#cannotWrite = true; // full, read-only, not ours: no better the next time
      return;
    }
    this.#verified.set(name, Date.now());
    this.#writtenBytes += bytes.length;
    if (this.#writtenBytes > this.#options.maxBytes * lookAfter) await this.#makeRoom();
  }

  #path(type: CachedType, name: string): string {
    return join(this.#folder, type, name);
  }

  async #used(type: CachedType, name: string): Promise<void> {
    const now = Date.now();
    if (now - (this.#verified.get(name) ?? 0) < touchMs) return;
    this.#verified.set(name, now);
    await utimes(this.#path(type, name), new Date(now), new Date(now)).catch(() => undefined);
  }

  async #writeNew(path: string, bytes: Uint8Array): Promise<void> {
    const options = { flag: 'wx', mode: 0o600 };
    try {
      await writeFile(path, bytes, options);
    } catch {
      await this.#makeFolders(); // at the first use, and where somebody removed them
      await writeFile(path, bytes, options);
    }
  }

  async #makeFolders(): Promise<void> {
    for (const name of [...types, 'tmp']) await mkdir(join(this.#folder, name), { recursive: true, mode: 0o700 });
    await writeFile(join(this.#options.folder, 'CACHEDIR.TAG'), tag, { flag: 'wx', mode: 0o600 }).catch(
      () => undefined,
    );
  }

  /** Says that it is in use, and clears away those that are not. */
  #open(): Promise<void> {
    this.#isOpened ??= this.#begin().catch(() => undefined);
    return this.#isOpened;
  }

  async #begin(): Promise<void> {
    const { folder, key } = this.#options;
    const now = Date.now();
    await utimes(this.#folder, new Date(now), new Date(now)).catch(() => undefined);
    for (const other of await readdir(folder)) {
      if (other === key || !keyName.test(other)) continue;
      const path = join(folder, other);
      if ((await stat(path)).mtimeMs < now - staleFolderMs) await rm(path, { recursive: true, force: true });
    }
  }

  async #makeRoom(): Promise<void> {
    this.#writtenBytes = 0;
    const { maxBytes } = this.#options;
    const now = Date.now();
    for (const { path, usedMs } of await this.#files('tmp')) {
      if (usedMs < now - staleFileMs) await rm(path, { force: true }).catch(() => undefined);
    }
    const files = (await Promise.all(types.map((type) => this.#files(type)))).flat();
    let sum = files.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0);
    if (sum <= maxBytes) return;
    for (const { path, sizeBytes } of files.sort((a, b) => a.usedMs - b.usedMs)) {
      if (sum <= maxBytes * keptShare) return;
      await rm(path, { force: true }).catch(() => undefined);
      sum -= sizeBytes;
    }
  }

  async #files(type: CachedType | 'tmp'): Promise<CachedFile[]> {
    const folder = join(this.#folder, type);
    const files: CachedFile[] = [];
    for (const name of await readdir(folder).catch(() => [])) {
      const path = join(folder, name);
      const file = await stat(path).catch(() => undefined);
      if (file?.isFile() === true) files.push({ path, sizeBytes: file.size, usedMs: file.mtimeMs });
    }
    return files;
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Part of a file that is whole in memory, in memory of its own; nothing where the file is shorter. */
export function slice(whole: Uint8Array, { offset, length }: ByteRange): Uint8Array | undefined {
  const start = offset < 0 ? whole.length + offset : offset;
  if (!(start >= 0 && length >= 0 && start + length <= whole.length)) return undefined;
  return whole.slice(start, start + length);
}

async function readPart(path: string, { offset, length }: ByteRange): Promise<Uint8Array | undefined> {
  await using file = await open(path);
  const start = offset < 0 ? (await file.stat()).size + offset : offset;
  if (!(start >= 0 && length >= 0)) return undefined;
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let at = 0; at < length; ) {
    const { bytesRead } = await file.read(bytes, at, length - at, start + at);
    if (bytesRead === 0) return undefined;
    at += bytesRead;
  }
  return bytes;
}
