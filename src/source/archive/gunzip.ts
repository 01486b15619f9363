/** Unpacks a gzip stream, and counts what goes in and comes out. */
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { messageOf, systemCode } from '../../base/errors.ts';
import type { ArchiveMeter } from './limits.ts';
import { damagedArchive } from './refusal.ts';

/** @throws `invalid-input` for what is no whole gzip stream, or has more behind its end; what the meter and `input` throw */
export async function* gunzip(
  input: AsyncIterable<Uint8Array>,
  meter: ArchiveMeter,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const codec = createGunzip({ rejectGarbageAfterEnd: true });
  const fed = pipeline(counted(input, meter), codec, { signal });
  fed.catch(() => undefined); // the codec throws the same
  try {
    for await (const bytes of codec) {
      meter.countUnpacked((bytes as Uint8Array).length);
      yield bytes as Uint8Array;
    }
    await fed;
  } catch (error) {
    signal.throwIfAborted();
    const code = systemCode(error);
    if (code?.startsWith('Z_') !== true && code !== 'ERR_TRAILING_JUNK_AFTER_STREAM_END') throw error;
    throw damagedArchive(code.startsWith('Z_') ? messageOf(error) : 'there is more behind its end', error);
  } finally {
    codec.destroy();
  }
}

async function* counted(input: AsyncIterable<Uint8Array>, meter: ArchiveMeter): AsyncGenerator<Uint8Array> {
  for await (const bytes of input) {
    meter.countPacked(bytes.length);
    yield bytes;
  }
}
