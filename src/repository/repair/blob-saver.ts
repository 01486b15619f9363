/** Stores single blobs on this thread, for repairs: few, and each checked. Packs first, then an index that names them. */
import type { Id } from '../../format/id.ts';
import type { PackedBlob } from '../../format/pack-header.ts';
import { loadKernels } from '../../kernels/kernels.ts';
import type { BlobType } from '../blob-table.ts';
import { seal } from '../crypto.ts';
import { defaultPackSizeBytes } from '../pack-writer.ts';
import type { AddedPack } from '../prune/rewrite-index.ts';
import { SealedPackWriter } from '../prune/sealed-pack-writer.ts';
import type { Repository } from '../repository.ts';
import type { CopiedPack } from '../worker/protocol.ts';
import { zstdCompress } from '../zstd.ts';

const kernelBytes = 8 * 1024 * 1024;

export class BlobSaver implements AsyncDisposable {
  readonly #repository: Repository;
  readonly #writers: Readonly<Record<BlobType, SealedPackWriter>>;
  readonly #blobs: { readonly type: BlobType; readonly id: Id }[] = [];
  readonly #saved = new Set<string>();
  readonly #packs: AddedPack[] = [];

  constructor(repository: Repository, signal: AbortSignal) {
    this.#repository = repository;
    const options = {
      backend: repository.backend,
      key: repository.key,
      kernels: loadKernels({ memoryBytes: kernelBytes }),
      packSizeBytes: defaultPackSizeBytes,
      onPack: (pack: CopiedPack) => void this.#packs.push(this.#described(pack)),
      signal,
    };
    this.#writers = { data: new SealedPackWriter(options), tree: new SealedPackWriter(options) };
  }

  /** Stores a blob, unless this saver has done so before. `plain` must be what `id` says. */
  async save(type: BlobType, id: Id, plain: Uint8Array): Promise<void> {
    const key = `${type} ${id}`;
    if (this.#saved.has(key)) return;
    this.#saved.add(key);
    const frame = this.#repository.config.version === 1 ? plain : zstdCompress(plain);
    const compressed = frame.length < plain.length;
    const sealed = seal(this.#repository.key, compressed ? frame : plain);
    const blob: PackedBlob = {
      type,
      id,
      offset: 0,
      length: sealed.length,
      ...(compressed ? { uncompressedLength: plain.length } : {}),
    };
    await this.#writers[type].add(this.#blobs.push({ type, id }) - 1, blob, sealed);
  }

  /** The packs that hold all that was saved, durable; no index names them yet. */
  async finish(): Promise<readonly AddedPack[]> {
    await this.#writers.data.flush();
    await this.#writers.tree.flush();
    return this.#packs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writers.data[Symbol.asyncDispose]();
    await this.#writers.tree[Symbol.asyncDispose]();
  }

  #described({ packId, entries, lengths, plainLengths }: CopiedPack): AddedPack {
    let offset = 0;
    const blobs = Array.from(entries, (number, at): PackedBlob => {
      const length = lengths[at]!;
      const blob = {
        ...this.#blobs[number]!,
        offset,
        length,
        ...(plainLengths[at] === 0 ? {} : { uncompressedLength: plainLengths[at]! }),
      };
      offset += length;
      return blob;
    });
    return { id: packId, blobs };
  }
}
