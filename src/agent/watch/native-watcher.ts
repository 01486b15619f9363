/**
 * Watches by one recursive fs.watch a source, which macOS (FSEvents) and Windows (ReadDirectoryChangesW) have in the system:
 * nothing is listed, and there is no limit of watches. Written from their documents, tested on neither.
 *
 * Both say little of what happened, so a name that is a folder now is reported with all below. Windows reports an overflow of
 * its buffer by an event without a name; what FSEvents drops (kFSEventStreamEventFlagMustScanSubDirs) Node tells nobody: the
 * periodic look at everything has to find it.
 */
import { type FSWatcher, watch } from 'node:fs';
import { sep } from 'node:path';
import { type ByteString, fromUtf8, fsPath } from '../../base/byte-string.ts';
import { systemCode } from '../../base/errors.ts';
import { identityOf } from './folder-identity.ts';
import { type FolderWatcher, isWatchLimit, type WatcherOptions, WatchLimitError } from './folder-watcher.ts';
import { childPath } from './watch-rules.ts';

/** The watcher; see the port for what it promises. */
export async function startNativeWatcher({ sources, rules, events, signal }: WatcherOptions): Promise<FolderWatcher> {
  signal.throwIfAborted();
  const watchers: FSWatcher[] = [];
  const dispose = async (): Promise<void> => {
    for (const watcher of watchers) watcher.close();
  };
  const onEvent = (source: ByteString, name: string | Buffer | null): void => {
    if (typeof name !== 'string') {
      events.lost('overflow');
      return;
    }
    const path = childPath(source, fromUtf8(name.replaceAll(sep, '/')));
    const slash = path.lastIndexOf('/');
    const folder = path.slice(0, slash);
    const verdict = rules.verdict(folder, path.slice(slash + 1), []);
    if (verdict === 'changed') events.lost('rules-changed');
    if (verdict !== 'counts' || isBelowLeftOut(source, folder)) return;
    events.folderChanged(folder);
    if (identityOf(path) !== undefined) events.subtreeChanged(path);
  };
  const isBelowLeftOut = (source: ByteString, folder: ByteString): boolean => {
    for (let path = folder; path.length > source.length; path = path.slice(0, path.lastIndexOf('/'))) {
      if (rules.leavesOutName(path)) return true;
    }
    return false;
  };
  try {
    for (const source of sources) {
      const watcher = watch(fsPath(source), { recursive: identityOf(source) !== undefined });
      watchers.push(watcher);
      watcher.on('change', (_, name) => onEvent(source, name));
      watcher.on('error', (error) => events.lost('watch-failed', error));
    }
  } catch (error) {
    await dispose();
    throw isWatchLimit(systemCode(error)) ? new WatchLimitError(watchers.length, error) : error;
  }
  return { folders: undefined, [Symbol.asyncDispose]: dispose };
}
