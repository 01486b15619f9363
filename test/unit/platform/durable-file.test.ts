import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { copyPath, readDurable, removeLeftovers, setAside, writeDurably } from '../../../src/platform/durable-file.ts';
import { fullDisk } from '../../support/full-disk.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const unix = process.platform !== 'win32';

describe('writeDurably', () => {
  it('makes missing folders, keeps the file private, and leaves nothing beside it', async () => {
    await using temporary = await temporaryFolder();
    const path = `${temporary.path}/deep/er/state.json`;
    await writeDurably(path, 'first');
    await writeDurably(path, 'sécond');
    expect(await readDurable(path)).toBe('sécond');
    expect(readdirSync(`${temporary.path}/deep/er`)).toEqual(['state.json']);
    if (unix) expect(lstatSync(path).mode & 0o777).toBe(0o600);
    if (unix) expect(lstatSync(`${temporary.path}/deep`).mode & 0o777).toBe(0o700);
  });

  it('keeps a copy of the same text in a file of its own', async () => {
    await using temporary = await temporaryFolder();
    const path = temporary.at('state.json');
    await writeDurably(path, 'text', { copy: true });
    expect(await readDurable(copyPath(path))).toBe('text');
    expect(lstatSync(path).ino).not.toBe(lstatSync(copyPath(path)).ino);
  });

  it.each([0, 1, 2])('leaves the old text when the disk is full after %i calls', async (left) => {
    await using temporary = await temporaryFolder();
    const path = temporary.at('state.json');
    await writeDurably(path, 'old', { copy: true });
    const failed = writeDurably(path, 'new, and longer', { copy: true, calls: fullDisk(left).calls });
    await expect(failed).rejects.toMatchObject({ code: 'no-space' });
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readFileSync(copyPath(path), 'utf8')).toBe('old');
    expect(readdirSync(temporary.path).sort()).toEqual(['state.json', 'state.json.copy']);
  });

  it('has written the file when only its copy does not fit', async () => {
    await using temporary = await temporaryFolder();
    const path = temporary.at('state.json');
    await writeDurably(path, 'old', { copy: true });
    await writeDurably(path, 'new', { copy: true, calls: fullDisk(4).calls });
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(readFileSync(copyPath(path), 'utf8')).toBe('old');
  });

  it.runIf(unix)('replaces a link instead of writing through it', async () => {
    await using temporary = await temporaryFolder();
    writeFileSync(temporary.at('other'), 'untouched');
    symlinkSync(temporary.at('other'), temporary.at('state.json'));
    await writeDurably(temporary.at('state.json'), 'text');
    expect(readFileSync(temporary.at('other'), 'utf8')).toBe('untouched');
    expect(await readDurable(temporary.at('state.json'))).toBe('text');
  });
});

describe('readDurable', () => {
  it('knows missing from unreadable', async () => {
    await using temporary = await temporaryFolder();
    expect(await readDurable(temporary.at('none', 'state.json'))).toBeUndefined();
    mkdirSync(temporary.at('folder'));
    await expect(readDurable(temporary.at('folder'))).rejects.toMatchObject({ code: 'io' });
  });
});

describe('setAside', () => {
  it('never takes a name that is in use', async () => {
    await using temporary = await temporaryFolder();
    const path = temporary.at('state.json');
    const now = new Date('2026-03-01T12:00:00Z');
    const names = [];
    for (const text of ['one', 'two', 'three']) {
      writeFileSync(path, text);
      names.push(await setAside(path, now));
    }
    expect(names.map((name) => readFileSync(name, 'utf8'))).toEqual(['one', 'two', 'three']);
    expect(names[0]).toBe(`${path}.bad-2026-03-01T12-00-00.000Z`);
    expect(await readDurable(path)).toBeUndefined();
  });
});

describe('removeLeftovers', () => {
  it('removes temporary files of this file and of its copy, and nothing else', async () => {
    await using temporary = await temporaryFolder();
    const stay = ['state.json', 'state.json.copy', 'state.json.bad-1', 'state.json.tmp', 'other.0123456789abcdef.tmp'];
    const go = ['state.json.0123456789abcdef.tmp', 'state.json.copy.0123456789abcdef.tmp'];
    for (const name of [...stay, ...go]) writeFileSync(temporary.at(name), '');
    await removeLeftovers(temporary.at('state.json'));
    expect(readdirSync(temporary.path).sort()).toEqual(stay.sort());
    await removeLeftovers(temporary.at('none', 'state.json'));
  });
});
