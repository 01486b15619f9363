/** The walk that a selector is made for, in its plainest form: what stays of a folder. */
import type { Selector } from '../../src/source/filesystem/excludes.ts';
import { listNames, scanEntries } from '../../src/source/filesystem/scan-directory.ts';

/** Paths below `root` (byte strings, sorted), relative to it. */
export function selectedPaths(root: string, selector: Selector): string[] {
  const found: string[] = [];
  const walk = (folder: string): void => {
    const names = listNames(folder);
    const rejected = selector.rejectDirectory(folder, names);
    const skip = (name: string, path: string) => rejected?.get(name) ?? selector.rejectName(path);
    for (const entry of scanEntries(folder, names, { skip })) {
      if (entry.error !== undefined) throw entry.error;
      const path = `${folder}/${entry.name}`;
      if (selector.rejectEntry(path, entry.stat) !== undefined) continue;
      found.push(path.slice(root.length + 1));
      if (entry.stat.kind === 'dir') walk(path);
    }
  };
  walk(root);
  return found.sort((a, b) => (a < b ? -1 : 1));
}
