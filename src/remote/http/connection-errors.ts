/**
 * What went wrong on the way to a server, as errors that blame the address or the network, never the credential.
 *
 * Node's own errors are not kept as `cause`: some carry what was sent or came (`rawPacket`), which may hold secrets.
 */
import { type ErrorCode, HoldfastError, isHoldfastError, type Retry, systemCode } from '../../base/errors.ts';

export interface Reached {
  readonly url: URL;
  /** False: surely nothing of the request left this machine, so that it can be sent again whatever it does. */
  readonly requestSent: boolean;
}

interface Kind {
  readonly code: ErrorCode;
  readonly says: (url: URL) => string;
  readonly hint: string;
  readonly retry: Retry;
}

const checkAddress = 'Check the address of the remote, and that this machine is online.';
const notFound: Kind = {
  code: 'network',
  says: ({ hostname }) => `No server with the name ${hostname} can be found.`,
  hint: checkAddress,
  retry: 'backoff',
};
const refused: Kind = {
  code: 'network',
  says: ({ host }) => `Nothing answers at ${host}.`,
  hint: 'Check the address and port of the remote, and that its server runs.',
  retry: 'backoff',
};
const unreachable: Kind = {
  code: 'network',
  says: ({ host }) => `${host} cannot be reached from here.`,
  hint: checkAddress,
  retry: 'backoff',
};
const untrusted: Kind = {
  code: 'network',
  says: ({ host }) => `The certificate of ${host} is not signed by an authority that is trusted here.`,
  hint: 'Check the address; if it is your own server, give its CA certificate for this remote.',
  retry: 'never',
};
const wrongName: Kind = {
  code: 'network',
  says: ({ host }) => `The certificate that ${host} shows is for another name.`,
  hint: 'Check the address: it must be the name that the certificate is for.',
  retry: 'never',
};
const outdated: Kind = {
  code: 'network',
  says: ({ host }) => `The certificate of ${host} is not valid today.`,
  hint: "Check the date of this machine; if it is right, the server's certificate must be renewed.",
  retry: 'never',
};
const noTls: Kind = {
  code: 'network',
  says: ({ host }) => `No encrypted connection to ${host} can be made.`,
  hint: 'Check the address and port of the remote: another service may answer there, or one without https.',
  retry: 'never',
};
const noHttp: Kind = {
  code: 'unsupported',
  says: ({ host }) => `What answers at ${host} does not speak HTTP.`,
  hint: 'Check the address and port of the remote: another service seems to answer there.',
  retry: 'never',
};
const broken: Kind = {
  code: 'network',
  says: ({ host }) => `The connection to ${host} broke off.`,
  hint: 'Try again; if it stays, check the network and the server.',
  retry: 'backoff',
};

const kinds: Readonly<Record<string, Kind>> = {
  ENOTFOUND: notFound,
  EAI_AGAIN: notFound,
  EAI_NODATA: notFound,
  EAI_NONAME: notFound,
  ECONNREFUSED: refused,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  EHOSTDOWN: unreachable,
  ENETDOWN: unreachable,
  EADDRNOTAVAIL: unreachable,
  ETIMEDOUT: unreachable,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  CERT_UNTRUSTED: untrusted,
  CERT_REVOKED: untrusted,
  INVALID_CA: untrusted,
  ERR_TLS_CERT_ALTNAME_INVALID: wrongName,
  HOSTNAME_MISMATCH: wrongName,
  CERT_HAS_EXPIRED: outdated,
  CERT_NOT_YET_VALID: outdated,
  EPROTO: noTls,
};

/** Anything that Node threw while a request was under way; HoldfastErrors pass through. */
export function connectionError(error: unknown, { url, requestSent }: Reached): HoldfastError {
  if (isHoldfastError(error)) return error;
  const code = systemCode(error) ?? 'unknown';
  const kind = kinds[code] ?? familyOf(code);
  return new HoldfastError(kind.code, kind.says(url), {
    hint: kind.hint,
    retry: kind.retry,
    context: { host: url.host, systemCode: code, requestSent },
  });
}

/** @param what was waited for: "a connection", "an answer", "more of the answer" */
export function timeoutError(what: string, waitedMs: number, { url, requestSent }: Reached): HoldfastError {
  return new HoldfastError('timeout', `${url.host} gave no ${what} within ${Math.round(waitedMs / 1000)} s.`, {
    hint: requestSent
      ? 'The server or the network is slow or stuck: try again later.'
      : 'Check the address and port of the remote, and that this machine is online.',
    retry: 'backoff',
    context: { host: url.host, requestSent },
  });
}

function familyOf(code: string): Kind {
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')) return noTls;
  return code.startsWith('HPE_') ? noHttp : broken;
}
