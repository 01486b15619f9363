/** Dumps as text say at their end that they are whole. */
import { HoldfastError } from '../../base/errors.ts';

const tailBytes = 1024;

/**
 * Hands a dump on, and throws at its end if it is not one.
 *
 * @param mark what the last KiB of every whole dump holds
 * @throws `corrupt`
 */
export async function* untilEnd(content: AsyncIterable<Uint8Array>, mark: string): AsyncGenerator<Uint8Array> {
  let tail = Buffer.alloc(0);
  for await (const chunk of content) {
    tail = Buffer.concat([tail, chunk.subarray(-tailBytes)]).subarray(-tailBytes);
    yield chunk;
  }
  if (tail.includes(mark)) return;
  throw new HoldfastError('corrupt', `The dump is cut: "${mark}" is not at its end.`, {
    hint: 'Take another dump, or restore one of another snapshot.',
  });
}
