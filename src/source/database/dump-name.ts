/** Names of dumps' files: what a name of a database may hold and a name of a file may not is written as in addresses ("%2F"). */
import { HoldfastError } from '../../base/errors.ts';

/** @param reserved a name that stands for something else */
export function dumpName(database: string, reserved?: string): string {
  const name = database.replace(/[%/]/g, (char) => encodeURIComponent(char));
  return name === reserved ? name.replace(/^./, (char) => `%${char.charCodeAt(0).toString(16)}`) : name;
}

/** @throws `invalid-input` for what `dumpName` does not make */
export function databaseOf(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch (cause) {
    throw new HoldfastError('invalid-input', `"${name}" is no name of a dump.`, { cause });
  }
}
