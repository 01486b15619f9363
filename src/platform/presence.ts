/**
 * Whether a path is there, and the drive that it should be on.
 *
 * A folder that a drive is mounted on is there, and empty, when the drive is not. An empty folder counts as such a left-over if
 * it is named in fstab, or lies where systems mount drives, and no drive is mounted there; any other empty folder is present.
 *
 * A dead network drive can hold a call for minutes. The answer is then 'unknown' after a time limit, and the same path is not
 * asked again before that call has come back, so that Node's few threads for files do not all end up waiting.
 */
import type { Stats } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Clock, systemClock } from '../base/clock.ts';
import { systemCode } from '../base/errors.ts';

/** `not-mounted`: only the folder is there that the drive is to be mounted on. */
export type Presence = 'present' | 'missing' | 'not-mounted' | 'unknown';

export interface PresencePort {
  /** Rejects only when cancelled. */
  presence(path: string, signal: AbortSignal): Promise<Presence>;
}

export interface SystemPresenceOptions {
  readonly clock?: Clock;
  readonly timeoutMs?: number;
  /** The table of drives to mount. */
  readonly fstabPath?: string;
  /** Folders in which systems mount drives. */
  readonly mountRoots?: readonly string[];
  /** Looks at the disk; others in tests. */
  readonly look?: (path: string) => Promise<Presence>;
}

/** This machine's paths. */
export function systemPresence(options: SystemPresenceOptions = {}): PresencePort {
  const { clock = systemClock, timeoutMs = 5_000, fstabPath = '/etc/fstab', mountRoots = usualMountRoots } = options;
  const { look = (path) => lookAt(path, { fstabPath, mountRoots }) } = options;
  const running = new Map<string, Promise<Presence>>();
  const ask = (path: string): Promise<Presence> => {
    const before = running.get(path);
    if (before !== undefined) return before;
    const asked = look(path).finally(() => running.delete(path));
    running.set(path, asked);
    return asked;
  };
  return {
    presence: async (path, signal) => {
      signal.throwIfAborted();
      const done = new AbortController();
      const limit = AbortSignal.any([signal, done.signal]);
      try {
        return await Promise.race([ask(resolve(path)), clock.sleep(timeoutMs, limit).then(() => 'unknown' as const)]);
      } finally {
        done.abort();
      }
    },
  };
}

const usualMountRoots = ['/mnt', '/media', '/run/media', '/Volumes'];

const isGone = new Set(['ENOENT', 'ENOTDIR', 'ENODEV', 'ENXIO', 'ENOTCONN', 'EHOSTDOWN']);

type Places = Required<Pick<SystemPresenceOptions, 'fstabPath' | 'mountRoots'>>;

async function lookAt(path: string, places: Places): Promise<Presence> {
  try {
    const found = await stat(path);
    return found.isDirectory() && (await isLeftOver(path, found, places)) ? 'not-mounted' : 'present';
  } catch (error) {
    return isGone.has(systemCode(error) ?? '') ? 'missing' : 'unknown';
  }
}

async function isLeftOver(path: string, found: Stats, options: Places): Promise<boolean> {
  const base = await placeOfMount(path, options);
  if (base === undefined || (await stat(base)).dev !== found.dev) return false;
  return (await readdir(path)).length === 0;
}

/** The folder that a path would be on the same file system as, were its drive not mounted; undefined if it is on none. */
async function placeOfMount(path: string, { fstabPath, mountRoots }: Places): Promise<string | undefined> {
  const root = mountRoots.find((each) => path.startsWith(`${each}/`));
  if (root !== undefined) return root;
  return path !== dirname(path) && (await isInFstab(path, fstabPath)) ? dirname(path) : undefined;
}

/** fstab(5): white space in a path is written as \040 and the like. */
async function isInFstab(path: string, fstabPath: string): Promise<boolean> {
  const text = await readFile(fstabPath, 'utf8').catch(() => '');
  return text.split('\n').some((line) => {
    const [device, folder] = line.trim().split(/\s+/);
    if (folder === undefined || device?.startsWith('#') === true) return false;
    return folder.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))) === path;
  });
}
