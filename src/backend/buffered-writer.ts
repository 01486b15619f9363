/**
 * A writer for stores that want a file's name, or its whole content, before its first byte: keeps what is written in memory
 * and saves it at commit. As large as the file, and freed at the end, or left to the next writer.
 */
import { HoldfastError } from '../base/errors.ts';
import type { FileType, FileWriter, Handle } from './backend.ts';
import { checkHandle } from './handle.ts';

export interface BufferedWriterOptions {
  readonly type: FileType;
  readonly sizeHintBytes?: number | undefined;
  /** Memory of writers before this one that is free again: shared by those that write the same kind of files. */
  readonly spare?: Pick<SpareBuffers, 'take' | 'give'>;
  /** Called once, at commit; it need not keep the bytes after its promise settled. */
  readonly save: (handle: Handle, bytes: Uint8Array, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

/** While one is uploaded the next is filled. */
const mostSpare = 2;

/** Memory for the next writers: to take it anew, cleared by the system page by page, is a sixth of an upload's processor time. */
export class SpareBuffers {
  readonly #buffers: ArrayBuffer[] = [];

  /** One of at least so many bytes. */
  take(bytes: number): ArrayBuffer {
    const at = this.#buffers.findIndex(({ byteLength }) => byteLength >= bytes);
    return at < 0 ? new ArrayBuffer(bytes) : this.#buffers.splice(at, 1)[0]!;
  }

  give(buffer: ArrayBuffer): void {
    if (this.#buffers.length < mostSpare) this.#buffers.push(buffer);
    else free(buffer);
  }

  clear(): void {
    for (const buffer of this.#buffers.splice(0)) free(buffer);
  }
}

export function bufferedWriter(options: BufferedWriterOptions): FileWriter {
  return new BufferedWriter(options);
}

const fresh = { take: (bytes: number) => new ArrayBuffer(bytes), give: free };

/** A pack ends after its size was reached: room for what comes on top of the hint. */
const slackBytes = 2 * 1024 * 1024;
const firstBytes = 64 * 1024;

class BufferedWriter implements FileWriter {
  readonly isInMemory = true;
  readonly #options: BufferedWriterOptions;
  #buffer: ArrayBuffer | undefined;
  #length = 0;
  #closed = false;

  constructor(options: BufferedWriterOptions) {
    this.#options = options;
  }

  write(bytes: Uint8Array): void {
    this.#mustBeOpen();
    this.#options.signal.throwIfAborted();
    const buffer = this.#withRoomFor(bytes.length);
    new Uint8Array(buffer).set(bytes, this.#length);
    this.#length += bytes.length;
  }

  async commit(name: string): Promise<void> {
    const { type, save, spare = fresh, signal } = this.#options;
    const handle = { type, name };
    checkHandle(handle);
    this.#mustBeOpen();
    this.#closed = true;
    signal.throwIfAborted();
    await save(handle, new Uint8Array(this.#buffer ?? new ArrayBuffer(0), 0, this.#length), signal);
    // Not after a failure: a socket may still hold on to it.
    if (this.#buffer !== undefined) spare.give(this.#buffer);
    this.#buffer = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#buffer = undefined;
  }

  #withRoomFor(bytes: number): ArrayBuffer {
    const needed = this.#length + bytes;
    const { sizeHintBytes, spare = fresh } = this.#options;
    this.#buffer ??= spare.take(sizeHintBytes === undefined ? firstBytes : sizeHintBytes + slackBytes);
    if (this.#buffer.byteLength < needed) this.#buffer = this.#buffer.transfer(Math.max(needed, 2 * this.#length));
    return this.#buffer;
  }

  #mustBeOpen(): void {
    if (!this.#closed) return;
    throw new HoldfastError('internal', 'A writer was used after it was committed, failed or disposed.');
  }
}

/** At once, instead of at the next garbage collection. */
function free(buffer: ArrayBuffer): void {
  buffer.transfer(0);
}
