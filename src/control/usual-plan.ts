/** What a new plan gets unless its maker says otherwise: the same from every face. Safe in a browser. */
import type { Retention } from '../config/retention.ts';
import type { ScheduleTrigger } from '../config/trigger.ts';

/** A snapshot a year costs little, and nothing goes away for good without having been asked. */
export const usualRetention: Retention = { hourly: 24, daily: 7, weekly: 5, monthly: 12, yearly: 'unlimited' };

/** A sample is restored and compared once a week. */
export const usualDrill: ScheduleTrigger = { kind: 'interval', minutes: 7 * 24 * 60 };
