/**
 * The port of what watches folders. Each kind has a function that takes `WatcherOptions` and resolves to a `FolderWatcher`
 * when every change is seen from then on; it throws `WatchLimitError`, or `signal.reason` when cancelled. A watcher
 * - tells every change of an entry below its sources once it is ready; it may tell more than that;
 * - opens no file but those that the rules of what is left out are in, and follows no link;
 * - watches a new folder before it lists it, so that nothing between the two is lost;
 * - says so when it cannot vouch for that any more (`lost`), and is then to be replaced by a new one.
 *
 * No watcher sees what the system tells nobody: writes through a memory map, a file's other hard links, what other machines
 * change on a network file system. The periodic look at everything is there for these.
 */
import type { ByteString } from '../../base/byte-string.ts';
import type { FullScanReason } from './changes.ts';
import type { WatchRules } from './watch-rules.ts';

/** Called as things happen; never after the watcher was disposed of. Paths are absolute. */
export interface WatchEvents {
  readonly folderChanged: (folder: ByteString) => void;
  readonly subtreeChanged: (folder: ByteString) => void;
  /** Changes may have been missed. With `watch-limit` comes a WatchLimitError, with `watch-failed` the failure. */
  readonly lost: (reason: FullScanReason, cause?: unknown) => void;
}

export interface WatcherOptions {
  /** Absolute, without a slash at the end. One that is not there is left out: whoever starts the watcher looks out for it. */
  readonly sources: readonly ByteString[];
  readonly rules: WatchRules;
  readonly events: WatchEvents;
  readonly signal: AbortSignal;
}

export interface FolderWatcher extends AsyncDisposable {
  /** How many folders are watched now, where that is known. */
  readonly folders: number | undefined;
}

/** The system gives no more watches. */
export class WatchLimitError extends Error {
  override readonly name = 'WatchLimitError';
  /** How many were had before it. */
  readonly folders: number;

  constructor(folders: number, cause: unknown) {
    super(`The system gives no more than ${folders} watches.`, { cause });
    this.folders = folders;
  }
}

const limitCodes = new Set(['ENOSPC', 'EMFILE', 'ENFILE', 'ENOMEM']);

/** ENOSPC: fs.inotify.max_user_watches; EMFILE: fs.inotify.max_user_instances (inotify_add_watch(2), inotify_init(2)). */
export function isWatchLimit(code: string | undefined): boolean {
  return code !== undefined && limitCodes.has(code);
}
