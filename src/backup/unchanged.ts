/** Whether a snapshot would hold just what the one before it does. */
import { isDeepStrictEqual } from 'node:util';
import { isHoldfastError } from '../base/errors.ts';
import type { Id } from '../format/id.ts';
import { type Repository, TreeReader } from '../repository/mod.ts';
import type { TargetNode, Targets } from './targets.ts';

export interface UnchangedOptions {
  readonly repository: Repository;
  readonly plan: Targets;
  /** Root trees. */
  readonly before: Id;
  readonly after: Id;
  readonly signal: AbortSignal;
}

/**
 * What the user named is the same in both. The folders that lead to it may differ in their own times: a home folder changes with every file
 * beside the documents that are saved.
 */
export async function isUnchanged({ repository, plan, before, after, signal }: UnchangedOptions): Promise<boolean> {
  const trees = new TreeReader(repository);
  const isSame = async (place: TargetNode, one: Id, other: Id): Promise<boolean> => {
    if (one === other) return true;
    const [some, others] = await Promise.all([trees.load(one, signal), trees.load(other, signal)]);
    if (some.length !== others.length) return false;
    for (const [at, node] of some.entries()) {
      const twin = others[at]!;
      if (isDeepStrictEqual(node, twin)) continue;
      const child = place.children.get(node.name);
      const isOnTheWay = child !== undefined && child.path === undefined && !child.explicit;
      if (!isOnTheWay || node.name !== twin.name) return false;
      if (node.subtree === undefined || twin.subtree === undefined) return false;
      if (!(await isSame(child, node.subtree, twin.subtree))) return false;
    }
    return true;
  };
  try {
    return await isSame(plan.root, before, after);
  } catch (error) {
    // A snapshot too many is better than none.
    if (isHoldfastError(error, 'corrupt', 'not-found')) return false;
    throw error;
  }
}
