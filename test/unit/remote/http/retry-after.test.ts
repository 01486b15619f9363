import { describe, expect, it } from 'vitest';
import { retryAfterMs } from '../../../../src/remote/http/retry-after.ts';

describe('Retry-After', () => {
  const now = new Date('2026-03-01T12:00:00Z');
  it.each([
    ['0', 0],
    ['120', 120_000],
    ['Sun, 01 Mar 2026 12:01:00 GMT', 60_000],
    ['Sunday, 01-Mar-26 12:01:00 GMT', 60_000],
    ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
    ['', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['Sun, 99 Mar 2026', undefined],
    ['9999999999', undefined],
  ])('%s', (header, ms) => expect(retryAfterMs(header, now)).toBe(ms));
});
