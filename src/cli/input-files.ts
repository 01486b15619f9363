/** Files that options name: lists of paths, and of patterns. */
import { readFileSync } from 'node:fs';
import { type ByteString, fromUtf8 } from '../base/byte-string.ts';
import { fromSystemError } from '../base/errors.ts';
import { parsePatternFile } from '../source/mod.ts';

const standardInput = 0;

/** The bytes of a file, or of standard input for `-`. Errors name the file. */
export function readInput(file: string): Buffer {
  try {
    return readFileSync(file === '-' ? standardInput : file);
  } catch (error) {
    throw fromSystemError(error, `read ${file}`);
  }
}

/** The patterns that were given one by one, then those of the files. */
export function patternsOf(given: readonly string[] = [], files: readonly string[] = []): ByteString[] {
  return [...given.map(fromUtf8), ...files.flatMap((file) => parsePatternFile(readInput(file)))];
}
