import { execFileSync } from 'node:child_process';
import { lstatSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fileAttributes } from '../../../src/platform/attributes.ts';
import { loadLibcAttributes } from '../../../src/platform/libc-attributes.ts';
import { nodeAttributes } from '../../../src/platform/node-attributes.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { requireTool } from '../../support/tools.ts';

const libc = loadLibcAttributes();
const setfattr = requireTool('setfattr');
const isRoot = process.geteuid?.() === 0;
const buffer = (path: string): Buffer => Buffer.from(path, 'latin1');

describe.skipIf(libc === undefined)('attributes through the C library (needs koffi)', () => {
  const attributes = libc!;

  it('is what this system gets', () => {
    expect(fileAttributes().adapter).toBe('libc');
    expect(fileAttributes()).toBe(fileAttributes());
  });

  it.skipIf(setfattr === undefined)('reads what setfattr wrote, in the order of the file system', async () => {
    await using folder = await temporaryFolder();
    const file = folder.at('file');
    writeFileSync(file, '');
    expect(attributes.listXattrs(file)).toEqual([]);
    execFileSync('setfattr', ['-n', 'user.text', '-v', 'hello', file]);
    execFileSync('setfattr', ['-n', 'user.bytes', '-v', '0x00ff00', file]);
    execFileSync('setfattr', ['-n', 'user.empty', file]);
    const found = attributes.listXattrs(file);
    expect(new Map(found.map(({ name, value }) => [name, Buffer.from(value).toString('hex')]))).toEqual(
      new Map([
        ['user.text', '68656c6c6f'],
        ['user.bytes', '00ff00'],
        ['user.empty', ''],
      ]),
    );
  });

  it.skipIf(setfattr === undefined)('writes what getfattr reads, and removes', async () => {
    await using folder = await temporaryFolder();
    const file = `${folder.path}/n\xff\xc3\xa9`;
    writeFileSync(buffer(file), '');
    const large = Buffer.alloc(1500, 0x5a);
    attributes.setXattrs(file, [
      { name: 'user.one', value: Buffer.from('1') },
      { name: 'user.large', value: large },
      { name: 'user.none', value: new Uint8Array() },
    ]);
    const shown = execFileSync('sh', ['-c', 'getfattr --absolute-names -d *'], { cwd: folder.path, encoding: 'utf8' });
    expect(shown).toContain('user.one="1"');
    expect(shown).toContain(`user.large="${large.toString()}"`);
    expect(attributes.listXattrs(file)).toHaveLength(3);
    attributes.removeXattr(file, 'user.large');
    attributes.removeXattr(file, 'user.large');
    expect(
      attributes
        .listXattrs(file)
        .map((xattr) => xattr.name)
        .sort(),
    ).toEqual(['user.none', 'user.one']);
  });

  it.skipIf(!isRoot)('does not follow links (trusted.* as root)', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('file'), '');
    symlinkSync('file', folder.at('link'));
    attributes.setXattrs(folder.at('link'), [{ name: 'trusted.x', value: Buffer.from('link') }]);
    expect(attributes.listXattrs(folder.at('file'))).toEqual([]);
    expect(attributes.listXattrs(folder.at('link'))).toMatchObject([{ name: 'trusted.x' }]);
  });

  it.each([
    ['exact', 1_700_000_000_123_456_789n],
    ['just before the epoch', -1n],
    ['long before the epoch', -1_234_567_890_123_456_789n],
    ['beyond 2038', 4_000_000_000_999_999_999n],
  ])('sets times: %s', async (_name, ns) => {
    await using folder = await temporaryFolder();
    const file = `${folder.path}/\xfe`;
    writeFileSync(buffer(file), '');
    attributes.setTimes(file, ns + 1_000_000_001n, ns);
    const stat = lstatSync(buffer(file), { bigint: true });
    expect([stat.atimeNs, stat.mtimeNs]).toEqual([ns + 1_000_000_001n, ns]);
  });

  it('sets the times of a link, not of what it leads to', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('file'), '');
    const before = statSync(folder.at('file'), { bigint: true }).mtimeNs;
    symlinkSync('file', folder.at('link'));
    attributes.setTimes(folder.at('link'), 5n, 7n);
    expect(lstatSync(folder.at('link'), { bigint: true }).mtimeNs).toBe(7n);
    expect(statSync(folder.at('link'), { bigint: true }).mtimeNs).toBe(before);
  });

  it('makes fifos', async () => {
    await using folder = await temporaryFolder();
    attributes.makeFifo(folder.at('fifo'), 0o600);
    const stat = lstatSync(folder.at('fifo'));
    expect([stat.isFIFO(), stat.mode & 0o777]).toEqual([true, 0o600]);
    expect(() => attributes.makeFifo(folder.at('fifo'), 0o600)).toThrowError(
      expect.objectContaining({ code: 'exists' }),
    );
  });

  it.skipIf(!isRoot)('makes device nodes (as root)', async ({ skip }) => {
    await using folder = await temporaryFolder();
    const real = lstatSync('/dev/null', { bigint: true });
    try {
      attributes.makeDevice(folder.at('null'), 0o020600, real.rdev);
    } catch {
      return skip('mknod is not allowed here');
    }
    const made = lstatSync(folder.at('null'), { bigint: true });
    expect([made.isCharacterDevice(), made.rdev]).toEqual([true, real.rdev]);
    expect(() => attributes.makeDevice(folder.at('x'), 0o100600, 0n)).toThrowError(
      expect.objectContaining({ code: 'internal' }),
    );
  });

  it('names the path in errors', async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/none`;
    const expected = expect.objectContaining({ code: 'not-found', context: expect.objectContaining({ path }) });
    expect(() => attributes.listXattrs(path)).toThrowError(expected);
    expect(() => attributes.setTimes(path, 0n, 0n)).toThrowError(expected);
    expect(() => attributes.setXattrs(path, [{ name: 'user.x', value: Buffer.from('x') }])).toThrowError(expected);
  });

  it('refuses NUL bytes, which would cut a path short', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('file'), '');
    const invalid = expect.objectContaining({ code: 'invalid-input' });
    expect(() => attributes.setTimes(`${folder.path}/file\0x`, 0n, 0n)).toThrowError(invalid);
    expect(() => attributes.makeFifo(`${folder.path}/fifo\0x`, 0o600)).toThrowError(invalid);
    expect(() =>
      attributes.setXattrs(folder.at('file'), [{ name: 'user.a\0b', value: Buffer.from('x') }]),
    ).toThrowError(invalid);
  });

  it('says where a file system has no such attributes', async () => {
    expect(attributes.listXattrs('/proc/self/status')).toEqual([]);
    expect(() => attributes.setXattrs('/proc/self/status', [{ name: 'user.x', value: Buffer.from('x') }])).toThrowError(
      expect.objectContaining({ code: expect.stringMatching(/^(unsupported|permission)$/) }),
    );
  });
});

describe('attributes of Node alone', () => {
  it('sets times to a microsecond or so, without following links', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('file'), '');
    symlinkSync('file', folder.at('link'));
    const ns = 1_500_000_000_123_456_789n;
    nodeAttributes.setTimes(folder.at('link'), ns, ns);
    const difference = lstatSync(folder.at('link'), { bigint: true }).mtimeNs - ns;
    expect(Number(difference)).toBeGreaterThan(-1000);
    expect(Number(difference)).toBeLessThan(1000);
    expect(statSync(folder.at('file'), { bigint: true }).mtimeNs).not.toBe(ns);
  });

  it('has no extended attributes, and says so only when some shall be set', async () => {
    const unsupported = expect.objectContaining({ code: 'unsupported' });
    expect(nodeAttributes.listXattrs('/')).toEqual([]);
    expect(() => nodeAttributes.setXattrs('/', [])).not.toThrow();
    expect(() => nodeAttributes.setXattrs('/', [{ name: 'user.x', value: Buffer.from('x') }])).toThrowError(
      unsupported,
    );
    expect(() => nodeAttributes.makeFifo('/x', 0o600)).toThrowError(unsupported);
    expect(() => nodeAttributes.makeDevice('/x', 0o020600, 0n)).toThrowError(unsupported);
  });
});
