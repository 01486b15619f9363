/**
 * Lists the keys of a bucket, in pages.
 *
 *   first page ──► the last one: done
 *              └─► more: the sixteen parts of `data/` side by side, from where the page ended; anything else page by page
 *
 * By ListObjectsV2; stores that know only its first version say so (501), or answer as that does, and are then asked in its way.
 */
import { mapBounded } from '../../base/concurrency.ts';
import { isHoldfastError } from '../../base/errors.ts';
import type { ListedFile } from '../backend.ts';
import type { S3Client } from './s3-client.ts';
import { parsePage, type S3Page } from './s3-xml.ts';

type Query = Readonly<Record<string, string>>;

const hexDigits = [...'0123456789abcdef'];

export class S3Listing {
  readonly #client: S3Client;
  readonly #atOnce: number;
  #knowsVersion2 = true;

  /** @param atOnce how many pages are asked for side by side */
  constructor(client: S3Client, atOnce: number) {
    this.#client = client;
    this.#atOnce = atOnce;
  }

  /** Pages of all keys with that prefix, each key once. @throws `io` (may be tried again) for a page that is not whole */
  async *pages(prefix: string, signal: AbortSignal): AsyncGenerator<readonly ListedFile[]> {
    yield* this.#pagesFrom(prefix, {}, signal);
  }

  /** The same where the names behind the prefix begin with hexadecimal digits: faster where there are many. */
  async *pagesOfHashes(prefix: string, signal: AbortSignal): AsyncGenerator<readonly ListedFile[]> {
    const first = await this.page(prefix, {}, signal);
    yield first.files;
    if (first.next === undefined) return;
    if (first.next.marker !== undefined) {
      yield* this.#pagesFrom(prefix, first.next, signal); // the first version does not know start-after
      return;
    }
    const last = first.files.at(-1)?.name ?? prefix;
    // One page of each part at a time, so that memory is bounded.
    let open: readonly { readonly part: string; readonly query: Query }[] = hexDigits
      .map((digit) => `${prefix}${digit}`)
      .filter((part) => `${part}~` > last)
      .map((part) => ({ part, query: { 'start-after': last } }));
    while (open.length > 0) {
      const pages = await mapBounded(open, this.#atOnce, signal, ({ part, query }) => this.page(part, query, signal));
      for (const { files } of pages) yield files;
      open = open.flatMap(({ part }, at) => {
        const query = pages[at]?.next;
        return query === undefined ? [] : [{ part, query }];
      });
    }
  }

  async page(prefix: string, more: Query, signal: AbortSignal): Promise<S3Page> {
    const isSecond = this.#knowsVersion2;
    const query = { ...(isSecond ? { 'list-type': '2' } : {}), prefix, 'encoding-type': 'url', ...more };
    try {
      return parsePage(
        await this.#client.text({ method: 'GET', key: '', query, doing: `list ${prefix}` }, signal),
        prefix,
      );
    } catch (error) {
      if (!isSecond || !isHoldfastError(error, 'unsupported')) throw error;
    }
    this.#knowsVersion2 = false;
    return await this.page(prefix, more, signal);
  }

  async *#pagesFrom(prefix: string, from: Query, signal: AbortSignal): AsyncGenerator<readonly ListedFile[]> {
    for (let next: Query | undefined = from; next !== undefined; ) {
      const page: S3Page = await this.page(prefix, next, signal);
      yield page.files;
      next = page.next;
    }
  }
}
