/**
 * Archives as streams of entries for a backup: tar and tar.gz as they come, zip from a file (its table of contents is at its end).
 *
 * An archive comes from elsewhere and is not to be trusted: what is odd in it fails the whole, and nothing is repaired or left
 * out. Names that come twice, and files that are folders as well, are found by who puts the tree together (`runBackup`).
 */
import { open } from 'node:fs/promises';
import { type ByteString, fsPath, toUtf8 } from '../../base/byte-string.ts';
import { fromSystemError, HoldfastError } from '../../base/errors.ts';
import type { StreamEntry } from '../stream-entry.ts';
import { type ArchiveOptions, limitsOf } from './archive-options.ts';
import { gunzip } from './gunzip.ts';
import { ArchiveMeter } from './limits.ts';
import { damagedArchive } from './refusal.ts';
import { tarEntries } from './tar.ts';
import { openZip } from './zip.ts';

const blockBytes = 512;
const magicAt = 257;
const readBytes = 256 * 1024;

type Format = 'tar' | 'tar.gz' | 'zip';

/**
 * The entries of a tar or tar.gz archive, told apart by their first bytes. Each entry's content is to be read before the next.
 *
 * @throws `invalid-input` at the latest at the end, naming the entry where there is one; what `input` throws; the signal's reason
 */
export async function* openArchive(
  input: AsyncIterable<Uint8Array>,
  options: ArchiveOptions,
): AsyncGenerator<StreamEntry> {
  const iterator = input[Symbol.asyncIterator]();
  try {
    const head = await readHead(iterator);
    const whole = joined(head, iterator);
    const format = formatOf(head);
    if (format === 'zip') {
      throw new HoldfastError('invalid-input', 'The archive is a zip file, which cannot be read as a stream.', {
        hint: 'Put it into a file first.',
      });
    }
    const meter = new ArchiveMeter(limitsOf(options));
    const tar = format === 'tar' ? counted(whole, meter) : gunzip(whole, meter, options.signal);
    yield* tarEntries(tar, options);
  } finally {
    const closed = iterator.return?.();
    closed?.catch(() => undefined);
    // One that stalls would hold up the cancel.
    if (!options.signal.aborted) await closed;
  }
}

/** The same for a file, zip files included. @throws also `not-found` and the other codes of reading it */
export async function* openArchiveFile(path: ByteString, options: ArchiveOptions): AsyncGenerator<StreamEntry> {
  const head = await headOfFile(path);
  yield* formatOf(head) === 'zip' ? openZip(path, options) : openArchive(readFile(path, options.signal), options);
}

async function headOfFile(path: ByteString): Promise<Uint8Array> {
  for await (const bytes of readFile(path, AbortSignal.timeout(60_000))) return bytes;
  return new Uint8Array();
}

/** @throws `invalid-input` for what is no archive */
function formatOf(head: Uint8Array): Format {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.length);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return 'tar.gz';
  if (['PK\x03\x04', 'PK\x05\x06'].includes(bytes.toString('latin1', 0, 4))) return 'zip';
  const isTar = bytes.length >= blockBytes && bytes.toString('latin1', magicAt, magicAt + 5) === 'ustar';
  // An empty one is nothing but zeros.
  if (isTar || (bytes.length >= blockBytes && bytes.subarray(0, blockBytes).every((byte) => byte === 0))) return 'tar';
  throw damagedArchive('it is no tar, tar.gz or zip file');
}

/** At least as much as tells the format, or everything. */
async function readHead(iterator: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (let length = 0; length < blockBytes; ) {
    const step = await iterator.next();
    if (step.done === true) break;
    parts.push(step.value);
    length += step.value.length;
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

async function* joined(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  for (let step = await rest.next(); step.done !== true; step = await rest.next()) yield step.value;
}

/** Of what is not packed. */
async function* counted(input: AsyncIterable<Uint8Array>, meter: ArchiveMeter): AsyncGenerator<Uint8Array> {
  for await (const bytes of input) {
    meter.countPacked(bytes.length);
    meter.countUnpacked(bytes.length);
    yield bytes;
  }
}

async function* readFile(path: ByteString, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    await using handle = await open(fsPath(path));
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(readBytes), 0, readBytes, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    throw fromSystemError(error, `read ${toUtf8(path)}`);
  }
}
