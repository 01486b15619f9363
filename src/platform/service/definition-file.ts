/** Writes and removes the files that define a service: whole or not there. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fromSystemError } from '../../base/errors.ts';

export function writeDefinition(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(temporary, content, { mode: 0o644 });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw fromSystemError(error, `write ${path}`);
  }
}

/** It is fine if there is none. */
export function removeDefinition(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    throw fromSystemError(error, `remove ${path}`);
  }
}
