/**
 * One SSH connection (npm `ssh2`): made at the first call, made anew by the next call after it broke. It has one SFTP channel at first, and more
 * while several files are under way: of each channel 2 MiB may be on the way at a time (RFC 4254, 5.2; so much OpenSSH and ssh2 grant), which
 * a line of some milliseconds outruns.
 *
 * Guarantees: the server's key was checked before anything is sent that is secret; a call during which no byte moves for
 * `stallMs`, in neither direction, fails with `timeout` and ends the connection; a cancelled call rejects at once with the signal's reason.
 */
import type { Socket } from 'node:net';
import type { Client, SFTPWrapper } from 'ssh2';
import type { HoldfastError } from '../../base/errors.ts';
import { onAbort } from '../../base/on-abort.ts';
import { connectionClosed, connectionLost, isAnswer, noSuchSession, stalled, unreachable } from './errors.ts';
import { logIn } from './log-in.ts';
import type { SshTarget } from './target.ts';

export interface ConnectionOptions {
  readonly target: () => Promise<SshTarget>;
  readonly connectMs: number;
  readonly stallMs: number;
}

/** Starts a request; `done` takes its answer. */
export type Request<T> = (sftp: SFTPWrapper, done: (error: Error | null | undefined, value?: T) => void) => void;

/** Handles of files are those of the channel that opened them. */
export interface SftpChannel {
  /** See `SftpConnection.run`. */
  run<T>(request: Request<T>, signal: AbortSignal): Promise<T>;
}

interface Channel {
  readonly sftp: SFTPWrapper;
  /** Files that are read or written through it now. */
  files: number;
}

interface Session {
  /** One at least. */
  readonly channels: Channel[];
  readonly target: SshTarget;
  readonly client: Client;
  /** The one of this computer: to the server, or to the first one on the way. */
  readonly socket: Socket;
  /** Set when the connection is over: why. */
  over: HoldfastError | undefined;
  /** How many channels may still be opened; none once the server refused one. */
  moreChannels: number;
  /** Whether a channel was not opened. */
  refused: boolean;
  /** Those who wait for an answer. ssh2 itself forgets requests that are made while a connection ends. */
  readonly waiting: Set<(error: unknown) => void>;
}

/** OpenSSH's default lets a connection have ten (sshd_config, MaxSessions). */
const mostChannels = 4;
/** So many connections may end while a channel is opened; then there is one channel each: some servers take no second one. */
const mostLost = 2;
/** So many files go through each before another is opened. */
const filesPerChannel = 2;

export class SftpConnection implements AsyncDisposable {
  readonly #options: ConnectionOptions;
  #session: Promise<Session> | undefined;
  #running = 0;
  /** Connections that ended while a channel was opened. */
  #lost = 0;
  #closed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Sends a request of one answer. @throws what the server says, as ssh2 gives it; HoldfastError for the connection's troubles */
  async run<T>(request: Request<T>, signal: AbortSignal): Promise<T> {
    const session = await this.#open(signal);
    return await this.#run(session, leastBusy(session), request, signal);
  }

  /** Does what one file needs, through the channel that has the fewest. */
  async withChannel<T>(signal: AbortSignal, work: (channel: SftpChannel) => Promise<T>): Promise<T> {
    const session = await this.#open(signal);
    const channel = leastBusy(session);
    if (channel.files >= filesPerChannel && session.moreChannels > 0) void this.#openChannel(session);
    channel.files += 1;
    try {
      return await work({ run: (request, during) => this.#run(session, channel, request, during) });
    } finally {
      channel.files -= 1;
    }
  }

  async #run<T>(session: Session, channel: Channel, request: Request<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    if (session.over !== undefined) throw session.over;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    using _ = onAbort(signal, () => reject(signal.reason));
    this.#running += 1;
    session.waiting.add(reject);
    try {
      request(channel.sftp, (error, value) => {
        // An answer without a value is one of a request that has none.
        if (error === null || error === undefined) resolve(value as T);
        else reject(isAnswer(error) ? error : (session.over ?? connectionLost(error)));
      });
      return await promise;
    } finally {
      this.#running -= 1;
      session.waiting.delete(reject);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const session = await this.#session?.catch(() => undefined);
    if (session === undefined) return;
    session.over ??= connectionClosed();
    session.client.destroy();
    session.socket.destroy();
  }

  async #open(signal: AbortSignal): Promise<Session> {
    signal.throwIfAborted();
    if (this.#closed) throw connectionClosed();
    if (this.#session !== undefined) return await this.#opened(this.#session, signal);
    const opening: Promise<Session> = this.#connect().then(
      (session) => {
        const ended = (): void => {
          session.over ??= connectionLost();
          for (const reject of session.waiting) reject(session.over);
          if (this.#session === opening) this.#session = undefined;
          session.client.destroy();
        };
        session.client.once('close', ended);
        session.channels[0]?.sftp.once('close', ended); // a server may end the channel alone
        return session;
      },
      (error: unknown) => {
        this.#session = undefined;
        throw error;
      },
    );
    this.#session = opening;
    return await this.#opened(opening, signal);
  }

  async #opened(session: Promise<Session>, signal: AbortSignal): Promise<Session> {
    const { promise, reject } = Promise.withResolvers<never>();
    using _ = onAbort(signal, () => reject(signal.reason));
    return await Promise.race([session, promise]);
  }

  /** Where the server refuses, those that are there have to do. */
  async #openChannel(session: Session): Promise<void> {
    session.moreChannels -= 1;
    this.#running += 1;
    try {
      const { target, client, socket, channels } = session;
      const sftp = await startSftp(client, socket, target, this.#options.connectMs);
      sftp.once('close', () => client.destroy());
      channels.push({ sftp, files: 0 });
    } catch {
      if (session.over !== undefined && !session.refused) this.#lost += 1;
      session.refused = true;
      session.moreChannels = 0;
    } finally {
      this.#running -= 1;
    }
  }

  async #connect(): Promise<Session> {
    const { connectMs, stallMs } = this.#options;
    const target = await this.#options.target();
    const { client, socket } = await logIn(target, connectMs);
    try {
      const sftp = await startSftp(client, socket, target, connectMs);
      const channels = [{ sftp, files: 0 }];
      const session: Session = {
        channels,
        target,
        client,
        socket,
        over: undefined,
        moreChannels: this.#lost < mostLost ? mostChannels - 1 : 0,
        refused: false,
        waiting: new Set(),
      };
      client.on('error', (error: Error) => {
        session.over ??= connectionLost(error);
        client.destroy();
      });
      socket.setTimeout(stallMs, () => {
        if (this.#running === 0) return;
        session.over ??= stalled(stallMs);
        client.destroy();
        socket.destroy();
      });
      return session;
    } catch (error) {
      client.on('error', () => undefined);
      client.destroy();
      socket.destroy();
      throw error;
    }
  }
}

function leastBusy({ channels }: Session): Channel {
  return channels.reduce((least, channel) => (channel.files < least.files ? channel : least));
}

function startSftp(client: Client, socket: Socket, target: SshTarget, connectMs: number): Promise<SFTPWrapper> {
  const { host, port } = target;
  const { promise, resolve, reject } = Promise.withResolvers<SFTPWrapper>();
  const late = setTimeout(() => reject(unreachable(host, port, { code: 'ETIMEDOUT' })), connectMs);
  const lost = (error?: Error): void => reject(connectionLost(error));
  client.once('error', lost).once('close', lost);
  try {
    client.sftp((error, sftp) => {
      if (error === undefined || error === null) resolve(sftp);
      else if (socket.destroyed) lost(error);
      else reject(noSuchSession(host, error));
    });
  } catch (error) {
    reject(connectionLost(error as Error)); // it ended meanwhile
  }
  return promise.finally(() => {
    clearTimeout(late);
    client.off('error', lost).off('close', lost);
  });
}
