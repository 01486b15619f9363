import { execFileSync } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { fromUtf8 } from '../../../../src/base/byte-string.ts';
import { openLongPath } from '../../../../src/source/filesystem/long-path.ts';
import { listNames, scanDirectory, scanEntries, scanEntry } from '../../../../src/source/filesystem/scan-directory.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const unix = process.platform !== 'win32';
const isRoot = process.geteuid?.() === 0;
const bytes = (path: string): Buffer => Buffer.from(path, 'latin1');

describe('scanDirectory', () => {
  it('gives names and link targets as bytes, sorted as bytes', async () => {
    await using folder = await temporaryFolder();
    const names = ['a', 'B', 'Z', 'a b', fromUtf8('é'), fromUtf8('😀'), 'new\nline', '\xff\xfe', '\x01'];
    for (const name of names) writeFileSync(bytes(`${folder.path}/${name}`), name);
    symlinkSync(bytes('to\xff/nowhere'), bytes(`${folder.path}/link`));
    const entries = scanDirectory(folder.path);
    expect(entries.map((entry) => entry.name)).toEqual(
      [...names, 'link'].sort((a, b) => Buffer.compare(bytes(a), bytes(b))),
    );
    expect(entries.every((entry) => entry.error === undefined)).toBe(true);
    expect(entries.find((entry) => entry.name === 'link')).toMatchObject({
      linkTarget: 'to\xff/nowhere',
      stat: { kind: 'symlink' },
    });
  });

  it('gives exact stats', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('file'), 'hello');
    chmodSync(folder.at('file'), 0o4751);
    const [entry] = scanDirectory(folder.path);
    const real = lstatSync(folder.at('file'), { bigint: true });
    expect(entry?.stat).toEqual({
      kind: 'file',
      stMode: 0o104751,
      size: 5,
      mtimeNs: real.mtimeNs,
      ctimeNs: real.ctimeNs,
      atimeNs: real.atimeNs,
      inode: real.ino,
      device: real.dev,
      links: 1,
      uid: Number(real.uid),
      gid: Number(real.gid),
      rdev: real.rdev,
    });
  });

  it.skipIf(!unix)('tells all kinds apart', async () => {
    await using folder = await temporaryFolder();
    mkdirSync(folder.at('dir'));
    execFileSync('mkfifo', [folder.at('fifo')]);
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(folder.at('socket'), resolve);
    });
    const kinds = scanDirectory(folder.path).map((entry) => [entry.name, entry.stat?.kind]);
    await new Promise((resolve) => {
      server.close(resolve);
    });
    expect(kinds).toEqual([
      ['dir', 'dir'],
      ['fifo', 'fifo'],
      ['socket', 'socket'],
    ]);
    expect(scanEntry('/dev/null', 'null').stat?.kind).toBe('chardev');
  });

  it('does not look at what is skipped', async () => {
    await using folder = await temporaryFolder();
    for (const name of ['a', 'b', 'c']) writeFileSync(folder.at(name), '');
    const asked: string[] = [];
    const entries = scanDirectory(`${folder.path}/`, {
      skip: (name, path) => {
        asked.push(path);
        return name === 'b';
      },
    });
    expect(entries.map((entry) => entry.name)).toEqual(['a', 'c']);
    expect(asked).toEqual(['a', 'b', 'c'].map((name) => `${folder.path}/${name}`));
  });

  it('keeps an entry that vanished, with the reason', async () => {
    await using folder = await temporaryFolder();
    for (const name of ['a', 'gone']) writeFileSync(folder.at(name), '');
    const names = listNames(folder.path);
    rmSync(folder.at('gone'));
    const [first, second] = scanEntries(folder.path, names);
    expect(first?.error).toBeUndefined();
    expect(second).toMatchObject({ name: 'gone', error: { code: 'not-found', context: { path: folder.at('gone') } } });
  });

  it('throws for a folder that is missing or no folder, and names it', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('file'), '');
    for (const path of [`${folder.path}/none`, folder.at('file')]) {
      expect(() => scanDirectory(path)).toThrowError(
        expect.objectContaining({ code: 'not-found', context: expect.objectContaining({ path }) }),
      );
    }
  });

  it.skipIf(!unix || isRoot)('throws for a folder that may not be read (not as root)', async () => {
    await using folder = await temporaryFolder();
    mkdirSync(folder.at('closed'), { mode: 0 });
    expect(() => scanDirectory(folder.at('closed'))).toThrowError(expect.objectContaining({ code: 'permission' }));
  });

  it.skipIf(process.platform !== 'linux')('reaches paths longer than one call takes', async () => {
    await using folder = await temporaryFolder();
    const name = 'n'.repeat(250);
    let path = folder.path;
    for (let depth = 0; depth < 40; depth++) {
      path += `/${name}`;
      using reach = openLongPath(path);
      mkdirSync(reach.path);
    }
    using reach = openLongPath(path);
    writeFileSync(`${reach.path}/file`, 'deep');
    symlinkSync('target', `${reach.path}/link`);
    expect(path.length).toBeGreaterThan(10_000);
    expect(() => lstatSync(path)).toThrow(/ENAMETOOLONG/);
    expect(scanDirectory(path)).toMatchObject([
      { name: 'file', stat: { kind: 'file', size: 4 } },
      { name: 'link', linkTarget: 'target' },
    ]);
    const shown = scanEntries(path, ['missing'])[0]?.error;
    expect(shown).toMatchObject({ code: 'not-found', context: { path: `${path}/missing` } });
  });
});
