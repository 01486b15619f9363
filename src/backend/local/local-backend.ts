/**
 * A repository in a folder, in restic's default layout, on a local or mounted file system.
 *
 * Guarantees: those of the port; see publish.ts for how a file gets its name, append-file.ts for how packs are
 * written, list-files.ts for what a listing answers.
 */
import { dirname, resolve } from 'node:path';
import { HoldfastError } from '../../base/errors.ts';
import type { Backend, BackendPlace, ByteRange, FileType, FileWriter, Handle, ListedFile } from '../backend.ts';
import { checkHandle, resolveRange } from '../handle.ts';
import { type Layout, layoutIn, modesFor } from '../layout.ts';
import { AppendFile } from './append-file.ts';
import { listFiles } from './list-files.ts';
import { LocalWriter, makeFolder } from './local-writer.ts';
import { makeFolders } from './make-folders.ts';
import { assertRepositoryThere, orNoRepository } from './presence.ts';
import * as system from './system-calls.ts';
import { sweepTemporaryFiles, temporaryPath } from './temporary-files.ts';

export interface LocalBackendOptions {
  /** Write packs past the page cache where the platform can (default true). */
  readonly directWrites?: boolean;
}

/** @param path of the repository's folder; relative to the working directory */
export function openLocalBackend(path: string, options: LocalBackendOptions = {}): Backend {
  return new LocalBackend(path, options);
}

class LocalBackend implements Backend {
  readonly location: string;
  readonly place: BackendPlace;
  /** Enough to keep a disk busy; all of Node's file system threads, of which there are 4. */
  readonly connections = 4;
  readonly #layout: Layout;
  readonly #directWrites: boolean;
  readonly #swept = new Set<string>();

  constructor(path: string, options: LocalBackendOptions) {
    this.#layout = layoutIn(resolve(path));
    this.#directWrites = options.directWrites ?? true;
    this.location = this.#layout.base;
    this.place = { location: `local:${this.location}` };
  }

  async create(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { base, folders } = this.#layout;
    await system.named(`make a repository in ${base}`, async () => {
      const modes = await this.#modes();
      if (modes.configThere) {
        throw new HoldfastError('exists', `There is a repository at ${base} already.`, { context: { path: base } });
      }
      const first = await makeFolders(base, modes.folder);
      for (const folder of folders) {
        signal.throwIfAborted();
        await makeFolders(folder, modes.folder);
      }
      for (const folder of [this.#layout.typeFolder('data'), base]) await system.flushFolder(folder);
      if (first !== undefined) await system.flushFolder(dirname(first));
    });
  }

  async openWriter(
    type: FileType,
    options: { readonly sizeHintBytes?: number; readonly signal: AbortSignal },
  ): Promise<FileWriter> {
    const { signal } = options;
    signal.throwIfAborted();
    const folder = this.#layout.temporaryFolder(type);
    return await system.named(`write in ${folder}`, async () => {
      const modes = await this.#modes();
      const file = await orNoRepository(this.#layout, () => this.#createFile(type, folder));
      const writer = new LocalWriter(file, { layout: this.#layout, modes, type, signal });
      try {
        await this.#sweepOnce(folder, file, signal);
        return writer;
      } catch (error) {
        await writer[Symbol.asyncDispose]();
        throw error;
      }
    });
  }

  async save(handle: Handle, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    checkHandle(handle);
    await using writer = await this.openWriter(handle.type, { sizeHintBytes: bytes.length, signal });
    await writer.write(bytes);
    await writer.commit(handle.name);
  }

  async read(handle: Handle, signal: AbortSignal): Promise<Uint8Array> {
    return await this.#readPart(handle, signal, (sizeBytes) => ({ start: 0, end: sizeBytes }));
  }

  async readRange(handle: Handle, range: ByteRange, signal: AbortSignal): Promise<Uint8Array> {
    return await this.#readPart(handle, signal, (sizeBytes, path) => resolveRange(range, sizeBytes, path));
  }

  async stat(handle: Handle, signal: AbortSignal): Promise<ListedFile> {
    checkHandle(handle);
    signal.throwIfAborted();
    const path = this.#layout.pathOf(handle);
    const stats = await system.named(`read ${path}`, () => system.lstatIfThere(path));
    if (stats === undefined) {
      await system.named(`read ${path}`, () => assertRepositoryThere(this.#layout));
      throw new HoldfastError('not-found', `Cannot read ${path}: it does not exist`, { context: { path } });
    }
    if (!stats.isFile()) throw system.notRegular(path);
    return { name: handle.name, sizeBytes: stats.size };
  }

  list(type: FileType, signal: AbortSignal): AsyncIterable<ListedFile> {
    return listFiles(this.#layout, type, signal);
  }

  async remove(handle: Handle, signal: AbortSignal): Promise<void> {
    checkHandle(handle);
    signal.throwIfAborted();
    const path = this.#layout.pathOf(handle);
    await system.named(`remove ${path}`, async () => {
      try {
        await system.unlink(path);
      } catch (error) {
        if (!system.isMissing(error)) throw error;
        return await assertRepositoryThere(this.#layout);
      }
      // What follows a removal relies on it (packs go after the index and snapshots that name them); not so here:
      if (handle.type !== 'data' && handle.type !== 'lock') await system.flushFolder(dirname(path));
    });
  }

  async freeBytes(signal: AbortSignal): Promise<number | undefined> {
    signal.throwIfAborted();
    const { base } = this.#layout;
    const stats = await system.named(`read ${base}`, async () => {
      await assertRepositoryThere(this.#layout); // else it would be the space below an empty mount point
      return await system.statfs(base);
    });
    return stats.blocks === 0 ? undefined : stats.bavail * stats.bsize;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing stays open between calls.
  }

  async #readPart(
    handle: Handle,
    signal: AbortSignal,
    part: (sizeBytes: number, path: string) => { start: number; end: number },
  ): Promise<Uint8Array> {
    checkHandle(handle);
    signal.throwIfAborted();
    const path = this.#layout.pathOf(handle);
    return await system.named(`read ${path}`, async () => {
      const { fd, sizeBytes } = await orNoRepository(this.#layout, () => system.openRegular(path));
      try {
        const { start, end } = part(sizeBytes, path);
        signal.throwIfAborted();
        const bytes = await system.readExactly(fd, start, end, path);
        signal.throwIfAborted();
        return bytes;
      } finally {
        await system.close(fd);
      }
    });
  }

  /** Makes the temporary file, and its folder if only that is missing. */
  async #createFile(type: FileType, folder: string): Promise<AppendFile> {
    const direct = this.#directWrites && type === 'data';
    try {
      return await AppendFile.create(temporaryPath(folder), { direct });
    } catch (error) {
      if (!system.isMissing(error)) throw error;
      await assertRepositoryThere(this.#layout);
      const modes = await this.#modes();
      await makeFolder(folder, modes);
      return await AppendFile.create(temporaryPath(folder), { direct });
    }
  }

  async #modes(): Promise<ReturnType<typeof modesFor> & { readonly configThere: boolean }> {
    const config = await system.lstatIfThere(this.#layout.pathOf({ type: 'config', name: 'config' }));
    return { ...modesFor(config?.mode), configThere: config !== undefined };
  }

  async #sweepOnce(folder: string, file: AppendFile, signal: AbortSignal): Promise<void> {
    if (this.#swept.has(folder)) return;
    this.#swept.add(folder);
    const { mtimeMs } = await system.fstat(file.fd);
    await sweepTemporaryFiles(folder, mtimeMs, signal);
  }
}
