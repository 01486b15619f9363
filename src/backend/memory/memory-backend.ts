/** A repository in this process's memory, for tests and for trying things out. Keeps the port's whole contract. */
import { HoldfastError } from '../../base/errors.ts';
import type { Backend, ByteRange, FileType, FileWriter, Handle, ListedFile } from '../backend.ts';
import { checkHandle, describeHandle, fileTypes, resolveRange } from '../handle.ts';

/** An empty place; `create` makes it a repository. */
export function memoryBackend(): Backend {
  return new MemoryBackend();
}

class MemoryBackend implements Backend {
  readonly location = 'memory';
  readonly place = { location: 'memory:' };
  readonly connections = 4;
  #created = false;
  readonly #files = new Map<FileType, Map<string, Uint8Array>>(fileTypes.map((type) => [type, new Map()]));

  async create(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#of('config').size > 0) throw new HoldfastError('exists', 'There is a repository in memory already.');
    this.#created = true;
  }

  async openWriter(type: FileType, { signal }: { readonly signal: AbortSignal }): Promise<FileWriter> {
    this.#begin(signal);
    return new MemoryWriter(type, this.#of(type), signal);
  }

  async save(handle: Handle, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    checkHandle(handle);
    await using writer = await this.openWriter(handle.type, { signal });
    await writer.write(bytes);
    await writer.commit(handle.name);
  }

  async read(handle: Handle, signal: AbortSignal): Promise<Uint8Array> {
    return this.#get(handle, signal).slice();
  }

  async readRange(handle: Handle, range: ByteRange, signal: AbortSignal): Promise<Uint8Array> {
    const bytes = this.#get(handle, signal);
    const { start, end } = resolveRange(range, bytes.length, describeHandle(handle));
    return bytes.slice(start, end);
  }

  async stat(handle: Handle, signal: AbortSignal): Promise<ListedFile> {
    return { name: handle.name, sizeBytes: this.#get(handle, signal).length };
  }

  async *list(type: FileType, signal: AbortSignal): AsyncGenerator<ListedFile> {
    this.#begin(signal);
    for (const [name, bytes] of this.#of(type)) {
      yield { name, sizeBytes: bytes.length };
      signal.throwIfAborted();
    }
  }

  async remove(handle: Handle, signal: AbortSignal): Promise<void> {
    checkHandle(handle);
    this.#begin(signal);
    this.#of(handle.type).delete(handle.name);
  }

  async freeBytes(signal: AbortSignal): Promise<number | undefined> {
    this.#begin(signal);
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #begin(signal: AbortSignal): void {
    signal.throwIfAborted();
    if (!this.#created) throw new HoldfastError('no-repository', 'There is no repository in memory yet.');
  }

  #of(type: FileType): Map<string, Uint8Array> {
    const files = this.#files.get(type);
    if (files === undefined) throw new HoldfastError('invalid-input', `"${type}" is no type of repository file.`);
    return files;
  }

  #get(handle: Handle, signal: AbortSignal): Uint8Array {
    checkHandle(handle);
    this.#begin(signal);
    const bytes = this.#of(handle.type).get(handle.name);
    if (bytes === undefined) throw new HoldfastError('not-found', `${describeHandle(handle)} does not exist.`);
    return bytes;
  }
}

class MemoryWriter implements FileWriter {
  readonly #type: FileType;
  readonly #files: Map<string, Uint8Array>;
  readonly #signal: AbortSignal;
  #parts: Uint8Array[] | undefined = [];

  constructor(type: FileType, files: Map<string, Uint8Array>, signal: AbortSignal) {
    this.#type = type;
    this.#files = files;
    this.#signal = signal;
  }

  write(bytes: Uint8Array): void {
    const parts = this.#mustBeOpen();
    this.#signal.throwIfAborted();
    parts.push(bytes.slice());
  }

  async commit(name: string): Promise<void> {
    const handle = { type: this.#type, name };
    checkHandle(handle);
    const parts = this.#mustBeOpen();
    this.#parts = undefined;
    this.#signal.throwIfAborted();
    if (this.#files.has(name)) throw new HoldfastError('exists', `${describeHandle(handle)} is there already.`);
    this.#files.set(name, new Uint8Array(Buffer.concat(parts)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#parts = undefined;
  }

  #mustBeOpen(): Uint8Array[] {
    if (this.#parts === undefined) {
      throw new HoldfastError('internal', 'A writer was used after it was committed, failed or disposed.');
    }
    return this.#parts;
  }
}
