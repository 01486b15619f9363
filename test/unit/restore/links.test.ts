import { linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { overwritePolicies } from '../../../src/restore/policy.ts';
import { stage, write } from './test-restore.ts';

describe('links that were in the target before', () => {
  it.each(overwritePolicies)('lead nothing outside, overwrite %s', async (overwrite) => {
    await using on = await stage();
    for (const name of ['file', 'folder/inside', 'folder/deeper/inside', 'dangling', 'mixed/inside']) {
      write(join(on.source, name), 'saved');
    }
    await on.save();
    const outside = join(on.folder.path, 'outside');
    write(join(outside, 'canary'), 'canary', 1);
    mkdirSync(join(outside, 'deeper'));
    mkdirSync(join(on.target, 'mixed'), { recursive: true });
    symlinkSync(join(outside, 'canary'), join(on.target, 'file'));
    symlinkSync(outside, join(on.target, 'folder'));
    symlinkSync(join(outside, 'made'), join(on.target, 'dangling'));
    symlinkSync(join(outside, 'canary'), join(on.target, 'mixed/inside'));
    for (const deleteExtra of [false, true]) await on.restore({ overwrite, deleteExtra });
    expect(readdirSync(outside, { recursive: true }).sort()).toEqual(['canary', 'deeper']);
    expect(readFileSync(join(outside, 'canary'), 'utf8')).toBe('canary');
    expect(statSync(join(outside, 'canary')).mtimeMs).toBe(1000);
    if (overwrite === 'always') expect(on.differences()).toEqual([]);
  });

  it('in the place of a temporary file, or of a folder to be removed, lead nothing outside', async () => {
    await using on = await stage();
    write(join(on.source, 'file'), 'saved');
    await on.save();
    await on.restore();
    const outside = join(on.folder.path, 'outside');
    write(join(outside, 'canary'), 'canary');
    write(join(on.target, 'file'), 'another length');
    const { temporaryPathOf } = await import('../../../src/restore/names.ts');
    symlinkSync(join(outside, 'canary'), temporaryPathOf(join(on.target, 'file')));
    symlinkSync(outside, join(on.target, 'extra'));
    await on.restore({ deleteExtra: true });
    expect(readFileSync(join(outside, 'canary'), 'utf8')).toBe('canary');
    expect(on.differences()).toEqual([]);
  });
});

describe('hard links', () => {
  it('are one file again, across folders and batches', async () => {
    await using on = await stage();
    write(join(on.source, 'a/first'), 'linked');
    for (let number = 0; number < 700; number++) write(join(on.source, `b/${number}`), `${number}`);
    for (const name of ['b/350-link', 'b/999', 'c']) linkSync(join(on.source, 'a/first'), join(on.source, name));
    await on.save();
    const summary = await on.restore();
    expect(on.differences()).toEqual([]);
    expect(summary.files.restored).toBe(704);
    const again = await on.restore();
    expect(again.files.unchanged).toBe(704);
    expect(on.differences()).toEqual([]);
  });

  it.each(overwritePolicies)('are mended where names are missing or of their own, overwrite %s', async (overwrite) => {
    await using on = await stage();
    write(join(on.source, 'a'), 'linked');
    for (const name of ['b', 'c', 'd']) linkSync(join(on.source, 'a'), join(on.source, name));
    await on.save();
    await on.restore();
    unlinkSync(join(on.target, 'b'));
    unlinkSync(join(on.target, 'c'));
    write(join(on.target, 'c'), 'apart!', 500_000);
    await on.restore({ overwrite });
    const inode = (name: string): number => lstatSync(join(on.target, name)).ino;
    expect([inode('b'), inode('d')]).toEqual([inode('a'), inode('a')]);
    expect(readFileSync(join(on.target, 'c'), 'utf8')).toBe(overwrite === 'never' ? 'apart!' : 'linked');
    if (overwrite !== 'never') expect(on.differences()).toEqual([]);
  });

  it('are not made to a file that only has the same name', async () => {
    await using on = await stage();
    write(join(on.source, 'a'), 'linked');
    linkSync(join(on.source, 'a'), join(on.source, 'b'));
    await on.save();
    write(join(on.target, 'a'), 'others');
    const summary = await on.restore({ overwrite: 'never' });
    expect(readFileSync(join(on.target, 'a'), 'utf8')).toBe('others');
    expect(readFileSync(join(on.target, 'b'), 'utf8')).toBe('linked');
    expect(summary.files).toMatchObject({ restored: 1, skipped: 1 });
  });
});
