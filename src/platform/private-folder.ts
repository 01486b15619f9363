/**
 * Folders for what a program must read from a file and nobody else may: `await using folder = privateFolder()`.
 * Mode 0700 under the system's temporary folder; its files are 0600; removed with all that is in it.
 */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromSystemError } from '../base/errors.ts';
import { writePrivateFile } from './private-file.ts';

export interface PrivateFolder extends AsyncDisposable {
  readonly path: string;
  /** Writes a file that only this user may read. @returns its path */
  write(name: string, content: string): string;
}

/** @throws HoldfastError if it cannot be made */
export function privateFolder(): PrivateFolder {
  const path = make();
  return {
    path,
    write: (name, content) => {
      const file = join(path, name);
      writePrivateFile(file, content);
      return file;
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

function make(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'holdfast-'));
  } catch (error) {
    throw fromSystemError(error, `make a folder in ${tmpdir()}`);
  }
}
