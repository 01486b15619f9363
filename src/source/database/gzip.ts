/** Dumps packed and unpacked on the way. */
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip, type Gunzip, type Gzip } from 'node:zlib';
import { HoldfastError, systemCode } from '../../base/errors.ts';

/** Always the same bytes for the same content (no name, no time). It ends as `content` does, and its errors are that of `content`. */
export function gzipped(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  return through(content, createGzip);
}

/** @throws `corrupt` at the end of what is no whole gzip stream */
export async function* gunzipped(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* through(content, createGunzip);
  } catch (cause) {
    if (systemCode(cause)?.startsWith('Z_') !== true) throw cause;
    throw new HoldfastError('corrupt', 'The dump is damaged: it cannot be unpacked.', { cause });
  }
}

async function* through(content: AsyncIterable<Uint8Array>, make: () => Gzip | Gunzip): AsyncGenerator<Uint8Array> {
  const codec = make();
  const fed = pipeline(content, codec);
  fed.catch(() => undefined); // the codec throws the same
  try {
    for await (const chunk of codec) yield chunk as Uint8Array;
    await fed;
  } finally {
    codec.destroy();
  }
}
