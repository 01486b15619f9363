/**
 * Stores tree blobs: hash, look up, append to a tree pack. Runs on the main thread, with kernel memory of its own.
 */
import { hash } from 'node:crypto';
import type { ByteString } from '../base/byte-string.ts';
import type { Id } from '../format/id.ts';
import { treeText } from '../format/tree.ts';
import { type Kernels, loadKernels } from '../kernels/kernels.ts';
import { type Backend, BlobTable, type FinishedPack, PackWriter } from '../repository/mod.ts';
import type { WorkerSetup } from './worker/protocol.ts';

const mib = 1024 * 1024;
/** Larger trees (folders of more than about 8,000 entries) take memory of their own for a moment. */
const maxTreeBytes = 4 * mib;

export class TreeSaver implements AsyncDisposable {
  readonly #kernels: Kernels;
  readonly #window: number;
  readonly #table: BlobTable;
  readonly #packs: PackWriter;
  readonly #dryRun: boolean;
  readonly #suspectPacks: ReadonlySet<number>;
  /** Trees that the repository did not have. */
  added = { blobs: 0, bytes: 0 };

  constructor(options: {
    readonly setup: WorkerSetup;
    readonly backend: Backend;
    readonly onPack: (pack: FinishedPack) => void;
    readonly signal: AbortSignal;
    /** Packs of the blob table that could not be read: trees that lie in them are stored once more. Grows meanwhile. */
    readonly suspectPacks: ReadonlySet<number>;
  }) {
    const { setup } = options;
    this.#suspectPacks = options.suspectPacks;
    this.#kernels = loadKernels({ memoryBytes: 20 * mib });
    this.#window = this.#kernels.alloc(maxTreeBytes, 4096);
    this.#table = BlobTable.attach(setup.table);
    this.#dryRun = setup.dryRun;
    this.#packs = new PackWriter({
      kernels: this.#kernels,
      key: setup.key,
      backend: options.backend,
      table: this.#table,
      type: 'tree',
      repositoryVersion: setup.repositoryVersion,
      compression: setup.compression,
      packSizeBytes: setup.packSizeBytes,
      maxBlobBytes: maxTreeBytes,
      onPack: options.onPack,
      signal: options.signal,
    });
  }

  /** Stores the tree of these node texts unless the repository has it, in a pack that could be read. */
  async save(nodeTexts: readonly ByteString[]): Promise<Id> {
    const bytes = treeText(nodeTexts);
    const id = hash('sha256', bytes);
    const { entry, fresh } = this.#table.claim('tree', id);
    if (!fresh && !this.#suspectPacks.has(this.#table.pack(entry))) return id;
    this.added.blobs += 1;
    this.added.bytes += bytes.length;
    if (this.#dryRun) return id;
    if (bytes.length > maxTreeBytes) {
      await this.#packs.appendLarge(entry, bytes);
      return id;
    }
    this.#kernels.u8.set(bytes, this.#window);
    const appended = this.#packs.append(entry, this.#window, bytes.length);
    if (appended !== undefined) await appended;
    return id;
  }

  async flush(): Promise<void> {
    await this.#packs.flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#packs[Symbol.asyncDispose]();
  }
}
