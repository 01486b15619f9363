/** Snapshots of a plan, and paths in them, as users name them. */
import { posix } from 'node:path';
import type { z } from 'zod';
import { HoldfastError } from '../base/errors.ts';
import type { Plan } from '../config/plan.ts';
import type { snapshotSchema } from '../control/schemas/snapshots.ts';
import { databaseFolder } from '../source/mod.ts';
import type { AgentClient } from './agent-access.ts';
import { findNamed, repositoryKind } from './find-named.ts';
import { defined } from './plan-input/defined.ts';
import { repositoriesOf } from './repositories-of.ts';
import { tellUnread } from './tell-unread.ts';
import type { Context } from './verb.ts';

/** A snapshot as the agent sends it. */
export type SnapshotView = z.output<typeof snapshotSchema>;

const most = 10_000;

/**
 * Newest first; of those of the same time (copies), the ones of the plan's first repository go first.
 *
 * @param repository the one to look in, by id or name; all of the plan's unless given (those that cannot be read are told of)
 * @throws `not-found`, `invalid-input` for the name of a repository
 */
export async function snapshotsOfPlan(
  client: AgentClient,
  { id: planId, repositories }: Plan,
  repository: string | undefined,
  { output, signal }: Pick<Context, 'output' | 'signal'>,
): Promise<readonly SnapshotView[]> {
  const repositoryId =
    repository === undefined
      ? undefined
      : findNamed((await repositoriesOf(client, signal)).all, repository, repositoryKind).id;
  const query = { planId, limit: most, ...defined({ repositoryId }) };
  const { snapshots, unread } = await client.snapshots.list({ query, signal });
  tellUnread(output, unread);
  const placeOf = ({ repositoryId: id }: SnapshotView): number => repositories.indexOf(id);
  return snapshots.toSorted((a, b) => (a.time === b.time ? placeOf(a) - placeOf(b) : a.time < b.time ? 1 : -1));
}

/** `latest`, an id, or the start of one. @throws `not-found`; `invalid-input` when it may be several */
export function pickSnapshot(snapshots: readonly SnapshotView[], text: string, { name, id }: Plan): SnapshotView {
  const hint = `holdfast plan snapshots ${id} shows those that there are.`;
  const found = text === 'latest' ? snapshots.slice(0, 1) : snapshots.filter((one) => one.id.startsWith(text));
  const [first] = found;
  if (first === undefined) {
    const what = text === 'latest' ? 'no snapshot yet' : `no snapshot "${text}"`;
    throw new HoldfastError('not-found', `The plan "${name}" has ${what}.`, { hint });
  }
  if (found.every((one) => one.id === first.id)) return first;
  throw new HoldfastError('invalid-input', `The ids of ${found.length} snapshots start with "${text}".`, { hint });
}

/** The paths of what a plan saves: its files and folders, and the folders of its databases. */
export function rootsOf({ sources, databases }: Plan): string[] {
  return [...sources, ...databases.map(databaseFolder)];
}

/** A path of the plan's snapshots: an absolute one as it is, a relative one below the plan's only source. @throws `invalid-input` */
export function pathInPlan(text: string, plan: Plan): string {
  if (text.startsWith('/')) return posix.normalize(text);
  const [only = '', ...others] = rootsOf(plan);
  if (others.length === 0) return posix.join(only, text);
  throw new HoldfastError('invalid-input', `It is not clear in which source of the plan "${text}" is.`, {
    hint: `Give an absolute path; the sources are ${[only, ...others].join(', ')}.`,
  });
}
