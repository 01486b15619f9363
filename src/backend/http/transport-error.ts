/** Why a request had no answer, in words: from the codes of Node's sockets, name look-up and TLS (OpenSSL). */
import { HoldfastError, isHoldfastError, messageOf, systemCode } from '../../base/errors.ts';

interface Kind {
  readonly says: string;
  readonly hint: string;
  readonly code?: 'network' | 'permission' | 'timeout';
  /** `backoff` unless told. */
  readonly retry?: 'never';
}

const untrusted: Kind = {
  says: 'its certificate is not trusted',
  hint: 'If it is your own server, give its CA certificate as caFile (RESTIC_CACERT).',
  retry: 'never',
};
const plainHttp: Kind = {
  says: 'it does not speak TLS on that port',
  hint: 'Check the port; a server without TLS is at http://….',
  retry: 'never',
};
const clientCertificate: Kind = {
  code: 'permission',
  says: 'it does not accept the client certificate, or wants one',
  hint: 'Give it as clientCertFile and clientKeyFile (RESTIC_TLS_CLIENT_CERT).',
  retry: 'never',
};
const broken: Kind = { says: 'the connection broke', hint: 'Check the network and that the server runs.' };
const unreachable: Kind = {
  says: 'there is no way to it',
  hint: 'Check the network, and the address of the server.',
};

const kinds: Readonly<Record<string, Kind>> = {
  ENOTFOUND: { says: 'no such host is known', hint: 'Check the name of the host, and that you are online.' },
  EAI_AGAIN: { says: 'its name could not be looked up', hint: 'Check that you are online.' },
  ECONNREFUSED: { says: 'nothing listens there', hint: 'Check the port, and that the server runs.' },
  ECONNRESET: broken,
  EPIPE: broken,
  ECONNABORTED: broken,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  EADDRNOTAVAIL: unreachable,
  ETIMEDOUT: { code: 'timeout', says: 'it does not answer', hint: 'Check the network, and the address of the server.' },
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  CERT_UNTRUSTED: untrusted,
  CERT_SIGNATURE_FAILURE: untrusted,
  CERT_HAS_EXPIRED: {
    says: 'its certificate has expired',
    hint: 'Check the clock of this machine; else the server needs a new certificate.',
    retry: 'never',
  },
  CERT_NOT_YET_VALID: {
    says: 'its certificate is not valid yet',
    hint: 'Check the clock of this machine.',
    retry: 'never',
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    says: 'its certificate is for another name',
    hint: 'Use the name that the certificate is made for.',
    retry: 'never',
  },
  ERR_SSL_WRONG_VERSION_NUMBER: plainHttp,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: plainHttp,
  ERR_SSL_HTTP_REQUEST: plainHttp,
  ERR_SSL_UNSUPPORTED_PROTOCOL: {
    says: 'it speaks only versions of TLS that are no longer safe',
    hint: 'Bring the server up to date.',
    retry: 'never',
  },
  HPE_INVALID_CONSTANT: {
    says: 'what answers there speaks no HTTP',
    hint: 'Check the port.',
    retry: 'never',
  },
};

/**
 * @param error of a request or its answer, as Node gives it
 * @param doing "read data/0a…"
 * @param host with its port
 */
export function transportError(error: unknown, doing: string, host: string): HoldfastError {
  if (isHoldfastError(error)) return error;
  const code = codeOf(error);
  const kind =
    kinds[code] ??
    (/^ERR_SSL_.*(CERTIFICATE|HANDSHAKE_FAILURE|UNKNOWN_CA|ACCESS_DENIED)/.test(code) ? clientCertificate : undefined);
  return new HoldfastError(kind?.code ?? 'network', `Cannot ${doing} at ${host}: ${kind?.says ?? messageOf(error)}.`, {
    retry: kind?.retry ?? 'backoff',
    hint: kind?.hint ?? broken.hint,
    context: { host, ...(code === '' ? {} : { systemCode: code }) },
    cause: error,
  });
}

/** OpenSSL's errors come with a code of their own (ERR_SSL_…), or as EPROTO with the reason in the message. */
function codeOf(error: unknown): string {
  const code = systemCode(error) ?? '';
  const reason = /SSL routines:[^:]*:([^:]+):/.exec(messageOf(error))?.[1];
  return code === 'EPROTO' && reason !== undefined ? `ERR_SSL_${reason.toUpperCase().replaceAll(' ', '_')}` : code;
}

export function stalled(doing: string, host: string, ms: number): HoldfastError {
  return new HoldfastError(
    'timeout',
    `Cannot ${doing} at ${host}: nothing moved for ${Math.ceil(ms / 1000)} seconds.`,
    {
      retry: 'backoff',
      hint: 'Check the network and the server.',
      context: { host },
    },
  );
}

export function notConnected(doing: string, host: string): HoldfastError {
  return transportError(Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' }), doing, host);
}
