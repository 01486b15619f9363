import { describe, expect, it } from 'vitest';
import { fromUtf8 } from '../../../../src/base/byte-string.ts';
import { parsePatternFile, parseSize } from '../../../../src/source/filesystem/pattern-file.ts';

describe('parsePatternFile', () => {
  it('takes one pattern a line, without blanks around and comments', () => {
    expect(parsePatternFile(Buffer.from('# go\n*.go\r\n\n   foo bar \t\n#x\n !keep'))).toEqual([
      '*.go',
      'foo bar',
      '!keep',
    ]);
  });

  it('keeps bytes that are no UTF-8', () => {
    expect(parsePatternFile(Buffer.from('x\xff\x85\n\xa0y', 'latin1'))).toEqual(['x\xff\x85', '\xa0y']);
  });

  it('understands byte order marks', () => {
    const text = 'Müll\nb';
    const little = Buffer.from(`\ufeff${text}`, 'utf16le');
    const expected = [fromUtf8('Müll'), 'b'];
    expect(parsePatternFile(Buffer.from(`\ufeff${text}`))).toEqual(expected);
    expect(parsePatternFile(little)).toEqual(expected);
    expect(parsePatternFile(Buffer.from(little).swap16())).toEqual(expected);
  });

  it('replaces variables only where an environment is given', () => {
    const content = Buffer.from(`$HOME/a\n${'$'}{HOME}x\n$$y\n$NONE/z`);
    expect(parsePatternFile(content)).toEqual(['$HOME/a', `${'$'}{HOME}x`, '$$y', '$NONE/z']);
    expect(parsePatternFile(content, { HOME: '/home/ü' })).toEqual([
      fromUtf8('/home/ü/a'),
      fromUtf8('/home/üx'),
      '$y',
      '/z',
    ]);
  });
});

describe('parseSize', () => {
  it.each([
    ['0', 0],
    ['2048', 2048],
    ['7b', 7],
    ['1k', 1024],
    ['10K', 10_240],
    ['20m', 20 * 1024 ** 2],
    ['30G', 30 * 1024 ** 3],
    ['2T', 2 * 1024 ** 4],
  ])('%s is %d', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(['', 'k', '1x', '1.5M', '-1', '1 M', '9999999999T'])('refuses "%s"', (text) => {
    expect(() => parseSize(text)).toThrowError(expect.objectContaining({ code: 'invalid-input' }));
  });
});
