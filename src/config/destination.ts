/**
 * Where repositories can live, and what each kind of place is told besides its location: settings, which the configuration holds,
 * and credentials, which the keychain holds. Faces make their forms of it. Browser-safe.
 */
import { z } from 'zod';

export interface DestinationField {
  readonly name: string;
  /** Kept in the keychain, never shown again. */
  readonly secret: boolean;
  /** Variables of the environment that the command line takes it from, as restic does. */
  readonly environment?: readonly string[];
  readonly about: string;
}

export interface DestinationKind {
  readonly example: string;
  readonly fields: readonly DestinationField[];
}

export const destinationKinds: Readonly<Record<string, DestinationKind>> = {
  local: { example: '/mnt/disk/backup', fields: [] },
  sftp: {
    example: 'sftp:user@host:/path',
    fields: [
      { name: 'password', secret: true, about: 'password of the user, where no key is used' },
      { name: 'keyFile', secret: false, about: 'private key; the SSH agent and the usual keys are tried otherwise' },
      { name: 'passphrase', secret: true, about: 'of the private key' },
      { name: 'sshFolder', secret: false, about: 'folder with config, keys and known_hosts in place of ~/.ssh' },
      {
        name: 'hostKey',
        secret: false,
        about: 'key of the server that was accepted, beside those of known_hosts; added to them',
      },
    ],
  },
  s3: {
    example: 's3:https://host/bucket/prefix',
    fields: [
      { name: 'accessKeyId', secret: false, environment: ['AWS_ACCESS_KEY_ID'], about: 'access key' },
      {
        name: 'secretAccessKey',
        secret: true,
        environment: ['AWS_SECRET_ACCESS_KEY'],
        about: 'secret of the access key',
      },
      { name: 'sessionToken', secret: true, environment: ['AWS_SESSION_TOKEN'], about: 'of a temporary access key' },
      { name: 'profile', secret: false, environment: ['AWS_PROFILE'], about: 'section of the shared credentials file' },
      {
        name: 'region',
        secret: false,
        environment: ['AWS_DEFAULT_REGION', 'AWS_REGION'],
        about: 'region of the bucket',
      },
      { name: 'bucketLookup', secret: false, about: 'auto, path (host/bucket) or dns (bucket.host)' },
      { name: 'storageClass', secret: false, about: 'storage class of packs' },
      { name: 'sse', secret: false, about: 'encryption by the store: AES256 or aws:kms' },
      { name: 'sseKmsKeyId', secret: false, about: 'key of aws:kms' },
      {
        name: 'sseCustomerKey',
        secret: true,
        about: 'key of your own for encryption by the store, 32 bytes in base64',
      },
      { name: 'retentionDays', secret: false, about: 'days that new files are locked against deletion (object lock)' },
      { name: 'retentionMode', secret: false, about: 'GOVERNANCE or COMPLIANCE' },
    ],
  },
  rest: {
    example: 'rest:https://host:8000/path/',
    fields: [
      { name: 'username', secret: false, environment: ['RESTIC_REST_USERNAME'], about: 'user' },
      { name: 'password', secret: true, environment: ['RESTIC_REST_PASSWORD'], about: 'password of the user' },
      {
        name: 'caFile',
        secret: false,
        environment: ['RESTIC_CACERT'],
        about: 'certificate that the server’s is signed with (PEM)',
      },
      {
        name: 'clientCertFile',
        secret: false,
        environment: ['RESTIC_TLS_CLIENT_CERT'],
        about: 'certificate to show to the server (PEM)',
      },
      { name: 'clientKeyFile', secret: false, about: 'key of that certificate, where it is a file of its own' },
    ],
  },
};

const values = z.record(z.string(), z.string().max(20_000));

/** What a destination is told; which names there are, its kind says. */
export const destinationSettingsSchema = values;
export const destinationCredentialsSchema = values;

/** The kind of a location; a path, with a Windows drive or without, is `local`. */
export function destinationKind(location: string): string {
  return /^([a-z][a-z0-9+-]+):/i.exec(location)?.[1]?.toLowerCase() ?? 'local';
}

/** The name under which a repository's credentials for its destination are kept, as JSON. */
export function destinationSecret(repositoryId: string): string {
  return `${repositoryId}-destination`;
}

/** Takes user and password out of `rest:https://user:password@host/`, which is never to be kept or shown. */
export function withoutLogin(location: string): { readonly location: string; readonly login: Record<string, string> } {
  const match = /^(rest:https?:\/\/)([^/@]*)@(.*)$/is.exec(location);
  if (match === null) return { location, login: {} };
  const [, before = '', userInfo = '', after = ''] = match;
  const [username = '', ...password] = userInfo.split(':');
  return {
    location: `${before}${after}`,
    login: {
      ...(username === '' ? {} : { username: decoded(username) }),
      ...(password.length === 0 ? {} : { password: decoded(password.join(':')) }),
    },
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
