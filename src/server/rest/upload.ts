/**
 * Takes a file in: hashed while it is written to a temporary file, published only when its name is its SHA-256 and it came whole.
 * Whatever goes wrong leaves nothing.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Backend, Handle } from '../../backend/backend.ts';
import { HoldfastError } from '../../base/errors.ts';

/** A caller that sends nothing for so long is gone. */
const stallMs = 60_000;

export interface UploadOptions {
  readonly backend: Backend;
  readonly handle: Handle;
  readonly body: IncomingMessage;
  /** Bytes that may come. */
  readonly mostBytes: number;
  readonly signal: AbortSignal;
}

/** @returns its size in bytes. @throws `invalid-input` (wrong hash, cut off), `no-space`, `exists`, the backend's codes */
export async function takeUpload({ backend, handle, body, mostBytes, signal }: UploadOptions): Promise<number> {
  const announced = body.headers['content-length'];
  const sizeHintBytes = announced === undefined ? undefined : Number(announced);
  if (sizeHintBytes !== undefined && sizeHintBytes > mostBytes) throw overQuota();
  await using writer = await backend.openWriter(handle.type, {
    signal,
    ...(sizeHintBytes === undefined ? {} : { sizeHintBytes }),
  });
  const hash = createHash('sha256');
  let bytes = 0;
  body.setTimeout(stallMs, () => body.destroy(new HoldfastError('timeout', 'Nothing came any more.')));
  for await (const chunk of body as AsyncIterable<Buffer>) {
    signal.throwIfAborted();
    bytes += chunk.length;
    if (bytes > mostBytes) throw overQuota();
    hash.update(chunk);
    await writer.write(chunk);
  }
  if (!body.complete) throw new HoldfastError('invalid-input', 'The upload was cut off.');
  // The configuration has a fixed name.
  if (handle.type !== 'config' && hash.digest('hex') !== handle.name) {
    throw new HoldfastError('invalid-input', 'The content does not have the hash that is its name.', {
      hint: 'It was changed on the way: send it again.',
    });
  }
  await writer.commit(handle.name);
  return bytes;
}

function overQuota(): HoldfastError {
  return new HoldfastError('no-space', 'The quota of this repository is used up.', {
    hint: 'Remove snapshots and prune, or ask who runs the server for more.',
    context: { quota: true },
  });
}
