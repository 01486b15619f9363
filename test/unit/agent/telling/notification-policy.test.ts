import { describe, expect, it } from 'vitest';
import {
  type Happening,
  notificationPolicy,
  type ToldToday,
} from '../../../../src/agent/telling/notification-policy.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

/** A user in Auckland (UTC+13 in March), whose days begin at 11:00 UTC. */
function user(tellSuccess = false) {
  const clock = new FakeClock('2026-03-01T12:00:00Z');
  let told: ToldToday | undefined;
  const tells = (happening: Happening): boolean => {
    // As after a restart: what is kept is plain data.
    const decision = notificationPolicy(happening, {
      now: clock.now(),
      timeZone: 'Pacific/Auckland',
      told,
      tellSuccess,
    });
    told = JSON.parse(JSON.stringify(decision.told));
    return decision.tell;
  };
  return { clock, tells, told: () => told };
}

const skipped = (planId: string, ...reasons: string[]): Happening => ({ kind: 'skipped', planId, reasons });
const failed = (planId: string, ...reasons: string[]): Happening => ({ kind: 'failed', planId, reasons });
const hourMs = 3_600_000;

describe('the notification policy', () => {
  it('tells of a skipped run once per reason per day per plan', async () => {
    const { clock, tells } = user();
    expect(tells(skipped('a', 'on-battery'))).toBe(true);
    expect(tells(skipped('a', 'on-battery'))).toBe(false);
    expect(tells(skipped('b', 'on-battery'))).toBe(true);
    expect(tells(skipped('a', 'offline'))).toBe(true);
    expect(tells(skipped('a', 'offline', 'on-battery'))).toBe(false);
    expect(tells(skipped('a', 'offline', 'quiet-hours'))).toBe(true);
    await clock.advance(22 * hourMs);
    expect(tells(skipped('a', 'on-battery'))).toBe(false);
    await clock.advance(hourMs);
    expect(tells(skipped('a', 'on-battery'))).toBe(true);
  });

  it('tells of a failure at once, and not again for each new try', () => {
    const { tells } = user();
    expect(tells(skipped('a', 'network'))).toBe(true);
    expect(tells(failed('a', 'network'))).toBe(true);
    expect(tells(failed('a', 'network'))).toBe(false);
    expect(tells(failed('a', 'no-space'))).toBe(true);
    expect(tells(failed('a'))).toBe(true);
    expect(tells(failed('a'))).toBe(false);
  });

  it('tells of an overdue plan once a day', async () => {
    const { clock, tells } = user();
    const days: boolean[][] = [];
    for (let day = 0; day < 3; day++) {
      days.push([tells({ kind: 'overdue', planId: 'a' }), tells({ kind: 'overdue', planId: 'a' })]);
      await clock.advance(24 * hourMs);
    }
    expect(days).toEqual([
      [true, false],
      [true, false],
      [true, false],
    ]);
  });

  it('tells of a warning sign once per reason', () => {
    const { tells } = user();
    expect(tells({ kind: 'warning', planId: 'a', reasons: ['most-files-gone'] })).toBe(true);
    expect(tells({ kind: 'warning', planId: 'a', reasons: ['most-files-gone'] })).toBe(false);
  });

  it('tells of successes only if asked to, and then of each', () => {
    const quiet = user();
    const asked = user(true);
    const good: Happening = { kind: 'succeeded', planId: 'a' };
    expect([quiet.tells(good), asked.tells(good), asked.tells(good)]).toEqual([false, true, true]);
  });

  it('tells once more when the clock is set to another day, and never a storm', async () => {
    const { clock, tells } = user();
    expect(tells(skipped('a', 'offline'))).toBe(true);
    clock.jumpWallClock(-400 * 24 * hourMs);
    expect([tells(skipped('a', 'offline')), tells(skipped('a', 'offline'))]).toEqual([true, false]);
    clock.jumpWallClock(800 * 24 * hourMs);
    expect([tells(skipped('a', 'offline')), tells(skipped('a', 'offline'))]).toEqual([true, false]);
  });

  it('keeps only what was told today', async () => {
    const { clock, tells, told } = user();
    for (const plan of ['a', 'b', 'c']) tells({ kind: 'overdue', planId: plan });
    expect(told()).toEqual({ day: '2026-03-02', keys: ['a overdue', 'b overdue', 'c overdue'] });
    await clock.advance(24 * hourMs);
    tells({ kind: 'overdue', planId: 'a' });
    expect(told()).toEqual({ day: '2026-03-03', keys: ['a overdue'] });
  });
});
