/**
 * Downloads a backup's archive: one or more segments, one after the other, into one file that is whole and checked when it appears.
 *
 *     open <target>.part ─► for each segment: fetch, resume, retry ─► size and checksum ─► rename to the target
 *
 * Guarantees: a target that is there is not touched, unless told; what was fetched before a crash, a failure or a cancel is not
 * fetched again by the next call (but for the last 16 MiB after a crash), given the same `identity`; no URL's query and no header
 * stands in an error. One download to a target at a time.
 */
import { promises as fs } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fromSystemError, HoldfastError, isHoldfastError } from '../../base/errors.ts';
import { fetchSegment, type Segment } from './fetch-segment.ts';
import { isFinished, PartFile } from './part-file.ts';
import type { Transport } from './transport.ts';

export interface DownloadOptions {
  /** `RemoteHttp.transport`. */
  readonly transport: Transport;
  /** Which backup of which remote this is ("panel <base URL> <server> <uuid>"): a part of another one is not gone on with. No secret. */
  readonly identity: string;
  /** In the order of their bytes; the same order at every call. */
  readonly segments: Iterable<Segment> | AsyncIterable<Segment>;
  /** The file; its folder exists. A name that comes from a server goes through `safeFileName` first. */
  readonly target: string;
  /** Replaces a file that is there. Default false. */
  readonly overwrite?: boolean;
  /** Of the whole. */
  readonly checksum?: { readonly algorithm: 'sha1' | 'sha256'; readonly hex: string };
  /** Of the whole, exactly; leave it out where only a rounded size is known. */
  readonly sizeBytes?: number;
  readonly onProgress?: (progress: DownloadProgress) => void;
  readonly signal: AbortSignal;
}

export interface DownloadProgress {
  readonly bytesDone: number;
  /** `sizeBytes`. */
  readonly bytesTotal?: number;
}

export interface Downloaded {
  readonly bytes: number;
  /** Bytes that an earlier call had fetched. */
  readonly resumedFrom: number;
}

const running = new Set<string>();

/**
 * @throws HoldfastError
 * - `exists`: the target, or files where the part would be that are not ours
 * - `no-space`: what was fetched is kept, and gone on with
 * - `corrupt`: size or checksum are wrong; what was fetched is removed
 * - `conflict`: it is being downloaded already; or the remote lists other segments than at the call before, and the next begins anew
 * - `network`, `timeout`, `permission`, `not-found` …: of the server; what was fetched is kept
 */
export async function downloadSegments(options: DownloadOptions): Promise<Downloaded> {
  const target = resolve(options.target);
  if (running.has(target)) {
    throw new HoldfastError('conflict', `${target} is being downloaded already.`, { context: { path: target } });
  }
  running.add(target);
  try {
    return await download({ ...options, target });
  } catch (error) {
    options.signal.throwIfAborted();
    throw fromSystemError(error, `download to ${target}`);
  } finally {
    running.delete(target);
  }
}

async function download(options: DownloadOptions): Promise<Downloaded> {
  const { target, identity, overwrite = false, signal } = options;
  signal.throwIfAborted();
  if (await isFinished(target, identity, overwrite)) {
    const { size } = await fs.stat(target);
    return { bytes: size, resumedFrom: size };
  }
  await using part = await PartFile.open(target, identity);
  const resumedFrom = part.bytes;
  await requireSpace(options, part);
  try {
    await fetchAll(part, options);
  } catch (error) {
    if (isHoldfastError(error, 'corrupt', 'conflict')) await part.discard();
    else await part.save().catch(() => undefined); // the error is why we are here; the last save still holds
    throw error;
  }
  await check(part, options);
  const { bytes } = part;
  await part.finish(overwrite);
  return { bytes, resumedFrom };
}

async function fetchAll(part: PartFile, options: DownloadOptions): Promise<void> {
  const { transport, segments, sizeBytes, signal } = options;
  const onBytes = () => {
    if (sizeBytes !== undefined && part.bytes > sizeBytes) throw wrongSize(part.bytes, sizeBytes);
    options.onProgress?.({ bytesDone: part.bytes, ...(sizeBytes === undefined ? {} : { bytesTotal: sizeBytes }) });
  };
  const { segment: begun, segmentName } = part.state;
  let at = 0;
  for await (const segment of segments) {
    signal.throwIfAborted();
    if (at === begun && segmentName !== undefined && segmentName !== segment.name) throw changedList();
    if (at++ < part.state.segment) continue; // it is there from an earlier call
    await fetchSegment(segment, { transport, part, onBytes, signal });
    await part.endSegment();
  }
  if (at < part.state.segment) throw changedList();
}

function changedList(): HoldfastError {
  return new HoldfastError('conflict', 'The remote lists other parts of this backup than before.', {
    hint: 'Download it again: it begins anew.',
    retry: 'backoff',
  });
}

async function check(part: PartFile, { checksum, sizeBytes, signal }: DownloadOptions): Promise<void> {
  if (sizeBytes !== undefined && part.bytes !== sizeBytes) {
    const { bytes } = part;
    await part.discard();
    throw wrongSize(bytes, sizeBytes);
  }
  if (checksum === undefined) return;
  const found = await part.digest(checksum.algorithm, signal);
  if (found === checksum.hex.toLowerCase()) return;
  await part.discard();
  throw new HoldfastError(
    'corrupt',
    `What was downloaded is not what the remote says it is: its ${checksum.algorithm} is another.`,
    {
      hint: 'It was removed: download it again. If it stays, this backup is damaged on the remote.',
      context: { expected: checksum.hex.toLowerCase(), found },
    },
  );
}

/** Says so before hours of download, where it can be known. */
async function requireSpace({ target, sizeBytes }: DownloadOptions, part: PartFile): Promise<void> {
  if (sizeBytes === undefined) return;
  const { bavail, bsize } = await fs.statfs(dirname(target));
  const [needs, free] = [sizeBytes - part.bytes, bavail * bsize];
  if (needs <= free) return;
  throw new HoldfastError(
    'no-space',
    `The download needs ${needs} bytes more, and ${dirname(target)} has ${free} free.`,
    {
      hint: 'Free space on that disk, or choose another place, then run it again.',
      context: { needs, free },
    },
  );
}

function wrongSize(bytes: number, sizeBytes: number): HoldfastError {
  return new HoldfastError('corrupt', `The download has ${bytes} bytes or more, and the remote says ${sizeBytes}.`, {
    hint: 'Download it again. If it stays, this backup is damaged on the remote.',
    context: { bytes, sizeBytes },
  });
}
