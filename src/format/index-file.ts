/**
 * Index files: which blobs lie where in which packs (restic design.rst, Indexing).
 */
import { HoldfastError } from '../base/errors.ts';
import { type Id, isId } from './id.ts';
import { type ScanProgress, scanUsualLayout } from './index-scan.ts';
import { asObject, parseJson } from './json-object.ts';
import type { PackedBlob } from './pack-header.ts';
import { CRYPTO_OVERHEAD } from './pack-header.ts';

/** Called in the order of the file: a pack, then its blobs. */
export interface IndexVisitor {
  pack(id: Id): void;
  blob(blob: PackedBlob): void;
  /** Older index files that this one replaces (only very old restic wrote it). */
  supersedes?(ids: readonly Id[]): void;
}

/** Blobs of an index file at most: where restic calls one full. */
export const MAX_INDEX_BLOBS = 50_000;

const MAX_U32 = 0xffffffff;

/**
 * Reads a decrypted index file. The layout that restic writes is scanned by hand (index-scan.ts); from the first byte that
 * differs, JSON.parse takes over. Throws 'corrupt'; the visitor may have been called before.
 */
export function scanIndex(json: Uint8Array, visitor: IndexVisitor): void {
  const seen = scanUsualLayout(json, visitor);
  if (!seen.complete) visitParsed(parseIndex(json), visitor, seen);
}

/** `packs` and `supersedes` of any index layout; a bare list of packs is what the first restic versions wrote. */
function parseIndex(json: Uint8Array): { readonly packs: unknown; readonly supersedes: unknown } {
  if (json[0] === 0x5b) return { packs: parseJson(json, 'the index'), supersedes: undefined };
  const { packs, supersedes } = asObject(parseJson(json, 'the index'), 'the index');
  return { packs, supersedes };
}

function visitParsed(index: ReturnType<typeof parseIndex>, visitor: IndexVisitor, seen: ScanProgress): void {
  const packs: unknown = index.packs ?? [];
  if (!Array.isArray(packs)) throw corrupt('"packs" is not a list');
  if (index.supersedes != null) {
    if (!Array.isArray(index.supersedes) || !index.supersedes.every(isId)) {
      throw corrupt('"supersedes" is not a list of ids');
    }
    visitor.supersedes?.(index.supersedes);
  }
  // What the scan has reported is not reported again, but it must be what the parser sees, too (names given twice).
  if (seen.packs > packs.length) throw corrupt('"packs" is there twice');
  for (let i = Math.max(0, seen.packs - 1); i < packs.length; i++) {
    const { id, blobs = [] } = asObject(packs[i], 'a pack in the index');
    const done = i === seen.packs - 1;
    if (!isId(id)) throw corrupt('a pack has no id');
    if (blobs !== null && !Array.isArray(blobs)) throw corrupt('"blobs" is not a list');
    if (done && (id !== seen.packId || (blobs ?? []).length < seen.blobs)) throw corrupt(`pack ${id} is there twice`);
    if (!done) visitor.pack(id);
    for (const blob of (blobs ?? []).slice(done ? seen.blobs : 0)) visitor.blob(blobFromJson(blob));
  }
}

/** The index file of these packs, as restic writes it. */
export function encodeIndex(packs: Iterable<{ readonly id: Id; readonly blobs: Iterable<PackedBlob> }>): Uint8Array {
  // Pack by pack, so that the text of tens of thousands of blobs is never there at once.
  const parts: Buffer[] = [Buffer.from('{"packs":[')];
  for (const { id, blobs } of packs) {
    let text = `${parts.length > 1 ? ',' : ''}{"id":"${id}","blobs":[`;
    let first = true;
    for (const blob of blobs) {
      text += first ? blobToJson(blob) : `,${blobToJson(blob)}`;
      first = false;
    }
    parts.push(Buffer.from(`${text}]}`, 'latin1'));
  }
  parts.push(Buffer.from(']}\n'));
  return Buffer.concat(parts);
}

function blobToJson({ id, type, offset, length, uncompressedLength }: PackedBlob): string {
  const plain = uncompressedLength === undefined ? '' : `,"uncompressed_length":${uncompressedLength}`;
  return `{"id":"${id}","type":"${type}","offset":${offset},"length":${length}${plain}}`;
}

function blobFromJson(value: unknown): PackedBlob {
  const { id, type, offset, length, uncompressed_length: plain } = asObject(value, 'a blob in the index');
  if (!isId(id)) throw corrupt('a blob has no id');
  if (type !== 'data' && type !== 'tree') throw corrupt(`blob ${id} has the unknown type ${JSON.stringify(type)}`);
  if (!isU32(offset) || !isU32(length) || length < CRYPTO_OVERHEAD || !isU32(plain ?? 0)) {
    throw corrupt(`blob ${id} has an impossible place`);
  }
  return isU32(plain) && plain !== 0
    ? { type, id, offset, length, uncompressedLength: plain }
    : { type, id, offset, length };
}

function isU32(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_U32;
}

function corrupt(problem: string): HoldfastError {
  return new HoldfastError('corrupt', `the index is damaged: ${problem}`);
}
