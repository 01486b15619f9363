/** What Jobs makes of the history: filters in the address, figures, and patterns that leave out a file and nothing else. */
import { describe, expect, it } from 'vitest';
import { folderOf, patternOf, withPattern } from '../../../renderer/views/jobs/exclude-pattern.ts';
import { figuresOf } from '../../../renderer/views/jobs/figures-of.ts';
import { filterOf } from '../../../renderer/views/jobs/history-filter.ts';
import { fromUtf8 } from '../../../src/base/byte-string.ts';
import { NO_MATCH, PatternList } from '../../../src/base/path-patterns.ts';
import { planInputSchema, planSchema } from '../../../src/config/plan.ts';

describe('an exclude of one path', () => {
  const fits = (pattern: string, path: string): boolean =>
    new PatternList([fromUtf8(pattern)]).match(fromUtf8(path)) !== NO_MATCH;

  it.each(['/home/me/a.txt', '/home/me/[1] what? *.txt', '/home/me/back\\slash', '/home/ümlaut', '/home/!x'])(
    'fits it and nothing like it: %s',
    (path) => {
      expect(fits(patternOf(path), path)).toBe(true);
      expect(fits(patternOf(path), `${path}/below`)).toBe(true);
      expect(fits(patternOf(path), `${path}x`)).toBe(false);
      expect(fits(patternOf(path), path.replaceAll(/[*?]/g, 'x').replace('[1]', '1'))).toBe(!/[*?[]/.test(path));
    },
  );

  it('leaves the backslashes of Windows alone', () => {
    expect(patternOf('C:\\Users\\me\\[1].txt')).toBe('C:\\Users\\me\\[[]1].txt');
  });

  it('has a folder to leave out instead, unless that is everything', () => {
    expect(folderOf('/home/me/a.txt')).toBe('/home/me');
    expect(folderOf('/a.txt')).toBeUndefined();
    expect(folderOf('C:\\Users\\a.txt')).toBe('C:\\Users');
    expect(folderOf('C:\\a.txt')).toBeUndefined();
  });

  it('is put into a plan once, and taken out again', () => {
    const plan = planSchema.parse({
      id: 'files',
      name: 'Files',
      sources: ['/home'],
      trigger: { kind: 'manual' },
      repositories: ['default'],
      createdAt: '2026-11-01T00:00:00Z',
      excludes: { patterns: ['*.tmp'] },
    });
    const once = planInputSchema.parse(withPattern(plan, '/home/a', true));
    expect(once.excludes.patterns).toEqual(['*.tmp', '/home/a']);
    expect(withPattern({ ...plan, ...once }, '/home/a', true).excludes?.patterns).toEqual(['*.tmp', '/home/a']);
    expect(withPattern({ ...plan, ...once }, '/home/a', false).excludes?.patterns).toEqual(['*.tmp']);
  });
});

describe('the figures of a result', () => {
  it('are its numbers, with those one level below', () => {
    expect(figuresOf({ files: { new: 2 }, dataAdded: 5, snapshotId: 'abc', totalBytes: 7 })).toEqual([
      { name: 'files-new', value: 2, unit: 'count' },
      { name: 'dataAdded', value: 5, unit: 'bytes' },
      { name: 'totalBytes', value: 7, unit: 'bytes' },
    ]);
  });
});

describe('the filter of the history', () => {
  it('passes over what cannot be', () => {
    expect(filterOf(new URLSearchParams('plan=p&kind=backup&result=failed&find=disk'))).toEqual({
      planId: 'p',
      kind: 'backup',
      state: 'failed',
      text: 'disk',
    });
    expect(filterOf(new URLSearchParams('kind=nonsense&result=&find='))).toEqual({});
  });
});
