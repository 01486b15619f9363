/** Where a program lies, for those that go by several names or are not on every machine. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Beside PATH: services start with a short one, and Debian and Homebrew keep these out of it. */
const usualFolders = ['/usr/local/bin', '/opt/homebrew/bin', '/usr/bin', '/usr/sbin'];

/** The absolute path of the first of these names that is installed, or undefined. */
export function findProgram(names: readonly string[], path: string = process.env.PATH ?? ''): string | undefined {
  const folders = [...path.split(delimiter), ...(process.platform === 'win32' ? [] : usualFolders)];
  const endings = process.platform === 'win32' ? ['.exe'] : [''];
  return names
    .flatMap((name) => folders.flatMap((folder) => endings.map((ending) => join(folder, `${name}${ending}`))))
    .find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
