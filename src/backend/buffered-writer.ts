/**
 * A writer for stores that want a file's name, or its whole content, before its first byte: keeps what is written in memory
 * and saves it at commit. As large as the file, and freed at the end.
 */
import { HoldfastError } from '../base/errors.ts';
import type { FileType, FileWriter, Handle } from './backend.ts';
import { checkHandle } from './handle.ts';

export interface BufferedWriterOptions {
  readonly type: FileType;
  readonly sizeHintBytes?: number | undefined;
  /** Called once, at commit; it need not keep the bytes after its promise settled. */
  readonly save: (handle: Handle, bytes: Uint8Array, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

export function bufferedWriter(options: BufferedWriterOptions): FileWriter {
  return new BufferedWriter(options);
}

/** A pack ends after its size was reached: room for what comes on top of the hint. */
const slackBytes = 2 * 1024 * 1024;
const firstBytes = 64 * 1024;

class BufferedWriter implements FileWriter {
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
    const { type, save, signal } = this.#options;
    const handle = { type, name };
    checkHandle(handle);
    this.#mustBeOpen();
    this.#closed = true;
    signal.throwIfAborted();
    await save(handle, new Uint8Array(this.#buffer ?? new ArrayBuffer(0), 0, this.#length), signal);
    // At once, instead of at the next garbage collection. Not after a failure: a socket may still hold on to it.
    this.#buffer?.transfer(0);
    this.#buffer = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#buffer = undefined;
  }

  #withRoomFor(bytes: number): ArrayBuffer {
    const needed = this.#length + bytes;
    const { sizeHintBytes } = this.#options;
    this.#buffer ??= new ArrayBuffer(sizeHintBytes === undefined ? firstBytes : sizeHintBytes + slackBytes);
    if (this.#buffer.byteLength < needed) this.#buffer = this.#buffer.transfer(Math.max(needed, 2 * this.#length));
    return this.#buffer;
  }

  #mustBeOpen(): void {
    if (!this.#closed) return;
    throw new HoldfastError('internal', 'A writer was used after it was committed, failed or disposed.');
  }
}
