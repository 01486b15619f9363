/** Uploads a large file in parts, several at once. What fails is taken back, so that no parts stay behind that cost money. */
import { mapBounded } from '../../base/concurrency.ts';
import { HoldfastError } from '../../base/errors.ts';
import type { S3Client, S3Request } from './s3-client.ts';
import { parseError, parseUploadId } from './s3-xml.ts';

const partBytes = 16 * 1024 * 1024;
const partsAtOnce = 4;
const abortMs = 10_000;

/** @param request the PUT of the whole, whose headers say how it is to be kept */
export async function uploadParts(
  client: S3Client,
  request: S3Request,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  const { key, doing } = request;
  const begin: S3Request = { ...request, method: 'POST', query: { uploads: '' } };
  const uploadId = await parseUploadId(await client.text(begin, signal));
  try {
    const starts = Array.from({ length: Math.ceil(bytes.length / partBytes) }, (_, part) => part * partBytes);
    const customer = Object.entries(request.headers ?? {}).filter(([name]) => name.includes('encryption-customer'));
    const tags = await mapBounded(starts, partsAtOnce, signal, async (start, part) => {
      const query = { partNumber: String(part + 1), uploadId };
      const body = bytes.subarray(start, start + partBytes);
      const one: S3Request = { method: 'PUT', key, query, body, headers: Object.fromEntries(customer), doing };
      using answer = await client.ask(one, signal);
      const tag = answer.header('etag');
      if (answer.isOk && tag !== undefined) return tag;
      throw await client.errorOf(answer, one, signal);
    });
    const parts = tags.map(
      (tag, part) => `<Part><PartNumber>${part + 1}</PartNumber><ETag>${escaped(tag)}</ETag></Part>`,
    );
    const body = new TextEncoder().encode(`<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`);
    const answer = await client.text({ method: 'POST', key, query: { uploadId }, body, doing }, signal);
    // The store may begin its answer before it knows how it ends (Amazon S3 API Reference, CompleteMultipartUpload).
    const failed = await parseError(answer);
    if (failed !== undefined)
      throw new HoldfastError('io', `Cannot ${doing}: ${failed.code} ${failed.message}`, { retry: 'backoff' });
  } catch (error) {
    await client
      .text({ method: 'DELETE', key, query: { uploadId }, doing }, AbortSignal.timeout(abortMs))
      .catch(() => undefined);
    throw error;
  }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
