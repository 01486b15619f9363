/** Row 10 over a network: the same writers and pruner on each store. */
import type { TortureRow } from './row.ts';
import { manyWriters } from './row-10-many-writers.ts';
import { onEachStore } from './stores.ts';

export const row: TortureRow = {
  row: 10,
  promise: 'Many writers and one pruner, over networks',
  run: (context) => onEachStore(context, (store) => manyWriters(context, store, context.short ? 15 : 600)),
};
