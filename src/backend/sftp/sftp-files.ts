/** Whole operations on the server's files, of several requests each; errors are the server's, as ssh2 gives them. */
import { posix } from 'node:path';
import type { FileEntryWithStats, Stats } from 'ssh2';
import { mapBounded } from '../../base/concurrency.ts';
import { HoldfastError } from '../../base/errors.ts';
import type { SharedLimits } from '../limits.ts';
import type { Request, SftpChannel, SftpConnection } from './connection.ts';
import { isGeneralFailure, isMissing, isUnsupported } from './errors.ts';

/** OpenSSH takes requests of 256 KiB; ssh2 divides what a server says is too long for it. */
const pieceBytes = 240 * 1024;
/** Fills a line of 100 MB/s with 20 ms of delay; OpenSSH's window is about as large. */
const piecesAtOnce = 10;

export class SftpFiles {
  readonly #connection: SftpConnection;
  readonly #limits: SharedLimits;
  /** Whether the server takes fsync@openssh.com on files, on folders: known once it was tried. */
  #syncsFiles = true;
  #syncsFolders = true;

  constructor(connection: SftpConnection, limits: SharedLimits) {
    this.#connection = connection;
    this.#limits = limits;
  }

  stat(path: string, signal: AbortSignal): Promise<Stats> {
    return this.#connection.run<Stats>((sftp, done) => sftp.stat(path, done), signal);
  }

  async statIfThere(path: string, signal: AbortSignal): Promise<Stats | undefined> {
    try {
      return await this.stat(path, signal);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  readFolder(path: string, signal: AbortSignal): Promise<FileEntryWithStats[]> {
    return this.#connection.run<FileEntryWithStats[]>((sftp, done) => sftp.readdir(path, done), signal);
  }

  /** One that is there already is left as it is. */
  async makeFolder(path: string, mode: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#connection.run<void>((sftp, done) => sftp.mkdir(path, { mode }, done), signal);
    } catch (error) {
      if (!isGeneralFailure(error) || !(await this.statIfThere(path, signal))?.isDirectory()) throw error;
    }
  }

  /** With those above it that are missing. */
  async makeFolders(path: string, mode: number, signal: AbortSignal): Promise<void> {
    if ((await this.statIfThere(path, signal))?.isDirectory()) return;
    const parent = posix.dirname(path);
    if (parent !== path && parent !== '.') await this.makeFolders(parent, mode, signal);
    await this.makeFolder(path, mode, signal);
  }

  /** @param channel the one that wrote it: there its closing comes first, which servers that only keep whole files wait for */
  rename(from: string, to: string, channel: SftpChannel, signal: AbortSignal): Promise<void> {
    return channel.run<void>((sftp, done) => sftp.rename(from, to, done), signal);
  }

  remove(path: string, signal: AbortSignal): Promise<void> {
    return this.#connection.run<void>((sftp, done) => sftp.unlink(path, done), signal);
  }

  /** Makes a new file and writes it durably; fails where the name is taken. Gives the channel that did. */
  async write(path: string, bytes: Uint8Array, mode: number, signal: AbortSignal): Promise<SftpChannel> {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return await this.#withFile(path, { flags: 'wx', mode }, signal, async (channel, handle) => {
      await mapBounded(piecesOf(0, buffer.length), piecesAtOnce, signal, async ([start, end]) => {
        await this.#limits.take('up', end - start, signal);
        await channel.run<void>((sftp, done) => sftp.write(handle, buffer, start, end - start, start, done), signal);
      });
      await this.#sync(channel, handle, signal);
      return channel;
    });
  }

  /**
   * Part of a file.
   *
   * @param wanted gives the range of a file of that size, or throws
   * @param known the range itself where it goes without the size: saves to ask for that, unless the file turns out to be shorter
   */
  async read(
    path: string,
    wanted: (sizeBytes: number) => FileRange,
    signal: AbortSignal,
    known?: FileRange,
  ): Promise<Uint8Array> {
    return await this.#withFile(path, { flags: 'r' }, signal, async (channel, handle) => {
      const ask = async (): Promise<FileRange> => {
        const { size } = await channel.run<Stats>((sftp, done) => sftp.fstat(handle, done), signal);
        return wanted(size);
      };
      const { start, end } = known ?? (await ask());
      const bytes = Buffer.allocUnsafeSlow(end - start);
      await mapBounded(piecesOf(start, end), piecesAtOnce, signal, async ([from, to]) => {
        await this.#limits.take('down', to - from, signal);
        // A server may send less than was asked for (draft-ietf-secsh-filexfer-02, 6.4); nothing at all is the file's end.
        for (let at = from; at < to; ) {
          const read = await channel.run<number>(
            (sftp, done) => sftp.read(handle, bytes, at - start, to - at, at, (error, length) => done(error, length)),
            signal,
          );
          if (!(read > 0)) {
            await ask();
            throw new HoldfastError('corrupt', `${path} became shorter while it was read.`, { context: { path } });
          }
          at += read;
        }
      });
      return bytes;
    });
  }

  /** Makes a name in the folder durable, where the server can do that. */
  async syncFolder(path: string, signal: AbortSignal): Promise<void> {
    if (!this.#syncsFolders) return;
    try {
      await this.#withFile(path, { flags: 'r' }, signal, (channel, handle) =>
        channel.run<void>((sftp, done) => sftp.ext_openssh_fsync(handle, done), signal),
      );
    } catch (error) {
      // Servers that open no folders, or sync none, say so in various ways.
      if (!isGeneralFailure(error) && !isUnsupported(error)) throw error;
      this.#syncsFolders = false;
    }
  }

  async freeBytes(path: string, signal: AbortSignal): Promise<number | undefined> {
    try {
      const stats = await this.#connection.run<{ f_bavail: number; f_frsize: number }>(
        (sftp, done) => sftp.ext_openssh_statvfs(path, (error, answer) => done(error, answer as never)),
        signal,
      );
      return Number(stats.f_bavail) * Number(stats.f_frsize);
    } catch (error) {
      if (isUnsupported(error)) return undefined;
      throw error;
    }
  }

  /** Opens a file, and closes it after the work; what goes wrong at closing was said by what came before, and nobody waits for it. */
  async #withFile<T>(
    path: string,
    { flags, mode = 0 }: { readonly flags: 'r' | 'wx'; readonly mode?: number },
    signal: AbortSignal,
    work: (channel: SftpChannel, handle: Buffer) => Promise<T>,
  ): Promise<T> {
    return await this.#connection.withChannel(signal, async (channel) => {
      const open: Request<Buffer> = (sftp, done) =>
        flags === 'r' ? sftp.open(path, flags, done) : sftp.open(path, flags, mode, done);
      const handle = await channel.run(open, signal);
      try {
        return await work(channel, handle);
      } finally {
        channel.run<void>((sftp, done) => sftp.close(handle, done), neverAborted).catch(() => undefined);
      }
    });
  }

  async #sync(channel: SftpChannel, handle: Buffer, signal: AbortSignal): Promise<void> {
    if (!this.#syncsFiles) return;
    try {
      await channel.run<void>((sftp, done) => sftp.ext_openssh_fsync(handle, done), signal);
    } catch (error) {
      if (!isUnsupported(error)) throw error;
      this.#syncsFiles = false;
    }
  }
}

interface FileRange {
  readonly start: number;
  readonly end: number;
}

const neverAborted = new AbortController().signal;

function* piecesOf(start: number, end: number): Generator<readonly [number, number]> {
  for (let at = start; at < end; at += pieceBytes) yield [at, Math.min(end, at + pieceBytes)];
}
