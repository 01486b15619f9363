/**
 * Memory in which uploads gather what they write at once: page-aligned, so that it goes to the disk as it is (see the port's
 * `FileWriter.write`), and used again, so that uploads make no garbage.
 */
const pieceBytes = 1024 * 1024;
/** restic has five uploads under way; who comes when all are taken gets memory of its own. */
const mostKept = 16;
const wasmPage = 65_536;

export class PieceBuffers {
  /** One memory for all: each reserves gigabytes of addresses. Made when it is needed first. */
  #free: Uint8Array[] | undefined;

  /** Memory for one upload, until it is disposed of. */
  take(): { readonly bytes: Uint8Array } & Disposable {
    this.#free ??= makeBuffers();
    const kept = this.#free.pop();
    const bytes = kept ?? new Uint8Array(pieceBytes);
    return { bytes, [Symbol.dispose]: () => void (kept !== undefined && this.#free?.push(kept)) };
  }
}

/** The system gives memory only to those that are written to. */
function makeBuffers(): Uint8Array[] {
  try {
    const pages = (mostKept * pieceBytes) / wasmPage;
    const { buffer } = new WebAssembly.Memory({ initial: pages, maximum: pages });
    return Array.from({ length: mostKept }, (_, n) => new Uint8Array(buffer, n * pieceBytes, pieceBytes)).reverse();
  } catch {
    return []; // no address space for it
  }
}
