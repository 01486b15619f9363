/**
 * What the agent remembers of each plan between runs: plans-state.json. It can be lost without harm: the next run makes it
 * anew, from history and repositories.
 */
import { Low } from 'lowdb';
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import { StateFile, type StateNotice } from '../state/state-file.ts';

const goodRunSchema = z.object({
  time: z.string(),
  repositoryId: z.string(),
  /** Absent where nothing had changed since the snapshot before. */
  snapshotId: z.string().optional(),
});

/** The figures of a run, for comparing the next one with (agent/warnings). */
const figuresSchema = z.object({
  time: z.string(),
  files: z.int(),
  bytes: z.number(),
  filesNew: z.int(),
  filesChanged: z.int(),
  filesUnmodified: z.int(),
  dataAdded: z.number(),
  dataAddedPacked: z.number(),
});

const rememberedSchema = z.object({
  lastGood: goodRunSchema.optional(),
  /** When a drill last succeeded. */
  lastProvenAt: z.string().optional(),
  /** The newest snapshot that was acknowledged, by repository: what must still be there next time. */
  newest: z.record(z.string(), z.string()).default({}),
  /** Newest last. */
  figures: z.array(figuresSchema).default([]),
  /** Warning signs that the user has not looked at: retention waits. */
  held: z.array(z.string()).default([]),
  /** Runs that failed since the last good one, and the last of them. */
  failures: z.int().default(0),
  failedJobId: z.string().optional(),
});

const fileSchema = z.object({ version: z.literal(1), plans: z.record(z.string(), rememberedSchema) });

export type Figures = z.infer<typeof figuresSchema>;
export type Remembered = z.infer<typeof rememberedSchema>;

const nothing: Remembered = rememberedSchema.parse({});

export class PlanMemory {
  readonly notices: readonly StateNotice[];
  readonly #low: Low<z.infer<typeof fileSchema>>;
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(low: Low<z.infer<typeof fileSchema>>, notices: readonly StateNotice[]) {
    this.#low = low;
    this.notices = notices;
  }

  static async open(path: string, clock: Clock): Promise<PlanMemory> {
    const file = new StateFile({ path, title: 'What is known of the plans', parse: fileSchema.parse, clock });
    const low = new Low<z.infer<typeof fileSchema>>(file, { version: 1, plans: {} });
    await low.read();
    return new PlanMemory(low, [...file.notices]);
  }

  get(planId: string): Remembered {
    return this.#low.data.plans[planId] ?? nothing;
  }

  /** Whether any plan has a snapshot there that was acknowledged. */
  isSavedIn(repositoryId: string): boolean {
    return Object.values(this.#low.data.plans).some(({ newest }) => newest[repositoryId] !== undefined);
  }

  /** Changes what is remembered of a plan; resolves when it is on the disk. @throws `no-space`, `io` */
  update(planId: string, change: { readonly [K in keyof Remembered]?: Remembered[K] | undefined }): Promise<void> {
    this.#low.data.plans[planId] = rememberedSchema.parse({ ...this.get(planId), ...change });
    return this.#write();
  }

  /** Plans that are no more. */
  async forgetOthers(planIds: readonly string[]): Promise<void> {
    const gone = Object.keys(this.#low.data.plans).filter((id) => !planIds.includes(id));
    if (gone.length === 0) return;
    for (const id of gone) delete this.#low.data.plans[id];
    await this.#write();
  }

  #write(): Promise<void> {
    const next = this.#writing.then(() => this.#low.write());
    this.#writing = next.catch(() => undefined);
    return next;
  }
}
