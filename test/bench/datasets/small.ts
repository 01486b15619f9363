/**
 * The set *small*: a home folder. 170,000 files in 15,000 folders, 2.8 GB at scale 1.
 *
 * Sizes are near to log-normal (half below 2.4 KiB, the longest 12.7 MiB, 2 % empty) and stratified: every scale has the same
 * distribution, tail included. Of every 20 files of a like size 12 are text (so 60 % of files, and about 60 % of bytes), 8
 * are binary: 2 noise, 3 records, 3 programs.
 */
import type { Content, Piece, Plan } from './plan.ts';
import { Sfc32, shuffle } from './random.ts';
import { makeWords } from './words.ts';

const FILES = 170_000;
const FOLDERS = 15_000;
const SEED = 0x686f6d65;
const MAX_DEPTH = 9;

/** Files of 2^n … 2^(n+1) − 1 bytes in a million, n = 3, 4, …; what is missing to a million are empty files. */
const PER_MILLION: readonly number[] = [
  3200, 7900, 17500, 34000, 58000, 88000, 114000, 130000, 135000, 122000, 101000, 74200, 46000, 27000, 13000, 5200,
  1700, 400, 100, 20, 6,
];
const FIRST_OCTAVE = 3;

const MIX: readonly Content[] = [
  ...['text', 'noise', 'text', 'records', 'text', 'program', 'text', 'text', 'noise', 'text'],
  ...['text', 'program', 'text', 'records', 'text', 'text', 'program', 'text', 'records', 'text'],
] as Content[];

const EXTENSIONS: Readonly<Record<Content, readonly string[]>> = {
  text: ['ts', 'md', 'txt', 'json', 'html', 'py', 'c', 'h', 'css', 'xml', 'csv', 'log', 'go', 'eml'],
  records: ['db', 'sqlite', 'dat', 'wav', 'idx'],
  program: ['so', 'o', 'bin', 'ttf', 'pyc', 'class'],
  noise: ['jpg', 'png', 'gz', 'mp4', 'pdf', 'zip'],
  stream: [],
};

export function planSmall(scale: number): Plan {
  const fileCount = Math.max(40, Math.round(FILES * scale));
  const words = makeWords(3000);
  const folders = makeFolders(Math.max(4, Math.round(FOLDERS * scale)), words);
  const { sizes, contents } = makeSizes(fileCount);
  const kinds: readonly Content[] = ['text', 'records', 'program', 'noise'];
  return {
    folders,
    fileCount,
    pieces: fileCount,
    largeFiles: [],
    piece(number: number): Piece {
      const random = new Sfc32(SEED ^ 0x66696c65, number);
      const content = kinds[contents[number] ?? 0] ?? 'text';
      const extensions = EXTENSIONS[content];
      const name = `${words[random.below(words.length)]}-${number}.${extensions[random.below(extensions.length)]}`;
      const path = `${folders[folderFor(random, folders.length)]}/${name}`;
      return { path, content, offset: 0, length: sizes[number] ?? 0, from: number };
    },
  };
}

/** Exclude pattern (restic's syntax) for every second file: half of the files and of the bytes, spread over all folders. */
export const HALF_OF_SMALL = '*-*[02468].*';

function makeFolders(count: number, words: readonly string[]): string[] {
  const random = new Sfc32(SEED, 1);
  const folders = ['home'];
  const depths = [1];
  while (folders.length < count) {
    // The near past is preferred as a parent: chains as well as wide folders come of it.
    const back = random.below(2) === 0 ? random.below(folders.length) : random.below(Math.min(folders.length, 200));
    const parent = folders.length - 1 - back;
    const depth = (depths[parent] ?? 1) + 1;
    if (depth > MAX_DEPTH) continue;
    const accent = random.below(50) === 0 ? 'é' : '';
    folders.push(`${folders[parent]}/${words[random.below(words.length)]}${accent}_${folders.length}`);
    depths.push(depth);
  }
  return folders;
}

/** 3 % of the files lie in one folder (a mail folder), 30 % in a fiftieth of the folders, the rest anywhere. */
function folderFor(random: Sfc32, folders: number): number {
  const luck = random.below(100);
  if (luck < 3) return folders >> 1;
  if (luck < 33) return (random.below(Math.ceil(folders / 50)) * 49) % folders;
  return random.below(folders);
}

function makeSizes(fileCount: number): { sizes: Uint32Array; contents: Uint8Array } {
  const random = new Sfc32(SEED, 2);
  const ordered = new Uint32Array(fileCount);
  const mixed = new Uint8Array(fileCount);
  let next = 0;
  let millionths = 0;
  PER_MILLION.forEach((share, index) => {
    millionths += share;
    const smallest = 2 ** (FIRST_OCTAVE + index);
    for (const end = Math.round((fileCount * millionths) / 1e6); next < end; next++) {
      ordered[next] = smallest + random.below(smallest);
    }
  });
  // From the largest down, so that the mix holds in the long tail, where the bytes are.
  const code: Readonly<Record<Content, number>> = { text: 0, records: 1, program: 2, noise: 3, stream: 0 };
  for (let i = 0; i < next; i++) mixed[next - 1 - i] = code[MIX[i % MIX.length] ?? 'text'];
  const order = Uint32Array.from({ length: fileCount }, (_, i) => i);
  shuffle(order, random);
  const sizes = new Uint32Array(fileCount);
  const contents = new Uint8Array(fileCount);
  order.forEach((place, i) => {
    sizes[place] = ordered[i] ?? 0;
    contents[place] = mixed[i] ?? 0;
  });
  return { sizes, contents };
}
