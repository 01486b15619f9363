/**
 * Takes a file in: hashed while it is written to a temporary file, published only when its name is its SHA-256 and it came whole.
 * Whatever goes wrong leaves nothing.
 *
 *   there already? ─► temporary file ◄─ pieces of 1 MiB ◄─ body, hashed ─► came whole, hash = name ─► publish
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Backend, FileWriter, Handle } from '../../backend/backend.ts';
import { HoldfastError, isHoldfastError } from '../../base/errors.ts';
import { PieceBuffers } from './piece-buffers.ts';
import type { Reservation } from './usage.ts';

/** Each write past the page cache waits for the disk: it is given much at once. */
const buffers = new PieceBuffers();
/** How much of a refused upload is let go by, and for how long, before the connection is cut. */
const ignoredBytes = 256 * 1024 * 1024;
const ignoredMs = 10_000;

export interface UploadOptions {
  readonly backend: Backend;
  readonly handle: Handle;
  readonly body: IncomingMessage;
  /** Has room for what was announced. */
  readonly room: Reservation;
  /** A caller that sends nothing for so long is gone. */
  readonly stallMs: number;
  readonly signal: AbortSignal;
}

/** What Content-Length says. */
export function announcedBytes(body: IncomingMessage): number | undefined {
  const text = body.headers['content-length'];
  return text === undefined ? undefined : Number(text);
}

/** @throws `invalid-input` (wrong hash, cut off), `no-space`, `exists`, the backend's codes */
export async function takeUpload({ backend, handle, body, room, stallMs, signal }: UploadOptions): Promise<void> {
  await assertNew(backend, handle, signal);
  const sizeHintBytes = announcedBytes(body);
  await using writer = await backend.openWriter(handle.type, {
    signal,
    ...(sizeHintBytes === undefined ? {} : { sizeHintBytes }),
  });
  const { bytes, sha256 } = await receive(body, { writer, room, stallMs, signal }).catch((error: unknown) => {
    // What Node says of a body that ended too early is no fault of ours.
    throw body.errored === error && !isHoldfastError(error) ? cutOff(error) : error;
  });
  // The configuration has a fixed name.
  if (handle.type !== 'config' && sha256 !== handle.name) {
    throw new HoldfastError('invalid-input', 'The content does not have the hash that is its name.', {
      hint: 'It was changed on the way: send it again.',
    });
  }
  await writer.commit(handle.name);
  room.keep(bytes);
}

/** What is left of a refused upload: read and thrown away, so that its sender reads the answer instead of a broken connection. */
export function letGoBy(body: IncomingMessage): void {
  if (body.complete || body.destroyed) return;
  let left = ignoredBytes;
  const timer = setTimeout(() => body.destroy(), ignoredMs);
  body.once('close', () => clearTimeout(timer));
  body.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) body.destroy();
  });
  body.on('error', () => undefined);
  body.resume();
}

/** Said before it is sent; `commit` looks again, for two at the same time. */
async function assertNew(backend: Backend, handle: Handle, signal: AbortSignal): Promise<void> {
  try {
    await backend.stat(handle, signal);
  } catch (error) {
    if (isHoldfastError(error, 'not-found')) return;
    throw error;
  }
  throw new HoldfastError('exists', 'It is there already, and is never overwritten.');
}

interface Receiving extends Pick<UploadOptions, 'room' | 'stallMs' | 'signal'> {
  readonly writer: FileWriter;
}

async function receive(body: IncomingMessage, { writer, room, stallMs, signal }: Receiving) {
  const hash = createHash('sha256');
  let bytes = 0;
  using piece = buffers.take();

  let filled = 0;
  body.setTimeout(stallMs, () => body.destroy(new HoldfastError('timeout', 'Nothing came any more.')));
  // The connection stays, for the answer.
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    signal.throwIfAborted();
    bytes += chunk.length;
    room.growTo(bytes);
    hash.update(chunk);
    for (let at = 0; at < chunk.length; ) {
      const count = Math.min(chunk.length - at, piece.bytes.length - filled);
      piece.bytes.set(chunk.subarray(at, at + count), filled);
      at += count;
      filled += count;
      if (filled < piece.bytes.length) continue;
      await writer.write(piece.bytes);
      filled = 0;
    }
  }
  if (!body.complete) throw cutOff();
  // From here on it is the disk that takes its time.
  body.setTimeout(0);
  if (filled > 0) await writer.write(piece.bytes.subarray(0, filled));
  return { bytes, sha256: hash.digest('hex') };
}

function cutOff(cause?: unknown): HoldfastError {
  return new HoldfastError('invalid-input', 'The upload was cut off.', { cause });
}
