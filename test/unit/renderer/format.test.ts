import { describe, expect, it } from 'vitest';
import { formatBytes, formatDuration, formatPercent, formatRelative } from '../../../renderer/i18n/format.ts';

/** Intl puts narrow and unbreakable spaces where a line must not break. */
const plain = (text: string): string => text.replaceAll(/[\u00a0\u202f]/g, ' ');

describe('formats', () => {
  it.each([
    [0, 'en', '0 bytes'],
    [999, 'en', '999 bytes'],
    [1000, 'en', '1 kB'],
    [1_550_000, 'en', '1.6 MB'],
    [1_550_000, 'de', '1,6 MB'],
    [123_456_789_012, 'en', '123 GB'],
    [5e18, 'en', '5,000 PB'],
  ])('%d bytes in %s are %s', (bytes, language, text) => {
    expect(plain(formatBytes(bytes, language))).toBe(text);
  });

  it.each([
    [-20, 'en', 'now'],
    [-240, 'en', '4 minutes ago'],
    [7200, 'en', 'in 2 hours'],
    [-86_400, 'en', 'yesterday'],
    [-86_400, 'de', 'gestern'],
    [-240, 'de', 'vor 4 Minuten'],
  ])('%d seconds from now in %s are "%s"', (seconds, language, text) => {
    expect(plain(formatRelative(seconds, language))).toBe(text);
  });

  it('says how long something takes, and a share', () => {
    expect(plain(formatDuration(44.2, 'en'))).toBe('45 seconds');
    expect(plain(formatDuration(130, 'en'))).toBe('2 minutes');
    expect(plain(formatDuration(5400, 'de'))).toBe('1,5 Stunden');
    expect(plain(formatPercent(0.256, 'en'))).toBe('26%');
  });
});
