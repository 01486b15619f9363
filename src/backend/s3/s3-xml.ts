/** The XML of S3's answers (fast-xml-parser): listings, errors, the id of a multipart upload. */
import { HoldfastError } from '../../base/errors.ts';
import type { ListedFile } from '../backend.ts';

export interface S3Page {
  /** Keys with their sizes. */
  readonly files: readonly ListedFile[];
  /** Continues the listing; undefined on the last page. */
  readonly next: string | undefined;
}

export interface S3ErrorBody {
  readonly code: string;
  readonly message: string;
  readonly region: string | undefined;
}

type Values = Readonly<Record<string, unknown>>;

/** @throws `io` (may be tried again) for what is no whole page: a listing that is cut must never read as a short one */
export async function parsePage(text: string): Promise<S3Page> {
  const root = (await parse(text))?.ListBucketResult;
  if (!isValues(root) || !['true', 'false'].includes(textOf(root.IsTruncated))) throw noListing();
  const contents = [root.Contents ?? []].flat();
  const files = contents.map((item: unknown): ListedFile => {
    const key = isValues(item) ? textOf(item.Key) : '';
    const size = isValues(item) ? textOf(item.Size) : '';
    if (key === '' || !/^\d{1,15}$/.test(size)) throw noListing();
    return { name: key, sizeBytes: Number(size) };
  });
  if (textOf(root.IsTruncated) === 'false') return { files, next: undefined };
  const next = textOf(root.NextContinuationToken);
  if (next === '') throw noListing();
  return { files, next };
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

async function parse(text: string): Promise<Values | undefined> {
  const { XMLParser, XMLValidator } = await import('fast-xml-parser');
  if (XMLValidator.validate(text) !== true) return undefined;
  const parsed: unknown = new XMLParser({ parseTagValue: false }).parse(text);
  return isValues(parsed) ? parsed : undefined;
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
