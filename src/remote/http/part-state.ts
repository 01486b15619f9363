/**
 * What `<target>.part.json` says of a download that was not finished: enough to go on after a crash, and to know whose it is.
 *
 * Guarantees: the file is whole or not there; it never says more bytes than are on the disk.
 */
import { constants, promises as fs } from 'node:fs';
import { z } from 'zod';
import { HoldfastError, systemCode } from '../../base/errors.ts';

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
const largestBytes = 64 * 1024;

const count = z.int().min(0);
const schema = z.object({
  version: z.literal(1),
  /** Which backup of which remote this is a part of. */
  identity: z.string(),
  /** The segment that is being fetched, from 0, and its name; where it begins in the file. */
  segment: count,
  segmentName: z.string().optional(),
  segmentStart: count,
  /** Bytes of the file that are surely on the disk. */
  bytes: count,
  /** Of the segment: a strong ETag, and its size, once known. */
  etag: z.string().optional(),
  segmentBytes: count.optional(),
});

export type PartState = Readonly<z.infer<typeof schema>>;

/** Undefined where there is none. @throws HoldfastError `exists` for a file that is not ours, which is left alone */
export async function readPartState(path: string): Promise<PartState | undefined> {
  const text = await readSmallFile(path);
  if (text === undefined) return undefined;
  try {
    const state = schema.parse(JSON.parse(text));
    if (state.segmentStart <= state.bytes) return state;
  } catch {
    // Not ours, or damaged.
  }
  throw notOurs(path);
}

/** Replaces it; it is on the disk afterwards (its name after the folder was flushed). */
export async function writePartState(path: string, state: PartState): Promise<void> {
  const temporary = `${path}.tmp`;
  await fs.rm(temporary, { force: true });
  const handle = await fs.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    await handle.writeFile(JSON.stringify(state));
    await handle.sync();
    await handle.close();
    await fs.rename(temporary, path);
  } catch (error) {
    await handle.close();
    await fs.rm(temporary, { force: true });
    throw error;
  }
}

/** A file where a part of ours would be. */
export function notOurs(path: string): HoldfastError {
  return new HoldfastError('exists', `${path} is there already, and is no unfinished download of Holdfast.`, {
    hint: 'Move it away, or download to another name.',
    context: { path },
  });
}

async function readSmallFile(path: string): Promise<string | undefined> {
  let handle: fs.FileHandle;
  try {
    handle = await fs.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    if (systemCode(error) === 'ELOOP') throw notOurs(path);
    throw error;
  }
  try {
    const stat = await handle.stat();
    if (!stat.isFile() || stat.size > largestBytes) throw notOurs(path);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}
