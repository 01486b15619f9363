/** Finds the runs of zeros in a blob that a sparse file leaves out. */

const blockBytes = 4096;
/** Shorter runs are written: many small holes make a file slow to read. */
const shortestHoleBytes = 32 * 1024;
const zeros = Buffer.alloc(blockBytes);

/**
 * The parts of `bytes` that are to be written, in order, as pairs of start and end. Runs of zeros are left out that are long,
 * or that reach an end of the blob (its neighbour may go on with them). Runs are seen in steps of 4 KiB of the file.
 *
 * @param position where in the file the bytes go
 */
export function writtenParts(bytes: Buffer, position: number): number[] {
  const parts: number[] = [];
  let start = 0; // of the part to be written
  let hole = -1; // where the run of zeros that goes on started, or −1
  for (let at = 0; at < bytes.length; ) {
    const next = Math.min(bytes.length, at + blockBytes - ((position + at) % blockBytes));
    if (isZero(bytes, at, next)) {
      if (hole < 0) hole = at;
    } else if (hole >= 0) {
      if (hole === 0 || at - hole >= shortestHoleBytes) {
        if (hole > start) parts.push(start, hole);
        start = at;
      }
      hole = -1;
    }
    at = next;
  }
  const end = hole >= 0 ? hole : bytes.length;
  if (end > start) parts.push(start, end);
  return parts;
}

function isZero(bytes: Buffer, start: number, end: number): boolean {
  return bytes[start] === 0 && bytes.compare(zeros, 0, end - start, start, end) === 0;
}
