/**
 * The index turned around: which blobs each pack holds, without an object a blob.
 *
 * First copies are entries of the blob table, sorted by pack and offset in one typed array (4 bytes a blob); further
 * copies, which are rare, are kept as objects. A picture of the index at the time it is made.
 */
import type { Id } from '../format/id.ts';
import { ENTRY_BYTES, HEADER_LENGTH_BYTES, type PackedBlob, PLAIN_ENTRY_BYTES } from '../format/pack-header.ts';
import { sealOverhead } from './crypto.ts';
import { packedBlob, type RepositoryIndex } from './repository-index.ts';

/** A further copy of the blob of `entry`. */
export interface CopiedBlob {
  readonly entry: number;
  readonly blob: PackedBlob;
}

const noCopies: readonly CopiedBlob[] = [];

export class IndexByPack {
  readonly #index: RepositoryIndex;
  readonly #entries: Uint32Array;
  /** Where the entries of pack number n start in `#entries`; one more than there are packs. */
  readonly #starts: Uint32Array;
  readonly #copies = new Map<Id, CopiedBlob[]>();

  constructor(index: RepositoryIndex) {
    this.#index = index;
    const { blobs } = index;
    const starts = new Uint32Array(blobs.packCount + 1);
    for (let entry = 0; entry < blobs.size; entry++) {
      const pack = blobs.pack(entry);
      if (pack >= 0) starts[pack + 1] = starts[pack + 1]! + 1;
    }
    for (let pack = 1; pack < starts.length; pack++) starts[pack] = starts[pack]! + starts[pack - 1]!;
    const next = starts.slice();
    this.#entries = new Uint32Array(starts.at(-1) ?? 0);
    for (let entry = 0; entry < blobs.size; entry++) {
      const pack = blobs.pack(entry);
      if (pack < 0) continue;
      const at = next[pack]!;
      this.#entries[at] = entry;
      next[pack] = at + 1;
    }
    this.#starts = starts;
    for (let pack = 0; pack < blobs.packCount; pack++) {
      this.entriesOf(pack).sort((a, b) => blobs.offset(a) - blobs.offset(b));
    }
    for (const [entry, copies] of index.duplicates) {
      for (const copy of copies) {
        const list = this.#copies.get(copy.packId) ?? [];
        list.push({ entry, blob: packedBlob(blobs.type(entry), blobs.id(entry), copy) });
        this.#copies.set(copy.packId, list);
      }
    }
  }

  /** First copies in the pack of that number, by offset. A view. */
  entriesOf(pack: number): Uint32Array {
    return this.#entries.subarray(this.#starts[pack]!, this.#starts[pack + 1]!);
  }

  /** Blobs in that pack of which the index knows an earlier copy. */
  copiesIn(packId: Id): readonly CopiedBlob[] {
    return this.#copies.get(packId) ?? noCopies;
  }

  /** All that the index says to be in the pack, by offset. */
  blobsOf(pack: number): PackedBlob[] {
    const { blobs } = this.#index;
    const list: PackedBlob[] = [];
    for (const entry of this.entriesOf(pack)) list.push(blobAt(this.#index, entry));
    const copies = this.copiesIn(blobs.packId(pack));
    if (copies.length === 0) return list;
    return [...list, ...copies.map(({ blob }) => blob)].sort((a, b) => a.offset - b.offset);
  }

  /** The bytes that a pack file of just these blobs has. */
  sizeOf(pack: number): number {
    const { blobs } = this.#index;
    let bytes = sealOverhead + HEADER_LENGTH_BYTES;
    for (const entry of this.entriesOf(pack)) {
      bytes += blobs.length(entry) + (blobs.uncompressedLength(entry) === 0 ? PLAIN_ENTRY_BYTES : ENTRY_BYTES);
    }
    for (const { blob } of this.copiesIn(blobs.packId(pack))) bytes += blob.length + headerEntryBytes(blob);
    return bytes;
  }
}

/** What a blob takes in a pack's header. */
export function headerEntryBytes(blob: PackedBlob): number {
  return blob.uncompressedLength === undefined ? PLAIN_ENTRY_BYTES : ENTRY_BYTES;
}

/** The first copy of an entry, as pack headers and index files have it. */
export function blobAt({ blobs }: Pick<RepositoryIndex, 'blobs'>, entry: number): PackedBlob {
  return packedBlob(blobs.type(entry), blobs.id(entry), {
    offset: blobs.offset(entry),
    length: blobs.length(entry),
    uncompressedLength: blobs.uncompressedLength(entry) || undefined,
  });
}
