import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RestoredItem } from '../../../src/restore/report.ts';
import { selectByPatterns } from '../../../src/restore/selection.ts';
import { compareTrees } from '../../support/compare-trees.ts';
import { codeOf } from '../repository/test-repository.ts';
import { failures, type Stage, stage, write } from './test-restore.ts';

async function savedStage(): Promise<Stage> {
  const on = await stage();
  for (const name of ['keep', 'folder/keep', 'folder/note.txt', 'other/keep']) write(join(on.source, name), 'saved');
  await on.save();
  return on;
}

function list(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
}

/** A selection; no pattern here is malformed. */
function select(options: Parameters<typeof selectByPatterns>[0]): NonNullable<ReturnType<typeof selectByPatterns>> {
  const selection = selectByPatterns(options);
  if (selection === undefined) throw new Error('nothing to select by');
  return selection;
}

describe('delete extra', () => {
  it('removes what the snapshot does not have, and says each', async () => {
    await using on = await savedStage();
    await on.restore();
    for (const name of ['extra', 'folder/extra', 'new/deep/extra']) write(join(on.target, name), 'extra');
    symlinkSync(on.source, join(on.target, 'folder/link'));
    expect((await on.restore()).files.deleted).toBe(0);
    const deleted: string[] = [];
    const onItem = ({ action, path }: RestoredItem): void => {
      if (action === 'deleted') deleted.push(path);
    };
    const dry = await on.restore({ deleteExtra: true, dryRun: true, onItem });
    const expected = ['/extra', '/folder/extra', '/folder/link', '/new', '/new/deep', '/new/deep/extra'];
    expect(deleted.splice(0).sort()).toEqual(expected);
    expect(list(on.target)).toContain('new/deep/extra');
    const summary = await on.restore({ deleteExtra: true, onItem });
    expect(deleted.sort()).toEqual(expected);
    expect([summary.files.deleted, summary.dirs.deleted, summary.others.deleted]).toEqual([3, 2, 1]);
    expect(dry.files.deleted).toBe(3);
    expect(on.differences()).toEqual([]);
    expect(list(on.source)).toContain('folder/keep');
  });

  it('keeps what the selection does not cover', async () => {
    await using on = await savedStage();
    await on.restore();
    for (const name of ['extra.txt', 'extra.log', 'folder/a.log', 'more/b.log', 'more/c']) {
      write(join(on.target, name), 'x');
    }
    await on.restore({ deleteExtra: true, selection: select({ exclude: ['*.log', '/other'] }) });
    expect(list(on.target)).toEqual(
      ['extra.log', 'folder', 'folder/a.log', 'folder/keep', 'folder/note.txt', 'keep', 'more', 'more/b.log'].concat([
        'other',
        'other/keep',
      ]),
    );
    await on.restore({ deleteExtra: true, selection: select({ include: ['/folder'] }) });
    expect(list(join(on.target, 'folder'))).toEqual(['keep', 'note.txt']);
    expect(list(on.target)).toContain('extra.log');
  });

  it('lets a file take the place of a folder', async () => {
    await using on = await savedStage();
    write(join(on.target, 'keep/below'), 'x');
    expect(failures(await on.restore())).toEqual({ '/keep': 'exists' });
    expect(failures(await on.restore({ deleteExtra: true }))).toEqual({});
    expect(on.differences()).toEqual([]);
  });

  it('refuses to empty the system', async () => {
    await using on = await savedStage();
    expect(await codeOf(() => on.restore({ deleteExtra: true, target: '/' }))).toBe('invalid-input');
  });
});

describe('a dry run', () => {
  it('counts what a run does, and changes nothing', async () => {
    await using on = await savedStage();
    const fresh = await on.restore({ dryRun: true });
    expect(fresh.files.restored).toBe(4);
    expect(list(on.folder.path)).not.toContain('target');
    write(join(on.target, 'keep'), 'SAVED');
    write(join(on.target, 'other/keep'), 'saved', 5);
    write(join(on.target, 'folder'), 'in the way');
    const before = join(on.folder.path, 'before');
    mkdirSync(before);
    const { execFileSync } = await import('node:child_process');
    execFileSync('cp', ['-a', '.', before], { cwd: on.target });
    const dry = await on.restore({ dryRun: true });
    expect(compareTrees(before, on.target)).toEqual([]);
    const real = await on.restore();
    expect([dry.files, dry.dirs, dry.bytesRestored]).toEqual([real.files, real.dirs, real.bytesRestored]);
    expect(real.files).toMatchObject({ restored: 2, updated: 1, unchanged: 1 });
    expect(on.differences()).toEqual([]);
  });
});

describe('a selection', () => {
  it('includes what matches and all below, with the folders on the way', async () => {
    await using on = await savedStage();
    await on.restore({ selection: select({ include: ['*.txt'] }) });
    expect(list(on.target)).toEqual(['folder', 'folder/note.txt']);
    expect(
      on
        .differences()
        .map(({ path, what }) => `${path} ${what}`)
        .sort(),
    ).toEqual(['folder/keep missing', 'keep missing', 'other missing']);
  });

  it('leaves out what matches, letter case ignored where that is asked for', async () => {
    await using on = await savedStage();
    await on.restore({ selection: select({ excludeIgnoringCase: ['KEEP'] }) });
    expect(list(on.target)).toEqual(['folder', 'folder/note.txt', 'other']);
  });

  it('takes no includes together with excludes', () => {
    expect(() => selectByPatterns({ include: ['a'], exclude: ['b'] })).toThrow('together');
    expect(selectByPatterns({})).toBeUndefined();
  });
});
