/** What a new backup is asked for with: only what the dialect takes. Pure. */
import type { RemoteOrder } from '../../../../src/config/remote.ts';
import type { Capabilities } from '../remote-view.ts';

/** In the order in which they are shown. */
export const orderFields = [
  'name',
  'description',
  'path',
  'ignored',
  'locked',
  'databaseTypes',
  'frequency',
  'keepCount',
  'gzip',
  'onReplica',
  'excludedTables',
] as const satisfies readonly (keyof RemoteOrder)[];

export const databaseTypes = ['mysql', 'postgresql', 'redis', 'mongodb'] as const;

/** Without what was left empty, and what the dialect does not take. */
export function orderOf(draft: RemoteOrder, { createFields }: Capabilities): RemoteOrder {
  const given = Object.entries(draft).flatMap(([field, value]) => {
    const kept = typeof value === 'string' ? value.trim() : value;
    const isEmpty = kept === undefined || kept === '' || (Array.isArray(kept) && kept.length === 0);
    return isEmpty || !createFields.includes(field) ? [] : [[field, kept]];
  });
  return Object.fromEntries(given);
}

/** All that the dialect cannot do without is there. */
export function isOrderComplete(draft: RemoteOrder, capabilities: Capabilities): boolean {
  const order = orderOf(draft, capabilities);
  return capabilities.createNeeds.every((field) => Object.hasOwn(order, field));
}
