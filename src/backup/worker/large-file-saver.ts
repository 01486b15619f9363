/**
 * Saves a large file, alone or together with other workers that take turns at it (shared-cursor.ts).
 *
 *   holding the cursor: read the next stretch into the window and cut it
 *     a chunk that is known to have come after the one before it, elsewhere in this run, is recognized: at its length is
 *     a place for a cut, and its SHA-256 is the known one, so the bytes are the same, and so is where they are cut
 *     else the chunker searches for the cut
 *   without the cursor: store what was cut
 */
import { hash } from 'node:crypto';
import type { Kernels } from '../../kernels/kernels.ts';
import type { BlobTable } from '../../repository/mod.ts';
import { changedError, expectedOf, OpenFile, problemOf, SourceFileError } from './file-reader.ts';
import type { FileProblem, SharedAnswer, SharedRequest } from './protocol.ts';
import { SharedCursor } from './shared-cursor.ts';
import type { Successor, Successors } from './successors.ts';

const kib = 1024;
const mib = 1024 * kib;
/** restic's chunker (FORMAT: chunker). */
const minChunkBytes = 512 * kib;
const maxChunkBytes = 8 * mib;
const readStepBytes = 256 * kib;
/** What a worker takes of a file before it lets others at it. */
const turnBytes = 2.5 * mib;
/** A file that grows while it is read is read so far beyond its size, so that the reading ends. */
const growthBytes = 64 * mib;
/** What the window must hold. */
export const largeFileWindowBytes = turnBytes + maxChunkBytes + mib;

export interface LargeFileSaverOptions {
  readonly kernels: Kernels;
  /** Address of `largeFileWindowBytes` of the kernels' memory. */
  readonly window: number;
  readonly table: BlobTable;
  readonly successors: Successors;
  /** Stores a chunk in the window unless the repository has it; gives its table entry. */
  readonly store: (start: number, length: number) => Promise<number>;
  /** Counts a chunk that needed no storing. */
  readonly countKnown: (length: number) => void;
}

interface CutChunk {
  readonly length: number;
  /** Its table entry, where it was recognized. */
  readonly entry: number | undefined;
}

interface Turn {
  /** The number of its first chunk in the file. */
  readonly sequence: number;
  readonly chunks: readonly CutChunk[];
}

export class LargeFileSaver {
  readonly #options: LargeFileSaverOptions;

  constructor(options: LargeFileSaverOptions) {
    this.#options = options;
  }

  /** Takes turns at the file until it is read. */
  async save(request: SharedRequest): Promise<Omit<SharedAnswer, 'kind' | 'added'>> {
    const cursor = SharedCursor.attach(request.cursor);
    const sequence: number[] = [];
    const entries: number[] = [];
    const problems: FileProblem[] = [];
    let bytes = 0;
    try {
      using file = new OpenFile(request.path);
      const opened = file.changed(request.expected);
      const expected = opened === undefined ? request.expected : expectedOf(opened);
      // What it has become is not what the others read; whether it matters is theirs to say.
      if (request.helps && opened !== undefined) return nothing();
      const limit = Number(expected[0]) + growthBytes;
      for (;;) {
        const turn = cursor.holding(() => {
          const before = sequence.at(-1) === cursor.sequence - 1 ? entries.at(-1) : undefined;
          return this.#takeTurn(cursor, new Stretch(this.#options, file, cursor.offset, limit), before);
        });
        if (turn === undefined) break;
        let start = 0;
        for (const [index, chunk] of turn.chunks.entries()) {
          const entry = await this.#settle(chunk, start);
          const before = turn.sequence + index - 1;
          if (sequence.at(-1) === before)
            this.#options.successors.note(entries.at(-1)!, { entry, length: chunk.length });
          sequence.push(before + 1);
          entries.push(entry);
          start += chunk.length;
        }
        bytes += start;
      }
      if (file.changed(expected) !== undefined) {
        problems.push({ index: 0, unreadable: false, error: changedError(request.path) });
      } else if (opened !== undefined) {
        problems.push({ index: 0, unreadable: false, stat: opened });
      }
    } catch (error) {
      if (request.helps && entries.length === 0 && error instanceof SourceFileError) return nothing();
      cursor.holding(() => cursor.end());
      problems.push({ index: 0, unreadable: true, error: problemOf(error) });
    }
    return { sequence: Uint32Array.from(sequence), entries: Uint32Array.from(entries), bytes, problems };
  }

  /** Reads and cuts the next stretch of the file; undefined at its end. */
  #takeTurn(cursor: SharedCursor, stretch: Stretch, before: number | undefined): Turn | undefined {
    if (cursor.ended) return undefined;
    const chunks: CutChunk[] = [];
    let start = 0;
    let last = before;
    while (start < turnBytes) {
      const known = last === undefined ? undefined : this.#recognize(stretch, start, last);
      const length = known?.length ?? stretch.cut(start);
      if (length > 0) chunks.push({ length, entry: known?.entry });
      last = known?.entry;
      start += length;
      if (stretch.isWhole(start)) {
        cursor.end();
        break;
      }
    }
    const { sequence } = cursor;
    cursor.advance(chunks.length, start);
    return { sequence, chunks };
  }

  /** The chunk at `start`, if it is the one that came after the chunk `before` elsewhere. */
  #recognize(stretch: Stretch, start: number, before: number): Successor | undefined {
    const next = this.#options.successors.after(before);
    if (next === undefined || !stretch.mayEnd(start, next.length)) return undefined;
    const digest = hash('sha256', stretch.bytes(start, next.length), 'binary');
    return this.#options.table.findDigest('data', digest) === next.entry ? next : undefined;
  }

  async #settle({ length, entry }: CutChunk, start: number): Promise<number> {
    if (entry === undefined) return this.#options.store(this.#options.window + start, length);
    this.#options.countKnown(length);
    return entry;
  }
}

/** A part of a file that is being read into the window and cut there. Places are bytes from the part's start. */
class Stretch {
  readonly #kernels: Kernels;
  readonly #window: number;
  readonly #file: OpenFile;
  readonly #offset: number;
  readonly #limit: number;
  #filled = 0;
  #ended = false;

  constructor({ kernels, window }: LargeFileSaverOptions, file: OpenFile, offset: number, limit: number) {
    this.#kernels = kernels;
    this.#window = window;
    this.#file = file;
    this.#offset = offset;
    this.#limit = limit;
  }

  /** Length of the chunk at `start`, by the chunker's rules; 0 at the end of the file. */
  cut(start: number): number {
    for (let scanned = 0; ; ) {
      const filled = this.#filled - start;
      const length = filled > scanned ? this.#kernels.nextCut(this.#window + start, filled, scanned) : 0;
      if (length > 0) return length;
      scanned = filled;
      if (!this.#read(filled === 0 ? minChunkBytes : readStepBytes)) return filled;
    }
  }

  /** Whether the rules allow that a chunk from `start` has this length (there may be a shorter one). */
  mayEnd(start: number, length: number): boolean {
    if (length < minChunkBytes || length > maxChunkBytes) return false;
    while (this.#filled - start < length) if (!this.#read(start + length - this.#filled)) return false;
    return this.#kernels.nextCut(this.#window + start, length, length - 1) === length;
  }

  bytes(start: number, length: number): Uint8Array {
    return new Uint8Array(this.#kernels.memory.buffer, this.#window + start, length);
  }

  /** True where the file ends at `start`. */
  isWhole(start: number): boolean {
    return this.#ended && start === this.#filled;
  }

  /** False at the end of the file. */
  #read(length: number): boolean {
    if (this.#ended) return false;
    const position = this.#offset + this.#filled;
    const got =
      position >= this.#limit ? 0 : this.#file.read(this.#kernels.u8, this.#window + this.#filled, length, position);
    this.#filled += got;
    this.#ended = got === 0;
    return !this.#ended;
  }
}

function nothing(): Omit<SharedAnswer, 'kind' | 'added'> {
  return { sequence: new Uint32Array(0), entries: new Uint32Array(0), bytes: 0, problems: [] };
}
