/** Writes one file of a REST repository: kept here until its name is known, then sent in one request. */
import { HoldfastError } from '../../base/errors.ts';
import type { FileType, FileWriter, Handle } from '../backend.ts';
import { checkHandle } from '../handle.ts';
import { Spool } from '../spool.ts';

export interface RestWriterOptions {
  readonly type: FileType;
  readonly signal: AbortSignal;
  /** Sends the file. */
  readonly upload: (handle: Handle, content: Spool, signal: AbortSignal) => Promise<void>;
}

export class RestWriter implements FileWriter {
  readonly #options: RestWriterOptions;
  readonly #content = new Spool();
  #isOpen = true;

  constructor(options: RestWriterOptions) {
    this.#options = options;
  }

  write(bytes: Uint8Array): void | Promise<void> {
    this.#mustBeOpen();
    this.#options.signal.throwIfAborted();
    return this.#content.append(bytes);
  }

  async commit(name: string): Promise<void> {
    const { type, signal, upload } = this.#options;
    const handle = { type, name };
    checkHandle(handle);
    this.#mustBeOpen();
    this.#isOpen = false;
    await using content = this.#content;
    signal.throwIfAborted();
    await upload(handle, content, signal);
    content.recycle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOpen = false;
    await this.#content[Symbol.asyncDispose]();
  }

  #mustBeOpen(): void {
    if (this.#isOpen) return;
    throw new HoldfastError('internal', 'A writer was used after it was committed, failed or disposed.');
  }
}
