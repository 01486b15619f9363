/** The folders that are watched, as a tree; a folder's path is put together when it is asked for, to save memory. */
import type { FSWatcher } from 'node:fs';
import type { ByteString } from '../../base/byte-string.ts';
import type { FolderIdentity } from './folder-identity.ts';
import { childPath } from './watch-rules.ts';

export class WatchedFolder {
  /** Of a source, its whole path. */
  readonly name: ByteString;
  readonly up: WatchedFolder | undefined;
  readonly identity: FolderIdentity;
  readonly #watcher: FSWatcher;
  #children: Map<ByteString, WatchedFolder> | undefined;
  #closed = false;

  constructor(options: {
    readonly name: ByteString;
    readonly up: WatchedFolder | undefined;
    readonly identity: FolderIdentity;
    readonly watcher: FSWatcher;
  }) {
    this.name = options.name;
    this.up = options.up;
    this.identity = options.identity;
    this.#watcher = options.watcher;
    if (this.up === undefined) return;
    this.up.#children ??= new Map();
    this.up.#children.set(this.name, this);
  }

  get path(): ByteString {
    return this.up === undefined ? this.name : childPath(this.up.path, this.name);
  }

  get closed(): boolean {
    return this.#closed;
  }

  child(name: ByteString): WatchedFolder | undefined {
    return this.#children?.get(name);
  }

  get childNames(): Iterable<ByteString> {
    return this.#children?.keys() ?? [];
  }

  /** Ends the watch of this folder and all below; returns how many these were. */
  close(): number {
    if (this.up !== undefined) this.up.#children?.delete(this.name);
    let closed = 0;
    const open: WatchedFolder[] = [this];
    for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
      folder.#closed = true;
      folder.#watcher.close();
      closed += 1;
      if (folder.#children !== undefined) open.push(...folder.#children.values());
      folder.#children = undefined;
    }
    return closed;
  }
}
