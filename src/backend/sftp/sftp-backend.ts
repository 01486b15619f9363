/**
 * A repository on an SSH server, by SFTP version 3 and OpenSSH's extensions.
 *
 * How the port's promises are kept:
 * - A file is written under a temporary name, fsynced (fsync@openssh.com), and given its name by the plain rename of SFTP, which
 *   fails where the name is taken (draft-ietf-secsh-filexfer-02, 6.5); OpenSSH does that by link and unlink, at once. `posix-rename`
 *   would overwrite and is not used. Where the server's file system has no hard links, OpenSSH looks for the name and renames if it
 *   is free: two writers of one name at the same moment could replace each other's file. Names are hashes of the content (keys and
 *   locks too), so that would put equal bytes in place of equal bytes; `config` alone is written once, by init. Then the folder is fsynced, by a handle on the folder, where the server can.
 * - Servers without those extensions are used without fsync: it is theirs to be durable.
 * - Requests of one channel are answered in order, so write, fsync, close and rename follow each other there; several files are under way
 *   at once.
 */
import { posix } from 'node:path';
import type { Stats } from 'ssh2';
import { mapBounded } from '../../base/concurrency.ts';
import { HoldfastError, isHoldfastError } from '../../base/errors.ts';
import type { Backend, BackendPlace, ByteRange, FileType, FileWriter, Handle, ListedFile } from '../backend.ts';
import { bufferedWriter } from '../buffered-writer.ts';
import { checkHandle, describeHandle, isFileName, resolveRange } from '../handle.ts';
import { dataFolders, type Layout, layoutIn, temporaryName } from '../layout.ts';
import { SharedLimits } from '../limits.ts';
import { type SftpChannel, SftpConnection } from './connection.ts';
import { fromSftpError, isGeneralFailure, isMissing, isUnsupported } from './errors.ts';
import { parseSftpLocation } from './location.ts';
import { SftpFiles } from './sftp-files.ts';
import { resolveTarget } from './target.ts';

export interface SftpOptions {
  readonly connectMs?: number;
  /** No byte for so long, in neither direction, while something was asked: the connection is given up. */
  readonly stallMs?: number;
}

const atOnce = 8;
const foldersAtOnce = 16;
const folderMode = 0o700;
const fileMode = 0o600;
/**
 * A full disk is known by its free space, after the fact. Saves beside a failed one may have failed before it, and given back what they had
 * written: those of this backend, and of another thread's as many.
 */
const othersShare = 2;
/** A longer range is held against the file's size before memory is taken for it. */
const mostUncheckedBytes = 4 * 1024 * 1024;
/** For removing what a failed save left. */
const cleanMs = 5_000;

/** @throws `invalid-input` for a location that is none. See target.ts for the credentials. */
export function openSftpBackend(rest: string, place: BackendPlace, options: SftpOptions = {}): Backend {
  return new SftpBackend(rest, place, options);
}

class SftpBackend implements Backend {
  readonly location: string;
  readonly place: BackendPlace;
  readonly connections = atOnce;
  readonly #layout: Layout;
  readonly #files: SftpFiles;
  readonly #connection: SftpConnection;
  /** What the saves under way take, each with the most that there was at a time since it began. */
  readonly #saving = new Set<{ readonly bytes: number; mostBytes: number }>();

  constructor(rest: string, place: BackendPlace, { connectMs = 15_000, stallMs = 60_000 }: SftpOptions) {
    const location = parseSftpLocation(rest);
    this.location = `sftp:${rest}`;
    this.place = place;
    this.#layout = layoutIn(location.path, posix.join);
    const target = () => resolveTarget(location, place.credentials ?? {});
    this.#connection = new SftpConnection({ target, connectMs, stallMs });
    this.#files = new SftpFiles(this.#connection, new SharedLimits(place.limits));
  }

  async create(signal: AbortSignal): Promise<void> {
    const config = this.#layout.pathOf({ type: 'config', name: 'config' });
    if (await this.#statIfThere(config, signal)) {
      throw new HoldfastError('exists', `There is a repository at ${this.location} already.`, {
        hint: 'Open that one, or choose another place.',
        context: { location: this.location },
      });
    }
    await this.#doing('making', this.#layout.base, () =>
      this.#files.makeFolders(this.#layout.base, folderMode, signal),
    );
    const [top, below] = [this.#layout.folders.slice(0, 5), this.#layout.folders.slice(5)];
    for (const folders of [top, below]) {
      await mapBounded(folders, foldersAtOnce, signal, (folder) =>
        this.#doing('making', folder, () => this.#files.makeFolder(folder, folderMode, signal)),
      );
    }
  }

  async openWriter(
    type: FileType,
    { sizeHintBytes, signal }: { readonly sizeHintBytes?: number; readonly signal: AbortSignal },
  ): Promise<FileWriter> {
    signal.throwIfAborted();
    return bufferedWriter({
      type,
      sizeHintBytes,
      signal,
      save: (handle, bytes, during) => this.save(handle, bytes, during),
    });
  }

  async save(handle: Handle, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    checkHandle(handle);
    const path = this.#layout.pathOf(handle);
    const temporary = posix.join(this.#layout.temporaryFolder(handle.type), temporaryName());
    using room = this.#startSaving(bytes.length);
    try {
      const channel = await this.#doing('writing', path, () => this.#files.write(temporary, bytes, fileMode, signal));
      await this.#publish(temporary, handle, path, channel, signal);
    } catch (error) {
      // Asked before what was written is removed: that gives room back.
      const explained = await this.#explained(error, path, room, signal).catch((other: unknown) => other);
      await this.#files.remove(temporary, AbortSignal.timeout(cleanMs)).catch(() => undefined); // a left-over does no harm
      signal.throwIfAborted();
      throw explained;
    }
  }

  async read(handle: Handle, signal: AbortSignal): Promise<Uint8Array> {
    checkHandle(handle);
    const path = this.#layout.pathOf(handle);
    return await this.#doing('reading', path, () =>
      this.#files.read(path, (sizeBytes) => ({ start: 0, end: sizeBytes }), signal),
    );
  }

  async readRange(handle: Handle, range: ByteRange, signal: AbortSignal): Promise<Uint8Array> {
    checkHandle(handle);
    const file = describeHandle(handle);
    const asked = resolveRange(
      { offset: Math.max(0, range.offset), length: range.length },
      Number.POSITIVE_INFINITY,
      file,
    );
    const trusted = range.offset >= 0 && range.length > 0 && range.length <= mostUncheckedBytes;
    const path = this.#layout.pathOf(handle);
    return await this.#doing('reading', path, () =>
      this.#files.read(path, (sizeBytes) => resolveRange(range, sizeBytes, file), signal, trusted ? asked : undefined),
    );
  }

  async stat(handle: Handle, signal: AbortSignal): Promise<ListedFile> {
    checkHandle(handle);
    const path = this.#layout.pathOf(handle);
    const stats = await this.#doing('reading', path, () => this.#files.stat(path, signal));
    return { name: handle.name, sizeBytes: stats.size };
  }

  async *list(type: FileType, signal: AbortSignal): AsyncGenerator<ListedFile> {
    signal.throwIfAborted();
    if (type === 'config') {
      yield* await this.#listConfig(signal);
      return;
    }
    const folder = this.#layout.typeFolder(type);
    if (type !== 'data') {
      yield* this.#inFolder(type, folder, signal);
      return;
    }
    const there = new Set((await this.#readFolder(type, folder, signal)).map(({ filename }) => filename));
    const folders = dataFolders.filter((name) => there.has(name)).map((name) => posix.join(folder, name));
    // A window of folders at a time: few round trips, and little memory.
    for (let at = 0; at < folders.length; at += foldersAtOnce) {
      const some = folders.slice(at, at + foldersAtOnce);
      const files = await mapBounded(some, foldersAtOnce, signal, (one) =>
        Array.fromAsync(this.#inFolder(type, one, signal)),
      );
      for (const file of files.flat()) {
        yield file;
        signal.throwIfAborted();
      }
    }
  }

  async remove(handle: Handle, signal: AbortSignal): Promise<void> {
    checkHandle(handle);
    const path = this.#layout.pathOf(handle);
    try {
      await this.#files.remove(path, signal);
    } catch (error) {
      if (!isMissing(error)) throw fromSftpError(error, path, 'removing');
      await this.#assertThere(signal);
      return;
    }
    // What is removed next relies on this one being gone (backend.ts).
    const relied = handle.type !== 'data' && handle.type !== 'lock';
    if (relied) await this.#syncFolder(this.#layout.folderOf(handle), signal);
  }

  async freeBytes(signal: AbortSignal): Promise<number | undefined> {
    return await this.#doing('asking about', this.#layout.base, async () => {
      await this.#assertThere(signal);
      return await this.#files.freeBytes(this.#layout.base, signal);
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#connection[Symbol.asyncDispose]();
  }

  /** Counts a save while it is under way. */
  #startSaving(bytes: number): { readonly mostBytes: number } & Disposable {
    const one = { bytes, mostBytes: bytes };
    this.#saving.add(one);
    const now = [...this.#saving].reduce((sum, saving) => sum + saving.bytes, 0);
    for (const saving of this.#saving) saving.mostBytes = Math.max(saving.mostBytes, now);
    return Object.assign(one, { [Symbol.dispose]: () => void this.#saving.delete(one) });
  }

  async #publish(
    temporary: string,
    handle: Handle,
    path: string,
    channel: SftpChannel,
    signal: AbortSignal,
  ): Promise<void> {
    const folder = this.#layout.folderOf(handle);
    try {
      await this.#files.rename(temporary, path, channel, signal);
    } catch (error) {
      // restic makes the folders of data/ when it needs them.
      if (!isMissing(error) || handle.type !== 'data') throw error;
      await this.#assertThere(signal);
      await this.#files.makeFolder(folder, folderMode, signal);
      await this.#files.rename(temporary, path, channel, signal);
    }
    if (handle.type !== 'lock') await this.#syncFolder(folder, signal);
  }

  /** Why a save failed: OpenSSH says "Failure" for a name that is taken and for a full disk alike. */
  async #explained(
    error: unknown,
    path: string,
    { mostBytes }: { readonly mostBytes: number },
    signal: AbortSignal,
  ): Promise<unknown> {
    if (isMissing(error)) {
      await this.#assertThere(signal);
      return fromSftpError(error, path, 'writing');
    }
    if (!isGeneralFailure(error) && !(isHoldfastError(error, 'io') && error.context.sftpCode === 4)) {
      return fromSftpError(error, path, 'writing');
    }
    if (await this.#statIfThere(path, signal)) {
      return new HoldfastError('exists', `${path} is there already.`, { context: { path } });
    }
    const free = await this.#files.freeBytes(this.#layout.base, signal).catch(() => undefined);
    if (free !== undefined && free < othersShare * mostBytes + 1024 * 1024) {
      return new HoldfastError('no-space', `There is no room left on the server: ${free} bytes are free.`, {
        hint: 'Free some space there, or prune the repository.',
        context: { path, freeBytes: free },
      });
    }
    return fromSftpError(error, path, 'writing');
  }

  async #listConfig(signal: AbortSignal): Promise<ListedFile[]> {
    const path = this.#layout.pathOf({ type: 'config', name: 'config' });
    const stats = await this.#statIfThere(path, signal);
    if (stats === undefined) await this.#assertThere(signal);
    return stats === undefined ? [] : [{ name: 'config', sizeBytes: stats.size }];
  }

  async *#inFolder(type: FileType, folder: string, signal: AbortSignal): AsyncGenerator<ListedFile> {
    for (const { filename, attrs } of await this.#readFolder(type, folder, signal)) {
      if (!isFileName(type, filename) || !attrs.isFile()) continue;
      yield { name: filename, sizeBytes: attrs.size };
      signal.throwIfAborted();
    }
  }

  async #readFolder(type: FileType, folder: string, signal: AbortSignal) {
    try {
      return await this.#files.readFolder(folder, signal);
    } catch (error) {
      if (!isMissing(error)) throw fromSftpError(error, folder, 'listing');
      await this.#assertThere(signal);
      // Copying tools leave out empty folders, and no lock is lost with one.
      if (type === 'lock') return [];
      throw new HoldfastError('corrupt', `The folder ${folder} is missing from the repository.`, {
        hint: 'Bring it back from a copy of the repository, or make an empty one if it never held anything.',
        context: { path: folder },
      });
    }
  }

  async #statIfThere(path: string, signal: AbortSignal): Promise<Stats | undefined> {
    try {
      return await this.#files.statIfThere(path, signal);
    } catch (error) {
      throw fromSftpError(error, path, 'looking for');
    }
  }

  async #syncFolder(path: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#files.syncFolder(path, signal);
    } catch (error) {
      throw fromSftpError(error, path, 'flushing');
    }
  }

  async #doing<T>(what: string, path: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isMissing(error)) await this.#assertThere(AbortSignal.timeout(cleanMs));
      if (isUnsupported(error))
        throw new HoldfastError('unsupported', `The server cannot do this: ${what} ${path}.`, { cause: error });
      throw isGeneralFailure(error) && what === 'writing' ? error : fromSftpError(error, path, what);
    }
  }

  async #assertThere(signal: AbortSignal): Promise<void> {
    for (const path of [this.#layout.pathOf({ type: 'config', name: 'config' }), this.#layout.typeFolder('data')]) {
      if (await this.#statIfThere(path, signal)) return;
    }
    throw new HoldfastError('no-repository', `There is no repository at ${this.location}.`, {
      hint: 'Check the path, and that the disk of the server is mounted; "holdfast init" makes a new repository.',
      context: { location: this.location },
    });
  }
}
