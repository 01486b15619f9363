import { describe, expect, it } from 'vitest';
import { presetNames } from '../../../renderer/views/plans/editor/draft.ts';
import { expressionOf, rhythmOf, timesOf, withTime } from '../../../renderer/views/plans/schedule/rhythm.ts';
import { presets } from '../../../src/source/mod.ts';

const cron = (expression: string) => ({ kind: 'cron', expression }) as const;

describe('rhythms', () => {
  it.each([
    ['30 2 * * *', 'daily'],
    ['0 8,20 * * *', 'daily'],
    ['15 7 * * 1-5', 'weekly'],
    ['15 7 * * 0,6', 'weekly'],
    ['0 12 31 * *', 'monthly'],
    ['*/5 * * * *', 'cron'],
    ['0 12 31 * 1', 'cron'],
    ['0 0 * 1 *', 'cron'],
    ['0 0 2 * * *', 'cron'],
    ['60 2 * * *', 'cron'],
    ['0 2 * * 5-1', 'cron'],
    ['nonsense', 'cron'],
  ])('reads "%s" as %s', (expression, rhythm) => {
    expect(rhythmOf(cron(expression))).toBe(rhythm);
  });

  it.each(['30 2 * * *', '0 8,20 * * *', '5 7 * * 1,2,3', '0 12 31 * *'])(
    'writes "%s" as it was read',
    (expression) => {
      const rhythm = rhythmOf(cron(expression));
      if (rhythm !== 'daily' && rhythm !== 'weekly' && rhythm !== 'monthly') throw new Error(rhythm);
      expect(expressionOf(rhythm, timesOf(cron(expression)))).toBe(expression);
    },
  );

  it('knows Sunday by both of its numbers, and spans of days', () => {
    expect(timesOf(cron('0 2 * * 7')).weekdays).toEqual([0]);
    expect(timesOf(cron('0 2 * * 1-3,6')).weekdays).toEqual([1, 2, 3, 6]);
  });

  it('gives all times the minute of the one that was changed', () => {
    expect(withTime(['08:00', '20:00'], 1, '21:15')).toEqual(['08:15', '21:15']);
  });
});

it('offers all presets that the agent knows', () => {
  expect([...presetNames].sort()).toEqual(presets.map(({ name }) => name).sort());
});
