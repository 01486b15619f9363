/**
 * Reads the blobs that a batch needs: each once, pack by pack, in joined ranges; the next ranges are read while one is decoded, one from a
 * disk, several from stores that take many calls at once.
 *
 * Guarantees: every entry asked for is reported once, with content that was checked against its id, or with the reason why
 * there is none. Raising the stop flag ends it at the next blob.
 */
import { HoldfastError, isHoldfastError, messageOf } from '../../base/errors.ts';
import type { StopFlag } from '../../base/stop-flag.ts';
import type { Id } from '../../format/id.ts';
import type { PackedBlob } from '../../format/pack-header.ts';
import {
  type Backend,
  BlobDecoder,
  BlobTable,
  type BlobVisitor,
  type PackRange,
  PackReader,
  packedBlob,
  planRanges,
} from '../../repository/mod.ts';
import type { WorkerSetup } from './protocol.ts';

export interface EntryVisitor {
  /** `plain` is a view that later calls overwrite. What this throws ends the reading. */
  blob(entry: number, plain: Uint8Array): void;
  missing(entry: number, error: HoldfastError): void;
}

interface EntryBlob extends PackedBlob {
  readonly entry: number;
}

interface WantedRange extends PackRange {
  readonly packId: Id;
}

/** Longer ranges are no faster, and two to five of them are in memory at a time. A single blob may be longer. */
const maxRangeBytes = 2 * 1024 * 1024;
/** More hides no more of the way to a store and back: each of the workers reads so many. */
const mostAhead = 4;
/** Reading over a gap is cheaper than asking anew. */
const maxGapBytes = 128 * 1024;

export class BlobSource {
  readonly table: BlobTable;
  readonly #backend: Backend;
  readonly #decoder: BlobDecoder;
  /** For what is not read by ranges of many blobs. */
  readonly #packs: PackReader;
  readonly #stop: StopFlag;
  readonly #signal: AbortSignal;

  /** @param signal ends what is waited for; cancelling goes by the stop flag */
  constructor(setup: WorkerSetup, backend: Backend, stop: StopFlag, signal: AbortSignal) {
    this.table = BlobTable.attach(setup.table);
    this.#backend = backend;
    this.#decoder = new BlobDecoder({ key: setup.key });
    this.#packs = new PackReader({ backend, key: setup.key });
    this.#stop = stop;
    this.#signal = signal;
  }

  async read(entries: Iterable<number>, visitor: EntryVisitor): Promise<void> {
    const ranges = [...this.#ranges(entries)];
    // Local disks have four calls at once.
    const count = Math.max(1, Math.min(mostAhead, this.#backend.connections - 4));
    const ahead = ranges.slice(0, count).map((range) => this.#fetch(range));
    for (const [at, range] of ranges.entries()) {
      const bytes = await ahead.shift();
      if (at + count < ranges.length) ahead.push(this.#fetch(ranges[at + count]));
      if (bytes === undefined) await this.#readSingly(range, visitor);
      else this.#decode(range, bytes, visitor);
    }
  }

  throwIfStopped(): void {
    if (this.#stop.raised) throw new HoldfastError('cancelled', 'The restore was cancelled.');
  }

  /** A range's bytes; undefined where it has to be read blob by blob. Never rejects. */
  async #fetch(range: WantedRange | undefined): Promise<Uint8Array | undefined> {
    if (range === undefined || range.length > this.#decoder.regionBytes) return undefined;
    const { packId, offset, length } = range;
    try {
      return await this.#backend.readRange({ type: 'data', name: packId }, { offset, length }, this.#signal);
    } catch {
      return undefined; // reading it singly finds out which blobs are concerned, and why
    }
  }

  #decode(range: WantedRange, bytes: Uint8Array, visitor: EntryVisitor): void {
    this.#decoder.kernels.u8.set(bytes, this.#decoder.region);
    free(bytes);
    this.#decoder.decode(range.blobs, range.offset, this.#entryVisitor(range.packId, visitor));
  }

  async #readSingly({ packId, blobs }: WantedRange, visitor: EntryVisitor): Promise<void> {
    for (const blob of blobs) {
      this.throwIfStopped();
      let told = false;
      const inner = this.#entryVisitor(packId, visitor);
      const once: BlobVisitor = {
        blob: (of, plain, stored) => {
          told = true;
          inner.blob(of, plain, stored);
        },
        damaged: (of, error) => {
          told = true;
          inner.damaged(of, error);
        },
      };
      try {
        await this.#packs.readBlobs(packId, [blob], once, this.#signal);
      } catch (error) {
        if (told) throw error; // the visitor's
        visitor.missing(entryOf(blob), unreadable(packId, blob, error));
      }
    }
  }

  #entryVisitor(packId: Id, visitor: EntryVisitor): BlobVisitor {
    return {
      blob: (blob, plain) => {
        this.throwIfStopped();
        visitor.blob(entryOf(blob), plain);
      },
      damaged: (blob, error) => visitor.missing(entryOf(blob), inPack(packId, error)),
    };
  }

  #ranges(entries: Iterable<number>): WantedRange[] {
    const { table } = this;
    const byPack = new Map<number, EntryBlob[]>();
    for (const entry of entries) {
      const pack = table.pack(entry);
      const place = {
        offset: table.offset(entry),
        length: table.length(entry),
        uncompressedLength: table.uncompressedLength(entry) || undefined,
      };
      const blob = { ...packedBlob('data', table.id(entry), place), entry };
      const blobs = byPack.get(pack);
      if (blobs === undefined) byPack.set(pack, [blob]);
      else blobs.push(blob);
    }
    return [...byPack].flatMap(([pack, blobs]) => {
      const packId = table.packId(pack);
      return planRanges(blobs, { maxRangeBytes, maxGapBytes }).map((range) => ({ ...range, packId }));
    });
  }
}

function entryOf(blob: PackedBlob): number {
  return (blob as EntryBlob).entry;
}

function inPack(packId: Id, error: HoldfastError): HoldfastError {
  if (error.context.pack !== undefined) return error;
  return new HoldfastError(error.code, `${error.message} (pack ${packId})`, {
    hint: 'Run check; repair packs salvages what is sound in the pack.',
    context: { ...error.context, pack: packId },
    cause: error,
  });
}

function unreadable(packId: Id, blob: PackedBlob, error: unknown): HoldfastError {
  const context = { blob: blob.id, blobType: blob.type, pack: packId };
  if (!isHoldfastError(error)) {
    const message = `The pack ${packId} cannot be read: ${messageOf(error)}`;
    return new HoldfastError('io', message, { context, cause: error });
  }
  return new HoldfastError(error.code, error.message, {
    retry: error.retry,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    context: { ...error.context, ...context },
    cause: error,
  });
}

/** Gives what was read back at once instead of at the next garbage collection. */
function free(bytes: Uint8Array): void {
  if (bytes.buffer instanceof ArrayBuffer && bytes.length === bytes.buffer.byteLength) bytes.buffer.transfer(0);
}
