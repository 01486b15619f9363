/** Makes the bucket of a new repository. */
import { HoldfastError } from '../../base/errors.ts';
import type { S3Location } from './location.ts';
import { type S3Client, usualRegion } from './s3-client.ts';
import type { S3Settings } from './s3-settings.ts';
import { escapeXml, s3Namespace } from './s3-xml.ts';

/**
 * In the client's region, with object lock where files are to be kept: it cannot be switched on later (Amazon S3 API Reference, CreateBucket).
 *
 * @throws what the store refuses, in words: names are taken by anybody in the world, and not every access key may make one
 */
export async function makeBucket(
  client: S3Client,
  { bucket, url }: S3Location,
  settings: S3Settings,
  signal: AbortSignal,
): Promise<void> {
  const { region } = client;
  const where = `<CreateBucketConfiguration xmlns="${s3Namespace}"><LocationConstraint>${escapeXml(region)}</LocationConstraint></CreateBucketConfiguration>`;
  const body = region === usualRegion ? {} : { body: new TextEncoder().encode(where) };
  const doing = `make the bucket "${bucket}"`;
  const request = { method: 'PUT', key: '', headers: settings.forBucket, ...body, doing } as const;
  using answer = await client.ask(request, signal);
  if (answer.isOk) return;
  const error = await client.errorOf(answer, request, signal);
  if (answer.status !== 409) throw error;
  throw new HoldfastError('permission', `Cannot ${doing} at ${url.host}: somebody else has a bucket of this name.`, {
    hint: 'Choose another name.',
    cause: error,
  });
}
