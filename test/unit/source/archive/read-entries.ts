/** What the archive suites share. */
import { type ArchiveOptions, openArchive, type StreamEntry } from '../../../../src/source/mod.ts';

export interface ReadEntry extends Omit<StreamEntry, 'content'> {
  readonly text?: string;
}

/** All entries with their content (latin1). */
export async function readEntries(entries: AsyncIterable<StreamEntry>): Promise<ReadEntry[]> {
  const found: ReadEntry[] = [];
  for await (const { content, ...entry } of entries) {
    if (content === undefined) {
      found.push(entry);
      continue;
    }
    const parts: Uint8Array[] = [];
    for await (const bytes of content) parts.push(bytes);
    found.push({ ...entry, text: Buffer.concat(parts).toString('latin1') });
  }
  return found;
}

/** An archive as a stream, in pieces of that many bytes. */
export async function* piecesOf(bytes: Uint8Array, size = 700): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export function readArchive(
  bytes: Uint8Array,
  options: Partial<ArchiveOptions> & { readonly pieceBytes?: number } = {},
): Promise<ReadEntry[]> {
  const { pieceBytes, ...rest } = options;
  const signal = new AbortController().signal;
  return readEntries(openArchive(piecesOf(bytes, pieceBytes), { signal, ...rest }));
}
