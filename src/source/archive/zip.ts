/**
 * Entries of a zip file, by its table of contents: read by yauzl, which goes by that table as the format demands, reads zip64, and
 * brings one small package. What it leaves to its caller is checked here: names, links, the local headers, the checksums.
 */
import { open, stat } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { type Entry, getFileNameLowLevel, openPromise, type ZipFile } from 'yauzl';
import { type ByteString, fsPath, toUtf8 } from '../../base/byte-string.ts';
import { fromSystemError, isHoldfastError, messageOf, systemCode } from '../../base/errors.ts';
import type { StreamEntry } from '../stream-entry.ts';
import { type ArchiveOptions, limitsOf, snapshotPath } from './archive-options.ts';
import { checkLinkTarget, entryParts, textName } from './entry-path.ts';
import { ArchiveMeter } from './limits.ts';
import { damagedArchive, refusedEntry } from './refusal.ts';

/** "Version made by" of archives whose entries have a Unix mode (APPNOTE 4.4.2). */
const madeByUnix = 3;
const typeMask = 0o170000;
const [typeFile, typeFolder, typeLink] = [0o100000, 0o040000, 0o120000];
/** General purpose flag: sizes and checksum follow the content, the local header has zeros (APPNOTE 4.4.4). */
const sizesBehind = 0x08;
const utf8Flag = 0x800;
/** Info-ZIP Unicode Path (APPNOTE 4.6.9). */
const unicodePath = 0x7075;
const longestTarget = 4096;
/** What follows the table: its signature, or its end, of zip64 or not (APPNOTE 4.3.13 to 4.3.16). */
const tableEnds = [0x05054b50, 0x06064b50, 0x06054b50];

interface ZipEntry {
  readonly raw: Entry;
  /** For messages. */
  readonly name: string;
  readonly parts: readonly ByteString[];
}

/** @throws `invalid-input` for an archive that is damaged, or not to be trusted; the codes of reading the file */
export async function* openZip(path: ByteString, options: ArchiveOptions): AsyncGenerator<StreamEntry> {
  const { signal } = options;
  const limits = limitsOf(options);
  const meter = new ArchiveMeter(limits);
  const where = fsPath(path);
  let zip: ZipFile | undefined;
  try {
    meter.countPacked((await stat(where)).size); // once: entries may be made to share their bytes
    zip = await openPromise(where as string, { lazyEntries: true, decodeStrings: false, autoClose: false });
    for await (const raw of zip.eachEntry()) {
      signal.throwIfAborted();
      const name = nameOf(raw);
      const text = toUtf8(name);
      const isFolder = name.endsWith('/');
      meter.countEntry(text);
      const parts = entryParts(name, isFolder, limits);
      await checkHeaders(zip, raw, text);
      if (parts !== undefined) yield await entryOf(zip, { raw, name: text, parts }, meter, options);
    }
    await checkTableEnd(where, zip);
  } catch (error) {
    signal.throwIfAborted();
    if (isHoldfastError(error)) throw error;
    const known = fromSystemError(error, `read ${toUtf8(path)}`);
    if (isHoldfastError(known) && systemCode(error)?.startsWith('ERR_') !== true) throw known;
    throw damagedArchive(messageOf(error), error);
  } finally {
    zip?.close();
  }
}

/**
 * By the flag or the field that says UTF-8, else CP437; what was made on Unix without either has the bytes of the file's name, as
 * Info-ZIP takes it.
 */
function nameOf(raw: Entry): ByteString {
  const isUtf8 = (raw.generalPurposeBitFlag & utf8Flag) !== 0 || raw.extraFields.some(({ id }) => id === unicodePath);
  if (!isUtf8 && raw.versionMadeBy >> 8 === madeByUnix) return raw.fileNameRaw.toString('latin1');
  return textName(getFileNameLowLevel(raw.generalPurposeBitFlag, raw.fileNameRaw, raw.extraFields, true));
}

/** The table of contents and the entry's own header must tell the same, or two programs would see two archives. */
async function checkHeaders(zip: ZipFile, raw: Entry, name: string): Promise<void> {
  if (raw.isEncrypted()) throw refusedEntry(name, 'is encrypted');
  if (!raw.canDecodeFileData()) throw refusedEntry(name, 'is compressed in a way that is not supported');
  const local = await zip.readLocalFileHeaderPromise(raw);
  const flags = local.generalPurposeBitFlag;
  const sizesDiffer =
    (flags & sizesBehind) === 0 &&
    (local.crc32 !== raw.crc32 ||
      (local.compressedSize !== 0xffff_ffff && local.compressedSize !== raw.compressedSize) ||
      (local.uncompressedSize !== 0xffff_ffff && local.uncompressedSize !== raw.uncompressedSize));
  if (
    sizesDiffer ||
    local.compressionMethod !== raw.compressionMethod ||
    (flags & 1) !== 0 ||
    !local.fileName.equals(raw.fileNameRaw)
  ) {
    throw refusedEntry(name, 'is another one in the table of contents than in its place');
  }
}

/** Where the number of entries is too small, the table goes on: some would be left out. */
async function checkTableEnd(where: string | Buffer, zip: ZipFile): Promise<void> {
  await using handle = await open(where);
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(4), 0, 4, Number(zip.readEntryCursor));
  if (bytesRead === 4 && tableEnds.includes(buffer.readUInt32LE())) return;
  throw damagedArchive('its table of contents has more entries than it says');
}

async function entryOf(
  zip: ZipFile,
  entry: ZipEntry,
  meter: ArchiveMeter,
  options: ArchiveOptions,
): Promise<StreamEntry> {
  const { raw, name, parts } = entry;
  const stMode = raw.versionMadeBy >> 8 === madeByUnix ? raw.externalFileAttributes >>> 16 : 0;
  const type = stMode & typeMask;
  const modifiedMs = raw.getLastModDate().getTime();
  const shared = {
    path: snapshotPath(options, parts),
    ...(stMode === 0 ? {} : { mode: stMode & 0o7777 }),
    ...(Number.isInteger(modifiedMs) ? { modifiedNs: BigInt(modifiedMs) * 1_000_000n } : {}),
  };
  if (name.endsWith('/')) {
    if ((type !== 0 && type !== typeFolder) || raw.uncompressedSize > 0)
      throw refusedEntry(name, 'is a folder with content');
    return { ...shared, kind: 'dir' };
  }
  const content = contentOf(zip, entry, meter, options.signal);
  if (type === 0 || type === typeFile) return { ...shared, kind: 'file', content };
  if (type !== typeLink) throw refusedEntry(name, 'is neither a file nor a folder');
  if (options.links !== 'keep-relative') throw refusedEntry(name, 'is a link');
  if (raw.uncompressedSize > longestTarget) throw refusedEntry(name, 'is a link to nothing that can be');
  const bytes: Uint8Array[] = [];
  for await (const part of content) bytes.push(part);
  const linkTarget = Buffer.concat(bytes).toString('latin1');
  checkLinkTarget(parts.join('/'), parts, linkTarget);
  return { ...shared, kind: 'symlink', linkTarget };
}

async function* contentOf(
  zip: ZipFile,
  { raw, name }: ZipEntry,
  meter: ArchiveMeter,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    const stream = await zip.openReadStreamPromise(raw);
    let sum = 0;
    let length = 0;
    try {
      for await (const bytes of stream as AsyncIterable<Buffer>) {
        signal.throwIfAborted();
        meter.countUnpacked(bytes.length, name);
        sum = crc32(bytes, sum);
        length += bytes.length;
        yield bytes;
      }
    } finally {
      stream.destroy();
    }
    if (sum !== raw.crc32 || length !== raw.uncompressedSize) throw refusedEntry(name, 'does not fit its checksum');
  } catch (error) {
    signal.throwIfAborted();
    if (isHoldfastError(error)) throw error;
    throw refusedEntry(name, `cannot be unpacked (${messageOf(error)})`);
  }
}
