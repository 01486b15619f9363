/**
 * Writes zip archives, by archiver: one entry after the other, no faster than they are read. A zip holds times in steps of
 * two seconds, names as UTF-8, and no owners or attributes; tar keeps all.
 */
import { Readable } from 'node:stream';
import { type ByteString, isAscii, toUtf8 } from '../../../base/byte-string.ts';
import { unixMode } from '../../../format/file-mode.ts';
import type { ArchiveEntry } from './archive-entries.ts';

/** What a zip can say: 1980 … 2107. */
const earliest = Date.UTC(1980, 0, 1);
const latest = Date.UTC(2107, 11, 31);

/** The archive's bytes. */
export async function* zipArchive(entries: AsyncIterable<ArchiveEntry>): AsyncGenerator<Uint8Array, void> {
  const { ZipArchive } = await import('archiver');
  const zip = new ZipArchive({ zlib: { level: 6 } });
  const nameOf = zipNames();
  const append = (entry: ArchiveEntry): Promise<void> =>
    new Promise((resolve, reject) => {
      const { path, node } = entry;
      const source = node.type === 'file' && entry.sizeBytes > 0 ? Readable.from(entry.content) : Buffer.alloc(0);
      const stop = (error?: Error): void => {
        if (source instanceof Readable) source.destroy();
        reject(error ?? new Error('The archive was closed before its end.'));
      };
      if (source instanceof Readable) source.once('error', stop);
      zip.once('close', stop);
      const time = Number(node.mtimeNs / 1_000_000n);
      zip.append(source, {
        name: nameOf(path),
        type: node.type === 'dir' ? 'directory' : node.type === 'symlink' ? 'symlink' : 'file',
        ...(node.type === 'symlink' ? { linkname: linkText(node.linktarget) } : {}),
        date: new Date(Math.min(latest, Math.max(earliest, time))),
        mode: unixMode(node.mode) & 0o7777,
        callback: () => {
          zip.off('close', stop);
          resolve();
        },
      });
    });
  const feed = async (): Promise<void> => {
    try {
      for await (const entry of entries) await append(entry);
      await zip.finalize();
    } catch (error) {
      zip.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  };
  const feeding = feed();
  yield* zip; // whoever reads no further destroys it, which ends the feeding
  await feeding;
}

/**
 * Names for a zip: text, with no character in it that unpackers (or archiver) would take for a folder or a drive. What then
 * comes out alike gets a number.
 */
function zipNames(): (path: ByteString) => string {
  const taken = new Set<string>();
  return (path) => {
    const text = toUtf8(path).replaceAll('\\', '\uff3c');
    const name = /^\w+:/.test(text) ? `./${text}` : text;
    if (isAscii(path) && name === text) return name;
    let free = name;
    for (let number = 2; taken.has(free); number++) free = `${name} (${number})`;
    taken.add(free);
    return free;
  };
}

function linkText(target: ByteString | undefined): string {
  return toUtf8(target ?? '');
}
