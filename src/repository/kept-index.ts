/**
 * The index of a repository as it was last loaded, kept in memory for the next time: then only the files that are new are read.
 *
 *   list the index files (each time) ─► all that are kept are still there: a copy, and the new files on top of it
 *                                    └► one is gone (a prune, a repair): everything is read anew
 *
 * Files are named by their content and never change, so what is kept is what reading them again would say. What is handed out
 * is a copy that belongs to the caller; nothing that a backup adds to it gets in here but by the files that it writes.
 */
import { addIndexFiles, listIndexFiles } from './index-loader.ts';
import type { Repository } from './repository.ts';
import { RepositoryIndex } from './repository-index.ts';

/** Of about half a million blobs. A larger one is read each time. */
const defaultMaxBytes = 32 * 1024 * 1024;

export class KeptIndex {
  readonly #maxBytes: number;
  #kept: { readonly repositoryId: string; readonly index: RepositoryIndex } | undefined;

  constructor(options: { readonly maxBytes?: number } = {}) {
    this.#maxBytes = options.maxBytes ?? defaultMaxBytes;
  }

  /**
   * As the repository is now, for the caller alone.
   *
   * @throws `corrupt` naming the index file; what the backend throws
   */
  async load(repository: Repository, signal: AbortSignal): Promise<RepositoryIndex> {
    const ids = await listIndexFiles(repository, signal);
    const kept = this.#kept?.repositoryId === repository.config.id ? this.#kept.index : undefined;
    const there = new Set(ids);
    const holds = kept !== undefined && kept.files.size > 0 && [...kept.files].every((id) => there.has(id));
    if (!holds) this.drop();
    const index = holds ? kept.copy() : new RepositoryIndex();
    const fresh = ids.filter((id) => !index.files.has(id));
    await addIndexFiles(index, repository, fresh, signal);
    if (fresh.length > 0) this.#keep(repository.config.id, index);
    return index;
  }

  /** Frees the memory. */
  drop(): void {
    this.#kept = undefined;
  }

  #keep(repositoryId: string, index: RepositoryIndex): void {
    const fits = index.blobs.memoryBytes <= this.#maxBytes;
    this.#kept = fits ? { repositoryId, index: index.copy() } : undefined;
  }
}
