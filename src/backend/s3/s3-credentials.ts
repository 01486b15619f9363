/**
 * The access key: from the destination's credentials, the environment (AWS_ACCESS_KEY_ID …), or a profile of the shared
 * credentials file (~/.aws/credentials), in this order.
 */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { HoldfastError } from '../../base/errors.ts';
import type { BackendPlace } from '../backend.ts';

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** @throws `invalid-input` where none is found, saying where they were looked for */
export async function findS3Credentials(
  given: NonNullable<BackendPlace['credentials']>,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<S3Credentials> {
  const fromFields = (id?: string, secret?: string, token?: string): S3Credentials | undefined =>
    id && secret ? { accessKeyId: id, secretAccessKey: secret, ...(token ? { sessionToken: token } : {}) } : undefined;
  const profile = given.profile ?? environment.AWS_PROFILE;
  const found =
    fromFields(given.accessKeyId, given.secretAccessKey, given.sessionToken) ??
    (given.profile === undefined
      ? fromFields(environment.AWS_ACCESS_KEY_ID, environment.AWS_SECRET_ACCESS_KEY, environment.AWS_SESSION_TOKEN)
      : undefined) ??
    (await fromProfile(profile ?? 'default', environment));
  if (found !== undefined) return found;
  throw new HoldfastError('invalid-input', 'There is no access key for the S3 store.', {
    hint: `Give accessKeyId and secretAccessKey, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile in ~/.aws/credentials${profile === undefined ? '' : ` (there is none called "${profile}")`}.`,
  });

  async function fromProfile(name: string, { AWS_SHARED_CREDENTIALS_FILE: file }: typeof environment) {
    const text = await readFile(file ?? join(homedir(), '.aws', 'credentials'), 'utf8').catch(() => '');
    const values = sectionOf(text, name);
    return fromFields(
      values.get('aws_access_key_id'),
      values.get('aws_secret_access_key'),
      values.get('aws_session_token'),
    );
  }
}

/** `name = value` lines below `[section]`. */
function sectionOf(text: string, section: string): Map<string, string> {
  const values = new Map<string, string>();
  let inside = false;
  for (const line of text.split(/\r?\n/)) {
    const header = /^\s*\[\s*(.+?)\s*\]/.exec(line)?.[1];
    if (header !== undefined) inside = header === section;
    const [, name, value] = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (inside && name !== undefined) values.set(name.toLowerCase(), value ?? '');
  }
  return values;
}
