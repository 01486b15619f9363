/** Names in the target: temporary ones, and those that this system cannot have. */
import { type ByteString, toUtf8 } from '../base/byte-string.ts';
import { HoldfastError } from '../base/errors.ts';
import { idOf } from '../format/id.ts';

const temporaryPrefix = '.holdfast-restore-';
const temporaryPattern = /^\.holdfast-restore-[0-9a-f]{16}$/;

/**
 * Where an item is written before it is renamed to `path`: in the same folder, the same name each time, so that a later
 * run takes the place of what a killed one left.
 */
export function temporaryPathOf(path: ByteString): ByteString {
  const slash = path.lastIndexOf('/') + 1;
  return path.slice(0, slash) + temporaryPrefix + idOf(Buffer.from(path.slice(slash), 'latin1')).slice(0, 16);
}

export function isTemporaryName(name: ByteString): boolean {
  return temporaryPattern.test(name);
}

/** Characters that end a name, lead elsewhere or cannot be in one, on Windows (Naming Files, Paths, and Namespaces). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const notOnWindows = /[\x00-\x1f<>:"/\\|?*]|[ .]$|^(con|prn|aux|nul|com[0-9\xb9\xb2\xb3]|lpt[0-9\xb9\xb2\xb3])(\.|$)/i;

/** Why an item of that name cannot be made here; undefined if it can. (Slashes, NUL, "." and ".." no tree has.) */
export function nameProblem(name: ByteString, platform: NodeJS.Platform = process.platform): HoldfastError | undefined {
  if (platform !== 'win32' || !notOnWindows.test(name)) return undefined;
  return new HoldfastError('unsupported', `Windows has no name such as ${toUtf8(name)}`, {
    hint: 'Restore it on another system.',
  });
}
