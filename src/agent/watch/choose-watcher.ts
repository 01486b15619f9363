/** Which watcher suits the sources. */
import { readdirSync } from 'node:fs';
import { type ByteString, fsPath, isAscii, toUtf8 } from '../../base/byte-string.ts';
import { systemCode } from '../../base/errors.ts';
import { identityOf } from './folder-identity.ts';
import { childPath, type WatchRules } from './watch-rules.ts';

export type WatcherKind = 'chokidar' | 'lean' | 'native';

/** chokidar takes about 40 µs and 3 KB for an entry: 0.4 s and 30 MB for these. */
const chokidarMostEntries = 10_000;

/** Counts entries, as far as is needed to choose. `mostEntries`: up to how many chokidar is taken. */
export function chooseWatcher(
  sources: readonly ByteString[],
  rules: WatchRules,
  mostEntries: number = chokidarMostEntries,
): WatcherKind {
  if (process.platform === 'darwin' || process.platform === 'win32') return 'native';
  return suitsChokidar(sources, rules, mostEntries) ? 'chokidar' : 'lean';
}

function suitsChokidar(sources: readonly ByteString[], rules: WatchRules, mostEntries: number): boolean {
  if (!sources.every(isUtf8)) return false;
  const folders = sources.filter((source) => identityOf(source) !== undefined);
  let entries = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const found = list(folder);
    const chosen = rules.select(
      folder,
      found.map(({ name }) => name),
    );
    entries += found.length;
    if (entries > mostEntries) return false;
    for (const entry of found) {
      if (!entry.isDirectory() || !chosen.has(entry.name)) continue;
      const path = childPath(folder, entry.name);
      if (!rules.enters(path)) continue;
      if (!isUtf8(entry.name)) return false;
      folders.push(path);
    }
  }
  return true;
}

function isUtf8(name: ByteString): boolean {
  return isAscii(name) || Buffer.from(toUtf8(name)).toString('latin1') === name;
}

function list(folder: ByteString) {
  try {
    return readdirSync(fsPath(folder), { encoding: 'latin1', withFileTypes: true });
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return [];
  }
}
