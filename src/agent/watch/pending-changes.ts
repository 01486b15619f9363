/**
 * What changed in the sources of continuous plans and no backup has saved yet.
 *
 * A run takes what there is and gives it back when it fails, so that nothing heard is ever forgotten; what comes in
 * meanwhile is for the next run. Whatever is not known for sure (of a plan that nobody watches, after a start, a lost event,
 * an edited plan) is a scan of everything. In memory only: after a restart everything is looked at once.
 */
import type { ByteString } from '../../base/byte-string.ts';
import type { Id } from '../../format/id.ts';

/** Absolute paths, as `SourceChanges` of the engine has them. */
export interface HeardChanges {
  readonly folders: Iterable<ByteString>;
  readonly subtrees: Iterable<ByteString>;
}

export interface TakenChanges {
  /** The snapshot that they came after; undefined: look at everything. */
  readonly since: Id | undefined;
  readonly folders: ReadonlySet<ByteString>;
  readonly subtrees: ReadonlySet<ByteString>;
}

interface Pending {
  since: Id | undefined;
  /** Something may have been missed since then. */
  lost: boolean;
  folders: Set<ByteString>;
  subtrees: Set<ByteString>;
}

export class PendingChanges {
  readonly #plans = new Map<string, Pending>();

  /** A watch over the plan's sources begins: nobody knows what happened before. */
  begin(planId: string): void {
    this.#plans.set(planId, { ...newPending(), lost: true });
  }

  /** How many folders wait. */
  count(planId: string): number {
    const pending = this.#plans.get(planId);
    return pending === undefined ? 0 : pending.folders.size + pending.subtrees.size;
  }

  hear(planId: string, { folders, subtrees }: HeardChanges): void {
    const pending = this.#plans.get(planId);
    for (const path of folders) pending?.folders.add(path);
    for (const path of subtrees) pending?.subtrees.add(path);
  }

  /** Something may have been missed: the next run looks at everything. */
  lose(planId: string): void {
    const pending = this.#plans.get(planId);
    if (pending !== undefined) pending.lost = true;
  }

  /** All that is known until now, for a run that starts. */
  take(planId: string): TakenChanges {
    const pending = this.#plans.get(planId);
    const { since, lost, folders, subtrees } = pending ?? newPending();
    if (pending !== undefined) this.#plans.set(planId, newPending());
    return { since: lost ? undefined : since, folders, subtrees };
  }

  /** The run saved what it took, as that snapshot; `again`: folders in which something could not be read. */
  saved(planId: string, snapshot: Id, again: Iterable<ByteString>): void {
    const pending = this.#plans.get(planId);
    if (pending === undefined) return;
    pending.since = snapshot;
    for (const path of again) pending.folders.add(path);
  }

  /** The run failed. */
  giveBack(planId: string, taken: TakenChanges): void {
    const pending = this.#plans.get(planId);
    if (pending === undefined) return;
    // A snapshot of another run that was saved meanwhile has changes that are in neither.
    pending.lost ||= taken.since === undefined || pending.since !== undefined;
    pending.since = taken.since;
    for (const path of taken.folders) pending.folders.add(path);
    for (const path of taken.subtrees) pending.subtrees.add(path);
  }

  /** The plan is watched no longer. */
  drop(planId: string): void {
    this.#plans.delete(planId);
  }
}

function newPending(): Pending {
  return { since: undefined, lost: false, folders: new Set(), subtrees: new Set() };
}
