/** What a retention would keep and remove of a plan's snapshots as they are now. Nothing is changed. */
import type { Retention } from '../../config/retention.ts';
import { applyPolicy, groupSnapshots, type StoredSnapshot } from '../../repository/mod.ts';
import type { SnapshotAccess } from '../explore/snapshot-access.ts';
import { forgetPolicy } from '../upkeep/retention-decision.ts';

/** Of one repository; times are ISO, newest first. */
export interface RetentionPreview {
  readonly repositoryId: string;
  readonly keep: { readonly id: string; readonly time: string; readonly reasons: string[] }[];
  readonly remove: { readonly id: string; readonly time: string }[];
}

export interface RetentionPreviewOptions {
  readonly access: Pick<SnapshotAccess, 'each'>;
  readonly planId: string;
  readonly retention: Retention;
  /** Snapshots of other machines are left alone. */
  readonly hostname: string;
  readonly now: Date;
}

/** By the rules of runners/run-forget.ts; repositories that cannot be read are left out. @throws `not-found`; what opening throws if no repository answers */
export async function retentionPreview(
  { access, planId, retention, hostname, now }: RetentionPreviewOptions,
  signal: AbortSignal,
): Promise<RetentionPreview[]> {
  const policy = forgetPolicy(retention);
  const { answers } = await access.each({ planId }, signal, async ({ repositoryId, snapshots }) => {
    const own = snapshots.filter(({ snapshot }) => snapshot.hostname === hostname);
    const results = groupSnapshots(own, { host: true, paths: true, tags: false }).map((group) =>
      applyPolicy(group.snapshots, policy, now),
    );
    const keep = results.flatMap((result) => result.keep);
    const remove = results.flatMap((result) => result.remove);
    return {
      repositoryId,
      keep: keep
        .map(({ snapshot, reasons }) => ({ ...shown(snapshot), reasons: [...reasons] }))
        .toSorted((a, b) => (a.time < b.time ? 1 : -1)),
      remove: remove.map(shown).toSorted((a, b) => (a.time < b.time ? 1 : -1)),
    };
  });
  return answers;
}

function shown({ id, timeNs }: StoredSnapshot) {
  return { id, time: new Date(Number(timeNs / 1_000_000n)).toISOString() };
}
