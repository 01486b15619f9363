/**
 * Whom a server's certificate must come from, and the client's own: from files in PEM.
 *
 * With a CA file only that is trusted, as restic does; else what Node brings along and what the system trusts.
 */
import { readFile } from 'node:fs/promises';
import { getCACertificates } from 'node:tls';
import { fromSystemError, HoldfastError, isHoldfastError } from '../../base/errors.ts';
import type { BackendPlace } from '../backend.ts';

export interface TlsSettings {
  readonly ca: string[];
  readonly cert?: string;
  readonly key?: string;
}

/** The environment variables that restic documents for this. */
export interface TlsEnvironment {
  readonly RESTIC_CACERT?: string | undefined;
  readonly RESTIC_TLS_CLIENT_CERT?: string | undefined;
}

/**
 * `credentials.caFile` (else RESTIC_CACERT); `credentials.clientCertFile` with `clientKeyFile`, or both in one file (else
 * RESTIC_TLS_CLIENT_CERT).
 *
 * @throws `invalid-input`, `permission`, naming the file
 */
export async function readTlsSettings(
  credentials: BackendPlace['credentials'] = {},
  environment: TlsEnvironment = process.env,
): Promise<TlsSettings> {
  const caFile = credentials.caFile ?? environment.RESTIC_CACERT;
  const certFile = credentials.clientCertFile ?? environment.RESTIC_TLS_CLIENT_CERT;
  const ca = caFile === undefined || caFile === '' ? usualCas() : [await readPem(caFile, 'CERTIFICATE')];
  if (certFile === undefined || certFile === '') return { ca };
  const cert = await readPem(certFile, 'CERTIFICATE');
  return { ca, cert, key: await readPem(credentials.clientKeyFile ?? certFile, 'PRIVATE KEY') };
}

function usualCas(): string[] {
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system')])];
}

async function readPem(path: string, what: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    const error = fromSystemError(cause, `read ${path}`);
    if (!isHoldfastError(error, 'not-found')) throw error;
    throw new HoldfastError('invalid-input', error.message, { hint: 'Check the path of the certificate file.', cause });
  });
  if (new RegExp(`-----BEGIN (?:[A-Z]+ )?${what}-----`).test(text)) return text;
  throw new HoldfastError('invalid-input', `${path} holds no ${what.toLowerCase()} in PEM form.`, {
    hint: 'It needs a block that begins with "-----BEGIN".',
    context: { path },
  });
}
