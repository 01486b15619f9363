/**
 * What the index files of a repository say: which blobs lie where, and which packs there are.
 *
 * The bulk is in the BlobTable, which worker threads share. This class adds what only the main thread needs: the index
 * files that were read, the packs by id, and the second and further copies of a blob that several packs hold.
 */
import type { Id } from '../format/id.ts';
import { idToBytes } from '../format/id.ts';
import type { PackedBlob } from '../format/pack-header.ts';
import type { BlobLocation, BlobType } from './blob-table.ts';
import { BlobTable } from './blob-table.ts';

export class RepositoryIndex {
  /** First copies, shared with workers by `blobs.shared`. */
  readonly blobs: BlobTable;
  /** Ids of the index files that were read, damaged ones left out. */
  readonly files: Set<Id> = new Set();
  /** Further copies of blobs, by the entry of the first in `blobs`. Nearly always empty. */
  readonly duplicates: Map<number, BlobLocation[]> = new Map();
  readonly #packs: Map<Id, number> = new Map();

  constructor(blobs: BlobTable = BlobTable.create()) {
    this.blobs = blobs;
  }

  /** An index of its own with the same content. Nobody may write to this one meanwhile. */
  copy(): RepositoryIndex {
    const copy = new RepositoryIndex(this.blobs.copy());
    for (const id of this.files) copy.files.add(id);
    for (const [entry, places] of this.duplicates) copy.duplicates.set(entry, [...places]);
    for (const [id, pack] of this.#packs) copy.#packs.set(id, pack);
    return copy;
  }

  has(type: BlobType, id: Id): boolean {
    return this.lookup(type, id) !== undefined;
  }

  /** Where the first copy of a blob lies; undefined if the index has none (or it is still being packed). */
  lookup(type: BlobType, id: Id): BlobLocation | undefined {
    const entry = this.blobs.find(type, id);
    return entry < 0 ? undefined : this.blobs.location(entry);
  }

  /** Where all copies of a blob lie, the first one first. */
  locations(type: BlobType, id: Id): BlobLocation[] {
    const entry = this.blobs.find(type, id);
    const first = entry < 0 ? undefined : this.blobs.location(entry);
    return first === undefined ? [] : [first, ...(this.duplicates.get(entry) ?? [])];
  }

  /** Plain length of a blob in bytes, or undefined. */
  plainLength(type: BlobType, id: Id): number | undefined {
    const entry = this.blobs.find(type, id);
    return entry < 0 || this.blobs.isPending(entry) ? undefined : this.blobs.plainLength(entry);
  }

  hasPack(packId: Id): boolean {
    return this.#packs.has(packId);
  }

  /** Every pack that an index file names, also one whose blobs are all duplicates. */
  packIds(): Iterable<Id> {
    return this.#packs.keys();
  }

  get packCount(): number {
    return this.#packs.size;
  }

  /** The number of a pack in `blobs`, which is made if it is new. */
  addPack(packId: Id): number {
    const known = this.#packs.get(packId);
    if (known !== undefined) return known;
    const pack = this.blobs.addPack(idToBytes(packId));
    this.#packs.set(packId, pack);
    return pack;
  }

  /** Adds a blob of a finished pack. A second copy is kept as a duplicate; the same place again is ignored. */
  addBlob(pack: number, packId: Id, blob: PackedBlob): void {
    const blobs = this.blobs;
    const { entry, fresh } = blobs.claim(blob.type, blob.id);
    if (fresh || blobs.isPending(entry)) {
      blobs.setLocation(entry, pack, blob.offset, blob.length, blob.uncompressedLength ?? 0);
      return;
    }
    if (blobs.pack(entry) === pack && blobs.offset(entry) === blob.offset) return;
    const copies = this.duplicates.get(entry) ?? [];
    if (copies.some((copy) => copy.packId === packId && copy.offset === blob.offset)) return;
    const { offset, length, uncompressedLength } = blob;
    copies.push({ packId, offset, length, uncompressedLength });
    this.duplicates.set(entry, copies);
  }

  /** The blobs of every pack, duplicates included, packs in no order. Takes memory for the whole grouping at once. */
  blobsByPack(): Map<Id, PackedBlob[]> {
    const byPack = new Map<Id, PackedBlob[]>();
    for (const packId of this.#packs.keys()) byPack.set(packId, []);
    for (let pack = 0; pack < this.blobs.packCount; pack++) byPack.set(this.blobs.packId(pack), []);
    for (let entry = 0; entry < this.blobs.size; entry++) {
      const place = this.blobs.location(entry);
      if (place === undefined) continue;
      const [type, id] = [this.blobs.type(entry), this.blobs.id(entry)];
      for (const copy of [place, ...(this.duplicates.get(entry) ?? [])]) {
        byPack.get(copy.packId)?.push(packedBlob(type, id, copy));
      }
    }
    for (const list of byPack.values()) list.sort((a, b) => a.offset - b.offset);
    return byPack;
  }
}

/** A blob and a place it lies at, in the form of pack headers and index files. */
export function packedBlob(type: BlobType, id: Id, place: Omit<BlobLocation, 'packId'>): PackedBlob {
  const { offset, length, uncompressedLength } = place;
  return { type, id, offset, length, ...(uncompressedLength === undefined ? {} : { uncompressedLength }) };
}
