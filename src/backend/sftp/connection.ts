/**
 * One SSH connection with one SFTP session (npm `ssh2`): made at the first call, made anew by the next call after it broke.
 *
 * Guarantees: the server's key was checked before anything is sent that is secret; a call during which no byte moves for
 * `stallMs`, in neither direction, fails with `timeout` and ends the connection; a cancelled call rejects at once with the signal's reason.
 */
import { connect as connectSocket, type Socket } from 'node:net';
import type { AnyAuthMethod, Client, SFTPWrapper } from 'ssh2';
import { HoldfastError } from '../../base/errors.ts';
import { onAbort } from '../../base/on-abort.ts';
import {
  connectionLost,
  isAnswer,
  noSuchSession,
  notAuthenticated,
  nothingInCommon,
  stalled,
  unreachable,
} from './errors.ts';
import { fingerprintOf, keyType, knownKeys } from './known-hosts.ts';
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
  readonly socket: Socket;
  /** Set when the connection is over: why. */
  over: HoldfastError | undefined;
  /** Those who wait for an answer. ssh2 itself forgets requests that are made while a connection ends. */
  readonly waiting: Set<(error: unknown) => void>;
}

/** Fast with the hardware's AES first. */
const ciphers = [
  'aes128-gcm@openssh.com',
  'aes256-gcm@openssh.com',
  'chacha20-poly1305@openssh.com',
  'aes128-ctr',
  'aes256-ctr',
] as const;
const hostKeyAlgorithms = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
} as const;

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
    const socket = await this.#connectSocket(target);
    // Loaded when it is needed: every command opens a backend, few of them one like this.
    const { default: ssh2 } = await import('ssh2');
    const client = new ssh2.Client();
    try {
      await logIn(client, socket, target, authentication(target, ssh2.utils.parseKey), connectMs);
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

  #connectSocket({ host, port }: SshTarget): Promise<Socket> {
    const { connectMs } = this.#options;
    return new Promise((resolve, reject) => {
      const socket = connectSocket({ host, port, noDelay: true });
      const late = setTimeout(() => fail(unreachable(host, port, { code: 'ETIMEDOUT' })), connectMs);
      const fail = (error: unknown): void => {
        clearTimeout(late);
        socket.destroy();
        reject(error);
      };
      socket.once('error', (error) => fail(unreachable(host, port, error)));
      socket.once('connect', () => {
        clearTimeout(late);
        socket.removeAllListeners('error');
        // Until ssh2 listens.
        socket.on('error', () => undefined);
        resolve(socket);
      });
    });
  }
}

/** @throws HoldfastError for a server that is not known, has another key, or does not let the user in */
async function logIn(
  client: Client,
  socket: Socket,
  target: SshTarget,
  { methods, tried, locked }: ReturnType<typeof authentication>,
  connectMs: number,
): Promise<void> {
  const known = knownKeys(target.knownHosts, target.host, target.port);
  let refused: HoldfastError | undefined;
  const preferred = known.types.flatMap((type) =>
    Object.hasOwn(hostKeyAlgorithms, type) ? [type as keyof typeof hostKeyAlgorithms] : [],
  );
  const order = [...new Set([...preferred, ...(Object.keys(hostKeyAlgorithms) as (keyof typeof hostKeyAlgorithms)[])])];
  await new Promise<void>((resolve, reject) => {
    client.once('ready', resolve);
    client.on('error', (error: Error & { readonly level?: string }) => {
      if (error.level === 'agent') return; // a stale SSH_AUTH_SOCK; ssh2 goes on with what is next
      reject(refused ?? loginFailed(error, target, tried, locked));
    });
    client.once('close', () => reject(refused ?? connectionLost()));
    client.connect({
      sock: socket,
      username: target.user,
      readyTimeout: connectMs,
      algorithms: { cipher: [...ciphers], serverHostKey: order.flatMap((type) => [...hostKeyAlgorithms[type]]) },
      hostVerifier: (key: Buffer) => {
        refused = judgeHostKey(key, known, target);
        return refused === undefined;
      },
      authHandler: methods,
    });
  });
  client.removeAllListeners('error');
  client.removeAllListeners('close');
}

function loginFailed(
  error: Error & { readonly level?: string },
  target: SshTarget,
  tried: readonly string[],
  locked: readonly string[],
): HoldfastError {
  if (error.level === 'client-authentication') return notAuthenticated(target, tried, locked);
  // OpenSSH's MaxAuthTries: an agent with many keys uses them up.
  if (/too many authentication failures/i.test(error.message)) return notAuthenticated(target, tried, locked);
  if (/no matching/i.test(error.message)) return nothingInCommon(target.host, error);
  return unreachable(target.host, target.port, error);
}

function judgeHostKey(key: Buffer, known: ReturnType<typeof knownKeys>, target: SshTarget): HoldfastError | undefined {
  const { host, port, knownHostsFile } = target;
  const base64 = key.toString('base64');
  const fingerprint = fingerprintOf(key);
  const context = { host, port, fingerprint };
  if (known.revoked.has(base64)) {
    return new HoldfastError('unauthenticated', `The key of ${host} (${fingerprint}) was revoked.`, {
      hint: 'Somebody may pretend to be the server. Ask its owner.',
      context,
    });
  }
  if (known.trusted.has(base64)) return undefined;
  if (known.trusted.size > 0) {
    return new HoldfastError(
      'unauthenticated',
      `The key of the server ${host} has changed: it is ${fingerprint} now.`,
      {
        hint: `Somebody may pretend to be the server. Ask its owner; if the new key is right, remove the old one from ${knownHostsFile} (ssh-keygen -R), or from the settings of the repository.`,
        context,
      },
    );
  }
  return new HoldfastError('unauthenticated', `The server ${host} is not known yet. Its key is ${fingerprint}.`, {
    hint: `Compare the key with what the server's owner says, and accept it: by connecting once with ssh, or by the setting hostKey ("${keyType(key)} ${base64.slice(0, 12)}…").`,
    context: { ...context, hostKey: `${keyType(key)} ${base64}` },
  });
}

type ParseKey = typeof import('ssh2')['utils']['parseKey'];

/** What is tried, in this order: the agent, key files, the password. */
function authentication({ user, agent, keyFiles, passphrase, password }: SshTarget, parseKey: ParseKey) {
  const methods: AnyAuthMethod[] = [];
  const tried: string[] = [];
  /** Key files whose passphrase is missing or wrong. */
  const locked: string[] = [];
  if (agent !== undefined) {
    methods.push({ type: 'agent', username: user, agent });
    tried.push('the keys of the SSH agent');
  }
  for (const { path, content } of keyFiles) {
    const key = parseKey(content, passphrase);
    if (key instanceof Error) locked.push(path);
    else {
      methods.push({
        type: 'publickey',
        username: user,
        key: content,
        ...(passphrase === undefined ? {} : { passphrase }),
      });
      tried.push(path);
    }
  }
  if (password !== undefined) {
    methods.push({ type: 'password', username: user, password });
    methods.push({
      type: 'keyboard-interactive',
      username: user,
      prompt: (_name, _instructions, _language, prompts, finish) => finish(prompts.map(() => password)),
    });
    tried.push('the password');
  }
  return { methods, tried, locked };
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
