/** What must hold before an unattended run starts. Absent: anything goes. */
import { z } from 'zod';

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day like 22:30');

/** Local times of day; over midnight where `to` is before `from`. */
export const dayHoursSchema = z.strictObject({ from: timeOfDay, to: timeOfDay });

export const conditionsSchema = z.strictObject({
  /** `unmetered`: not while the connection counts bytes. */
  network: z.enum(['any', 'unmetered']).optional(),
  /** Only on these Wi-Fi networks (a cable is fine). */
  wifiNames: z.array(z.string().min(1)).optional(),
  notOnBattery: z.boolean().optional(),
  /** On battery, not below this. */
  minBatteryPercent: z.int().min(1).max(100).optional(),
  /** Folders or drives that must be there. */
  requirePaths: z.array(z.string().min(1)).optional(),
  /** Times in which nothing starts. */
  quietHours: z.array(dayHoursSchema).optional(),
});

export type Conditions = z.infer<typeof conditionsSchema>;
