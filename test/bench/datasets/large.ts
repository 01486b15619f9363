/**
 * The sets of large files, all of incompressible bytes.
 *
 * *large*: ONE file of 2 GiB. *dedup*: four images of 512 MiB, 2 GiB in all; the first is unique, the other three are made of
 * runs of the first, each from a shifted place and with a few inserted bytes before it: 3/4 of the set repeats, and a
 * program that cuts at fixed places finds nothing of it.
 */
import type { Piece, Plan } from './plan.ts';
import { Sfc32 } from './random.ts';

const MIB = 1 << 20;
const PIECE = 32 * MIB;
/** Places in the key stream that no other content uses. */
const LARGE_STREAM = 2 ** 40;
const INSERT_STREAM = 2 ** 41;

export function planLarge(scale: number): Plan {
  const path = 'large.bin';
  const length = Math.round(2048 * scale) * MIB;
  const pieces = cut(path, 0, length, LARGE_STREAM);
  return planOf([{ path, length }], pieces);
}

export function planDedup(scale: number): Plan {
  const imageLength = Math.round(512 * scale) * MIB;
  const pieces = cut('image-0.raw', 0, imageLength, 0);
  const random = new Sfc32(0x64656475, 1);
  let inserted = INSERT_STREAM;
  for (let image = 1; image <= 3; image++) {
    const path = `image-${image}.raw`;
    let offset = 0;
    while (offset < imageLength) {
      const insert = Math.min(1 + random.below(4096), imageLength - offset);
      pieces.push({ path, content: 'stream', offset, length: insert, from: inserted });
      inserted += insert;
      offset += insert;
      const from = random.below(imageLength);
      const longest = Math.min(imageLength - offset, imageLength - from, 2 * PIECE);
      const length = Math.min(longest, imageLength / 32 + random.below(imageLength / 8));
      if (length <= 0) continue;
      pieces.push(...cut(path, offset, Math.floor(length), from));
      offset += Math.floor(length);
    }
  }
  const files = [0, 1, 2, 3].map((image) => ({ path: `image-${image}.raw`, length: imageLength }));
  return planOf(files, pieces);
}

function cut(path: string, offset: number, length: number, from: number): Piece[] {
  const pieces: Piece[] = [];
  for (let done = 0; done < length; done += PIECE) {
    const part = Math.min(PIECE, length - done);
    pieces.push({ path, content: 'stream', offset: offset + done, length: part, from: from + done });
  }
  return pieces;
}

function planOf(largeFiles: Plan['largeFiles'], pieces: readonly Piece[]): Plan {
  return {
    folders: [],
    largeFiles,
    fileCount: largeFiles.length,
    pieces: pieces.length,
    piece(number: number): Piece {
      const piece = pieces[number];
      if (piece === undefined) throw new RangeError(`There is no piece ${number}.`);
      return piece;
    },
  };
}
