/**
 * Logs in to an SSH server: directly, or through others (ProxyJump), each of which forwards a connection to the next.
 *
 * Guarantees: a server's key was checked before anything is sent that is secret; a key that the user has accepted is written to
 * known_hosts; what fails is closed, with all that lies on the way.
 */
import { connect as connectSocket, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { AnyAuthMethod, BaseAgent, Client, ParsedKey } from 'ssh2';
import { HoldfastError } from '../../base/errors.ts';
import { connectionLost, notAuthenticated, notForwarded, nothingInCommon, unreachable } from './errors.ts';
import { fingerprintOf, type KnownKeys, keyType, knownKeys } from './known-hosts.ts';
import { rememberHostKey } from './remember-host-key.ts';
import type { SshTarget } from './target.ts';

export interface LoggedIn {
  readonly client: Client;
  /** The one of this computer: when it is destroyed, all is over. */
  readonly socket: Socket;
}

type Ssh2 = typeof import('ssh2');

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

/** @throws HoldfastError for a server that cannot be reached, is not known, has another key, or does not let the user in */
export async function logIn(target: SshTarget, connectMs: number): Promise<LoggedIn> {
  const { stream, socket } = await roadTo(target, connectMs);
  // Loaded when it is needed: every command opens a backend, few of them one like this.
  const { default: ssh2 } = await import('ssh2');
  const client = new ssh2.Client();
  try {
    await authenticate(client, stream, target, { ...authentication(target, ssh2), connectMs });
    return { client, socket };
  } catch (error) {
    client.on('error', () => undefined);
    client.destroy();
    socket.destroy();
    throw error;
  }
}

/** What leads to the server. */
async function roadTo(
  { host, port, jump }: SshTarget,
  connectMs: number,
): Promise<{ readonly stream: Duplex; readonly socket: Socket }> {
  if (jump === undefined) {
    const socket = await connected(host, port, connectMs);
    return { stream: socket, socket };
  }
  const { client, socket } = await logIn(jump, connectMs);
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
  const late = setTimeout(() => reject(unreachable(host, port, { code: 'ETIMEDOUT' })), connectMs);
  client.on('error', (error) => reject(connectionLost(error)));
  client.once('close', () => {
    reject(connectionLost());
    socket.destroy();
  });
  client.forwardOut('127.0.0.1', 0, host, port, (error, channel) => {
    if (error === undefined) resolve(channel);
    else reject(notForwarded(jump.host, { host, port }, error));
  });
  try {
    const stream = await promise;
    // Who leaves the server leaves those on the way.
    stream.once('close', () => client.destroy());
    return { stream, socket };
  } catch (error) {
    client.destroy();
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(late);
  }
}

function connected(host: string, port: number, connectMs: number): Promise<Socket> {
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

async function authenticate(
  client: Client,
  stream: Duplex,
  target: SshTarget,
  { methods, tried, locked, connectMs }: ReturnType<typeof authentication> & { readonly connectMs: number },
): Promise<void> {
  const known = knownKeys(target.knownHosts, target.knownAs);
  const { acceptedKey = '' } = target;
  const isAccepted = (key: Buffer): boolean =>
    key.toString('base64') === acceptedKey && !known.revoked.has(acceptedKey);
  let refused: HoldfastError | undefined;
  let accepted: Buffer | undefined;
  const types = [...known.types, keyType(Buffer.from(acceptedKey, 'base64'))];
  const preferred = types.flatMap((type) =>
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
      sock: stream,
      username: target.user,
      readyTimeout: connectMs,
      algorithms: { cipher: [...ciphers], serverHostKey: order.flatMap((type) => [...hostKeyAlgorithms[type]]) },
      hostVerifier: (key: Buffer) => {
        refused = isAccepted(key) ? undefined : judgeHostKey(key, known, target);
        if (isAccepted(key) && known.trusted.size === 0) accepted = key;
        return refused === undefined;
      },
      authHandler: methods,
    });
  });
  client.removeAllListeners('error');
  client.removeAllListeners('close');
  // Not waited for: the connection may break meanwhile, and nobody would hear of it.
  if (accepted !== undefined) void rememberHostKey(target, accepted);
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

function judgeHostKey(key: Buffer, known: KnownKeys, target: SshTarget): HoldfastError | undefined {
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

/** What is tried, in this order: the agent, key files, the password. */
function authentication(target: SshTarget, ssh2: Ssh2) {
  const { user, agent, keyFiles, onlyKeyFiles, passphrase, password } = target;
  const methods: AnyAuthMethod[] = [];
  const tried: string[] = [];
  /** Key files whose passphrase is missing or wrong. */
  const locked: string[] = [];
  if (agent !== undefined) {
    methods.push({ type: 'agent', username: user, agent: onlyKeyFiles ? agentOf(agent, keyFiles, ssh2) : agent });
    tried.push('the keys of the SSH agent');
  }
  for (const { path, content } of keyFiles) {
    const key = ssh2.utils.parseKey(content, passphrase);
    if (key instanceof Error) locked.push(path);
    else if (key.isPrivateKey()) {
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

/** IdentitiesOnly: the agent's keys, of which only those are offered whose public halves lie among the key files. */
function agentOf(path: string, keyFiles: SshTarget['keyFiles'], { OpenSSHAgent, utils }: Ssh2): BaseAgent {
  const wanted = new Set(
    keyFiles.flatMap(({ content, publicContent }) => {
      const key = utils.parseKey(publicContent ?? content);
      return key instanceof Error ? [] : [key.getPublicSSH().toString('base64')];
    }),
  );
  return new (class extends OpenSSHAgent {
    override getIdentities(done: Parameters<BaseAgent<ParsedKey>['getIdentities']>[0]): void {
      super.getIdentities((error, keys) =>
        done(
          error,
          keys?.filter((key) => 'getPublicSSH' in key && wanted.has(key.getPublicSSH().toString('base64'))),
        ),
      );
    }
  })(path);
}
