/** Errors of SSH and SFTP in words that say what to do. */
import { HoldfastError, messageOf } from '../../base/errors.ts';
import type { SshTarget } from './target.ts';

/** Status codes of SFTP 3 (draft-ietf-secsh-filexfer-02, section 7). */
const statusCodes = { noSuchFile: 2, permissionDenied: 3, failure: 4, unsupported: 8 } as const;

export function isMissing(error: unknown): boolean {
  return codeOf(error) === statusCodes.noSuchFile;
}

/** What OpenSSH's server says of most troubles: a name that exists, a full disk. */
export function isGeneralFailure(error: unknown): boolean {
  return codeOf(error) === statusCodes.failure;
}

/** An extension that the server does not have. ssh2 throws for what was not offered. */
export function isUnsupported(error: unknown): boolean {
  return codeOf(error) === statusCodes.unsupported || /does not support/i.test(messageOf(error));
}

/** What the server says of a path, as an error of ours; the signal's reason and errors of ours stay as they are. */
export function fromSftpError(error: unknown, path: string, doing: string): unknown {
  if (!isAnswer(error)) return error;
  const context = { path, sftpCode: Number(codeOf(error)) };
  switch (codeOf(error)) {
    case statusCodes.noSuchFile:
      return new HoldfastError('not-found', `${path} does not exist on the server.`, { context, cause: error });
    case statusCodes.permissionDenied:
      return new HoldfastError('permission', `The server does not allow ${doing} ${path}.`, {
        hint: 'Check the rights of the user on the server.',
        context,
        cause: error,
      });
    default:
      return new HoldfastError('io', `The server failed at ${doing} ${path}: ${messageOf(error)}`, {
        context,
        cause: error,
      });
  }
}

/** Whether the server answered, rather than the connection broke. */
export function isAnswer(error: unknown): boolean {
  return typeof codeOf(error) === 'number';
}

function codeOf(error: unknown): unknown {
  return error instanceof Error ? (error as { readonly code?: unknown }).code : undefined;
}

export function connectionLost(cause?: Error): HoldfastError {
  const why = cause === undefined ? '' : `: ${messageOf(cause)}`;
  return new HoldfastError('network', `The connection to the SSH server was lost${why}.`, { retry: 'backoff', cause });
}

/** It was disposed of: nothing is tried again. */
export function connectionClosed(): HoldfastError {
  return new HoldfastError('internal', 'The connection to the SSH server was closed.');
}

export function stalled(ms: number): HoldfastError {
  return new HoldfastError('timeout', `The SSH server has not sent or taken a byte for ${ms / 1000} s.`, {
    hint: 'The network may be down, or the server busy.',
    retry: 'backoff',
  });
}

export function unreachable(
  host: string,
  port: number,
  cause: { readonly code?: string; readonly message?: string },
): HoldfastError {
  const at = `${host}${port === 22 ? '' : `, port ${port}`}`;
  const options = { retry: 'backoff', context: { host, port }, cause } as const;
  switch (cause.code) {
    case 'ENOTFOUND':
      return new HoldfastError('network', `No server is called ${host}.`, {
        ...options,
        hint: 'Check the name, and that this computer is online.',
      });
    case 'EAI_AGAIN':
      return new HoldfastError('network', `The name ${host} cannot be looked up now.`, {
        ...options,
        hint: 'Check that this computer is online.',
      });
    case 'ECONNREFUSED':
      return new HoldfastError('network', `No SSH server listens at ${at}.`, {
        ...options,
        hint: 'Check host and port.',
      });
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return new HoldfastError('network', `The server ${at} does not answer.`, {
        ...options,
        hint: 'Check that it is on, and that this computer is online.',
      });
    default:
      return new HoldfastError(
        'network',
        `There is no connection to the SSH server ${at}: ${cause.message ?? 'it was closed'}`,
        options,
      );
  }
}

/** @param tried what was offered; @param locked key files that could not be opened */
export function notAuthenticated(
  { user, host }: SshTarget,
  tried: readonly string[],
  locked: readonly string[],
): HoldfastError {
  const offered = tried.length === 0 ? 'there is nothing to log in with' : `it refused ${tried.join(', ')}`;
  const lockedText =
    locked.length === 0 ? '' : ` ${locked.join(', ')} could not be opened: the passphrase is missing or wrong.`;
  return new HoldfastError(
    'unauthenticated',
    `The server ${host} does not let "${user}" in: ${offered}.${lockedText}`,
    {
      hint: 'Check the user, and the key or password: settings keyFile, credentials passphrase and password. With keyFile, the SSH agent is not asked.',
      context: { host, user },
    },
  );
}

export function noSuchSession(host: string, cause: Error): HoldfastError {
  return new HoldfastError('unsupported', `The server ${host} offers no SFTP: ${messageOf(cause)}`, {
    hint: 'Its owner must switch the subsystem "sftp" on.',
    cause,
  });
}

/** No key exchange, host key type or cipher that both know (RFC 4253, section 7.1). */
export function nothingInCommon(host: string, cause: Error): HoldfastError {
  return new HoldfastError(
    'unsupported',
    `The server ${host} only offers SSH methods that are not used here: ${messageOf(cause)}`,
    {
      hint: 'Its SSH server is old, or its settings are; its owner must bring it up to date.',
      cause,
    },
  );
}

/** CHANNEL_OPEN_FAILURE's reasons (RFC 4254, section 5.1): 1 is prohibited, 2 is that the connection failed. */
export function notForwarded(
  jump: string,
  { host, port }: { readonly host: string; readonly port: number },
  cause: Error & { readonly reason?: unknown },
): HoldfastError {
  if (cause.reason === 1) {
    return new HoldfastError('permission', `The server ${jump} does not forward connections to ${host}.`, {
      hint: `Its owner must allow TCP forwarding; or leave ProxyJump out for ${host}.`,
      context: { host, port, jump },
      cause,
    });
  }
  return new HoldfastError('network', `The server ${jump} has no connection to ${host}, port ${port}.`, {
    hint: 'Check that the server is on, and that it can be reached from there.',
    retry: 'backoff',
    context: { host, port, jump },
    cause,
  });
}
