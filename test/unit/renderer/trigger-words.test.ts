/** Triggers in words, with the real texts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import i18next from 'i18next';
import { describe, expect, it } from 'vitest';
import { triggerWords } from '../../../renderer/i18n/trigger-words.ts';
import type { Trigger } from '../../../src/config/trigger.ts';

const common = (language: string): object =>
  JSON.parse(readFileSync(join(import.meta.dirname, `../../../renderer/i18n/${language}/common.json`), 'utf8'));

async function words(trigger: Trigger, language: string): Promise<string> {
  const instance = i18next.createInstance();
  const t = await instance.init({
    lng: language,
    defaultNS: 'common',
    resources: { [language]: { common: common(language.slice(0, 2)) } },
    interpolation: { escapeValue: false },
  });
  return triggerWords(trigger, t, language);
}

describe('triggers in words', () => {
  it.each<[Trigger | string, string, string]>([
    [{ kind: 'manual' }, 'only when you start it', 'nur wenn Sie ihn starten'],
    [{ kind: 'interval', minutes: 90 }, 'every 90 minutes', 'alle 90 Minuten'],
    [{ kind: 'interval', minutes: 60 }, 'every hour', 'stündlich'],
    [{ kind: 'interval', minutes: 2880 }, 'every 2 days', 'alle 2 Tage'],
    [{ kind: 'interval', minutes: 10_080 }, 'every week', 'wöchentlich'],
    ['30 2 * * *', 'every day at 02:30', 'täglich um 02:30'],
    ['0 8,20 * * *', 'every day at 08:00 and 20:00', 'täglich um 08:00 und 20:00'],
    ['0 9 * * 1-5', 'Monday to Friday at 09:00', 'montags bis freitags um 09:00'],
    ['0 9 * * 0,3', 'every Wednesday and Sunday at 09:00', 'jeden Mittwoch und Sonntag um 09:00'],
    ['*/15 * * * *', 'every 15 minutes', 'alle 15 Minuten'],
    ['0 * * * *', 'every hour', 'stündlich'],
    ['15 4 1 * *', 'on day 1 of every month at 04:15', 'am 1. jedes Monats um 04:15'],
    ['0 9 1 1 *', 'at the times “0 9 1 1 *”', 'zu den Zeiten „0 9 1 1 *“'],
  ])('%j', async (given, english, german) => {
    const trigger: Trigger = typeof given === 'string' ? { kind: 'cron', expression: given } : given;
    expect(await words(trigger, 'en-GB')).toBe(english);
    expect(await words(trigger, 'de')).toBe(german);
  });
});
