/**
 * Where a user's files of Holdfast belong on each system: XDG on Linux and other Unixes, Library on macOS, AppData on Windows.
 * `HOLDFAST_DATA_DIR`, `HOLDFAST_CONFIG_DIR` and `HOLDFAST_CACHE_DIR` go before all. Nothing is created here.
 */
import { homedir } from 'node:os';
import { posix, win32 } from 'node:path';

export interface Folders {
  /** Repositories, history: must not be lost. */
  readonly data: string;
  readonly config: string;
  /** May be deleted at any time. */
  readonly cache: string;
}

export interface FoldersInput {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

/** The folders of this process's user, or of what is given (for tests). Absolute paths. */
export function userFolders(
  input: FoldersInput = { platform: process.platform, environment: process.env, home: homedir() },
): Folders {
  const { environment } = input;
  const standard = standardFolders(input);
  return {
    data: environment.HOLDFAST_DATA_DIR || standard.data,
    config: environment.HOLDFAST_CONFIG_DIR || standard.config,
    cache: environment.HOLDFAST_CACHE_DIR || standard.cache,
  };
}

function standardFolders({ platform, environment, home }: FoldersInput): Folders {
  if (platform === 'win32') {
    const roaming = environment.APPDATA || win32.join(home, 'AppData', 'Roaming');
    const local = environment.LOCALAPPDATA || win32.join(home, 'AppData', 'Local');
    return {
      data: win32.join(local, 'Holdfast', 'Data'),
      config: win32.join(roaming, 'Holdfast'),
      cache: win32.join(local, 'Holdfast', 'Cache'),
    };
  }
  if (platform === 'darwin') {
    const support = posix.join(home, 'Library', 'Application Support', 'Holdfast');
    return {
      data: posix.join(support, 'data'),
      config: support,
      cache: posix.join(home, 'Library', 'Caches', 'Holdfast'),
    };
  }
  // XDG Base Directory Specification: a relative path in these variables is to be ignored.
  const xdg = (name: string, ...fallback: string[]): string => {
    const value = environment[name];
    const base = value !== undefined && posix.isAbsolute(value) ? value : posix.join(home, ...fallback);
    return posix.join(base, 'holdfast');
  };
  return {
    data: xdg('XDG_DATA_HOME', '.local', 'share'),
    config: xdg('XDG_CONFIG_HOME', '.config'),
    cache: xdg('XDG_CACHE_HOME', '.cache'),
  };
}
