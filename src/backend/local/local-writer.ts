/**
 * Writes one file of a local repository: append to a temporary file, then
 *
 *   finish (tail, true length, read-only, flush) → close → publish (link, unlink, flush the folder)
 *
 * so that whatever has a name is whole and on the disk. A failure or a dispose removes the temporary file.
 */
import { dirname } from 'node:path';
import { fromSystemError, HoldfastError, systemCode } from '../../base/errors.ts';
import type { FileType, FileWriter } from '../backend.ts';
import { checkHandle } from '../handle.ts';
import type { Layout, Modes } from '../layout.ts';
import type { AppendFile } from './append-file.ts';
import { assertRepositoryThere } from './presence.ts';
import { publish } from './publish.ts';
import { flushFolder, isMissing, lstatIfThere, mkdir, unlink } from './system-calls.ts';

export interface LocalWriterOptions {
  readonly layout: Layout;
  readonly modes: Modes;
  readonly type: FileType;
  readonly signal: AbortSignal;
}

export class LocalWriter implements FileWriter {
  readonly #file: AppendFile;
  readonly #options: LocalWriterOptions;
  #state: 'open' | 'failed' | 'done' = 'open';

  /** Takes over the file: it is closed, and removed or published, by this writer. */
  constructor(file: AppendFile, options: LocalWriterOptions) {
    this.#file = file;
    this.#options = options;
  }

  write(bytes: Uint8Array): void {
    this.#mustBeOpen();
    this.#options.signal.throwIfAborted();
    try {
      this.#file.append(bytes);
    } catch (error) {
      this.#state = 'failed';
      throw fromSystemError(error, `write in ${dirname(this.#file.path)}`); // its own name tells nobody anything
    }
  }

  async commit(name: string): Promise<void> {
    const { layout, modes, type, signal } = this.#options;
    const handle = { type, name };
    checkHandle(handle);
    this.#mustBeOpen();
    this.#state = 'failed'; // until the end is reached
    const path = layout.pathOf(handle);
    try {
      signal.throwIfAborted();
      await this.#file.finish(modes.file);
      await this.#file.close();
      signal.throwIfAborted();
      await this.#publish(path);
      this.#state = 'done';
    } catch (error) {
      throw fromSystemError(error, `write ${path}`);
    } finally {
      await this[Symbol.asyncDispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === 'open') this.#state = 'failed';
    await this.#file.close();
    if (this.#state === 'failed') await unlink(this.#file.path).catch(() => undefined); // at worst swept later
  }

  /** Publishes, after making the folder if only that is missing (copying tools leave out empty ones). */
  async #publish(path: string): Promise<void> {
    try {
      await publish(this.#file.path, path);
    } catch (error) {
      if (!isMissing(error)) throw error;
      await assertRepositoryThere(this.#options.layout);
      if ((await lstatIfThere(this.#file.path)) === undefined) throw vanished(this.#file.path);
      await makeFolder(dirname(path), this.#options.modes);
      await publish(this.#file.path, path);
    }
  }

  #mustBeOpen(): void {
    if (this.#state === 'open') return;
    throw new HoldfastError('internal', 'A writer was used after it was committed, failed or disposed.');
  }
}

/** Makes one folder, durably; no error if it is there. Its parent must be there. */
export async function makeFolder(path: string, modes: Modes): Promise<void> {
  try {
    await mkdir(path, { mode: modes.folder });
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return;
    throw error;
  }
  await flushFolder(dirname(path));
}

function vanished(path: string): HoldfastError {
  return new HoldfastError('io', `${path} was removed before it was complete.`, {
    retry: 'backoff',
    hint: 'Another program cleans up in the repository, its disk went away, or this machine slept for more than a day.',
    context: { path },
  });
}
