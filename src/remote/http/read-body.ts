/** The whole body of an answer as text: bounded in size and time. */
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import type { Clock } from '../../base/clock.ts';
import { HoldfastError } from '../../base/errors.ts';
import { timeoutError } from './connection-errors.ts';
import type { Incoming } from './transport.ts';

const largestBytes = 16 * 1024 * 1024;
/** A server that sends a byte now and then never stalls. */
const longestMs = 5 * 60_000;

const decoders: Readonly<Record<string, (data: Buffer, options: { maxOutputLength: number }) => Buffer>> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
};

/** @throws HoldfastError `network`, `timeout`; `unsupported` for more than 16 MiB, or an encoding that cannot be read */
export async function readBody({ headers, body }: Incoming, url: URL, clock: Clock): Promise<string> {
  const startedMs = clock.monotonicMs();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > largestBytes) throw tooLarge(url);
    if (clock.monotonicMs() - startedMs > longestMs) {
      throw timeoutError('whole answer', longestMs, { url, requestSent: true });
    }
    chunks.push(chunk);
  }
  return new TextDecoder().decode(decoded(Buffer.concat(chunks), headers['content-encoding'], url));
}

/** None was asked for, but there are servers and proxies that send one all the same. */
function decoded(data: Buffer, encoding: string | undefined, url: URL): Buffer {
  const name = encoding?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity' || data.length === 0) return data;
  try {
    const decode = decoders[name];
    if (decode !== undefined) return decode(data, { maxOutputLength: largestBytes });
  } catch {
    // Damaged, or more than fits.
  }
  throw new HoldfastError('unsupported', `${url.host} sends its answers packed in a way that cannot be read.`, {
    hint: 'Check the address of the remote; a proxy on the way may be the cause.',
    context: { host: url.host },
  });
}

function tooLarge(url: URL): HoldfastError {
  return new HoldfastError('unsupported', `The answer of ${url.host} is larger than 16 MiB.`, {
    hint: 'Check the address of the remote: this is not what its API would answer.',
    context: { host: url.host },
  });
}
