/**
 * Entries of a tar archive, as it streams by (POSIX ustar and pax, GNU): read by tar-stream, which archiver brings along anyway, and
 * which keeps names as bytes. What that lets pass is checked here: names, links, kinds, the end.
 */
import { extract } from 'tar-stream';
import { type ByteString, toUtf8 } from '../../base/byte-string.ts';
import { isHoldfastError, messageOf } from '../../base/errors.ts';
import { onAbort } from '../../base/on-abort.ts';
import type { StreamEntry } from '../stream-entry.ts';
import { type ArchiveOptions, limitsOf, snapshotPath } from './archive-options.ts';
import { checkLinkTarget, entryParts, textName } from './entry-path.ts';
import { ArchiveMeter } from './limits.ts';
import { damagedArchive, refusedEntry } from './refusal.ts';
import { TarEnd } from './tar-end.ts';

/** What tar-stream tells of an entry (its types say less). Numbers may be NaN: they are text in the archive. */
interface TarHeader {
  /** In latin1, or of Unicode text where it is `pax.path`. */
  readonly name: string;
  readonly linkname: string | null;
  readonly type: string | null;
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: Date;
  /** Where the content begins in the archive. */
  readonly byteOffset: number;
  readonly pax: Readonly<Record<string, string>> | null;
}

/** As bytes: its types do not know the option. */
const namesAsBytes: object = { filenameEncoding: 'latin1' };

/**
 * @param input the archive, unpacked
 * @throws `invalid-input` for an archive that is damaged, cut short, or not to be trusted; what `input` throws
 */
export async function* tarEntries(
  input: AsyncIterable<Uint8Array>,
  options: ArchiveOptions,
): AsyncGenerator<StreamEntry> {
  const meter = new ArchiveMeter(limitsOf(options));
  const end = new TarEnd();
  const reader = extract(namesAsBytes);
  let inputFailure: { readonly error: unknown } | undefined;
  using _ = onAbort(options.signal, () => reader.destroy(asError(options.signal.reason)));
  const fed = feed(input, reader, end).catch((error: unknown) => {
    inputFailure = { error };
    reader.destroy(asError(error));
  });
  const failure = (error: unknown): unknown => {
    if (options.signal.aborted) return options.signal.reason;
    if (inputFailure !== undefined) return inputFailure.error;
    return isHoldfastError(error) ? error : damagedArchive(messageOf(error), error);
  };
  try {
    for await (const item of reader) {
      const header = item.header as unknown as TarHeader;
      end.entry(header.byteOffset, header.type === 'directory' ? 0 : header.size);
      const entry = entryOf(header, options);
      meter.countEntry(header.name);
      if (entry?.kind === 'file') yield { ...entry, content: contentOf(item, header.size, failure) };
      else if (entry !== undefined) yield entry;
      if (!item.destroyed) item.resume();
    }
    await fed;
    end.check();
  } catch (error) {
    throw failure(error);
  } finally {
    reader.destroy();
    if (!options.signal.aborted) await fed;
  }
}

async function* contentOf(
  item: AsyncIterable<unknown>,
  size: number,
  failure: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array> {
  let left = size;
  try {
    for await (const bytes of item as AsyncIterable<Uint8Array>) {
      left -= bytes.length;
      yield bytes;
    }
  } catch (error) {
    throw failure(error);
  }
  // A stream that is taken down looks like one that has ended.
  if (left !== 0) throw failure(damagedArchive('it is cut short'));
}

async function feed(input: AsyncIterable<Uint8Array>, reader: ReturnType<typeof extract>, end: TarEnd): Promise<void> {
  for await (const bytes of input) {
    if (reader.destroyed) return;
    end.watch(bytes);
    if (reader.write(bytes)) continue;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        reader.off('drain', go);
        reader.off('close', go);
        resolve();
      };
      reader.on('drain', go);
      reader.on('close', go);
    });
  }
  reader.end(undefined);
}

function entryOf(header: TarHeader, options: ArchiveOptions): StreamEntry | undefined {
  const name = nameOf(header.name, header.pax?.path);
  const { type } = header;
  const isFolder = type === 'directory';
  const parts = entryParts(name, isFolder, limitsOf(options));
  if (parts === undefined) return undefined;
  const shared = { path: snapshotPath(options, parts), ...metadataOf(header) };
  switch (type) {
    case 'directory':
      return { ...shared, kind: 'dir' };
    case 'symlink': {
      if (options.links !== 'keep-relative') throw refusedEntry(toUtf8(name), 'is a link');
      const linkTarget = nameOf(header.linkname ?? '', header.pax?.linkpath);
      checkLinkTarget(name, parts, linkTarget);
      return { ...shared, kind: 'symlink', linkTarget };
    }
    case 'link':
      throw refusedEntry(toUtf8(name), 'is a hard link');
    case 'file':
    case 'contiguous-file':
      if (Object.keys(header.pax ?? {}).some((key) => key.startsWith('GNU.sparse.'))) {
        throw refusedEntry(toUtf8(name), 'is a sparse file');
      }
      return { ...shared, kind: 'file' };
    default:
      throw refusedEntry(toUtf8(name), 'is neither a file nor a folder');
  }
}

/** Names in headers come as bytes; those of pax records are text. */
function nameOf(inHeader: string, inPax: string | undefined): ByteString {
  return inPax === undefined ? inHeader : textName(inPax);
}

function metadataOf({ mode, uid, gid, mtime, pax }: TarHeader): Omit<StreamEntry, 'path' | 'kind'> {
  const modifiedNs = paxTimeNs(pax?.mtime) ?? timeNs(mtime);
  const [owner, group] = [idOf(pax?.uid, uid), idOf(pax?.gid, gid)];
  return {
    ...(!Number.isInteger(mode) ? {} : { mode: mode & 0o7777 }),
    ...(modifiedNs === undefined ? {} : { modifiedNs }),
    ...(owner === undefined ? {} : { uid: owner }),
    ...(group === undefined ? {} : { gid: group }),
  };
}

/** "1700000000.123456789" */
function paxTimeNs(text: string | undefined): bigint | undefined {
  const [, sign, seconds, fraction = ''] = /^(-?)(\d{1,11})(?:\.(\d+))?$/.exec(text ?? '') ?? [];
  if (seconds === undefined) return undefined;
  const ns = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
  return sign === '-' ? -ns : ns;
}

function timeNs(time: Date): bigint | undefined {
  const ms = time.getTime();
  return Number.isInteger(ms) ? BigInt(ms) * 1_000_000n : undefined;
}

const largestId = 0xffff_ffff;

function idOf(inPax: string | undefined, inHeader: number): number | undefined {
  const id = inPax === undefined ? inHeader : Number(inPax);
  return Number.isInteger(id) && id >= 0 && id <= largestId ? id : undefined;
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
