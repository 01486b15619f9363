/** Object lock: until when the store lets nobody remove files, whoever has the access key (Amazon S3 User Guide, "Locking objects"). */
import { mapBounded } from '../../base/concurrency.ts';
import { isHoldfastError } from '../../base/errors.ts';
import type { BackendPlace, Handle } from '../backend.ts';
import { checkHandle, describeHandle } from '../handle.ts';
import { parseS3Location } from './location.ts';
import { md5Of, S3Client, type S3Request } from './s3-client.ts';
import { keyOf } from './s3-keys.ts';
import { readS3Settings } from './s3-settings.ts';
import { parseRetention, s3Namespace } from './s3-xml.ts';

const atOnce = 8;

/**
 * Makes files be kept until then at least; one that is kept longer already stays so. In the place's `retentionMode`.
 *
 * @param rest of the place's location, what stands behind "s3:"
 * @throws `not-found`, `permission` (the access key may not, or a file is locked in the other mode), `invalid-input` (the bucket has no
 * object lock), what the store refuses
 */
export async function extendRetention(
  rest: string,
  place: BackendPlace,
  {
    handles,
    until,
    signal,
  }: { readonly handles: Iterable<Handle>; readonly until: Date; readonly signal: AbortSignal },
): Promise<void> {
  const target = parseS3Location(rest, place.credentials?.bucketLookup ?? 'auto');
  const { retentionMode } = readS3Settings(place.credentials ?? {}, target.url.protocol === 'https:');
  const location = `s3:${rest}`;
  await using client = new S3Client({ target, place, location, atOnce, stallMs: 60_000, connectMs: 15_000 });
  await mapBounded(handles, atOnce, signal, async (handle) => {
    checkHandle(handle);
    const file = { key: keyOf(target, handle), doing: `keep ${describeHandle(handle)}` };
    try {
      await retain(client, file, { mode: retentionMode, until }, signal);
    } catch (error) {
      if (!isHoldfastError(error, 'permission') || !((await keptUntilMs(client, file, signal)) >= until.getTime()))
        throw error;
    }
  });
}

type FileOfStore = Pick<S3Request, 'key' | 'doing'>;

/** Makes a file that is there be kept until then. @throws `permission` where it is kept longer already, what the store refuses */
export async function retain(
  client: S3Client,
  file: FileOfStore,
  { mode, until }: { readonly mode: string; readonly until: Date },
  signal: AbortSignal,
): Promise<void> {
  const body = new TextEncoder().encode(
    `<Retention xmlns="${s3Namespace}"><Mode>${mode}</Mode><RetainUntilDate>${until.toISOString()}</RetainUntilDate></Retention>`,
  );
  const headers = { 'content-md5': md5Of(body) };
  await client.text({ method: 'PUT', ...file, query: { retention: '' }, headers, body }, signal);
}

async function keptUntilMs(client: S3Client, file: FileOfStore, signal: AbortSignal): Promise<number> {
  return await parseRetention(await client.text({ method: 'GET', ...file, query: { retention: '' } }, signal));
}
