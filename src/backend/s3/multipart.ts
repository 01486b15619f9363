/**
 * Uploads a large file in parts, several at once.
 *
 *   begin ──► parts, each checked by the store against its SHA-256 ──► complete: the file is there, whole
 *         └─► failed: taken back, so that no parts stay behind that cost money. What a kill has left is taken back a day later (`dropOldUploads`)
 */
import { mapBounded } from '../../base/concurrency.ts';
import { HoldfastError, isHoldfastError } from '../../base/errors.ts';
import { onAbort } from '../../base/on-abort.ts';
import { md5Of, type S3Client, type S3Request } from './s3-client.ts';
import { escapeXml, parseError, parseUploadId, parseUploads, s3Namespace } from './s3-xml.ts';

const partBytes = 16 * 1024 * 1024;
const partsAtOnce = 4;
const abortMs = 10_000;
const graceMs = 500;
/** No upload takes so long; a shorter time might take one back that another computer is at. */
const oldMs = 24 * 3_600_000;

export interface PartsOptions {
  /** The PUT of the whole, whose headers say how it is to be kept. */
  readonly request: S3Request;
  readonly bytes: Uint8Array;
  /** Whether the store knows `If-None-Match`. */
  readonly isConditional: boolean;
  readonly signal: AbortSignal;
}

/** @throws `exists` where the store notices, what it refuses, `signal.reason` */
export async function uploadParts(client: S3Client, options: PartsOptions): Promise<void> {
  const { request, bytes, isConditional, signal } = options;
  const { key, doing } = request;
  const uploadId = await begun(client, request, signal);
  try {
    signal.throwIfAborted();
    const starts = Array.from({ length: Math.ceil(bytes.length / partBytes) }, (_, part) => part * partBytes);
    const tags = await mapBounded(starts, partsAtOnce, signal, async (start, part) => {
      const body = bytes.subarray(start, start + partBytes);
      const query = { partNumber: String(part + 1), uploadId };
      const one: S3Request = { method: 'PUT', key, query, body, headers: headersOfPart(request, body), doing };
      using answer = await client.ask(one, signal);
      const tag = answer.header('etag');
      if (answer.isOk && tag !== undefined) return tag;
      throw await client.errorOf(answer, one, signal);
    });
    const parts = tags.map(
      (tag, part) => `<Part><PartNumber>${part + 1}</PartNumber><ETag>${escapeXml(tag)}</ETag></Part>`,
    );
    const list = `<CompleteMultipartUpload xmlns="${s3Namespace}">${parts.join('')}</CompleteMultipartUpload>`;
    const complete: S3Request = {
      method: 'POST',
      key,
      query: { uploadId },
      headers: isConditional ? { 'if-none-match': '*' } : {},
      body: new TextEncoder().encode(list),
      doing,
    };
    const answer = await client.text(complete, signal).catch((error: unknown) => {
      if (!isConditional || !isHoldfastError(error, 'unsupported')) throw error;
      return client.text({ ...complete, headers: {} }, signal);
    });
    // The store may begin its answer before it knows how it ends (Amazon S3 API Reference, CompleteMultipartUpload).
    const failed = await parseError(answer);
    if (failed !== undefined)
      throw new HoldfastError('io', `Cannot ${doing}: ${failed.code} ${failed.message}`, { retry: 'backoff' });
  } catch (error) {
    await drop(client, key, uploadId, AbortSignal.timeout(abortMs));
    throw error;
  }
}

/**
 * Takes back uploads of ours that were begun long ago and never ended. What cannot be taken back stays: it costs money, not backups.
 *
 * @param isOurs whether a key may be that of a file of the repository
 */
export async function dropOldUploads(
  client: S3Client,
  {
    prefix,
    isOurs,
    signal,
  }: { readonly prefix: string; readonly isOurs: (key: string) => boolean; readonly signal: AbortSignal },
): Promise<void> {
  const query = { uploads: '', prefix, 'encoding-type': 'url' };
  const text = await client
    .text({ method: 'GET', key: '', query, doing: 'list unfinished uploads' }, signal)
    .catch(() => '');
  signal.throwIfAborted();
  const old = (await parseUploads(text)).filter(({ key, begunMs }) => isOurs(key) && begunMs < Date.now() - oldMs);
  await mapBounded(old, partsAtOnce, signal, ({ key, uploadId }) => drop(client, key, uploadId, signal));
}

/** Its id. A caller who stops meanwhile waits a moment for it: what is not known cannot be taken back. */
async function begun(client: S3Client, request: S3Request, signal: AbortSignal): Promise<string> {
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  using _ = onAbort(signal, () => {
    timer = setTimeout(() => late.abort(signal.reason), graceMs);
  });
  try {
    const text = await client.text({ ...request, method: 'POST', query: { uploads: '' } }, late.signal);
    return await parseUploadId(text);
  } finally {
    clearTimeout(timer);
  }
}

async function drop(client: S3Client, key: string, uploadId: string, signal: AbortSignal): Promise<void> {
  const request: S3Request = { method: 'DELETE', key, query: { uploadId }, doing: 'take back an unfinished upload' };
  await client.text(request, signal).catch(() => undefined);
}

function headersOfPart({ headers = {} }: S3Request, body: Uint8Array): Record<string, string> {
  const customer = Object.entries(headers).filter(([name]) => name.includes('encryption-customer'));
  return { ...Object.fromEntries(customer), ...(isLocked(headers) ? { 'content-md5': md5Of(body) } : {}) };
}

/** Object lock wants an MD5 of what it is to keep. */
export function isLocked(headers: NonNullable<S3Request['headers']>): boolean {
  return headers['x-amz-object-lock-mode'] !== undefined;
}
