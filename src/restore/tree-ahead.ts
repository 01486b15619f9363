/**
 * Reads trees ahead: a tree that is asked for comes with those that will be asked for next, pack by pack in joined ranges.
 *
 * Keeps plain bytes, each until it is taken, and never more than a few MiB beyond what one tree takes.
 */
import { mapBounded } from '../base/concurrency.ts';
import { isHoldfastError } from '../base/errors.ts';
import type { Id } from '../format/id.ts';
import type { PackedBlob } from '../format/pack-header.ts';
import { packedBlob, type Repository } from '../repository/mod.ts';

const mostAtOnce = 256;
const mostBytesAtOnce = 1024 * 1024;
const mostBytesKept = 8 * 1024 * 1024;

export class TreeAhead {
  readonly #repository: Repository;
  readonly #kept = new Map<Id, Uint8Array>();
  #keptBytes = 0;

  constructor(repository: Repository) {
    this.#repository = repository;
  }

  /**
   * The plain bytes of a tree, at once where they were read ahead.
   *
   * @param next the trees that will be asked for after it, the soonest first
   * @throws as `Repository.readBlob`
   */
  load(id: Id, next: () => Iterable<Id>, signal: AbortSignal): Uint8Array | Promise<Uint8Array> {
    return this.#take(id) ?? this.#read(id, next(), signal);
  }

  async #read(id: Id, next: Iterable<Id>, signal: AbortSignal): Promise<Uint8Array> {
    try {
      const packs = this.#plan(id, next);
      await mapBounded(packs, this.#repository.backend.connections, signal, async ([packId, blobs]) => {
        const visitor = {
          blob: (blob: PackedBlob, plain: Uint8Array) => this.#keep(blob.id, plain.slice()),
          damaged: () => undefined, // asked for singly, it is tried from other copies, or said what is wrong
        };
        await this.#repository.packReader.readBlobs(packId, blobs, visitor, signal);
      });
    } catch (error) {
      signal.throwIfAborted();
      if (!isHoldfastError(error)) throw error;
    }
    return this.#take(id) ?? this.#repository.readBlob('tree', id, signal);
  }

  /** What to read with a tree: all that is worth it, by pack. */
  #plan(id: Id, next: Iterable<Id>): Map<Id, PackedBlob[]> {
    const { blobs } = this.#repository.index;
    const byPack = new Map<Id, PackedBlob[]>();
    const wanted = new Set<Id>();
    let bytes = 0;
    const add = (tree: Id): void => {
      if (wanted.has(tree) || this.#kept.has(tree)) return;
      wanted.add(tree);
      const entry = blobs.find('tree', tree);
      const place = entry < 0 ? undefined : blobs.location(entry);
      if (place === undefined) return;
      bytes += blobs.plainLength(entry);
      const inPack = byPack.get(place.packId) ?? [];
      inPack.push(packedBlob('tree', tree, place));
      byPack.set(place.packId, inPack);
    };
    add(id);
    if (this.#keptBytes > mostBytesKept) return byPack;
    for (const tree of next) {
      if (wanted.size >= mostAtOnce || bytes >= mostBytesAtOnce) break;
      add(tree);
    }
    return byPack;
  }

  #keep(id: Id, bytes: Uint8Array): void {
    if (this.#kept.has(id)) return;
    this.#kept.set(id, bytes);
    this.#keptBytes += bytes.length;
  }

  #take(id: Id): Uint8Array | undefined {
    const bytes = this.#kept.get(id);
    if (bytes === undefined) return undefined;
    this.#kept.delete(id);
    this.#keptBytes -= bytes.length;
    return bytes;
  }
}
