/** Reading a list page by page, while backups are made and removed, and never taking a part for the whole. */
import { HoldfastError } from '../base/errors.ts';

export interface ListPage<T> {
  readonly items: readonly T[];
  /** How many backups the remote says there are; undefined where it does not say. */
  readonly total: number | undefined;
  /** The number of the page after this one; undefined after the last. */
  readonly next: number | undefined;
}

/**
 * All items, each once: what is made or removed meanwhile moves others from page to page.
 *
 * @param read gives a page by its number, from 1
 * @throws `conflict` where fewer came than the remote says that it has: what is missing would count as deleted
 */
export async function* wholeList<T>(
  read: (page: number) => Promise<ListPage<T>>,
  idOf: (item: T) => string | number,
): AsyncGenerator<T, void> {
  const seen = new Set<string | number>();
  let total = 0;
  for (let page: number | undefined = 1; page !== undefined; ) {
    const answer: ListPage<T> = await read(page);
    for (const item of answer.items) {
      if (!seen.has(idOf(item))) yield item;
      seen.add(idOf(item));
    }
    total = answer.total ?? 0;
    // A page that is not a later one would go round for ever.
    page = answer.next !== undefined && answer.next > page ? answer.next : undefined;
  }
  if (seen.size >= total) return;
  throw new HoldfastError('conflict', `The remote says that it has ${total} backups, and listed ${seen.size}.`, {
    hint: 'Try again; its list may have changed meanwhile.',
    retry: 'backoff',
  });
}
