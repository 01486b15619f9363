/** Sends what comes in pieces as the body of an answer; each piece's memory is given back as soon as it was sent. */
import type { ServerResponse } from 'node:http';

/**
 * Cuts the connection where a piece cannot be read or sent: half an answer must not look like a whole one.
 *
 * @throws why
 */
export async function sendPieces(response: ServerResponse, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const gone = Promise.withResolvers<never>();
  gone.promise.catch(() => undefined);
  response.once('close', () => gone.reject(new Error('the caller went away')));
  try {
    for await (const piece of pieces) {
      await Promise.race([written(response, piece), gone.promise]);
      free(piece);
    }
    response.end();
  } catch (error) {
    response.destroy();
    throw error;
  }
}

async function written(response: ServerResponse, piece: Uint8Array): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    response.write(piece, (error) => (error == null ? resolve() : reject(error)));
  });
}

/** At once, instead of at the next garbage collection. */
function free(bytes: Uint8Array): void {
  if (bytes.buffer instanceof ArrayBuffer && bytes.length === bytes.buffer.byteLength) bytes.buffer.transfer(0);
}
