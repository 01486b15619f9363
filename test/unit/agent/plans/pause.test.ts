import { describe, expect, it } from 'vitest';
import { activePause, makePause } from '../../../../src/agent/plans/pause.ts';

const at = (time: string) => new Date(time);
const isActive = (pause: Parameters<typeof activePause>[0], now: string) => activePause(pause, at(now)) !== undefined;

describe('pauses', () => {
  it('last an hour', () => {
    const pause = makePause('hour', at('2026-11-27T12:00:00Z'));
    expect(pause).toEqual({ since: '2026-11-27T12:00:00.000Z', until: '2026-11-27T13:00:00.000Z' });
    expect(isActive(pause, '2026-11-27T12:59:59Z')).toBe(true);
    expect(isActive(pause, '2026-11-27T13:00:00Z')).toBe(false);
  });

  it.each([
    ['in the afternoon', '2026-11-27T15:00:00Z', '2026-11-28T05:00:00.000Z'],
    ['at two at night', '2026-11-28T01:00:00Z', '2026-11-28T05:00:00.000Z'],
    ['at ten to six', '2026-11-28T04:50:00Z', '2026-11-29T05:00:00.000Z'],
    ['the evening before summer time', '2026-03-28T20:00:00Z', '2026-03-29T04:00:00.000Z'],
  ])('last until tomorrow morning, asked %s', (_, now, until) => {
    expect(makePause('tomorrow', at(now), 'Europe/Berlin')).toMatchObject({ until });
  });

  it('last until resumed', () => {
    const pause = makePause('resumed', at('2026-11-27T12:00:00Z'));
    expect(isActive(pause, '2036-11-27T12:00:00Z')).toBe(true);
    expect(isActive(pause, '2016-11-27T12:00:00Z')).toBe(true);
    expect(isActive({}, '2026-11-27T12:00:00Z')).toBe(true);
    expect(isActive(undefined, '2026-11-27T12:00:00Z')).toBe(false);
  });

  it('do not last for years when the clock is set back, but survive a small correction', () => {
    const pause = makePause('hour', at('2026-11-27T12:00:00Z'));
    expect(isActive(pause, '2025-10-23T12:00:00Z')).toBe(false);
    expect(isActive(pause, '2026-11-27T11:59:00Z')).toBe(true);
  });
});
