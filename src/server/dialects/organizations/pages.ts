/** Pages as Django REST gives them: `page` and `page_size` in, absolute links to the next and previous one out. */
import { z } from 'zod';
import { HoldfastError } from '../../../base/errors.ts';

const usualSize = 10;
const mostSize = 1000;

const querySchema = z.object({
  page: z.coerce.number().int().min(1).default(1),
  page_size: z.coerce.number().int().min(1).default(usualSize),
});

export interface Page {
  /** From 1. */
  readonly number: number;
  readonly size: number;
  /** At least 1. */
  readonly count: number;
}

/** @throws `not-found` for a page beyond the last, `invalid-input` for what is no number */
export function pageOf(query: unknown, rows: number): Page {
  const parsed = querySchema.safeParse(query);
  if (!parsed.success) throw new HoldfastError('not-found', 'Invalid page.');
  const size = Math.min(parsed.data.page_size, mostSize);
  const count = Math.max(1, Math.ceil(rows / size));
  if (parsed.data.page > count) throw new HoldfastError('not-found', 'Invalid page.');
  return { number: parsed.data.page, size, count };
}

export function pageAnswer(options: {
  readonly page: Page;
  /** Of all rows. */
  readonly count: number;
  /** The list's own address, without a query. */
  readonly here: string;
  readonly query: unknown;
  readonly results: readonly unknown[];
}) {
  const { page, count, here, query, results } = options;
  const link = (number: number): string => {
    const url = new URL(here);
    for (const [name, value] of Object.entries(query as Record<string, unknown>))
      url.searchParams.set(name, String(value));
    url.searchParams.set('page', String(number));
    return url.href;
  };
  return {
    page_size: page.size,
    page_number: page.number,
    page_count: page.count,
    count,
    next: page.number < page.count ? link(page.number + 1) : null,
    previous: page.number > 1 ? link(page.number - 1) : null,
    add_permission: true,
    results,
  };
}
