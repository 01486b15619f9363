/**
 * The blob table: which blobs a repository holds and where, in memory shared by all threads.
 *
 * One open-addressing hash table (linear probing) from (type, id) to a location. Any thread may look up and claim.
 * A blob that is claimed but not yet in a finished pack is *pending*: it has no pack id yet, and a second thread that
 * meets the same content leaves it to the first.
 *
 * Memory: an entry takes 48 bytes; a slot 4, between 40 and 80 % of them full: at most 58 bytes a blob. The regions are growable SharedArrayBuffers: address space is reserved for
 * `maxBlobs`, memory is taken as entries are added.
 *
 * Locking: one futex-style mutex in the header, held for well under a microsecond. A thread that is terminated while it
 * holds the lock leaves the table unusable, so a table is dropped with its workers.
 */
import { HoldfastError } from '../base/errors.ts';
import { lockWord, unlockWord } from '../base/futex.ts';
import type { Id } from '../format/id.ts';

export type BlobType = 'data' | 'tree';

/** Where a blob lies. Lengths and offset in bytes; `length` is what the pack holds (IV and MAC included). */
export interface BlobLocation {
  readonly packId: Id;
  readonly offset: number;
  readonly length: number;
  /** Set for compressed blobs only. */
  readonly uncompressedLength: number | undefined;
}

/** The shared buffers; goes to workers by `workerData` or `postMessage`. */
export interface SharedBlobTable {
  readonly header: SharedArrayBuffer;
  readonly entries: SharedArrayBuffer;
  readonly slots: SharedArrayBuffer;
  readonly packs: SharedArrayBuffer;
}

const entryWords = 12;
const entryBytes = entryWords * 4;
const packBytes = 32;
const packWord = 8;
const offsetWord = 9;
const lengthWord = 10; // the top bit says "tree"
const rawLengthWord = 11; // 0: stored uncompressed
const treeBit = 0x8000_0000;
const pendingPack = 0xffff_ffff;

const header = { lock: 0, entryCount: 1, slotBits: 2, packCount: 3 } as const;
const treeHash = 0x9e37_79b9; // a file may hold the bytes of a tree: same id, other type
const firstSlotBits = 12;
const fillLimit = 0.8;
const entriesPerGrowth = 65_536;
const packsPerGrowth = 1024;

export class BlobTable {
  /** Hand this to another thread's `BlobTable.attach`. */
  readonly shared: SharedBlobTable;
  readonly #header: Int32Array;
  /** Views of fixed length, made anew when any thread has grown a region: V8 is slow on views that track the length. */
  #entries: Uint32Array;
  #slots: Uint32Array;
  #packs: Uint8Array;
  readonly #key = new Uint32Array(8);

  private constructor(shared: SharedBlobTable) {
    this.shared = shared;
    this.#header = new Int32Array(shared.header);
    this.#entries = wordsOf(shared.entries);
    this.#slots = wordsOf(shared.slots);
    this.#packs = bytesOf(shared.packs);
  }

  /** An empty table. `maxBlobs` bounds the address space that is reserved, not memory. */
  static create(options: { readonly maxBlobs?: number } = {}): BlobTable {
    for (let maxBlobs = options.maxBlobs ?? 2 ** 26; ; maxBlobs /= 4) {
      try {
        return BlobTable.#reserve(Math.max(2 ** firstSlotBits, maxBlobs));
      } catch (error) {
        if (!(error instanceof RangeError) || maxBlobs < 2 ** 18) throw error;
      }
    }
  }

  static #reserve(maxBlobs: number): BlobTable {
    const lastBits = Math.ceil(Math.log2(maxBlobs / fillLimit)) + 1;
    const reserve = (bytes: number, first: number) =>
      new SharedArrayBuffer(Math.min(first, bytes), { maxByteLength: bytes });
    const table = new BlobTable({
      header: new SharedArrayBuffer(64),
      entries: reserve(maxBlobs * entryBytes, entriesPerGrowth * entryBytes),
      slots: reserve(2 ** lastBits * 4, 2 ** firstSlotBits * 4),
      packs: reserve(Math.ceil(maxBlobs / 4) * packBytes, packsPerGrowth * packBytes),
    });
    table.#header[header.slotBits] = firstSlotBits;
    return table;
  }

  /** The same table, seen from another thread. */
  static attach(shared: SharedBlobTable): BlobTable {
    return new BlobTable(shared);
  }

  /** A table of its own with the same content. Nobody may write to this one meanwhile. */
  copy(): BlobTable {
    const { header: state, ...regions } = this.shared;
    const used = {
      entries: this.size * entryBytes,
      slots: 2 ** this.#header[header.slotBits]! * 4,
      packs: this.packCount * packBytes,
    };
    const copyOf = (name: keyof typeof used): SharedArrayBuffer => {
      const { byteLength, maxByteLength } = regions[name];
      const buffer = new SharedArrayBuffer(byteLength, { maxByteLength });
      new Uint8Array(buffer).set(new Uint8Array(regions[name], 0, used[name]));
      return buffer;
    };
    return new BlobTable({
      header: state.slice(0),
      entries: copyOf('entries'),
      slots: copyOf('slots'),
      packs: copyOf('packs'),
    });
  }

  /** Blobs in the table, pending ones included. Entries are numbered 0 … size − 1 in the order of arrival. */
  get size(): number {
    return Atomics.load(this.#header, header.entryCount);
  }

  get packCount(): number {
    return Atomics.load(this.#header, header.packCount);
  }

  /** Bytes of memory that the table has taken. */
  get memoryBytes(): number {
    const slotBits = Atomics.load(this.#header, header.slotBits);
    return this.size * entryBytes + 2 ** slotBits * 4 + this.packCount * packBytes;
  }

  /** The entry of that blob, or −1. Pending blobs are found too (see `isPending`). */
  find(type: BlobType, id: Id): number {
    this.#setKeyHex(id);
    return this.#findKey(type);
  }

  /** As `find`, the id as 32 bytes at `at`. */
  findBytes(type: BlobType, id: Uint8Array, at = 0): number {
    this.#setKeyBytes(id, at);
    return this.#findKey(type);
  }

  /** As `find`, the id as a SHA-256 in a latin1 string. */
  findDigest(type: BlobType, digest: string): number {
    this.#setKeyDigest(digest);
    return this.#findKey(type);
  }

  /** Adds a pending entry unless the blob is there; `fresh` tells which. The id is a SHA-256 as a latin1 string. */
  claimDigest(type: BlobType, digest: string): { readonly entry: number; readonly fresh: boolean } {
    this.#setKeyDigest(digest);
    return this.#claimKey(type);
  }

  /** As `claimDigest`, the id as hex. */
  claim(type: BlobType, id: Id): { readonly entry: number; readonly fresh: boolean } {
    this.#setKeyHex(id);
    return this.#claimKey(type);
  }

  /** As `claimDigest`, the id as 32 bytes at `at`. */
  claimBytes(type: BlobType, id: Uint8Array, at = 0): { readonly entry: number; readonly fresh: boolean } {
    this.#setKeyBytes(id, at);
    return this.#claimKey(type);
  }

  /** Numbers a new pack. Its id follows by `setPackId` once known; until then its blobs count as pending. */
  addPack(packId?: Uint8Array): number {
    this.#lock();
    try {
      const pack = this.#header[header.packCount]!;
      const needed = (pack + 1) * packBytes;
      if (needed > this.shared.packs.byteLength) {
        growTo(this.shared.packs, needed + packsPerGrowth * packBytes);
      }
      if (packId !== undefined) this.#packsWith(pack).set(packId.subarray(0, packBytes), pack * packBytes);
      Atomics.store(this.#header, header.packCount, pack + 1);
      return pack;
    } finally {
      this.#unlock();
    }
  }

  setPackId(pack: number, packId: Uint8Array): void {
    this.#packsWith(pack).set(packId.subarray(0, packBytes), pack * packBytes);
  }

  /** The id of a pack, or all zeros as long as it is not known. */
  packId(pack: number): Id {
    return hexOf(this.#packsWith(pack), pack * packBytes);
  }

  /** Records where a claimed blob lies. `uncompressedLength` 0 means: stored as it is. */
  setLocation(entry: number, pack: number, offset: number, length: number, uncompressedLength: number): void {
    const at = entry * entryWords;
    const entries = this.#entriesWith(entry);
    entries[at + offsetWord] = offset;
    entries[at + lengthWord] = ((entries[at + lengthWord]! & treeBit) | length) >>> 0;
    entries[at + rawLengthWord] = uncompressedLength;
    entries[at + packWord] = pack;
  }

  /** True until `setLocation` was called for it. */
  isPending(entry: number): boolean {
    return this.#entriesWith(entry)[entry * entryWords + packWord] === pendingPack;
  }

  id(entry: number): Id {
    return Buffer.from(this.shared.entries, entry * entryBytes, 32).toString('hex');
  }

  type(entry: number): BlobType {
    return (this.#entriesWith(entry)[entry * entryWords + lengthWord]! & treeBit) === 0 ? 'data' : 'tree';
  }

  /** The number of the pack (see `packId`), or −1 while pending. */
  pack(entry: number): number {
    const pack = this.#entriesWith(entry)[entry * entryWords + packWord]!;
    return pack === pendingPack ? -1 : pack;
  }

  offset(entry: number): number {
    return this.#entriesWith(entry)[entry * entryWords + offsetWord]!;
  }

  /** Bytes in the pack, IV and MAC included. */
  length(entry: number): number {
    return (this.#entriesWith(entry)[entry * entryWords + lengthWord]! & ~treeBit) >>> 0;
  }

  /** Plain length in bytes of a compressed blob, 0 for one that is stored as it is. */
  uncompressedLength(entry: number): number {
    return this.#entriesWith(entry)[entry * entryWords + rawLengthWord]!;
  }

  /** The blob's plain length in bytes, compressed or not. */
  plainLength(entry: number): number {
    return this.uncompressedLength(entry) || this.length(entry) - 32;
  }

  /** Everything about where an entry lies; undefined while pending, and for −1. */
  location(entry: number): BlobLocation | undefined {
    if (entry < 0) return undefined;
    const pack = this.pack(entry);
    if (pack < 0) return undefined;
    return {
      packId: this.packId(pack),
      offset: this.offset(entry),
      length: this.length(entry),
      uncompressedLength: this.uncompressedLength(entry) || undefined,
    };
  }

  #setKeyHex(id: Id): void {
    const key = this.#key;
    for (let word = 0; word < 8; word++) {
      const at = word * 8;
      key[word] = byteAt(id, at) | (byteAt(id, at + 2) << 8) | (byteAt(id, at + 4) << 16) | (byteAt(id, at + 6) << 24);
    }
  }

  #setKeyDigest(digest: string): void {
    const key = this.#key;
    for (let word = 0; word < 8; word++) {
      const at = word * 4;
      key[word] =
        digest.charCodeAt(at) |
        (digest.charCodeAt(at + 1) << 8) |
        (digest.charCodeAt(at + 2) << 16) |
        (digest.charCodeAt(at + 3) << 24);
    }
  }

  #setKeyBytes(id: Uint8Array, at: number): void {
    const key = this.#key;
    for (let word = 0; word < 8; word++, at += 4) {
      key[word] = id[at]! | (id[at + 1]! << 8) | (id[at + 2]! << 16) | (id[at + 3]! << 24);
    }
  }

  #findKey(type: BlobType): number {
    this.#lock();
    const slot = this.#probe(type);
    const entry = this.#slots[slot]! - 1;
    this.#unlock();
    return entry;
  }

  #claimKey(type: BlobType): { entry: number; fresh: boolean } {
    this.#lock();
    try {
      let slot = this.#probe(type);
      const found = this.#slots[slot]!;
      if (found !== 0) return { entry: found - 1, fresh: false };

      const entry = this.#header[header.entryCount]!;
      if (entry + 1 > fillLimit * 2 ** this.#header[header.slotBits]!) {
        this.#growSlots();
        slot = this.#probe(type);
      }
      this.#growEntries(entry + 1);
      const at = entry * entryWords;
      const entries = this.#entriesWith(entry);
      entries.set(this.#key, at);
      entries[at + packWord] = pendingPack;
      entries[at + lengthWord] = type === 'tree' ? treeBit : 0;
      this.#slots[slot] = entry + 1;
      Atomics.store(this.#header, header.entryCount, entry + 1);
      return { entry, fresh: true };
    } finally {
      this.#unlock();
    }
  }

  /** The slot that holds the key, or the free slot where it belongs. The first word of a SHA-256 is hash enough. */
  #probe(type: BlobType): number {
    const slots = this.#slotsNow();
    const mask = 2 ** this.#header[header.slotBits]! - 1;
    let index = (this.#key[0]! ^ (type === 'tree' ? treeHash : 0)) & mask;
    for (;;) {
      const entry = slots[index]!;
      if (entry === 0 || this.#matches(entry - 1, type)) return index;
      index = (index + 1) & mask;
    }
  }

  #matches(entry: number, type: BlobType): boolean {
    const at = entry * entryWords;
    const entries = this.#entriesWith(entry);
    const key = this.#key;
    for (let word = 0; word < 8; word++) if (entries[at + word] !== key[word]) return false;
    return ((entries[at + lengthWord]! & treeBit) === 0) === (type === 'data');
  }

  #growEntries(count: number): void {
    if (count * entryBytes <= this.shared.entries.byteLength) return;
    growTo(this.shared.entries, (count + entriesPerGrowth) * entryBytes);
  }

  /** Doubles the slots in place: the entries are the truth, so the slots are cleared and filled from them again. */
  #growSlots(): void {
    const bits = this.#header[header.slotBits]! + 1;
    growTo(this.shared.slots, 2 ** bits * 4);
    const mask = 2 ** bits - 1;
    const count = this.#header[header.entryCount]!;
    this.#slots = wordsOf(this.shared.slots);
    const slots = this.#slots;
    slots.fill(0);
    for (let entry = 0; entry < count; entry++) {
      const at = entry * entryWords;
      let index = (this.#entriesWith(entry)[at]! ^ (this.type(entry) === 'tree' ? treeHash : 0)) & mask;
      while (slots[index] !== 0) index = (index + 1) & mask;
      slots[index] = entry + 1;
    }
    Atomics.store(this.#header, header.slotBits, bits);
  }

  #entriesWith(entry: number): Uint32Array {
    if ((entry + 1) * entryWords > this.#entries.length) this.#entries = wordsOf(this.shared.entries);
    return this.#entries;
  }

  #slotsNow(): Uint32Array {
    if (this.#slots.length < 2 ** this.#header[header.slotBits]!) this.#slots = wordsOf(this.shared.slots);
    return this.#slots;
  }

  #packsWith(pack: number): Uint8Array {
    if ((pack + 1) * packBytes > this.#packs.length) this.#packs = bytesOf(this.shared.packs);
    return this.#packs;
  }

  #lock(): void {
    lockWord(this.#header, header.lock);
  }

  #unlock(): void {
    unlockWord(this.#header, header.lock);
  }
}

function wordsOf(buffer: SharedArrayBuffer): Uint32Array {
  return new Uint32Array(buffer, 0, Math.floor(buffer.byteLength / 4));
}

function bytesOf(buffer: SharedArrayBuffer): Uint8Array {
  return new Uint8Array(buffer, 0, buffer.byteLength);
}

function growTo(buffer: SharedArrayBuffer, bytes: number): void {
  if (buffer.byteLength >= bytes) return;
  const wanted = Math.min(bytes, buffer.maxByteLength);
  try {
    if (wanted <= buffer.byteLength) throw new RangeError('the reserved address space is used up');
    buffer.grow(wanted);
  } catch (cause) {
    throw new HoldfastError('internal', 'The table of blobs cannot grow: the repository holds too many blobs.', {
      cause,
    });
  }
}

const nibble = new Uint8Array(128);
for (const [value, digit] of [...'0123456789abcdef'].entries()) nibble[digit.charCodeAt(0)] = value;

function byteAt(hex: Id, at: number): number {
  return (nibble[hex.charCodeAt(at)]! << 4) | nibble[hex.charCodeAt(at + 1)]!;
}

function hexOf(bytes: Uint8Array, at: number): Id {
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, 32).toString('hex');
}
