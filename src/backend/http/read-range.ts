/** Reads part of a file by a Range header, and takes nothing else for it (RFC 9110, sections 14 and 15.3.7). */
import { HoldfastError } from '../../base/errors.ts';
import type { ByteRange } from '../backend.ts';
import { resolveRange } from '../handle.ts';
import type { Answer } from './answer.ts';
import { contentRangeOf } from './content-range.ts';

export interface RangeReader {
  /** For errors: "data/0a…", and where it lies. */
  readonly file: string;
  readonly location: string;
  /** Asks for the file with this Range header. Throws for answers that are neither of success nor 416. */
  readonly ask: (range: string) => Promise<Answer>;
  readonly sizeBytes: () => Promise<number>;
}

/**
 * Exactly the bytes asked for.
 *
 * @throws `invalid-input` for a range that is none; `corrupt` where the file is shorter; `io`, to be tried again, where another part comes
 */
export async function readRangeOf(range: ByteRange, reader: RangeReader): Promise<Uint8Array> {
  const { start, end } = resolveRange(range, Number.MAX_SAFE_INTEGER, reader.file);
  if (range.offset >= 0 && range.length > 0) return readPart(start, end, reader);
  // From the end, or nothing: only its size tells where that is.
  const known = resolveRange(range, await reader.sizeBytes(), reader.file);
  return known.start === known.end ? new Uint8Array(0) : readPart(known.start, known.end, reader);
}

async function readPart(
  start: number,
  end: number,
  { file, location, ask, sizeBytes }: RangeReader,
): Promise<Uint8Array> {
  const length = end - start;
  using answer = await ask(`bytes=${start}-${end - 1}`);
  const told = contentRangeOf(answer.header('content-range'));
  // Both say how large the file is; where not, it is asked for.
  if (answer.status === 416 || (told.sizeBytes !== undefined && told.sizeBytes < end)) {
    answer[Symbol.dispose]();
    resolveRange({ offset: start, length }, told.sizeBytes ?? (await sizeBytes()), file);
  }
  const isWhole = answer.status === 200 && start === 0 && answer.sizeBytes === length;
  if (isWhole || (answer.status === 206 && told.from === start && told.to === end - 1))
    return await answer.bytes(length);
  throw new HoldfastError('io', `Cannot read ${file} at ${location}: another part of it came than was asked for.`, {
    retry: 'backoff',
    hint: 'Something between here and the server may not let parts of files through.',
    context: { status: answer.status, start, length },
  });
}
