/** What the index takes in memory for each blob: fills the engine's table with random ids. */
import { BlobTable } from '../../src/repository/blob-table.ts';
import { Sfc32 } from './datasets/random.ts';

const BLOBS_PER_PACK = 100;

/** The counts are chosen off powers of two: just after the table has grown, its free part is the largest. */
export function measureIndexMemory(counts: readonly number[]): { blobs: number; bytes: number }[] {
  const random = new Sfc32(0x696e6478, 1);
  const id = new Uint8Array(32);
  const words = new Int32Array(id.buffer);
  const table = BlobTable.create();
  let pack = 0;
  const figures: { blobs: number; bytes: number }[] = [];
  for (const blobs of counts.toSorted((a, b) => a - b)) {
    while (table.size < blobs) {
      for (let i = 0; i < words.length; i++) words[i] = random.next();
      if (table.size % BLOBS_PER_PACK === 0) pack = table.addPack(id);
      table.setLocation(table.claimBytes('data', id).entry, pack, 0, 1000, 2000);
    }
    figures.push({ blobs, bytes: table.memoryBytes });
  }
  return figures;
}
