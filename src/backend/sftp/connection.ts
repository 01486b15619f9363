/**
 * One SSH connection with one SFTP session (npm `ssh2`): made at the first call, made anew by the next call after it broke.
 *
 * Guarantees: the server's key was checked before anything is sent that is secret; a call during which no byte moves for
 * `stallMs`, in neither direction, fails with `timeout` and ends the connection; a cancelled call rejects at once with the signal's reason.
 */
import type { Socket } from 'node:net';
import type { Client, SFTPWrapper } from 'ssh2';
import type { HoldfastError } from '../../base/errors.ts';
import { onAbort } from '../../base/on-abort.ts';
import { connectionLost, isAnswer, noSuchSession, stalled, unreachable } from './errors.ts';
import { logIn } from './log-in.ts';
import type { SshTarget } from './target.ts';

export interface ConnectionOptions {
  readonly target: () => Promise<SshTarget>;
  readonly connectMs: number;
  readonly stallMs: number;
}

/** Starts a request; `done` takes its answer. */
export type Request<T> = (sftp: SFTPWrapper, done: (error: Error | null | undefined, value?: T) => void) => void;

interface Session {
  readonly sftp: SFTPWrapper;
  readonly client: Client;
  /** The one of this computer: to the server, or to the first one on the way. */
  readonly socket: Socket;
  /** Set when the connection is over: why. */
  over: HoldfastError | undefined;
  /** Those who wait for an answer. ssh2 itself forgets requests that are made while a connection ends. */
  readonly waiting: Set<(error: unknown) => void>;
}

export class SftpConnection implements AsyncDisposable {
  readonly #options: ConnectionOptions;
  #session: Promise<Session> | undefined;
  #running = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Sends requests of one answer. @throws what the server says, as ssh2 gives it; HoldfastError for the connection's troubles */
  async run<T>(request: Request<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const session = await this.#open(signal);
    if (session.over !== undefined) throw session.over;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    using _ = onAbort(signal, () => reject(signal.reason));
    this.#running += 1;
    session.waiting.add(reject);
    try {
      request(session.sftp, (error, value) => {
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
    const session = await this.#session?.catch(() => undefined);
    session?.client.destroy();
    session?.socket.destroy();
  }

  async #open(signal: AbortSignal): Promise<Session> {
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
        session.sftp.once('close', ended); // a server may end the session alone
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

  async #connect(): Promise<Session> {
    const { connectMs, stallMs } = this.#options;
    const target = await this.#options.target();
    const { client, socket } = await logIn(target, connectMs);
    try {
      const sftp = await startSftp(client, socket, target, connectMs);
      const session: Session = { sftp, client, socket, over: undefined, waiting: new Set() };
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

function startSftp(client: Client, socket: Socket, target: SshTarget, connectMs: number): Promise<SFTPWrapper> {
  const { host, port } = target;
  const { promise, resolve, reject } = Promise.withResolvers<SFTPWrapper>();
  const late = setTimeout(() => reject(unreachable(host, port, { code: 'ETIMEDOUT' })), connectMs);
  const lost = (error?: Error): void => reject(connectionLost(error));
  client.once('error', lost).once('close', lost);
  client.sftp((error, sftp) => {
    if (error === undefined || error === null) resolve(sftp);
    else if (socket.destroyed) lost(error);
    else reject(noSuchSession(host, error));
  });
  return promise.finally(() => {
    clearTimeout(late);
    client.off('error', lost).off('close', lost);
  });
}
