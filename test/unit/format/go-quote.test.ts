import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromUtf8 } from '../../../src/base/byte-string.ts';
import { jsonString, jsonValue } from '../../../src/format/go-json.ts';
import { goQuote, goUnquote, jsonName } from '../../../src/format/go-quote.ts';
import { isPrintable } from '../../../src/format/unicode-print.ts';
import { isUtf8 } from '../../../src/format/utf8-rune.ts';
import { byteString } from './generators.ts';

describe('names', () => {
  it.each([
    ['plain name.txt', '"plain name.txt"'],
    ['\xff', '"\\\\xff"'],
    ['a"b', '"a\\\\\\"b"'],
    ['a\\b', '"a\\\\\\\\b"'],
    ['\n\t\r\x07\b\f\v', '"\\\\n\\\\t\\\\r\\\\a\\\\b\\\\f\\\\v"'],
    ['\x01\x1b\x7f', '"\\\\x01\\\\x1b\\\\x7f"'],
    ['<&>', '"\\u003c\\u0026\\u003e"'],
    [fromUtf8('\u00a0'), '"\\\\u00a0"'],
    [fromUtf8('\u2028'), '"\\\\u2028"'],
    [fromUtf8('\u00ad'), '"\\\\u00ad"'],
    [fromUtf8('é🎉'), `"${fromUtf8('é🎉')}"`],
    [fromUtf8('\u{10ffff}'), '"\\\\U0010ffff"'],
    ['\xe2\x82', '"\\\\xe2\\\\x82"'],
    ['\xed\xa0\x80', '"\\\\xed\\\\xa0\\\\x80"'],
    ['\xc0\xaf', '"\\\\xc0\\\\xaf"'],
    [fromUtf8('\ufffd'), `"${fromUtf8('\ufffd')}"`],
  ])('writes %j as Go does', (name, json) => {
    expect(jsonName(name)).toBe(json);
  });

  it('come back from the JSON parser as the same bytes, whatever they are', () => {
    fc.assert(
      fc.property(byteString, (name) => {
        const json = Buffer.from(jsonName(name), 'latin1').toString('utf8');
        expect(goUnquote(JSON.parse(json) as string)).toBe(name);
        expect(goUnquote(Buffer.from(goQuote(name), 'latin1').toString('utf8'))).toBe(name);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    '\\',
    '\\q',
    '\\x',
    '\\x4',
    '\\xgg',
    '\\u12',
    '\\ud800',
    '\\U00110000',
    '\\400',
    '\\08',
    "\\'",
    '"',
    'a\nb',
  ])('refuses the quoted form %j', (quoted) => {
    expect(() => goUnquote(quoted)).toThrow(expect.objectContaining({ code: 'corrupt' }));
  });

  it('understands octal escapes', () => {
    expect(goUnquote('\\101\\377')).toBe('A\xff');
  });
});

describe('printable characters', () => {
  it('are exactly those of Unicode 15.0, whatever this Node has', () => {
    const bitmap = Uint8Array.from({ length: 0x110000 }, (_, point) => (isPrintable(point) ? 1 : 0));
    // From the Unicode Character Database 15.0: categories L, M, N, P and S.
    expect(createHash('sha256').update(bitmap).digest('hex')).toBe(
      '8740de3e0fc7b41855d68730b4e4481938fc874fc1e1573b39b117d3ea0cefb7',
    );
  });
});

describe('JSON strings', () => {
  it('escape as Go does', () => {
    expect(jsonString('<&>"\\\n\r\t\b\f\x01\x7f')).toBe(
      '"\\u003c\\u0026\\u003e\\"\\\\\\n\\r\\t\\u0008\\u000c\\u0001\x7f"',
    );
    expect(jsonString(`${fromUtf8('\u2028\u2029\u00a0')}\xff\xe2\x82`)).toBe(
      `"\\u2028\\u2029${fromUtf8('\u00a0')}\\ufffd\\ufffd\\ufffd"`,
    );
  });

  it('parse back to what they were, if that was UTF-8', () => {
    fc.assert(
      fc.property(byteString.filter(isUtf8), (bytes) => {
        const parsed = JSON.parse(Buffer.from(jsonString(bytes), 'latin1').toString('utf8')) as string;
        expect(fromUtf8(parsed)).toBe(bytes);
      }),
    );
  });

  it('tell UTF-8 from other bytes as Node does', () => {
    fc.assert(
      fc.property(byteString, (bytes) => {
        const fatal = new TextDecoder('utf-8', { fatal: true });
        let valid = true;
        try {
          fatal.decode(Buffer.from(bytes, 'latin1'));
        } catch {
          valid = false;
        }
        expect(isUtf8(bytes)).toBe(valid);
      }),
      { numRuns: 1000 },
    );
  });

  it('hold any plain value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
        const text = Buffer.from(jsonValue(value), 'latin1').toString('utf8');
        expect(JSON.stringify(JSON.parse(text))).toBe(JSON.stringify(value));
      }),
    );
  });
});
