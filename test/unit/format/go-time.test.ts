import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { forgetTimeZone, formatTime, parseTime } from '../../../src/format/go-time.ts';

interface Sample {
  zone: string;
  ns: string;
  text: string;
}
/** Modification times and what restic 0.14 wrote for them under TZ=zone, years outside of 0 … 9999 among them. */
const samples = JSON.parse(
  readFileSync(new URL('fixtures/restic-0.14-times.json', import.meta.url), 'utf8'),
) as readonly Sample[];
const zones = [...new Set(samples.map((sample) => sample.zone))];
const zoneBefore = process.env.TZ;

function useZone(zone: string | undefined): void {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
  forgetTimeZone();
}

afterEach(() => useZone(zoneBefore));

describe('times', () => {
  it.each(zones)('are written as restic wrote them in %s', (zone) => {
    useZone(zone);
    const mine = samples.filter((sample) => sample.zone === zone);
    expect(mine.length).toBeGreaterThan(50);
    expect(mine.map(({ ns }) => formatTime(BigInt(ns)))).toEqual(mine.map(({ text }) => text));
  });

  it.each(zones)('come back as the same nanosecond in %s', (zone) => {
    useZone(zone);
    // Since 1972 no zone has offsets of odd seconds, which the text cannot hold.
    const since1972 = fc.bigInt({ min: 70_000_000n * 10n ** 9n, max: 253_000_000_000n * 10n ** 9n });
    fc.assert(fc.property(since1972, (ns) => parseTime(formatTime(ns)) === ns));
  });

  it.each(zones)('are right around every change of the clocks in %s', (zone) => {
    useZone(zone);
    const hours = Array.from({ length: 366 * 24 * 2 }, (_, hour) => 1_704_067_200n + BigInt(hour) * 1800n - 1n);
    const wrong = hours.filter((second) => {
      const date = new Date(Number(second) * 1000);
      const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) =>
        String(part).padStart(2, '0'),
      );
      const text = formatTime(second * 10n ** 9n);
      return text.slice(11, 19) !== clock.join(':') || parseTime(text) !== second * 10n ** 9n;
    });
    expect(wrong).toEqual([]);
  });

  it('trim zeros of the fraction', () => {
    useZone('UTC');
    expect(formatTime(0n)).toBe('1970-01-01T00:00:00Z');
    expect(formatTime(100_000_000n)).toBe('1970-01-01T00:00:00.1Z');
    expect(formatTime(1n)).toBe('1970-01-01T00:00:00.000000001Z');
    expect(formatTime(-1n)).toBe('1969-12-31T23:59:59.999999999Z');
    expect(formatTime(1_699_999_999_999_999_999n)).toBe('2023-11-14T22:13:19.999999999Z');
  });

  it('are clamped to the years 0 to 9999 however far off they are', () => {
    useZone('Europe/Berlin');
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n) * 10n ** 9n, max: 2n ** 63n * 10n ** 9n }), (ns) => {
        expect(formatTime(ns)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d*[1-9])?([+-]\d\d:\d\d|Z)$/);
      }),
    );
  });

  it('are understood in any zone', () => {
    expect(parseTime('2024-02-29T12:00:00.5+05:30')).toBe(1_709_188_200_500_000_000n);
    expect(parseTime('2024-02-29T12:00:00-03:30')).toBe(1_709_220_600_000_000_000n);
    expect(parseTime('0000-01-01T00:00:00Z')).toBe(-62_167_219_200_000_000_000n);
    expect(parseTime('2024-01-01T00:00:00.1234567899Z')).toBe(1_704_067_200_123_456_789n);
  });

  it.each([
    '',
    '2024-01-01',
    '2024-01-01T00:00:00',
    '2024-01-01T00:00:00z',
    '2024-13-01T00:00:00Z',
    '2024-00-01T00:00:00Z',
    '2023-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2024-01-32T00:00:00Z',
    '2024-01-01T24:00:00Z',
    '2024-01-01T00:00:60Z',
    '2024-01-01T00:00:00.Z',
    '2024-01-01T00:00:00.1+0100',
    '2024-01-01T00:00:00+01:00x',
    '2024-01-01 00:00:00Z',
    '02024-01-01T00:00:00Z',
    '-024-01-01T00:00:00Z',
  ])('refuse %j', (text) => {
    expect(() => parseTime(text)).toThrow(expect.objectContaining({ code: 'corrupt' }));
  });
});
