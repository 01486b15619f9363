/** The scheduler's memory as a file of the agent's state. Losing it costs one catch-up run an item at most. */
import { z } from 'zod';
import { StateFile, type StateFileOptions, type StateNotice } from '../state/state-file.ts';
import { type ScheduleRecords, type ScheduleStore, scheduleRecordsSchema } from './schedule-state.ts';

const fileSchema = z.object({ version: z.literal(1), items: scheduleRecordsSchema });

export class ScheduleFile implements ScheduleStore {
  readonly #file: StateFile<z.infer<typeof fileSchema>>;

  constructor(options: Pick<StateFileOptions<unknown>, 'path' | 'clock' | 'calls'>) {
    this.#file = new StateFile({
      ...options,
      title: 'The memory of the schedule',
      parse: (json) => fileSchema.parse(json),
    });
  }

  /** What `load` found wrong with the file. */
  get notices(): readonly StateNotice[] {
    return this.#file.notices;
  }

  /** A damaged file is set aside and counts as empty. */
  async load(): Promise<ScheduleRecords> {
    return (await this.#file.read())?.items ?? {};
  }

  async save(items: ScheduleRecords): Promise<void> {
    await this.#file.write({ version: 1, items });
  }
}
