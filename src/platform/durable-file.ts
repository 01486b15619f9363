/**
 * Small files of text that are whole or not there: state that must survive a kill, a power cut and a full disk.
 *
 *     temporary file (new, 0600) ─► write ─► fsync ─► rename over the old one ─► fsync of the folder
 *     then, if asked for, the same once more for `<file>.copy`
 *
 * Guarantees: whoever reads the file finds an earlier text or this one, never a part; when the promise resolves the text is on
 * the disk; when it rejects the earlier text is still the file's, but for a folder that could not be flushed. The copy guards against
 * bytes that go bad where they lie: it is written last, so one of the two is whole at any instant, and it is never the newer one.
 * A write is short and takes no signal: half of it is of no use to anyone.
 */
import { randomBytes } from 'node:crypto';
import { constants, promises as fs } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fromSystemError, HoldfastError, systemCode } from '../base/errors.ts';

/** The system calls that can fail for want of space, so that tests can let them. */
export type DurableCalls = Pick<typeof fs, 'open' | 'rename'>;

export interface DurableOptions {
  /** Keeps a second file of the same text. Its failure is none: the first is durable by then, and the old copy stays. */
  readonly copy?: boolean;
  readonly calls?: DurableCalls;
}

const LARGEST_BYTES = 256 * 1024 * 1024;
const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
const flushUnsupported = new Set(['ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'ENOSYS', 'ENOTTY']);

/** Where the second copy of a file lies. */
export function copyPath(path: string): string {
  return `${path}.copy`;
}

/**
 * Replaces the file; its folder is made if it is missing. One writer at a time for each path.
 *
 * @throws HoldfastError `no-space`, `permission`, `io`: the file is as it was
 */
export async function writeDurably(path: string, text: string, options: DurableOptions = {}): Promise<void> {
  const calls = options.calls ?? fs;
  try {
    await replace(path, text, calls);
  } catch (error) {
    throw fromSystemError(error, `write ${path}`);
  }
  if (options.copy !== true) return;
  await replace(copyPath(path), text, calls).catch(() => undefined);
}

/** The file's text, or undefined if there is none. @throws HoldfastError `corrupt` for what is no regular file */
export async function readDurable(path: string): Promise<string | undefined> {
  let handle: fs.FileHandle;
  try {
    handle = await fs.open(path, O_RDONLY | O_NONBLOCK);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw fromSystemError(error, `read ${path}`);
  }
  try {
    const stats = await handle.stat();
    if (!stats.isFile() || stats.size > LARGEST_BYTES) {
      throw new HoldfastError('io', `${path} is not a file of Holdfast's state`, {
        hint: 'Look at what lies there, and move it away.',
        context: { path },
      });
    }
    return await handle.readFile('utf8');
  } catch (error) {
    throw fromSystemError(error, `read ${path}`);
  } finally {
    await handle.close();
  }
}

/** Moves a file that is no good to a name that says so and that is free; returns the name. */
export async function setAside(path: string, now: Date): Promise<string> {
  const stamp = now.toISOString().replaceAll(':', '-');
  let aside = `${path}.bad-${stamp}`;
  try {
    for (let n = 2; await isThere(aside); n++) aside = `${path}.bad-${stamp}-${n}`;
    await fs.rename(path, aside);
    await flushFolder(dirname(path));
  } catch (error) {
    throw fromSystemError(error, `move ${path} aside`);
  }
  return aside;
}

/** Removes temporary files that killed writers of this path left. Nobody may be writing it now. */
export async function removeLeftovers(path: string): Promise<void> {
  const name = basename(path);
  const isLeftover = (entry: string): boolean =>
    entry.startsWith(`${name}.`) && /^(copy\.)?[0-9a-f]{16}\.tmp$/.test(entry.slice(name.length + 1));
  const entries = await fs.readdir(dirname(path)).catch(() => []);
  for (const entry of entries.filter(isLeftover)) await fs.unlink(join(dirname(path), entry)).catch(() => undefined);
}

async function replace(path: string, text: string, calls: DurableCalls): Promise<void> {
  const temporary = `${path}.${randomBytes(8).toString('hex')}.tmp`;
  try {
    await writeNew(temporary, text, calls);
    await rename(temporary, path, calls);
  } catch (error) {
    await fs.unlink(temporary).catch(() => undefined);
    throw error;
  }
  await flushFolder(dirname(path));
}

async function writeNew(path: string, text: string, calls: DurableCalls): Promise<void> {
  const create = () => calls.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  const handle = await create().catch(async (error: unknown) => {
    if (!isMissing(error)) throw error;
    await makeFolder(dirname(path));
    return create();
  });
  try {
    await handle.writeFile(text);
    await handle.sync().catch(unlessUnsupported);
  } finally {
    await handle.close();
  }
}

/** Windows refuses to rename over a file that a scanner has open just then. */
async function rename(from: string, to: string, calls: DurableCalls): Promise<void> {
  const attempts = process.platform === 'win32' ? 10 : 1;
  for (let attempt = 1; ; attempt++) {
    try {
      await calls.rename(from, to);
      return;
    } catch (error) {
      const code = systemCode(error) ?? '';
      if (attempt === attempts || !['EPERM', 'EACCES', 'EBUSY'].includes(code)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10 * attempt));
    }
  }
}

async function makeFolder(path: string): Promise<void> {
  const first = await fs.mkdir(path, { recursive: true, mode: 0o700 });
  if (first !== undefined) await flushFolder(dirname(first));
}

/** Windows has no such call: its journal keeps the order. */
async function flushFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await fs.open(path, O_RDONLY);
  try {
    await handle.sync().catch(unlessUnsupported);
  } finally {
    await handle.close();
  }
}

async function isThere(path: string): Promise<boolean> {
  return fs.lstat(path).then(
    () => true,
    () => false,
  );
}

function isMissing(error: unknown): boolean {
  return systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR';
}

function unlessUnsupported(error: unknown): void {
  if (!flushUnsupported.has(systemCode(error) ?? '')) throw error;
}
