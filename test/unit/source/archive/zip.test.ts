import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromUtf8 } from '../../../../src/base/byte-string.ts';
import type { ArchiveOptions } from '../../../../src/source/archive/archive-options.ts';
import { openArchiveFile } from '../../../../src/source/archive/open-archive.ts';
import { seededRandom } from '../../../support/random.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { requireTool } from '../../../support/tools.ts';
import { type ZipItem, zipCounting, zipOf } from '../../../support/zip-bytes.ts';
import { type ReadEntry, readEntries } from './read-entries.ts';

const never = new AbortController().signal;
const mib = 1024 * 1024;
const noZip = requireTool('zip') === undefined;

const readZip = (path: string, options: Partial<ArchiveOptions> = {}): Promise<ReadEntry[]> =>
  readEntries(openArchiveFile(fromUtf8(path), { signal: never, ...options }));

async function readBytes(bytes: Uint8Array, options: Partial<ArchiveOptions> = {}): Promise<ReadEntry[]> {
  await using folder = await temporaryFolder();
  writeFileSync(folder.at('a.zip'), bytes);
  return await readZip(join(folder.path, 'a.zip'), options);
}

describe.skipIf(noZip)('what zip made', () => {
  it.each([
    ['deflated', ['-9']],
    ['stored', ['-0']],
    ['zip64', ['-fz']],
  ])('comes whole: %s', async (name, options) => {
    await using folder = await temporaryFolder();
    const random = Buffer.concat([seededRandom(name).bytes(mib + 3), Buffer.alloc(mib)]);
    writeFileSync(folder.at('tree/random'), random);
    writeFileSync(folder.at('tree/dir/grüße.txt'), 'hello');
    mkdirSync(folder.at('tree/hollow'));
    chmodSync(folder.at('tree/random'), 0o640);
    utimesSync(folder.at('tree/random'), 1_700_000_000, 1_700_000_000);
    execFileSync('zip', ['-q', '-r', ...options, '../a.zip', '.'], { cwd: join(folder.path, 'tree') });
    const entries = new Map(
      (await readZip(join(folder.path, 'a.zip'), { into: '/in' })).map((entry) => [entry.path, entry]),
    );
    expect([...entries.keys()].sort()).toEqual(
      ['/in/dir', '/in/dir/grüße.txt', '/in/hollow', '/in/random'].map(fromUtf8).sort(),
    );
    expect(entries.get('/in/random')).toMatchObject({ mode: 0o640, modifiedNs: 1_700_000_000_000_000_000n });
    expect(Buffer.from(entries.get('/in/random')!.text!, 'latin1').equals(random)).toBe(true);
    expect(entries.get(fromUtf8('/in/dir/grüße.txt'))?.text).toBe('hello');
    expect(entries.get('/in/hollow')).toMatchObject({ kind: 'dir' });
  });

  it('written to a pipe, with sizes behind the content', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('tree/file'), 'hello '.repeat(1000));
    const bytes = execFileSync('sh', ['-c', 'zip -q -r - . | cat'], { cwd: join(folder.path, 'tree') });
    expect(await readBytes(bytes)).toMatchObject([{ path: '/file', text: 'hello '.repeat(1000) }]);
  });

  it('links are refused, or kept where they stay inside; encrypted ones are refused', async () => {
    await using folder = await temporaryFolder();
    symlinkSync('file', folder.at('tree/link'));
    writeFileSync(folder.at('tree/file'), 'x');
    const zip = (...args: string[]) => execFileSync('zip', ['-q', ...args], { cwd: join(folder.path, 'tree') });
    zip('-r', '-y', '../links.zip', '.');
    zip('-P', 'secret', '../secret.zip', 'file');
    const links = join(folder.path, 'links.zip');
    await expect(readZip(links)).rejects.toMatchObject({ code: 'invalid-input', context: { entry: 'link' } });
    expect(await readZip(links, { links: 'keep-relative' })).toContainEqual(
      expect.objectContaining({ kind: 'symlink', linkTarget: 'file' }),
    );
    await expect(readZip(join(folder.path, 'secret.zip'))).rejects.toMatchObject({
      code: 'invalid-input',
      message: expect.stringContaining('is encrypted'),
    });
  });
});

describe('a zip made by hand', () => {
  it('names are UTF-8 where it says so, the bytes that they were on Unix, else CP437', async () => {
    const bytes = zipOf({ name: 'caf\x82', madeBy: 0 }, { name: 'raw\xe9' }, { name: fromUtf8('café'), flags: 0x800 });
    expect(await readBytes(bytes)).toMatchObject([
      { path: fromUtf8('/café') },
      { path: '/raw\xe9' },
      { path: fromUtf8('/café') },
    ]);
  });

  it('an empty one has nothing', async () => {
    expect(await readBytes(zipOf())).toEqual([]);
  });

  const link = { attributes: (0o120777 << 16) >>> 0 };
  it.each<[string, ZipItem]>([
    ['absolute', { name: '/etc/passwd' }],
    ['..', { name: 'a/../../b' }],
    ['a backslash', { name: 'a\\b' }],
    ['a drive', { name: 'C:evil' }],
    ['a NUL', { name: 'a\0b' }],
    ['no name', { name: '' }],
    ['an empty part', { name: 'a//b' }],
    ['no valid text', { name: 'a\xff', flags: 0x800 }],
    ['too deep', { name: `${'d/'.repeat(255)}f` }],
    ['a link', { name: 'a', content: 'b', ...link }],
    ['a device', { name: 'a', attributes: (0o060644 << 16) >>> 0 }],
    ['a folder with content', { name: 'a/', content: 'x' }],
    ['encrypted', { name: 'a', flags: 1 }],
    ['a method that is not known', { name: 'a', method: 12 }],
    ['another name in its place', { name: 'a', localName: 'b' }],
    ['another size in its place', { name: 'a', content: 'xx', localSize: 1 }],
    ['a wrong checksum', { name: 'a', content: 'xx', crc: 7 }],
  ])('is refused: %s', async (_, item) => {
    await expect(readBytes(zipOf({ name: 'good', content: 'x' }, item))).rejects.toMatchObject({
      code: 'invalid-input',
    });
  });

  it.each([0, 1, 3])('is refused where its end says another number of entries: %i of 2', async (count) => {
    const items = [{ name: 'a' }, { name: 'b' }];
    await expect(readBytes(zipCounting(count, items))).rejects.toMatchObject({ code: 'invalid-input' });
  });

  it('is refused where entries share their bytes to unpack to much', async () => {
    const bytes = zipOf({ name: 'a', content: Buffer.alloc(mib), method: 8 });
    const tableAt = bytes.readUInt32LE(bytes.length - 6);
    const record = bytes.subarray(tableAt, bytes.length - 22);
    const end = Buffer.from(bytes.subarray(-22));
    end.writeUInt16LE(50, 10);
    const overlapping = Buffer.concat([bytes.subarray(0, tableAt), ...Array.from({ length: 50 }, () => record), end]);
    const limits = { ratio: 5000, ratioFromBytes: mib };
    await expect(readBytes(overlapping, { limits })).rejects.toThrow('times its size');
  });

  it('links that lead out are refused also where links are kept', async () => {
    for (const content of ['/etc', '..', 'x/..', 'a\\b', 'x'.repeat(5000)]) {
      const run = readBytes(zipOf({ name: 'a', content, ...link }), { links: 'keep-relative' });
      await expect(run, content).rejects.toMatchObject({ code: 'invalid-input', context: { entry: 'a' } });
    }
  });

  it('limits: entries, bytes, ratio', async () => {
    const many = zipOf(...Array.from({ length: 5 }, (_, number) => ({ name: `f${number}` })));
    await expect(readBytes(many, { limits: { entries: 4 } })).rejects.toMatchObject({ context: { entry: 'f4' } });
    const large = zipOf({ name: 'large', content: Buffer.alloc(3 * mib), method: 8 });
    await expect(readBytes(large, { limits: { bytes: 2 * mib } })).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(readBytes(large, { limits: { ratio: 100, ratioFromBytes: mib } })).rejects.toThrow('times its size');
    expect(await readBytes(large)).toHaveLength(1);
  });

  const good = zipOf(
    { name: 'dir/' },
    { name: 'dir/file', content: 'content '.repeat(300), method: 8 },
    { name: 'last', content: 'x'.repeat(2000) },
  );

  it('cut anywhere, or with garbage behind it, is an error', async () => {
    await expect(readBytes(Buffer.concat([good, Buffer.from('garbage')]))).rejects.toMatchObject({
      code: 'invalid-input',
    });
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), async (length) => {
        await expect(readBytes(good.subarray(0, length))).rejects.toMatchObject({ code: 'invalid-input' });
      }),
      { numRuns: 100 },
    );
  });

  it('with any bytes changed, it is all there or an error, and ends', async () => {
    const change = fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
        const bytes = Buffer.from(good);
        for (const [at, value] of changes) bytes[at] = value;
        const outcome = await readBytes(bytes).catch((error: { code?: string }) => error.code);
        if (typeof outcome === 'string') expect(outcome).toBe('invalid-input');
        else expect(outcome?.map(({ text }) => text?.length)).toEqual([undefined, 2400, 2000]);
      }),
      { numRuns: 300 },
    );
  });

  it('a file that is not there is named', async () => {
    await expect(readZip('/nowhere/a.zip')).rejects.toMatchObject({ code: 'not-found' });
  });
});
