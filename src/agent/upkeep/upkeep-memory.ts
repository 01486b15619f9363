/** What the agent remembers of the upkeep of repositories: a small file. Losing it begins the reading back anew. */
import { Low } from 'lowdb';
import { z } from 'zod';
import { StateFile, type StateFileOptions, type StateNotice } from '../state/state-file.ts';
import { type ReadShare, readShareSchema } from './read-share.ts';

const fileSchema = z.object({
  version: z.literal(1),
  repositories: z.record(z.string(), z.object({ lastRead: readShareSchema.optional() })),
});

type Remembered = z.infer<typeof fileSchema>;

export class UpkeepMemory {
  /** What was found wrong with the file when it was opened. */
  readonly notices: readonly StateNotice[];
  readonly #low: Low<Remembered>;
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(low: Low<Remembered>, notices: readonly StateNotice[]) {
    this.#low = low;
    this.notices = notices;
  }

  /** A damaged file is set aside and counts as empty. @throws `unsupported`, `permission`, `io` */
  static async open(options: Pick<StateFileOptions<unknown>, 'path' | 'clock' | 'calls'>): Promise<UpkeepMemory> {
    const file = new StateFile({
      ...options,
      title: 'The memory of checks',
      parse: (json) => fileSchema.parse(json),
    });
    const low = new Low<Remembered>(file, { version: 1, repositories: {} });
    await low.read();
    return new UpkeepMemory(low, [...file.notices]);
  }

  /** What the last check that was done has read of it. */
  lastRead(repositoryId: string): ReadShare | undefined {
    return this.#low.data.repositories[repositoryId]?.lastRead;
  }

  /** A check was done. Resolves when it is on the disk. @throws `no-space`, `io` */
  noteRead(repositoryId: string, lastRead: ReadShare): Promise<void> {
    this.#low.data.repositories[repositoryId] = { lastRead };
    const next = this.#writing.then(() => this.#low.write());
    this.#writing = next.catch(() => undefined);
    return next;
  }
}
