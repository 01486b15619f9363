/** What is to be done with an item, given what is in its place already. Pure. */
import type { Node } from '../format/tree.ts';
import type { Existing } from './existing.ts';

/**
 * What happens to what is there already:
 * - `always`: it becomes what the snapshot has; files are compared by content, equal ones stay;
 * - `if-changed`: the same, but a file of the same size and mtime is taken as equal without reading it;
 * - `if-newer`: only where the snapshot's mtime is newer;
 * - `never`: it stays.
 */
export type OverwritePolicy = 'always' | 'if-changed' | 'if-newer' | 'never';

export const overwritePolicies: readonly OverwritePolicy[] = ['always', 'if-changed', 'if-newer', 'never'];

/**
 * `create`: nothing is there, write it in place. `beside`: write it under a temporary name and rename. `update`: compare,
 * then like `beside` unless equal. `trust`: taken as equal. `skip`: leave alone. `blocked`: a folder is in its place.
 */
export type Decision = 'create' | 'beside' | 'update' | 'trust' | 'skip' | 'blocked';

/**
 * For everything but folders. New items are written in place where a later run under the same policy would mend a half
 * of one; under `if-newer` and `never` it would be taken for the user's, so they are renamed into place when whole.
 */
export function decide(node: Node, existing: Existing | undefined, policy: OverwritePolicy): Decision {
  if (existing === undefined) return policy === 'never' || policy === 'if-newer' ? 'beside' : 'create';
  if (!mayReplace(node, existing, policy)) return 'skip';
  if (existing.kind === 'dir') return 'blocked';
  if (node.type !== 'file' || existing.kind !== 'file') return 'beside';
  const sameSize = existing.size === (node.size ?? 0);
  if (policy === 'if-changed' && sameSize && existing.mtimeNs === node.mtimeNs) return 'trust';
  return sameSize ? 'update' : 'beside';
}

/** Whether the policy lets the snapshot's item take the place of the one that is there. */
export function mayReplace(node: Node, existing: Existing, policy: OverwritePolicy): boolean {
  if (policy === 'never') return false;
  return policy !== 'if-newer' || node.mtimeNs > existing.mtimeNs;
}
