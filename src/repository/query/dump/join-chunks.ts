/** Joins small pieces, so that an archive of small files is not written header by header. */
const joinedBytes = 256 * 1024;
/** From here on a piece is passed on as it is. */
const largeBytes = 64 * 1024;

/** The same bytes in fewer pieces. */
export async function* joinChunks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const joined = new Uint8Array(joinedBytes);
  let used = 0;
  for await (const chunk of chunks) {
    if (used > 0 && (used + chunk.length > joinedBytes || chunk.length >= largeBytes)) {
      yield joined.slice(0, used);
      used = 0;
    }
    if (chunk.length >= largeBytes) {
      yield chunk;
      continue;
    }
    joined.set(chunk, used);
    used += chunk.length;
  }
  if (used > 0) yield joined.slice(0, used);
}
