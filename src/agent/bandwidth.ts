/** How fast destinations may be used now: the settings' limits, but for the times of day at full speed. */
import type { z } from 'zod';
import type { settingsSchema } from '../config/settings.ts';
import { findQuietHours, localMinuteOfDay } from './readiness/quiet-hours.ts';

/** Bytes a second; absent: no limit. */
export interface BandwidthRates {
  readonly up?: number;
  readonly down?: number;
}

type Bandwidth = z.output<typeof settingsSchema>['bandwidth'];

export function ratesAt({ upKibPerSecond, downKibPerSecond, fullSpeed }: Bandwidth, now: Date): BandwidthRates {
  if (findQuietHours(fullSpeed, localMinuteOfDay(now, undefined)) !== undefined) return {};
  return {
    ...(upKibPerSecond === undefined ? {} : { up: upKibPerSecond * 1024 }),
    ...(downKibPerSecond === undefined ? {} : { down: downKibPerSecond * 1024 }),
  };
}
