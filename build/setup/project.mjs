/** The project's root, and the few things that all of set-up shares: saying something, failing, noticing changes. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A failure whose message says it all: printed without a stack trace. */
export class SetupError extends Error {}

/** One line on stderr; stdout belongs to what is run afterwards. */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/**
 * A hash over path, size and modification time of files and folders (recursively), relative to the root.
 * `skip` tells which folders to leave out. What does not exist counts as such.
 */
export function fingerprint(paths, skip = () => false) {
  const hash = createHash('sha256');
  const add = (path) => {
    const stat = statSync(join(root, path), { throwIfNoEntry: false });
    if (stat === undefined) hash.update(`${path}\0-\n`);
    else if (!stat.isDirectory()) hash.update(`${path}\0${stat.size}\0${stat.mtimeMs}\n`);
    else if (!skip(path)) for (const name of readdirSync(join(root, path)).sort()) add(`${path}/${name}`);
  };
  for (const path of paths) add(path);
  return hash.digest('hex');
}

/** A small JSON object in a file of the project; {} where there is none or it is torn. */
export function readState(path) {
  try {
    return JSON.parse(readFileSync(join(root, path), 'utf8'));
  } catch {
    return {};
  }
}

/** Replaces that file atomically. */
export function writeState(path, state) {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.${process.pid}`, `${JSON.stringify(state)}\n`);
  renameSync(`${file}.${process.pid}`, file);
}
