/** Lists that the agent gives in pages, read to their end. */
interface Page<T> {
  readonly items: readonly T[];
  readonly total: number;
}

const limit = 1000;

export async function* pages<T>(
  load: (page: { offset: number; limit: number }) => Promise<Page<T>>,
): AsyncGenerator<T> {
  let offset = 0;
  while (true) {
    const { items, total } = await load({ offset, limit });
    yield* items;
    offset += items.length;
    if (items.length === 0 || offset >= total) return;
  }
}
