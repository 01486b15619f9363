import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromUtf8 } from '../../../../src/base/byte-string.ts';
import { openArchive } from '../../../../src/source/archive/open-archive.ts';
import { seededRandom } from '../../../support/random.ts';
import { paxItem, type TarItem, tarEnd, tarItem, tarOf } from '../../../support/tar-bytes.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { piecesOf, readArchive, readEntries } from './read-entries.ts';

const never = new AbortController().signal;
const mib = 1024 * 1024;

/** A folder, packed by the system's tar. */
function systemTar(folder: string, ...options: string[]): Buffer {
  return execFileSync('tar', ['-C', folder, ...options, '-cf', '-', '.'], { maxBuffer: 64 * mib });
}

describe('what tar made', () => {
  it.each([
    ['ustar', ['--format=ustar']],
    ['gnu', ['--format=gnu']],
    ['pax', ['--format=pax']],
    ['v7 names by absolute prefix', ['--format=gnu', '--owner=7', '--group=8']],
  ])('comes whole: %s', async (format, options) => {
    await using folder = await temporaryFolder();
    const long = `${'long-'.repeat(18)}name`;
    const longer = format === 'ustar' ? long : `${long}-${long}`;
    const random = seededRandom(format).bytes(mib + 3);
    writeFileSync(folder.at('tree/random'), random);
    writeFileSync(folder.at('tree/empty'), '');
    writeFileSync(folder.at('tree/dir', longer, longer.slice(0, 90), 'deep'), 'deep');
    writeFileSync(folder.at('tree/grüße.txt'), 'hello');
    mkdirSync(folder.at('tree/hollow'));
    chmodSync(folder.at('tree/empty'), 0o4755);
    utimesSync(folder.at('tree/empty'), 1_700_000_000.25, 1_700_000_000.25);
    const packed = systemTar(join(folder.path, 'tree'), ...options);
    for (const bytes of [packed, gzipSync(packed)]) {
      const entries = new Map((await readArchive(bytes, { into: '/in', pieceBytes: 65_000 })).map((e) => [e.path, e]));
      expect(Buffer.from(entries.get('/in/random')!.text!, 'latin1').equals(random)).toBe(true);
      expect(entries.get('/in/empty')).toMatchObject({
        kind: 'file',
        text: '',
        mode: 0o4755,
        modifiedNs: format === 'pax' ? 1_700_000_000_250_000_000n : 1_700_000_000_000_000_000n,
      });
      expect(entries.get(`/in/dir/${longer}/${longer.slice(0, 90)}/deep`)?.text).toBe('deep');
      expect(entries.get(fromUtf8('/in/grüße.txt'))?.text).toBe('hello');
      expect(entries.get('/in/hollow')).toMatchObject({ kind: 'dir' });
      if (options.includes('--owner=7')) expect(entries.get('/in/empty')).toMatchObject({ uid: 7, gid: 8 });
      expect([...entries.keys()].some((path) => path === '/in' || path === '/in/')).toBe(false);
    }
  });

  it('names that are no UTF-8 stay as they are', async () => {
    expect(await readArchive(tarOf({ name: 'caf\xe9' }))).toMatchObject([{ path: '/caf\xe9' }]);
  });

  it('links are refused, or kept where they stay inside', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('tree/a/file'), 'x');
    symlinkSync('../a/file', folder.at('tree/b/link'));
    const packed = systemTar(join(folder.path, 'tree'));
    await expect(readArchive(packed)).rejects.toMatchObject({ code: 'invalid-input' });
    const kept = await readArchive(packed, { links: 'keep-relative' });
    expect(kept.find(({ kind }) => kind === 'symlink')).toMatchObject({ path: '/b/link', linkTarget: '../a/file' });
    linkSync(join(folder.path, 'tree/a/file'), join(folder.path, 'tree/a/hard'));
    await expect(readArchive(systemTar(join(folder.path, 'tree')), { links: 'keep-relative' })).rejects.toMatchObject({
      code: 'invalid-input',
      message: expect.stringContaining('hard link'),
    });
  });

  it('an empty one has nothing', async () => {
    expect(await readArchive(Buffer.alloc(10_240))).toEqual([]);
    expect(await readArchive(gzipSync(Buffer.alloc(10_240)))).toEqual([]);
  });

  it('entries whose content is not read are passed over', async () => {
    const bytes = tarOf({ name: 'a', content: 'x'.repeat(100_000) }, { name: 'b' });
    const paths: string[] = [];
    for await (const { path } of openArchive(piecesOf(bytes), { signal: never })) paths.push(path);
    expect(paths).toEqual(['/a', '/b']);
  });
});

describe('a hostile tar', () => {
  const cases: [string, (TarItem | Buffer)[]][] = [
    ['absolute', [{ name: '/etc/passwd' }]],
    ['..', [{ name: 'a/../../b' }]],
    ['.. alone', [{ name: '..', type: '5' }]],
    ['. within', [{ name: 'a/./b' }]],
    ['an empty part', [{ name: 'a//b' }]],
    ['a backslash', [{ name: 'a\\..\\b' }]],
    ['a drive', [{ name: 'C:evil' }]],
    ['no name', [{ name: '' }]],
    ['a NUL', [paxItem({ path: 'a\0b' }), { name: 'a' }]],
    ['.. by pax', [paxItem({ path: '../b' }), { name: 'a' }]],
    ['no text by pax', [tarItem({ name: 'pax', type: 'x', content: '12 path=a\xffb\n' }), { name: 'a' }]],
    ['.. by a long name', [tarItem({ name: '././@LongLink', type: 'L', content: '../b\0' }), { name: 'a' }]],
    ['a long part', [paxItem({ path: 'n'.repeat(256) }), { name: 'a' }]],
    ['too deep', [paxItem({ path: `${'d/'.repeat(255)}f` }), { name: 'a' }]],
    ['a symlink', [{ name: 'a', type: '2', linkName: 'b' }]],
    ['a hard link', [{ name: 'a', type: '1', linkName: 'b' }]],
    ['a device', [{ name: 'a', type: '4' }]],
    ['a character device', [{ name: 'a', type: '3' }]],
    ['a FIFO', [{ name: 'a', type: '6' }]],
    ['a sparse file of GNU', [{ name: 'a', type: 'S' }]],
    ['a sparse file of pax', [paxItem({ 'GNU.sparse.major': '1' }), { name: 'a' }]],
    ['an unknown kind', [{ name: 'a', type: 'Z' }]],
    ['entries behind the end', [{ name: 'a' }, tarEnd, { name: 'b' }]],
    ['entries behind half an end', [{ name: 'a' }, tarEnd.subarray(512), { name: 'b' }]],
    ['a size beyond the end', [{ name: 'a', size: 1_000_000 }]],
    ['a size of pax that is none', [paxItem({ size: '-1' }), { name: 'a' }]],
  ];
  it.each(cases)('is refused: %s', async (_, items) => {
    const run = readArchive(tarOf({ name: 'good', content: 'x' }, ...items));
    await expect(run).rejects.toMatchObject({ code: 'invalid-input' });
  });

  it.each([
    ['absolute', '/etc'],
    ['above', '..'],
    ['above, late', 'x/../../..'],
    ['.. behind a name, which may be a link', 'x/..'],
    ['a backslash', '..\\x'],
    ['nothing', ''],
  ])('links that lead out are refused also where links are kept: %s', async (_, linkName) => {
    const run = readArchive(tarOf({ name: 'a', type: '2', linkName }), { links: 'keep-relative' });
    await expect(run).rejects.toMatchObject({ code: 'invalid-input', context: { entry: 'a' } });
  });

  it.each([
    ['without an end', tarOf({ name: 'a', content: 'x' }).subarray(0, -1024)],
    ['with half an end', tarOf({ name: 'a', content: 'x' }).subarray(0, -512)],
    ['without an end, behind zeros', tarOf({ name: 'a', content: Buffer.alloc(4096) }).subarray(0, -1024)],
    ['within a header', tarOf({ name: 'a', content: 'x' }).subarray(0, 300)],
    ['within a content', tarOf({ name: 'a', content: 'x'.repeat(2000) }).subarray(0, 1024)],
    ['with garbage behind it', Buffer.concat([tarOf({ name: 'a' }), Buffer.alloc(512, 7)])],
    ['with a little garbage behind it', Buffer.concat([tarOf({ name: 'a' }), Buffer.from('x')])],
    ['gzip, cut', gzipSync(tarOf({ name: 'a', content: seededRandom(1).bytes(5000) })).subarray(0, -20)],
    ['gzip, with garbage behind it', Buffer.concat([gzipSync(tarOf({ name: 'a' })), Buffer.from('garbage')])],
    ['gzip, with zeros behind it', Buffer.concat([gzipSync(tarOf({ name: 'a' })), Buffer.alloc(9)])],
    ['gzip of no tar', gzipSync('hello, world')],
    ['no archive', Buffer.from('hello')],
    ['nothing', Buffer.alloc(0)],
    ['zip', Buffer.from('PK\x03\x04 and so on')],
  ])('is an error, never a part: %s', async (_, bytes) => {
    for (const pieceBytes of [1, 512, 100_000]) {
      await expect(readArchive(bytes, { pieceBytes })).rejects.toMatchObject({ code: 'invalid-input' });
    }
  });

  it('limits: entries, bytes, ratio', async () => {
    const many = tarOf(...Array.from({ length: 5 }, (_, number) => ({ name: `f${number}` })));
    await expect(readArchive(many, { limits: { entries: 4 } })).rejects.toMatchObject({ context: { entry: 'f4' } });
    expect(await readArchive(many, { limits: { entries: 5 } })).toHaveLength(5);
    const large = tarOf({ name: 'large', content: Buffer.alloc(3 * mib) });
    await expect(readArchive(large, { limits: { bytes: 2 * mib } })).rejects.toMatchObject({ code: 'invalid-input' });
    const ratio = { ratio: 100, ratioFromBytes: mib };
    await expect(readArchive(gzipSync(large), { limits: ratio })).rejects.toThrow('times its size');
    expect(await readArchive(gzipSync(large), { limits: { ...ratio, ratioFromBytes: 4 * mib } })).toHaveLength(1);
  });

  it('what its stream throws is thrown; a cancel gives its reason', async () => {
    const error = new Error('the disk is gone');
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield tarItem({ name: 'a', content: 'x'.repeat(3000) }).subarray(0, 2000);
      throw error;
    };
    await expect(readEntries(openArchive(failing(), { signal: never }))).rejects.toBe(error);
    const cancel = new AbortController();
    const stalled = async function* (): AsyncGenerator<Uint8Array> {
      yield tarItem({ name: 'a', content: 'x'.repeat(3000) }).subarray(0, 2000);
      cancel.abort(new Error('enough'));
      await new Promise(() => {});
    };
    await expect(readEntries(openArchive(stalled(), { signal: cancel.signal }))).rejects.toThrow('enough');
  });

  const good = tarOf(
    { name: 'dir/', type: '5' },
    paxItem({ path: 'dir/file', mtime: '1.5' }),
    { name: 'x', content: 'content'.repeat(300) },
    { name: 'last', content: Buffer.alloc(1024) },
  );

  it('cut anywhere, packed or not, it is an error', async () => {
    const packed = gzipSync(good);
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        async (gz, share) => {
          const whole = gz ? packed : good;
          const cut = whole.subarray(0, Math.floor(share * whole.length));
          await expect(readArchive(cut)).rejects.toMatchObject({ code: 'invalid-input' });
        },
      ),
      { numRuns: 150 },
    );
  });

  it('with any bytes changed, it is all there or an error, and ends', async () => {
    const change = fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
        const bytes = Buffer.from(good);
        for (const [at, value] of changes) bytes[at] = value;
        const outcome = await readArchive(bytes).catch((error: { code?: string }) => error.code);
        if (typeof outcome === 'string') expect(outcome).toBe('invalid-input');
        else expect(outcome).toHaveLength(3);
      }),
      { numRuns: 400 },
    );
  });

  it('of garbage only is an error', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 3000 }),
        fc.constantFrom('', '\x1f\x8b\x08\x00', 'PK'),
        async (bytes, head) => {
          const garbage = Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from('x'), bytes]);
          await expect(readArchive(garbage)).rejects.toMatchObject({ code: 'invalid-input' });
        },
      ),
      { numRuns: 100 },
    );
  });
});
