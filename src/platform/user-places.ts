/**
 * The folders that people keep their files in, on each system: by xdg-user-dirs on Linux, where they may have other names, and by
 * their fixed names on macOS and Windows; and the drives that are mounted.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { posix, win32 } from 'node:path';

export interface UserPlace {
  readonly kind: 'home' | 'desktop' | 'documents' | 'pictures' | 'music' | 'videos' | 'downloads' | 'drive';
  readonly path: string;
}

export interface PlacesInput {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

const kinds = ['desktop', 'documents', 'pictures', 'music', 'videos', 'downloads'] as const;
type Kind = (typeof kinds)[number];

const usualNames: Readonly<Record<Kind, string>> = {
  desktop: 'Desktop',
  documents: 'Documents',
  pictures: 'Pictures',
  music: 'Music',
  videos: 'Videos',
  downloads: 'Downloads',
};
/** xdg-user-dirs, user-dirs.dirs(5). */
const xdgNames: Readonly<Record<Kind, string>> = {
  desktop: 'XDG_DESKTOP_DIR',
  documents: 'XDG_DOCUMENTS_DIR',
  pictures: 'XDG_PICTURES_DIR',
  music: 'XDG_MUSIC_DIR',
  videos: 'XDG_VIDEOS_DIR',
  downloads: 'XDG_DOWNLOAD_DIR',
};

/** Those that are there, the home first. */
export async function userPlaces(input: PlacesInput): Promise<readonly UserPlace[]> {
  const { platform, home } = input;
  const path = platform === 'win32' ? win32 : posix;
  const named = platform === 'linux' ? await xdgFolders(input) : new Map<Kind, string>();
  const known = kinds.map((kind) => {
    const name = kind === 'videos' && platform === 'darwin' ? 'Movies' : usualNames[kind];
    return { kind, path: named.get(kind) ?? path.join(home, name) };
  });
  const all: UserPlace[] = [{ kind: 'home', path: home }, ...known, ...(await drives(input))];
  const there = await Promise.all(all.map((place) => isFolder(place.path)));
  // A folder that was not given a place of its own is the home.
  return all.filter((place, at) => there[at] && (place.kind === 'home' || place.path !== home));
}

async function xdgFolders({ environment, home }: PlacesInput): Promise<Map<Kind, string>> {
  const config = environment.XDG_CONFIG_HOME || posix.join(home, '.config');
  const text = await readFile(posix.join(config, 'user-dirs.dirs'), 'utf8').catch(() => '');
  const found = new Map<Kind, string>();
  for (const kind of kinds) {
    const value = new RegExp(`^${xdgNames[kind]}="(.*)"$`, 'm').exec(text)?.[1]?.replaceAll(/\\(.)/g, '$1');
    if (value === undefined) continue;
    const path = value.replace(/^\$HOME(?=\/|$)/, home);
    if (posix.isAbsolute(path)) found.set(kind, posix.resolve(path));
  }
  return found;
}

/** Windows' letters; elsewhere what is mounted where desktops mount drives. */
async function drives({ platform, home }: PlacesInput): Promise<readonly UserPlace[]> {
  if (platform === 'win32') {
    return [...'DEFGHIJKLMNOPQRSTUVWXYZ'].map((letter) => ({ kind: 'drive', path: `${letter}:\\` }) as const);
  }
  const user = posix.basename(home);
  const folders = platform === 'darwin' ? ['/Volumes'] : [`/media/${user}`, `/run/media/${user}`, '/mnt'];
  const names = await Promise.all(
    folders.map(async (folder) => {
      const entries = await readdir(folder).catch(() => []);
      return entries.map((name) => ({ kind: 'drive', path: posix.join(folder, name) }) as const);
    }),
  );
  return names.flat();
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
