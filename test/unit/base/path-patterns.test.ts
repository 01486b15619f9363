import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromUtf8 } from '../../../src/base/byte-string.ts';
import { NO_MATCH, PatternList } from '../../../src/base/path-patterns.ts';

const matches = (patterns: readonly string[], path: string, options = {}): boolean =>
  new PatternList(patterns, options).match(path) !== NO_MATCH;

describe('PatternList.match', () => {
  it.each([
    ['foo', '/dir1/foo/dir2/file', true],
    ['foo', '/dir/foo', true],
    ['foo', '/dir/foobar', false],
    ['/bin', '/bin/bash', true],
    ['/bin', '/usr/bin/restic', false],
    ['/bin/', '/bin', true],
    ['/', '/anything', true],
    ['b*ash', '/bin/bash', true],
    ['b*ash', '/bin/ash', false],
    ['foo/**/bar', '/dir1/foo/dir2/bar/file', true],
    ['foo/**/bar', '/foo/bar/file', true],
    ['foo/**/bar', '/tmp/foo/bar', true],
    ['foo/**/bar', '/tmp/bar/foo', false],
    ['foo/**', '/tmp/foo', true],
    ['**', '/x', true],
    ['**/foo', '/foo', true],
    ['/a/**/b', '/x/a/b', false],
    ['/a/*/b', '/a/b', false],
    ['/a/*/b', '/a/x/b', true],
    ['/a/**/b/**', '/a/x/b', false], // what is below b, not b
    ['/a/**/b/**', '/a/x/b/c', true],
    ['a/./b/../c//', '/a/c', true],
    ['*', '/x', true],
    ['*/*', '/x', false],
    ['a/b', '/a/x/b', false],
  ])('%s on %s: %s', (pattern, path, expected) => {
    expect(matches([pattern], path)).toBe(expected);
    expect(new PatternList([pattern]).matchWithChildren(path).matched).toBe(expected);
  });

  it('lets ! take back what came before, and only that', () => {
    const patterns = ['/home/u/*', '!/home/u/code', '*.o'];
    expect(matches(patterns, '/home/u/music')).toBe(true);
    expect(matches(patterns, '/home/u/music/deep/song')).toBe(true);
    expect(matches(patterns, '/home/u/code')).toBe(false);
    expect(matches(patterns, '/home/u/code/main.c')).toBe(false);
    expect(matches(patterns, '/home/u/code/main.o')).toBe(true);
    expect(matches(['!*.c', '*.c'], '/x.c')).toBe(true);
  });

  it('names the pattern that decided', () => {
    const list = new PatternList(['', '*.o', 'node_modules', '*.o']);
    expect(list.match('/a/node_modules')).toBe(2);
    expect(list.match('/a/x.o')).toBe(1);
    expect(list.match('/a/x')).toBe(NO_MATCH);
  });

  it('ignores letter case where asked, beyond ASCII too', () => {
    expect(matches(['*.JPG'], '/a/b.jpg')).toBe(false);
    expect(matches(['*.JPG'], '/a/b.jpg', { ignoreCase: true })).toBe(true);
    expect(matches(['/Home/Ünter'].map(fromUtf8), fromUtf8('/hOME/üNTER/x'), { ignoreCase: true })).toBe(true);
  });

  it('takes \\ as a separator where the system does', () => {
    expect(matches(['AppData\\Local'], 'C:/Users/x/AppData/Local/y', { backslashSeparates: true })).toBe(true);
    expect(matches(['C:\\Users'], 'C:/Users/x', { backslashSeparates: true })).toBe(true);
  });

  it('refuses a malformed pattern by name', () => {
    expect(() => new PatternList(['ok', 'a/[b'])).toThrow(/"\[b"/);
  });

  it('gives the same answer by its maps and caches as by looking at the whole path', () => {
    const name = fc.constantFrom('a', 'b', 'ab', 'a.o', 'b.o');
    const part = fc.oneof(name, fc.constantFrom('*', '**', '*.o', '?', 'a*', '[ab]'));
    const pattern = fc
      .tuple(fc.constantFrom('', '', '!'), fc.constantFrom('', '/'), fc.array(part, { minLength: 1, maxLength: 4 }))
      .map(([negation, root, parts]) => negation + root + parts.join('/'));
    const path = fc.array(name, { minLength: 1, maxLength: 5 }).map((names) => `/${names.join('/')}`);
    fc.assert(
      fc.property(
        fc.array(pattern, { maxLength: 4 }),
        fc.array(path, { minLength: 1, maxLength: 6 }),
        (patterns, paths) => {
          const list = new PatternList(patterns);
          for (const each of paths) {
            expect(list.match(each) !== NO_MATCH).toBe(new PatternList(patterns).matchWithChildren(each).matched);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('PatternList.matchWithChildren', () => {
  it.each([
    [['/a/b/c'], '/a', false, true],
    [['/a/b/c'], '/x', false, false],
    [['/a/**/c'], '/a/x/y', false, true],
    [['/a/b'], '/a/b/c', true, true],
    [['b'], '/x', false, true],
    [['/a', '!/a/b'], '/a/b', false, false],
    [[], '/x', false, false],
  ])('%s on %s', (patterns, path, matched, childMayMatch) => {
    expect(new PatternList(patterns).matchWithChildren(path)).toEqual({ matched, childMayMatch });
  });
});
