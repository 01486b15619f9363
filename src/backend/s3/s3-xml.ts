/** The XML of S3's answers (fast-xml-parser): listings, errors, the id of a multipart upload. */
import { HoldfastError } from '../../base/errors.ts';
import type { ListedFile } from '../backend.ts';

export interface S3Page {
  /** Keys with their sizes. */
  readonly files: readonly ListedFile[];
  /** What continues the listing; undefined on the last page. */
  readonly next:
    | { readonly 'continuation-token': string; readonly marker?: never }
    | { readonly marker: string }
    | undefined;
}

/** An upload in parts that has not ended. */
export interface S3Upload {
  readonly key: string;
  readonly uploadId: string;
  /** NaN where it is not told. */
  readonly begunMs: number;
}

export interface S3ErrorBody {
  readonly code: string;
  readonly message: string;
  readonly region: string | undefined;
}

export const s3Namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';

export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

type Values = Readonly<Record<string, unknown>>;

/**
 * A page of ListObjectsV2 or ListObjects, whose keys may be encoded as in URLs (`encoding-type`): XML has no word for some characters.
 *
 * @param prefix what was asked for: a store that answers something else must not read as "there is nothing"
 * @throws `io` (may be tried again) for what is no whole page: a listing that is cut must never read as a short one
 */
export async function parsePage(text: string, prefix: string): Promise<S3Page> {
  const root = (await parse(text))?.ListBucketResult;
  if (!isValues(root) || !['true', 'false'].includes(textOf(root.IsTruncated))) throw noListing();
  const keyIn = keyReader(root);
  const files = itemsOf(root.Contents).map((item): ListedFile => {
    const [name, size] = [keyIn(item.Key), textOf(item.Size)];
    if (!name.startsWith(prefix) || name === '' || !/^\d{1,15}$/.test(size)) throw noListing();
    return { name, sizeBytes: Number(size) };
  });
  if (textOf(root.IsTruncated) === 'false') return { files, next: undefined };
  const token = textOf(root.NextContinuationToken);
  if (token !== '') return { files, next: { 'continuation-token': token } };
  const marker = keyIn(root.NextMarker) || files.at(-1)?.name;
  if (!('Marker' in root) || marker === undefined) throw noListing();
  return { files, next: { marker } };
}

/** The first page of ListMultipartUploads. Nothing for what is none. */
export async function parseUploads(text: string): Promise<readonly S3Upload[]> {
  const root = (await parse(text))?.ListMultipartUploadsResult;
  if (!isValues(root)) return [];
  const keyIn = keyReader(root);
  return itemsOf(root.Upload).map((item) => ({
    key: keyIn(item.Key),
    uploadId: textOf(item.UploadId),
    begunMs: Date.parse(textOf(item.Initiated)),
  }));
}

/** Until when a file is kept, in ms since 1970; NaN where it is not told. */
export async function parseRetention(text: string): Promise<number> {
  const root = (await parse(text))?.Retention;
  return Date.parse(isValues(root) ? textOf(root.RetainUntilDate) : '');
}

export async function parseError(text: string): Promise<S3ErrorBody | undefined> {
  const root = (await parse(text))?.Error;
  if (!isValues(root)) return undefined;
  const region = textOf(root.Region);
  return { code: textOf(root.Code), message: textOf(root.Message), region: region === '' ? undefined : region };
}

/** @throws `io` where there is none */
export async function parseUploadId(text: string): Promise<string> {
  const root = (await parse(text))?.InitiateMultipartUploadResult;
  const id = isValues(root) ? textOf(root.UploadId) : '';
  if (id !== '') return id;
  throw new HoldfastError('io', 'The store began an upload without naming it.', { retry: 'backoff' });
}

/** Without entities of its own: no store sends any, and they can be made to blow up. */
async function parse(text: string): Promise<Values | undefined> {
  if (text.includes('<!DOCTYPE')) return undefined;
  const { XMLParser, XMLValidator } = await import('fast-xml-parser');
  if (XMLValidator.validate(text) !== true) return undefined;
  const parsed: unknown = new XMLParser({ parseTagValue: false, removeNSPrefix: true }).parse(text);
  return isValues(parsed) ? parsed : undefined;
}

/** How keys are written in this answer. */
function keyReader(root: Values): (value: unknown) => string {
  if (textOf(root.EncodingType) !== 'url') return textOf;
  return (value) => {
    try {
      return decodeURIComponent(textOf(value).replaceAll('+', ' '));
    } catch {
      throw noListing();
    }
  };
}

/** An element that may come never, once, or many times. */
function itemsOf(value: unknown): Values[] {
  return [value ?? []].flat().filter(isValues);
}

function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function noListing(): HoldfastError {
  return new HoldfastError('io', 'The store answered with something that is no whole listing.', {
    retry: 'backoff',
    hint: 'Try again; check the address if it stays.',
  });
}
