/**
 * What the user should know: notices.json. Each is told once a day for its subject and code, however often it comes up; one
 * that is no longer true is taken back. One that is true again is listed again, and told unless the same was told that day.
 */
import { randomUUID } from 'node:crypto';
import { Low } from 'lowdb';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { noticeSchema } from '../control/schemas/status.ts';
import { StateFile, type StateNotice } from './state/state-file.ts';

const storedSchema = noticeSchema.extend({
  /** The user has read it, or it is no longer true. */
  dismissed: z.boolean().default(false),
  /** It was not true any more. */
  settled: z.boolean().default(false),
});
const fileSchema = z.object({ version: z.literal(1), notices: z.array(storedSchema) });
type NoticesFile = z.infer<typeof fileSchema>;

export type Notice = z.infer<typeof noticeSchema>;
export type NewNotice = Omit<Notice, 'id' | 'time'>;

export interface NoticesOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly onTrouble: (error: unknown) => void;
}

const mostKept = 100;
const dayMs = 24 * 3_600_000;

export class Notices {
  readonly #options: NoticesOptions;
  readonly #low: Low<NoticesFile>;
  readonly #listeners = new Set<(notice: Notice) => void>();
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(options: NoticesOptions, low: Low<NoticesFile>) {
    this.#options = options;
    this.#low = low;
  }

  static async open(options: NoticesOptions): Promise<Notices> {
    const { path, clock } = options;
    const file = new StateFile<NoticesFile>({ path, title: 'The list of notices', parse: fileSchema.parse, clock });
    const low = new Low<NoticesFile>(file, { version: 1, notices: [] });
    await low.read();
    const notices = new Notices(options, low);
    notices.addState(file.notices);
    return notices;
  }

  /** Called with each new one, until what it returns is called. */
  subscribe(listener: (notice: Notice) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Those that were not dismissed, newest first. */
  list(): Notice[] {
    return this.#low.data.notices
      .filter(({ dismissed }) => !dismissed)
      .map(({ dismissed: _dismissed, settled: _settled, ...notice }) => notice)
      .reverse();
  }

  /** Whether it was told, read or not, and is true all the while. */
  has(code: string, subject: Pick<Notice, 'planId' | 'repositoryId' | 'remoteId'>): boolean {
    return this.#low.data.notices.some((one) => !one.settled && isSame(one, { code, ...subject }));
  }

  /** Tells it, unless the same was told within a day. */
  add(notice: NewNotice): void {
    const now = this.#options.clock.now();
    const told = this.#low.data.notices.find((one) => isSame(one, notice));
    const ageMs = told === undefined ? dayMs : Math.abs(now.getTime() - Date.parse(told.time));
    if (ageMs < dayMs && told?.settled !== true) return;
    const isTold = ageMs < dayMs && told?.message === notice.message;
    const time = isTold ? told.time : now.toISOString();
    const made: Notice = { ...notice, id: randomUUID(), time };
    const others = this.#low.data.notices.filter((one) => one !== told);
    this.#low.data.notices = [...others, { ...made, dismissed: false, settled: false }].slice(-mostKept);
    this.#write();
    if (isTold) return;
    for (const listener of this.#listeners) listener(made);
  }

  /** What was found wrong with files of the agent's own. */
  addState(notices: readonly StateNotice[]): void {
    for (const notice of notices) this.add({ level: 'warning', ...notice });
  }

  /** It is no longer true: the plan ran, the repository is back. */
  settle(code: string, subject: Pick<Notice, 'planId' | 'repositoryId' | 'remoteId'>): void {
    this.#dismiss((one) => isSame(one, { code, ...subject }), true);
  }

  /** As `settle`, for all codes that begin so. */
  settleAll(codes: string, subject: Pick<Notice, 'planId' | 'repositoryId' | 'remoteId'>): void {
    this.#dismiss((one) => one.code.startsWith(codes) && isSame(one, { code: one.code, ...subject }), true);
  }

  /** Only what is about these, or about none, is of interest from now on. */
  keepOnly({
    planIds,
    repositoryIds,
    remoteIds,
  }: {
    readonly planIds: readonly string[];
    readonly repositoryIds: readonly string[];
    readonly remoteIds: readonly string[];
  }): void {
    const kept = this.#low.data.notices.filter(
      ({ planId, repositoryId, remoteId }) =>
        (planId === undefined || planIds.includes(planId)) &&
        (repositoryId === undefined || repositoryIds.includes(repositoryId)) &&
        (remoteId === undefined || remoteIds.includes(remoteId)),
    );
    if (kept.length === this.#low.data.notices.length) return;
    this.#low.data.notices = kept;
    this.#write();
  }

  /** @returns false if there is no such notice */
  dismiss(id: string): boolean {
    return this.#dismiss((one) => one.id === id, false);
  }

  /** Resolves when all is on the disk, or could not be written. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  #dismiss(which: (one: Notice) => boolean, settled: boolean): boolean {
    const found = this.#low.data.notices.filter((one) => !(settled ? one.settled : one.dismissed) && which(one));
    if (found.length === 0) return false;
    this.#low.data.notices = this.#low.data.notices.map((one) =>
      found.includes(one) ? { ...one, dismissed: true, settled } : one,
    );
    this.#write();
    return true;
  }

  #write(): void {
    this.#writing = this.#writing.then(() => this.#low.write()).catch(this.#options.onTrouble);
  }
}

function isSame(one: Pick<Notice, 'code' | 'planId' | 'repositoryId' | 'remoteId'>, other: typeof one): boolean {
  return (
    one.code === other.code &&
    one.planId === other.planId &&
    one.repositoryId === other.repositoryId &&
    one.remoteId === other.remoteId
  );
}
