/**
 * Keeps a file that is being written until its name is known: up to 64 MiB in memory, the rest in a temporary file that only this user
 * can read and that has no name where the system allows it, so that nothing is left even by a kill.
 */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromSystemError } from '../base/errors.ts';

const blockBytes = 1024 * 1024;
const memoryBytes = 64 * blockBytes;
/** Memory that is kept for the next files, of all backends in this thread. */
const keptBlocks = 40;
const pieceBytes = 128 * 1024;

const freeBlocks: Buffer[] = [];

export class Spool implements AsyncDisposable {
  readonly #memoryBytes: number;
  #blocks: Buffer[] = [];
  #file: { readonly handle: FileHandle; readonly path: string | undefined } | undefined;
  #sizeBytes = 0;

  /** @param options.memoryBytes a multiple of 1 MiB, for tests */
  constructor(options: { readonly memoryBytes?: number } = {}) {
    this.#memoryBytes = options.memoryBytes ?? memoryBytes;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Takes a copy. Call one at a time. */
  append(bytes: Uint8Array): void | Promise<void> {
    const inMemory = Math.max(0, Math.min(bytes.length, this.#memoryBytes - this.#sizeBytes));
    this.#appendToMemory(bytes.subarray(0, inMemory));
    if (inMemory < bytes.length) return this.#appendToFile(bytes.subarray(inMemory));
  }

  /** All of it, from the start, in pieces that are good until the next one is asked for or it is disposed of. May be read again. */
  async *pieces(): AsyncGenerator<Uint8Array, void> {
    let left = Math.min(this.#sizeBytes, this.#memoryBytes);
    for (const block of this.#blocks) {
      for (let at = 0; at < blockBytes && left > 0; at += pieceBytes) {
        const piece = block.subarray(at, at + Math.min(pieceBytes, left));
        left -= piece.length;
        yield piece;
      }
    }
    const inFile = this.#sizeBytes - this.#memoryBytes;
    for (let at = 0; at < inFile && this.#file !== undefined; ) {
      const piece = Buffer.allocUnsafeSlow(pieceBytes);
      const { bytesRead } = await this.#file.handle.read(piece, 0, Math.min(pieceBytes, inFile - at), at);
      if (bytesRead === 0) throw new Error('a temporary file is shorter than what was written to it');
      at += bytesRead;
      yield piece.subarray(0, bytesRead);
    }
  }

  /** The memory may be used for other files: nothing is under way that reads it. */
  recycle(): void {
    for (const block of this.#blocks) if (freeBlocks.length < keptBlocks) freeBlocks.push(block);
    this.#blocks = [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#blocks = [];
    const file = this.#file;
    this.#file = undefined;
    await file?.handle.close();
    if (file?.path !== undefined) await unlink(file.path).catch(() => undefined);
  }

  #appendToMemory(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const used = this.#sizeBytes % blockBytes;
      if (used === 0) this.#blocks.push(freeBlocks.pop() ?? Buffer.allocUnsafeSlow(blockBytes));
      const count = Math.min(bytes.length - at, blockBytes - used);
      this.#blocks.at(-1)?.set(bytes.subarray(at, at + count), used);
      at += count;
      this.#sizeBytes += count;
    }
  }

  async #appendToFile(bytes: Uint8Array): Promise<void> {
    try {
      this.#file ??= await openUnnamed();
      for (let at = 0; at < bytes.length; ) {
        const { bytesWritten } = await this.#file.handle.write(bytes, at, bytes.length - at);
        at += bytesWritten;
      }
    } catch (error) {
      throw fromSystemError(error, `write a temporary file in ${tmpdir()}`);
    }
    this.#sizeBytes += bytes.length;
  }
}

async function openUnnamed(): Promise<{ handle: FileHandle; path: string | undefined }> {
  const path = join(tmpdir(), `holdfast-${randomBytes(12).toString('hex')}`);
  const handle = await open(path, 'wx+', 0o600);
  const isUnnamed = await unlink(path).then(
    () => true,
    () => false,
  );
  return { handle, path: isUnnamed ? undefined : path };
}
