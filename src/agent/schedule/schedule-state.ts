/** What the scheduler remembers over a restart. */
import { z } from 'zod';

const scheduleRecord = z.object({
  /** The trigger that it is about, as `triggerKey` says it. */
  trigger: z.string(),
  /** Due times up to here are dealt with; an interval is counted from here. */
  countedFrom: z.iso.datetime(),
});

/** By the item's id. */
export const scheduleRecordsSchema = z.record(z.string(), scheduleRecord);

export type ScheduleRecord = Readonly<z.infer<typeof scheduleRecord>>;
export type ScheduleRecords = Readonly<Record<string, ScheduleRecord>>;

/** Where it is kept. What is saved replaces what was there. */
export interface ScheduleStore {
  /** Nothing (`{}`) before the first save. */
  load(signal: AbortSignal): Promise<ScheduleRecords>;
  save(records: ScheduleRecords, signal: AbortSignal): Promise<void>;
}
