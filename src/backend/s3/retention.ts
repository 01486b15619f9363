/** Object lock: until when the store lets nobody remove files, whoever has the access key (Amazon S3 User Guide, "Locking objects"). */
import { isHoldfastError } from '../../base/errors.ts';
import { md5Of, type S3Client, type S3Request } from './s3-client.ts';
import { parseRetention, s3Namespace } from './s3-xml.ts';

export type FileOfStore = Pick<S3Request, 'key' | 'doing'>;

export interface Retention {
  readonly mode: string;
  readonly until: Date;
}

/** Makes a file that is there be kept until then. @throws `permission` where it is kept longer already, what the store refuses */
export async function retain(
  client: S3Client,
  file: FileOfStore,
  { mode, until }: Retention,
  signal: AbortSignal,
): Promise<void> {
  const body = new TextEncoder().encode(
    `<Retention xmlns="${s3Namespace}"><Mode>${mode}</Mode><RetainUntilDate>${until.toISOString()}</RetainUntilDate></Retention>`,
  );
  const headers = { 'content-md5': md5Of(body) };
  await client.text({ method: 'PUT', ...file, query: { retention: '' }, headers, body }, signal);
}

/** As `retain`, where less than half of that time is left. Whether it was done. */
export async function retainAgain(
  client: S3Client,
  file: FileOfStore,
  retention: Retention,
  { now, signal }: { readonly now: Date; readonly signal: AbortSignal },
): Promise<boolean> {
  const leftMs = (await keptUntilMs(client, file, signal)) - now.getTime();
  if (leftMs >= (retention.until.getTime() - now.getTime()) / 2) return false;
  await retain(client, file, retention, signal);
  return true;
}

/** NaN for a file that is not locked. */
async function keptUntilMs(client: S3Client, file: FileOfStore, signal: AbortSignal): Promise<number> {
  try {
    return await parseRetention(await client.text({ method: 'GET', ...file, query: { retention: '' } }, signal));
  } catch (error) {
    // Each store has words of its own for "no lock on this file", which may be those for "no lock in this bucket": that a PUT tells.
    if (!isHoldfastError(error, 'not-found', 'invalid-input') || error.context.s3Code === 'NoSuchKey') throw error;
    return Number.NaN;
  }
}
