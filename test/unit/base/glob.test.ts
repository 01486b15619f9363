import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromUtf8 } from '../../../src/base/byte-string.ts';
import { compileGlob } from '../../../src/base/glob.ts';

const matches = (pattern: string, name: string): boolean => compileGlob(fromUtf8(pattern)).matches(fromUtf8(name));

describe('compileGlob', () => {
  it.each([
    ['plain', 'plain', true],
    ['plain', 'plain2', false],
    ['*', '', true],
    ['*', 'anything', true],
    ['*.txt', 'a.txt', true],
    ['*.txt', '.txt', true],
    ['*.txt', 'a.txt.gz', false],
    ['a*', 'abc', true],
    ['a*', 'ba', false],
    ['a*c', 'abbc', true],
    ['a*c', 'ac', true],
    ['aba*aba', 'aba', false],
    ['*mid*', 'amidst', true],
    ['*a*b*c', 'xaybzc', true],
    ['*a*b*c', 'xaybzcd', false],
    ['a*b*a', 'abba', true],
    ['?', 'x', true],
    ['?', '', false],
    ['?', 'xy', false],
    ['?', 'é', true],
    ['??', 'é', false],
    ['?', '😀', true],
    ['*?.x', '.x', false],
    ['[a-c]1', 'b1', true],
    ['[a-c]1', 'd1', false],
    ['[^a-c]1', 'd1', true],
    ['[!a]', '!', true], // in Go `!` does not negate
    ['[!a]', 'b', false],
    ['[α-ω]', 'λ', true],
    ['[^α-ω]', 'λ', false],
    ['[\\]x]', ']', true],
    ['a]b', 'a]b', true],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['*[0-9]', 'file7', true],
    ['*[0-9]', 'file', false],
  ])('%s on %s: %s', (pattern, name, expected) => {
    expect(matches(pattern, name)).toBe(expected);
  });

  it.each(['[', '[a', '[]', '[]a]', '[^]', '[a-]', '[-a]', '[a-c-e]', 'a\\', '[\\'])('refuses %s', (pattern) => {
    expect(() => compileGlob(pattern)).toThrowError(expect.objectContaining({ code: 'invalid-input' }));
  });

  it('takes bytes that are no UTF-8 as one character each', () => {
    expect(compileGlob('a?b').matches('a\xffb')).toBe(true);
    expect(compileGlob('a?b').matches('a\xc3\xffb')).toBe(false);
    expect(compileGlob('a??b').matches('a\xe2\x82b')).toBe(true);
  });

  it('says what is found by map', () => {
    expect(compileGlob('\\[x').literal).toBe('[x');
    expect(compileGlob('*.o').suffix).toBe('.o');
    expect(compileGlob('?.o').suffix).toBeUndefined();
  });

  it('agrees with a backtracking regular expression on ASCII', () => {
    const text = (letters: string) => fc.string({ unit: fc.constantFrom(...letters), maxLength: 8 });
    fc.assert(
      fc.property(text('ab*?'), text('ab'), (pattern, name) => {
        const expression = new RegExp(`^${pattern.replace(/[*?]/g, (char) => (char === '*' ? '.*' : '.'))}$`);
        expect(compileGlob(pattern).matches(name)).toBe(expression.test(name));
      }),
      { numRuns: 500 },
    );
  });
});
