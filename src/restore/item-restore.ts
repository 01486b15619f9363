/**
 * Restores single items that are no folders: decides by the policy, sends files to the workers, makes the rest, and holds
 * names of one file back until the first of them is there.
 */
import { type ByteString, toUtf8 } from '../base/byte-string.ts';
import { HoldfastError, type SerializedError } from '../base/errors.ts';
import type { Node } from '../format/tree.ts';
import { type Existing, existingAt } from './existing.ts';
import type { FileQueue, FileResult } from './file-queue.ts';
import type { Folder } from './folder.ts';
import { HardLinks, linksSymlinks, linkTo } from './hard-links.ts';
import { nameProblem } from './names.ts';
import { errorAt, isDiskFull } from './node-attributes.ts';
import { isSameOther, makeOther } from './other-item.ts';
import { type Decision, decide, type OverwritePolicy } from './policy.ts';
import type { ItemAction } from './report.ts';
import type { Tally } from './tally.ts';
import type { FileWork } from './worker/protocol.ts';

export interface ItemRestoreOptions {
  readonly policy: OverwritePolicy;
  readonly dryRun: boolean;
  readonly queue: FileQueue;
  readonly tally: Tally;
  /** Removes a folder that is in the place of an item; false if it stays. */
  readonly removeFolder: (path: ByteString, location: ByteString) => Promise<boolean>;
  /** One of the things that a folder waited for is done. */
  readonly settle: (folder: Folder) => void;
}

interface Item {
  readonly node: Node;
  readonly folder: Folder;
  readonly path: ByteString;
  readonly location: ByteString;
  readonly existing: Existing | undefined;
  readonly decision: Decision;
}

export class ItemRestore {
  readonly #options: ItemRestoreOptions;
  readonly #links = new HardLinks<Item>();

  constructor(options: ItemRestoreOptions) {
    this.#options = options;
  }

  /** Starts on an item of a folder that is made. The folder waits for it. Throws where the disk is full. */
  async start(folder: Folder, node: Node, mayBeThere: boolean): Promise<void> {
    const path = `${folder.path}/${node.name}`;
    const location = `${folder.location}/${node.name}`;
    const unable = nameProblem(node.name);
    let existing: Existing | undefined;
    folder.pending += 1;
    try {
      if (unable !== undefined) throw unable;
      existing = mayBeThere ? existingAt(path) : undefined;
    } catch (error) {
      this.#rejected(folder, location, errorAt(error, 'restore', path));
      return;
    }
    const item = await this.#unblocked({ node, folder, path, location, existing, decision: 'create' });
    if (item === undefined) return;
    if (item.decision === 'skip') this.#skip(item);
    else this.#enter(item);
  }

  /** With its decision; undefined if a folder in its place stays. */
  async #unblocked(item: Item): Promise<Item | undefined> {
    const { node, existing, path, location } = item;
    const decision = decide(node, existing, this.#options.policy);
    if (decision !== 'blocked') return { ...item, decision };
    if (await this.#options.removeFolder(path, location)) {
      return { ...item, existing: undefined, decision: decide(node, undefined, this.#options.policy) };
    }
    const error = new HoldfastError('exists', `A folder is in the place of ${toUtf8(path)}.`, {
      hint: 'Restore to another folder, or have what the snapshot does not have deleted.',
      context: { path: toUtf8(path) },
    });
    this.#rejected(item.folder, location, error);
    return undefined;
  }

  /** Before anything waited for it. */
  #rejected(folder: Folder, location: ByteString, error: HoldfastError): void {
    this.#options.tally.problem(location, error.toJSON());
    this.#options.settle(folder);
  }

  #enter(item: Item): void {
    const decision = canLink(item) ? this.#links.enter(item) : 'restore';
    if (decision === 'wait') return;
    if (decision === 'restore') this.#restore(item);
    else this.#link(item, decision.link);
  }

  #restore(item: Item): void {
    if (item.node.type === 'file') this.#restoreFile(item);
    else this.#restoreOther(item);
  }

  #restoreFile(item: Item): void {
    const { dryRun, queue } = this.#options;
    const { node, path, existing } = item;
    const work = fileWorkOf(item.decision, dryRun);
    const written: ItemAction = existing === undefined ? 'restored' : 'updated';
    if (work === undefined) {
      this.#done(item, item.decision === 'trust' ? 'unchanged' : written);
      return;
    }
    const done = (result: FileResult): void => {
      if (result.outcome === 'failed') {
        this.#failedWith(item, result.error);
        return;
      }
      if (result.unset !== undefined) this.#options.tally.problem(item.location, result.unset);
      this.#done(item, result.outcome === 'equal' ? 'unchanged' : written);
    };
    queue.add({ path, node, work, done });
  }

  #restoreOther(item: Item): void {
    const { node, path, existing, decision } = item;
    try {
      const work = decision === 'create' ? 'create' : 'beside';
      const { made, unset } = this.#options.dryRun
        ? { made: !isSameOther(node, path, existing), unset: undefined }
        : makeOther(node, path, existing, work);
      if (unset !== undefined) this.#options.tally.problem(item.location, unset.toJSON());
      this.#done(item, !made ? 'unchanged' : existing === undefined ? 'restored' : 'updated');
    } catch (error) {
      this.#failed(item, error);
    }
  }

  /** Leaves an item alone; if other names of the same file are to come, finds out whether they can be linked to it. */
  #skip(item: Item): void {
    const { node, path, existing } = item;
    const mayLead = node.type === 'file' && (node.links ?? 0) > 1 && canLink(item) && !this.#links.has(item);
    if (!mayLead || this.#options.dryRun || existing?.kind !== 'file' || existing.size !== node.size) {
      this.#finish(item, 'skipped');
      return;
    }
    this.#links.enter(item);
    const done = ({ outcome }: FileResult): void => {
      this.#finish(item, 'skipped');
      this.#settleGroup(item, outcome === 'equal');
    };
    this.#options.queue.add({ path, node, work: 'compare', done });
  }

  #link(item: Item, first: ByteString): void {
    const { path, existing } = item;
    const action = existing === undefined ? 'restored' : 'updated';
    if (this.#options.dryRun) {
      this.#finish(item, action, 0);
      return;
    }
    try {
      const made = linkTo(first, path, existing !== undefined);
      this.#finish(item, made === 'equal' ? 'unchanged' : action, 0);
    } catch (error) {
      if (isDiskFull(error)) throw errorAt(error, 'link', path);
      this.#restore(item); // other file system, too many links: a file of its own
    }
  }

  #done(item: Item, action: ItemAction): void {
    this.#finish(item, action);
    this.#settleGroup(item, true);
  }

  #failed(item: Item, error: unknown): void {
    const known = errorAt(error, 'restore', item.path);
    if (isDiskFull(error)) throw known;
    this.#failedWith(item, known.toJSON());
  }

  #failedWith(item: Item, error: SerializedError): void {
    this.#options.tally.problem(item.location, error);
    this.#settleGroup(item, false);
    this.#options.settle(item.folder);
  }

  #finish(item: Item, action: ItemAction, bytes = item.node.size ?? 0): void {
    const { tally, settle } = this.#options;
    const isFile = item.node.type === 'file';
    tally.count(item.location, isFile ? 'file' : 'other', action, isFile ? bytes : 0);
    if (isFile) {
      tally.filesDone += 1;
      tally.bytesDone += item.node.size ?? 0;
    }
    settle(item.folder);
  }

  #settleGroup(item: Item, restored: boolean): void {
    if (!canLink(item)) return;
    for (const waiting of this.#links.settled(item, restored)) {
      if (restored) this.#link(waiting, item.path);
      else this.#restore(waiting);
    }
  }
}

/** What the workers are to do; undefined where a dry run knows without them. */
function fileWorkOf(decision: Decision, dryRun: boolean): FileWork | undefined {
  if (decision !== 'create' && decision !== 'beside' && decision !== 'update' && decision !== 'trust') return undefined;
  if (!dryRun) return decision;
  return decision === 'update' ? 'compare' : undefined;
}

/** Names of one file are made links; not where a path is good only while its folder is open. */
function canLink({ node, folder }: Item): boolean {
  if ((node.links ?? 0) < 2 || folder.path.startsWith('/proc/self/fd/')) return false;
  return node.type !== 'symlink' || linksSymlinks;
}
