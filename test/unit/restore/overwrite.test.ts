import { execFileSync } from 'node:child_process';
import { linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type OverwritePolicy, overwritePolicies } from '../../../src/restore/policy.ts';
import { failures, type Stage, stage, write } from './test-restore.ts';

/** What is in the place of an item; what it says afterwards tells whether it was replaced. */
const kinds: Readonly<Record<string, (path: string) => void>> = {
  'older file': (path) => write(path, 'old', 500_000),
  'newer file': (path) => write(path, 'new', 2_000_000),
  'file of the same size and time': (path) => write(path, 'SAVED', 1_000_000),
  'equal file': (path) => write(path, 'saved', 1_000_000),
  link: (path) => {
    symlinkSync('elsewhere', path);
    execFileSync('touch', ['-h', '-d', '@500000', path]);
  },
  fifo: (path) => {
    execFileSync('mkfifo', [path]);
    execFileSync('touch', ['-d', '@500000', path]);
  },
  'full folder': (path) => write(join(path, 'inside'), 'kept'),
};

/** What a file in the snapshot does to each: 'saved' means that it is there now. */
const fileOver: Readonly<Record<string, Record<OverwritePolicy, string>>> = {
  'older file': { always: 'saved', 'if-changed': 'saved', 'if-newer': 'saved', never: 'old' },
  'newer file': { always: 'saved', 'if-changed': 'saved', 'if-newer': 'new', never: 'new' },
  'file of the same size and time': { always: 'saved', 'if-changed': 'SAVED', 'if-newer': 'SAVED', never: 'SAVED' },
  'equal file': { always: 'saved', 'if-changed': 'saved', 'if-newer': 'saved', never: 'saved' },
  link: { always: 'saved', 'if-changed': 'saved', 'if-newer': 'saved', never: 'a link' },
  fifo: { always: 'saved', 'if-changed': 'saved', 'if-newer': 'saved', never: 'a fifo' },
  'full folder': { always: 'a folder', 'if-changed': 'a folder', 'if-newer': 'a folder', never: 'a folder' },
};

function stateOf(path: string): string {
  const stats = lstatSync(path);
  if (stats.isSymbolicLink()) return 'a link';
  if (stats.isFIFO()) return 'a fifo';
  if (stats.isDirectory()) return readdirSync(path).includes('inside') ? 'a folder' : 'an empty folder';
  return readFileSync(path, 'utf8');
}

let on: Stage;
beforeAll(async () => {
  on = await stage();
  for (const name of ['file', 'link', 'fifo', 'folder/inside']) write(join(on.source, name), 'saved', 1_000_000);
  execFileSync('sh', ['-c', 'rm link fifo; ln -s saved link; mkfifo fifo; touch -h -d @1000000 link fifo folder'], {
    cwd: on.source,
  });
  await on.save();
  return () => on[Symbol.asyncDispose]();
});

/** A target of its own in which something is in the place of an item. */
function targetWith(name: string, kind: string): string {
  const target = join(on.folder.path, `${name}-${kind}-${Math.random().toString(36).slice(2)}`);
  mkdirSync(target);
  kinds[kind]?.(join(target, name));
  return target;
}

describe.each(overwritePolicies)('overwrite %s', (overwrite) => {
  it.each(Object.keys(kinds))('a file over: %s', async (kind) => {
    const target = targetWith('file', kind);
    const summary = await on.restore({ target, overwrite });
    expect(stateOf(join(target, 'file'))).toBe(fileOver[kind]?.[overwrite]);
    const blocked = kind === 'full folder' && overwrite !== 'never' && overwrite !== 'if-newer';
    expect(failures(summary)).toEqual(blocked ? { '/file': 'exists' } : {});
    expect(readdirSync(target).sort()).toEqual(['fifo', 'file', 'folder', 'link']);
  });

  it.each(Object.keys(kinds))('a link and a fifo over: %s', async (kind) => {
    for (const name of ['link', 'fifo']) {
      const target = targetWith(name, kind);
      const before = stateOf(join(target, name));
      const summary = await on.restore({ target, overwrite });
      const isOlder = kind === 'older file' || kind === 'link' || kind === 'fifo';
      const isReplaced = kind !== 'full folder' && overwrite !== 'never' && (overwrite !== 'if-newer' || isOlder);
      expect(stateOf(join(target, name)), name).toBe(isReplaced ? `a ${name}` : before);
      if (isReplaced && name === 'link') expect(readlinkSync(join(target, 'link'))).toBe('saved');
      expect(Object.values(failures(summary)).every((code) => code === 'exists')).toBe(true);
    }
  });

  it.each(Object.keys(kinds))('a folder over: %s', async (kind) => {
    const target = targetWith('folder', kind);
    const before = stateOf(join(target, 'folder'));
    const summary = await on.restore({ target, overwrite });
    const isOlder = kind === 'older file' || kind === 'link' || kind === 'fifo';
    const isThere = kind === 'full folder' || (overwrite !== 'never' && (overwrite !== 'if-newer' || isOlder));
    expect(stateOf(join(target, 'folder'))).toBe(isThere ? 'a folder' : before);
    expect(failures(summary)).toEqual(isThere ? {} : { '/folder': 'exists' });
    const isKept = kind === 'full folder' && (overwrite === 'never' || overwrite === 'if-newer');
    if (isThere && !isKept) expect(readFileSync(join(target, 'folder/inside'), 'utf8')).toBe('saved');
  });

  it('never writes through another name of a file that is there', async () => {
    const target = targetWith('none', '');
    const outside = join(on.folder.path, `outside-${overwrite}`);
    write(outside, 'older', 500_000);
    linkSync(outside, join(target, 'file'));
    await on.restore({ target, overwrite });
    expect(readFileSync(outside, 'utf8')).toBe('older');
    expect(lstatSync(outside).mtimeMs).toBe(500_000_000);
    expect(stateOf(join(target, 'file'))).toBe(overwrite === 'never' ? 'older' : 'saved');
  });

  it('does not change what an equal file is known by elsewhere', async () => {
    const target = targetWith('none', '');
    const outside = join(on.folder.path, `equal-${overwrite}`);
    write(outside, 'saved', 400_000);
    linkSync(outside, join(target, 'file'));
    await on.restore({ target, overwrite });
    expect(lstatSync(outside).mtimeMs).toBe(400_000_000);
  });

  it('run again, changes nothing', async () => {
    const target = targetWith('none', '');
    await on.restore({ target, overwrite });
    const inode = lstatSync(join(target, 'file')).ino;
    const again = await on.restore({ target, overwrite });
    expect(again.problems).toEqual([]);
    expect(again.files).toMatchObject({ restored: 0, updated: 0 });
    expect(lstatSync(join(target, 'file')).ino).toBe(inode);
  });
});

describe('attributes of what is there', () => {
  it('become what the snapshot says, where the content is equal', async () => {
    const target = targetWith('file', 'equal file');
    write(join(target, 'file'), 'saved', 3_000_000);
    execFileSync('setfattr', ['-n', 'user.extra', '-v', 'x', join(target, 'file')]);
    execFileSync('chmod', ['600', join(target, 'file')]);
    const inode = lstatSync(join(target, 'file')).ino;
    const summary = await on.restore({ target });
    const stats = lstatSync(join(target, 'file'));
    expect(summary.files.unchanged).toBe(1);
    expect([stats.ino, stats.mtimeMs, stats.mode & 0o777]).toEqual([
      inode,
      1_000_000_000,
      lstatSync(join(on.source, 'file')).mode & 0o777,
    ]);
    expect(execFileSync('getfattr', ['--absolute-names', join(target, 'file')], { encoding: 'utf8' })).toBe('');
  });
});
