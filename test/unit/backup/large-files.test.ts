import { hash } from 'node:crypto';
import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LargeFileSaver, largeFileWindowBytes } from '../../../src/backup/worker/large-file-saver.ts';
import { SharedCursor } from '../../../src/backup/worker/shared-cursor.ts';
import { Successors } from '../../../src/backup/worker/successors.ts';
import { fromUtf8 } from '../../../src/base/byte-string.ts';
import { loadKernels } from '../../../src/kernels/kernels.ts';
import { referenceChunker } from '../../../src/kernels/reference/chunker.ts';
import { BlobTable } from '../../../src/repository/mod.ts';
import { seededRandom } from '../../support/random.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const mib = 1024 * 1024;
const polynomial = 0x3da3358b4dc173n;

describe('large files', () => {
  it('are cut as if each were alone, whatever of them repeats', async () => {
    await using folder = await temporaryFolder();
    const whole = seededRandom(1).bytes(40 * mib);
    const first = whole.subarray(0, endInside(whole, 24 * mib));
    const insert = seededRandom(2).bytes(1000);
    const second = Buffer.concat([
      first.subarray(0, 10 * mib), // as before, then somewhere else than before
      insert,
      first.subarray(3 * mib), // up to the end of the first file, where its last chunk was cut short
      whole.subarray(first.length, 30 * mib),
      Buffer.alloc(20 * mib), // zeros follow zeros
      first,
    ]);
    const saver = makeSaver();
    const one = await saver.save(folder.at('one'), first);
    expect(saver.knownBytes).toBe(0);
    expect(one).toEqual(cutAlone(first));
    expect(await saver.save(folder.at('two'), second)).toEqual(cutAlone(second));
    expect(saver.knownBytes).toBeGreaterThan(50 * mib);
    expect(saver.knownBytes).toBeLessThan(second.length - insert.length);
  });

  it('a guess that is wrong in its bytes, length or entry changes nothing', async () => {
    await using folder = await temporaryFolder();
    const content = seededRandom(3).bytes(16 * mib);
    const saver = makeSaver();
    const [a, b] = await saver.saveEntries(folder.at('one'), content);
    saver.successors.note(a!, { entry: b! + 1, length: cutAlone(content)[1]!.length });
    expect(await saver.save(folder.at('two'), content)).toEqual(cutAlone(content));
    for (const length of [1, 600_000, 9 * mib, 2 ** 31]) {
      saver.successors.note(a!, { entry: b!, length });
      expect(await saver.save(folder.at('two'), content)).toEqual(cutAlone(content));
    }
  });

  it('whoever helps leaves a file alone that is gone, or is another by now', async () => {
    await using folder = await temporaryFolder();
    const path = folder.at('file');
    const content = seededRandom(4).bytes(mib);
    const saver = makeSaver();
    writeFileSync(path, content);
    const expected = expectedNow(path);
    rmSync(path);
    expect(await saver.help(path, expected)).toMatchObject({ bytes: 0, problems: [] });
    writeFileSync(folder.at('other'), content);
    renameSync(folder.at('other'), path);
    expect(await saver.help(path, expected)).toMatchObject({ bytes: 0, problems: [] });
    expect(await saver.help(path, expectedNow(path))).toMatchObject({ bytes: mib, problems: [] });
  });
});

/** A place from there on that lies 600 KiB behind a cut, and well before the next one. */
function endInside(content: Buffer, from: number): number {
  let at = 0;
  for (const { length } of cutAlone(content)) {
    if (at >= from && length > mib) return at + 600 * 1024;
    at += length;
  }
  throw new Error('no chunk is long enough');
}

interface Cut {
  readonly length: number;
  readonly id: string;
}

function cutAlone(content: Buffer): Cut[] {
  const cuts: Cut[] = [];
  const chunker = referenceChunker(polynomial);
  for (let at = 0; at < content.length; ) {
    const length = chunker.nextCut(content.subarray(at)) || content.length - at;
    cuts.push({ length, id: hash('sha256', content.subarray(at, at + length)) });
    at += length;
  }
  return cuts;
}

function expectedNow(path: string): BigInt64Array {
  const { size, mtimeNs, ctimeNs, ino } = statSync(path, { bigint: true });
  return BigInt64Array.of(size, mtimeNs, ctimeNs, ino);
}

/** On this thread, with a store that keeps nothing but ids. */
function makeSaver() {
  const kernels = loadKernels({ memoryBytes: 16 * mib });
  kernels.setPolynomial(polynomial);
  const window = kernels.alloc(largeFileWindowBytes, 4096);
  const table = BlobTable.create();
  const successors = new Successors();
  const lengths = new Map<number, number>();
  const saver = new LargeFileSaver({
    kernels,
    window,
    table,
    successors,
    store: async (start, length) => {
      const { entry } = table.claim('data', hash('sha256', kernels.u8.subarray(start, start + length)));
      lengths.set(entry, length);
      return entry;
    },
    countKnown: (length) => {
      made.knownBytes += length;
    },
  });
  const run = (path: string, expected: BigInt64Array, helps: boolean) =>
    saver.save({ kind: 'shared', path: fromUtf8(path), expected, cursor: SharedCursor.create().shared, helps });
  const made = {
    knownBytes: 0,
    successors,
    help: (path: string, expected: BigInt64Array) => run(path, expected, true),
    async saveEntries(path: string, content: Buffer): Promise<number[]> {
      writeFileSync(path, content);
      const { sequence, entries, bytes, problems } = await run(path, expectedNow(path), false);
      expect({ problems, bytes }).toEqual({ problems: [], bytes: content.length });
      expect([...sequence]).toEqual([...entries.keys()]);
      return [...entries];
    },
    async save(path: string, content: Buffer): Promise<Cut[]> {
      const entries = await made.saveEntries(path, content);
      return entries.map((entry) => ({ length: lengths.get(entry) ?? 0, id: table.id(entry) }));
    },
  };
  return made;
}
