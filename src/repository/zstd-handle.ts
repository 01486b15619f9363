/**
 * Node's native zstd stream, called directly, so that one context serves many blobs.
 *
 * `zlib.zstdCompressSync` makes a context a call: ~20 µs for compressing and ~16 µs for decompressing, on blobs that
 * themselves take 3–50 µs. Node documents no way to keep the context, but its streams hold one: `_handle.writeSync`
 * runs it, `_writeState` says what is left. This is the only file that touches either. It trusts nothing: shape and
 * behaviour are tested at first use, and where anything differs the factories give undefined and zstd.ts takes the
 * documented calls.
 *
 * What had to be learned: each call with ZSTD_e_end is one whole frame and leaves the context fresh, so no reset is
 * needed (and `reset()` would cost 14 µs and drop the level). After a full output the context still holds the rest of
 * the frame: a compressing one is drained; a decompressing one, like any after an error, is replaced by its owner.
 */
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';

export interface ZstdHandle {
  /** Runs one frame from `src` into `dst`. Gives the bytes of `dst` that are left over; `full` if it needs more. */
  run(src: Uint8Array, dst: Uint8Array): number | 'full' | 'failed';
  /** After `full`: compresses the rest of `src` into nowhere, so that the next frame starts fresh. False = failed. */
  drain(src: Uint8Array): boolean;
}

interface NativeStream {
  readonly _handle: {
    onerror: (message: string, errno: number, code: string) => void;
    writeSync(
      flush: number,
      input: Uint8Array,
      inputOffset: number,
      inputLength: number,
      output: Uint8Array,
      outputOffset: number,
      outputLength: number,
    ): void;
  };
  readonly _writeState: Uint32Array;
}

/** A compressing context, or undefined where this Node does not allow it. */
export function compressHandle(settings: ZstdSettings): ZstdHandle | undefined {
  return handleWorks() ? adopt(createZstdCompress(compressOptions(settings))) : undefined;
}

/** A decompressing context, or undefined where this Node does not allow it. */
export function decompressHandle(): ZstdHandle | undefined {
  return handleWorks() ? adopt(createZstdDecompress()) : undefined;
}

/** A level, and what is changed of its parameters (zstd manual, ZSTD_cParameter). */
export interface ZstdSettings {
  readonly level: number;
  readonly minMatch?: number;
  readonly hashLog?: number;
}

export function compressOptions({ level, minMatch, hashLog }: ZstdSettings): { params: Record<number, number> } {
  return {
    params: {
      [constants.ZSTD_c_compressionLevel]: level,
      ...(minMatch === undefined ? {} : { [constants.ZSTD_c_minMatch]: minMatch }),
      ...(hashLog === undefined ? {} : { [constants.ZSTD_c_hashLog]: hashLog }),
    },
  };
}

function adopt(stream: unknown): ZstdHandle | undefined {
  if (!isNativeStream(stream)) return undefined;
  const { _handle: handle, _writeState: state } = stream;
  let failed = false;
  handle.onerror = () => {
    failed = true;
  };
  const write = (src: Uint8Array, from: number, dst: Uint8Array): void => {
    handle.writeSync(constants.ZSTD_e_end, src, from, src.length - from, dst, 0, dst.length);
  };
  return {
    run(src, dst) {
      failed = false;
      write(src, 0, dst);
      const [spareBytes, inputLeft] = state;
      if (failed || spareBytes === undefined) return 'failed';
      return inputLeft !== 0 || spareBytes === 0 ? 'full' : spareBytes;
    },
    drain(src) {
      nowhere ??= new Uint8Array(64 * 1024);
      do write(src, src.length - (state[1] ?? 0), nowhere);
      while (!failed && state[0] === 0);
      return !failed;
    },
  };
}

let nowhere: Uint8Array | undefined;

function isNativeStream(stream: unknown): stream is NativeStream {
  if (typeof stream !== 'object' || stream === null) return false;
  if (!('_handle' in stream && '_writeState' in stream)) return false;
  const handle = stream._handle;
  return (
    typeof handle === 'object' &&
    handle !== null &&
    'writeSync' in handle &&
    typeof handle.writeSync === 'function' &&
    'onerror' in handle &&
    stream._writeState instanceof Uint32Array &&
    stream._writeState.length === 2
  );
}

let works: boolean | undefined;

function handleWorks(): boolean {
  works ??= selfTest();
  return works;
}

/** Two frames through each context, and what callers rely on: lengths, content size, draining, errors that show. */
function selfTest(): boolean {
  try {
    const compress = adopt(createZstdCompress(compressOptions({ level: 3 })));
    const decompress = adopt(createZstdDecompress());
    if (compress === undefined || decompress === undefined) return false;
    for (const plain of ['holdfast '.repeat(1000), 'another frame '.repeat(50)].map((text) => Buffer.from(text))) {
      const dst = new Uint8Array(plain.length);
      if (compress.run(plain, dst.subarray(0, 5)) !== 'full' || !compress.drain(plain)) return false;
      const spare = compress.run(plain, dst);
      if (typeof spare === 'string') return false;
      const frame = dst.subarray(0, dst.length - spare);
      if (!hasContentSize(frame)) return false;
      const back = new Uint8Array(plain.length + 64);
      if (decompress.run(frame, back) !== 64 || plain.compare(back, 0, plain.length) !== 0) return false;
    }
    return decompress.run(Buffer.from('this is no zstd frame'), new Uint8Array(64)) === 'failed';
  } catch {
    return false;
  }
}

/** Zstandard format, Frame_Header_Descriptor: a content size is there if its flag or Single_Segment_Flag is set. */
function hasContentSize(frame: Uint8Array): boolean {
  return ((frame[4] ?? 0) & 0b1110_0000) !== 0;
}
