/** Random pieces from memory of every alignment must come out as one file, on a disk and in memory. */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { AppendFile } from '../../../src/backend/local/append-file.ts';

const pageSized = new Uint8Array(new WebAssembly.Memory({ initial: 64, maximum: 64 }).buffer);
const plain = new Uint8Array(pageSized.length);
for (let i = 0; i < plain.length; i++) plain[i] = pageSized[i] = (i * 2_654_435_761) >>> 24;

const size = fc.oneof(
  fc.nat(10_000),
  fc.constantFrom(0, 1, 4095, 4096, 4097, 8192, 65_536, 1 << 20, (1 << 20) + 1, 2 << 20),
);
const piece = fc.record({
  aligned: fc.boolean(),
  offset: fc.oneof(fc.constantFrom(0, 4096, 512, 16), fc.nat(5000)),
  size,
});

const places = [tmpdir(), '/dev/shm'].filter((place) => fs.existsSync(place));
const folders = places.map((place) => fs.mkdtempSync(join(place, 'holdfast-append-')));
afterAll(() => {
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
});

describe.each(folders.flatMap((folder) => [true, false].map((direct) => ({ folder, direct }))))(
  'AppendFile in $folder, direct $direct',
  ({ folder, direct }) => {
    it('writes what it is given, in order', async () => {
      let turn = 0;
      const property = fc.asyncProperty(fc.array(piece, { maxLength: 9 }), async (pieces) => {
        const path = join(folder, `file-${turn++}`);
        const file = await AppendFile.create(path, { direct });
        const expected: Uint8Array[] = [];
        for (const { aligned, offset, size } of pieces) {
          const bytes = (aligned ? pageSized : plain).subarray(offset, offset + size);
          expected.push(bytes);
          file.append(bytes);
          expect(file.sizeBytes).toBe(expected.reduce((sum, part) => sum + part.length, 0));
        }
        await file.finish(0o400);
        await file.close();
        const same = Buffer.concat(expected).equals(fs.readFileSync(path));
        fs.unlinkSync(path);
        return same;
      });
      await fc.assert(property, { numRuns: 25 });
    });

    it('never takes over a file that is there', async () => {
      const path = join(folder, `taken-${direct}`);
      fs.writeFileSync(path, 'mine');
      await expect(AppendFile.create(path, { direct })).rejects.toMatchObject({ code: 'EEXIST' });
      expect(fs.readFileSync(path, 'utf8')).toBe('mine');
    });
  },
);

describe.skipIf(process.platform !== 'linux')('when the kernel refuses direct writing in the middle', () => {
  it.each([0, 4096, 100])('goes on through the page cache, after %i bytes of the write were taken', async (taken) => {
    const path = join(folders[0] ?? '', `refused-${taken}`);
    const memory = new Uint8Array(new WebAssembly.Memory({ initial: 2, maximum: 2 }).buffer);
    memory.set(plain.subarray(0, memory.length));
    const file = await AppendFile.create(path, { direct: true });
    file.append(memory.subarray(0, 8192));
    const real = fs.writeSync;
    let left = taken;
    try {
      fs.writeSync = ((fd: number, bytes: Uint8Array, offset: number, length: number, position: number) => {
        if (!file.direct) return real(fd, bytes, offset, length, position);
        if (left === 0) throw Object.assign(new Error('refused'), { code: 'EINVAL' });
        const count = left;
        left = 0;
        const buffered = fs.openSync(path, 'r+'); // so that a count that is no block can be taken
        real(buffered, bytes, offset, count, position);
        fs.closeSync(buffered);
        return count;
      }) as typeof fs.writeSync; // checked: only the form that AppendFile uses
      file.append(memory.subarray(8192, 50_001));
      expect(file.direct).toBe(false);
    } finally {
      fs.writeSync = real;
    }
    file.append(memory.subarray(50_001, 70_001));
    await file.finish(0o400);
    await file.close();
    expect(Buffer.from(memory.subarray(0, 70_001)).equals(fs.readFileSync(path))).toBe(true);
  });
});
