/**
 * Watches many folders at little cost: one fs.watch a folder, nothing kept but the tree of their names. For Linux.
 *
 *   start: for each source, and each folder in it: watch, then list
 *   events of one turn of the event loop are gathered, then looked at:
 *     the folder changed
 *     the name is a folder now: the one that was watched? else forget that, watch and report all below
 *     the name is no folder (any more): forget what was watched below
 *
 * Names are exact bytes. fs.watch calls anything but a change of content or attributes of a file `rename`, and a folder's own
 * change by its own name (libuv, uv_fs_event_start), so nothing is concluded from the kind of an event.
 */
import { type Dirent, type FSWatcher, readdirSync, watch } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ByteString, fsPath } from '../../base/byte-string.ts';
import { systemCode } from '../../base/errors.ts';
import { openLongPath } from '../../source/mod.ts';
import { type EventBurst, eventBurst } from './event-burst.ts';
import { identityOf, isSameFolder } from './folder-identity.ts';
import { type FolderWatcher, isWatchLimit, type WatcherOptions, WatchLimitError } from './folder-watcher.ts';
import { childPath } from './watch-rules.ts';
import { WatchedFolder } from './watched-folder.ts';

/** How long the thread is kept before others get a turn. */
const longestTurnMs = 10;

/** The watcher; see the port for what it promises. `burst`: where events are counted. */
export async function startLeanWatcher(
  options: WatcherOptions,
  burst: EventBurst = eventBurst,
): Promise<FolderWatcher> {
  const watcher = new LeanWatcher(options, burst);
  try {
    await watcher.start();
    return watcher;
  } catch (error) {
    await watcher[Symbol.asyncDispose]();
    throw error;
  }
}

class LeanWatcher implements FolderWatcher {
  readonly #options: WatcherOptions;
  readonly #burst: EventBurst;
  readonly #sources: WatchedFolder[] = [];
  /** For sources that are no folders, or not there: the watch of the folder that each lies in. */
  readonly #besides: FSWatcher[] = [];
  readonly #overflow: Disposable;
  /** What the events of this turn named, by folder. */
  #touched = new Map<WatchedFolder, Set<ByteString>>();
  #scheduled = false;
  /** Turns are looked at one after the other. */
  #working: Promise<void> = Promise.resolve();
  #folders = 0;
  #lastTurn = performance.now();
  #closed = false;

  constructor(options: WatcherOptions, burst: EventBurst) {
    this.#options = options;
    this.#burst = burst;
    this.#overflow = burst.listen(() => {
      this.#touched.clear();
      options.events.lost('overflow');
    });
  }

  get folders(): number {
    return this.#folders;
  }

  async start(): Promise<void> {
    for (const source of this.#options.sources) {
      const folder = this.#watchFolder(source, undefined, source);
      if (folder === undefined) {
        this.#watchBeside(source);
      } else {
        this.#sources.push(folder);
        await this.#watchBelow(folder, source);
      }
    }
    await this.#working;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#overflow[Symbol.dispose]();
    this.#touched.clear();
    for (const source of this.#sources) source.close();
    for (const watcher of this.#besides) watcher.close();
    await this.#working;
  }

  /** Watches all folders below one that is watched already. */
  async #watchBelow(top: WatchedFolder, topPath: ByteString): Promise<void> {
    const { rules, signal } = this.#options;
    const waiting: { readonly folder: WatchedFolder; readonly path: ByteString }[] = [{ folder: top, path: topPath }];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      signal.throwIfAborted();
      const { folder, path } = next;
      if (folder.closed) continue;
      const entries = listEntries(path);
      const chosen = rules.select(
        path,
        entries.map(({ name }) => name),
      );
      for (const entry of entries) {
        if (!entry.isDirectory() || !chosen.has(entry.name) || folder.child(entry.name) !== undefined) continue;
        const below = childPath(path, entry.name);
        const watched = rules.enters(below) ? this.#watchFolder(below, folder, entry.name) : undefined;
        if (watched !== undefined) waiting.push({ folder: watched, path: below });
      }
      await this.#breathe();
    }
  }

  /** Undefined for what is no folder, or may not be watched (its parent sees when that changes). */
  #watchFolder(path: ByteString, up: WatchedFolder | undefined, name: ByteString): WatchedFolder | undefined {
    if (identityOf(path) === undefined) return undefined; // fs.watch would follow a link
    const watcher = this.#watch(path);
    if (watcher === undefined) return undefined;
    const identity = identityOf(path);
    if (identity === undefined) {
      watcher.close();
      return undefined;
    }
    const folder = new WatchedFolder({ name, up, identity, watcher });
    this.#folders += 1;
    watcher.on('change', (_, changed) => this.#onEvent(folder, changed));
    watcher.on('error', (error) => this.#lose(error));
    return folder;
  }

  #watchBeside(source: ByteString): void {
    const folder = source.slice(0, Math.max(1, source.lastIndexOf('/')));
    const own = source.slice(source.lastIndexOf('/') + 1);
    const watcher = this.#watch(folder);
    if (watcher === undefined) return;
    this.#besides.push(watcher);
    watcher.on('change', (_, changed) => {
      this.#burst.count();
      if (this.#closed || (changed !== null && changed !== own)) return;
      this.#options.events.folderChanged(folder);
      if (identityOf(source) !== undefined) this.#options.events.lost('source-replaced');
    });
    watcher.on('error', (error) => this.#lose(error));
  }

  #watch(path: ByteString): FSWatcher | undefined {
    try {
      using reach = openLongPath(path);
      return watch(fsPath(reach.path), { encoding: 'latin1' });
    } catch (error) {
      const code = systemCode(error);
      if (isWatchLimit(code)) throw new WatchLimitError(this.#folders, error);
      if (code === undefined) throw error;
      return undefined;
    }
  }

  #onEvent(folder: WatchedFolder, name: string | Buffer | null): void {
    this.#burst.count();
    if (this.#closed) return;
    const names = this.#touched.get(folder);
    const own = typeof name === 'string' ? name : ownName(folder);
    if (names === undefined) this.#touched.set(folder, new Set([own]));
    else names.add(own);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      const touched = this.#touched;
      this.#touched = new Map();
      this.#working = this.#working.then(() => this.#lookAt(touched)).catch((error: unknown) => this.#lose(error));
    });
  }

  /** Tells what the events of one turn mean, and brings the watches up to date. */
  async #lookAt(touched: ReadonlyMap<WatchedFolder, ReadonlySet<ByteString>>): Promise<void> {
    for (const [folder, names] of touched) {
      const path = folder.path;
      for (const name of names) {
        if (this.#closed) return;
        if (folder.closed) break;
        if (name === ownName(folder) && !this.#isStillThere(folder, path)) break;
        await this.#lookAtEntry(folder, path, name);
      }
    }
  }

  /** A folder's own change has its own name. False where it is gone: its parent, or who started this, sees to that. */
  #isStillThere(folder: WatchedFolder, path: ByteString): boolean {
    if (isSameFolder(folder.identity, identityOf(path))) return true;
    if (folder.up !== undefined) return identityOf(path) !== undefined;
    this.#options.events.lost('source-replaced');
    return false;
  }

  async #lookAtEntry(folder: WatchedFolder, path: ByteString, name: ByteString): Promise<void> {
    const { rules, events } = this.#options;
    const verdict = rules.verdict(path, name, folder.childNames);
    if (verdict === 'changed') events.lost('rules-changed');
    if (verdict === 'counts') events.folderChanged(path);
    const below = childPath(path, name);
    const identity = verdict === 'left-out' ? undefined : identityOf(below);
    const watched = folder.child(name);
    if (watched !== undefined) {
      if (isSameFolder(watched.identity, identity)) {
        events.folderChanged(below);
        return;
      }
      this.#folders -= watched.close();
    }
    if (identity === undefined || !rules.enters(below)) return;
    events.subtreeChanged(below);
    const fresh = this.#watchFolder(below, folder, name);
    if (fresh === undefined) return;
    await this.#watchBelow(fresh, below);
    // Whoever looked at it before all of it was watched has to look again.
    events.subtreeChanged(below);
  }

  #lose(error: unknown): void {
    if (this.#closed || this.#options.signal.aborted) return;
    this.#options.events.lost(error instanceof WatchLimitError ? 'watch-limit' : 'watch-failed', error);
  }

  async #breathe(): Promise<void> {
    if (performance.now() - this.#lastTurn < longestTurnMs) return;
    await nextTurn();
    this.#lastTurn = performance.now();
  }
}

/** The last part of a folder's path. */
function ownName({ name }: WatchedFolder): ByteString {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** None of a folder that cannot be listed: the backup says so. */
function listEntries(path: ByteString): Dirent<string>[] {
  try {
    using reach = openLongPath(path);
    return readdirSync(fsPath(reach.path), { encoding: 'latin1', withFileTypes: true });
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return [];
  }
}
