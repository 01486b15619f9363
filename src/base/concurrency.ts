/** Bounded concurrency: every fan-out in Holdfast goes through here. */

/**
 * Runs `work` over `items` with at most `limit` at once; results come back in order.
 * The first failure stops new work, waits for what is running, and is rethrown; cancellation likewise.
 */
export async function mapBounded<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  limit: number,
  signal: AbortSignal,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let index = 0;
  let failure: { error: unknown } | undefined;
  let exhausted = false;
  let pull: Promise<unknown> = Promise.resolve();

  const next = (): Promise<IteratorResult<T>> => {
    const turn = pull.then(() => iterator.next());
    pull = turn.catch(() => undefined);
    return turn;
  };
  const lane = async (): Promise<void> => {
    while (!exhausted && failure === undefined) {
      signal.throwIfAborted();
      const step = await next();
      if (step.done === true) {
        exhausted = true;
        return;
      }
      if (failure !== undefined) return; // while we waited for the item
      signal.throwIfAborted();
      const at = index++;
      results[at] = await work(step.value, at);
    }
  };
  const lanes = Array.from({ length: Math.max(1, limit) }, () =>
    lane().catch((error: unknown) => {
      failure ??= { error };
    }),
  );
  await Promise.all(lanes);
  if (failure !== undefined) {
    await iterator.return?.();
    throw failure.error;
  }
  return results;
}
