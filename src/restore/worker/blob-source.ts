/**
 * Reads the blobs that a batch needs: each once, pack by pack, in the order in which they lie there.
 *
 * Guarantees: every entry asked for is reported once, with content that was checked against its id, or with the reason why
 * there is none. Raising the stop flag ends it at the next blob.
 */
import { HoldfastError, isHoldfastError, messageOf } from '../../base/errors.ts';
import type { StopFlag } from '../../base/stop-flag.ts';
import type { PackedBlob } from '../../format/pack-header.ts';
import { type Backend, BlobTable, PackReader, packedBlob } from '../../repository/mod.ts';
import type { WorkerSetup } from './protocol.ts';

export interface EntryVisitor {
  /** `plain` is a view that later calls overwrite. What this throws ends the reading. */
  blob(entry: number, plain: Uint8Array): void;
  missing(entry: number, error: HoldfastError): void;
}

interface EntryBlob extends PackedBlob {
  readonly entry: number;
}

export class BlobSource {
  readonly table: BlobTable;
  readonly #packs: PackReader;
  readonly #stop: StopFlag;
  /** Cancelling goes by the stop flag. */
  readonly #signal = new AbortController().signal;

  constructor(setup: WorkerSetup, backend: Backend, stop: StopFlag) {
    this.table = BlobTable.attach(setup.table);
    this.#packs = new PackReader({ backend, key: setup.key });
    this.#stop = stop;
  }

  async read(entries: Iterable<number>, visitor: EntryVisitor): Promise<void> {
    for (const [pack, blobs] of this.#byPack(entries)) {
      const packId = this.table.packId(pack);
      const open = new Set(blobs.map(({ entry }) => entry));
      let thrown: { readonly error: unknown } | undefined;
      const take = (entry: number, work: () => void): void => {
        open.delete(entry);
        try {
          this.throwIfStopped();
          work();
        } catch (error) {
          thrown = { error };
          throw error;
        }
      };
      const entryOf = (blob: PackedBlob): number => (blob as EntryBlob).entry;
      try {
        await this.#packs.readBlobs(
          packId,
          blobs,
          {
            blob: (blob, plain) => take(entryOf(blob), () => visitor.blob(entryOf(blob), plain)),
            damaged: (blob, error) => take(entryOf(blob), () => visitor.missing(entryOf(blob), error)),
          },
          this.#signal,
        );
      } catch (error) {
        if (thrown !== undefined) throw thrown.error;
        // The pack is gone or cannot be read: what it holds fails, the rest goes on.
        for (const entry of open) visitor.missing(entry, unreadable(packId, error));
      }
    }
  }

  throwIfStopped(): void {
    if (this.#stop.raised) throw new HoldfastError('cancelled', 'The restore was cancelled.');
  }

  #byPack(entries: Iterable<number>): Map<number, EntryBlob[]> {
    const { table } = this;
    const byPack = new Map<number, EntryBlob[]>();
    for (const entry of entries) {
      const pack = table.pack(entry);
      const blob = {
        ...packedBlob('data', table.id(entry), {
          offset: table.offset(entry),
          length: table.length(entry),
          uncompressedLength: table.uncompressedLength(entry) || undefined,
        }),
        entry,
      };
      const blobs = byPack.get(pack);
      if (blobs === undefined) byPack.set(pack, [blob]);
      else blobs.push(blob);
    }
    return byPack;
  }
}

function unreadable(packId: string, error: unknown): HoldfastError {
  if (isHoldfastError(error)) return error;
  return new HoldfastError('io', `The pack ${packId} cannot be read: ${messageOf(error)}`, { cause: error });
}
