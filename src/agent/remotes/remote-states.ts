/**
 * What was last known of each remote: a file of the state folder each, shown also while the remote cannot be reached. Losing one
 * costs nothing: the next answer makes it anew.
 *
 * Guarantees: a question without an answer changes no backup. What a job of ours saw of a backup is newer than a listing that was
 * begun before that.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import { isHoldfastError, messageOf } from '../../base/errors.ts';
import { remoteBackupSchema, remoteFailureSchema } from '../../control/schemas/remotes.ts';
import type { RemoteBackup } from '../../remote/remote.ts';
import { StateFile, type StateNotice } from '../state/state-file.ts';
import { isBusy, newsBetween, type RemoteNews } from './remote-news.ts';

const knownSchema = z.object({
  /** In the order of the remote. */
  backups: z.array(remoteBackupSchema).readonly(),
  /** ISO time of the last whole listing. */
  answeredAt: z.exactOptional(z.string()),
  failure: z.exactOptional(remoteFailureSchema),
});
const fileSchema = knownSchema.extend({ version: z.literal(1) });

export type RemoteKnown = Readonly<z.output<typeof knownSchema>>;

interface Entry {
  readonly file: StateFile<z.output<typeof fileSchema>>;
  known: RemoteKnown;
  /** When a backup was last seen, or removed, by something other than a listing: monotonic milliseconds. */
  readonly touched: Map<string, number>;
  /** Backups that a job follows by itself. */
  readonly followed: Map<string, number>;
  writing: Promise<void>;
}

const nothing: RemoteKnown = { backups: [] };

export class RemoteStates {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  private constructor(folder: string, clock: Clock) {
    this.#folder = folder;
    this.#clock = clock;
  }

  /** @param ids of the remotes in the configuration */
  static async open(options: { readonly folder: string; readonly clock: Clock; readonly ids: readonly string[] }) {
    const states = new RemoteStates(options.folder, options.clock);
    for (const id of options.ids) {
      const entry = states.#entry(id);
      const read = await entry.file.read();
      if (read === null) continue;
      const { version: _, ...known } = read;
      entry.known = known;
    }
    return states;
  }

  /** What `open` found wrong with its files. */
  get notices(): readonly StateNotice[] {
    return [...this.#entries.values()].flatMap(({ file }) => file.notices);
  }

  get(id: string): RemoteKnown {
    return this.#entries.get(id)?.known ?? nothing;
  }

  /** Ids of backups that something goes on with, and that no job follows. */
  busy(id: string): readonly string[] {
    const entry = this.#entries.get(id);
    const busy = entry?.known.backups.filter((backup) => isBusy(backup) && !entry.followed.has(backup.id));
    return busy?.map((backup) => backup.id) ?? [];
  }

  /**
   * A whole listing, asked for at `askedMs` (monotonic).
   *
   * @returns what differs; nothing at the first answer of all
   */
  async answered(id: string, listed: readonly RemoteBackup[], askedMs: number): Promise<RemoteNews[]> {
    const entry = this.#entry(id);
    const { answeredAt, backups: before } = entry.known;
    const isNewer = (backupId: string): boolean => (entry.touched.get(backupId) ?? -1) >= askedMs;
    const kept = new Map(before.filter((backup) => isNewer(backup.id)).map((backup) => [backup.id, backup]));
    const merged = listed.flatMap((backup) => {
      if (!isNewer(backup.id)) return [backup];
      const mine = kept.get(backup.id);
      kept.delete(backup.id);
      return mine === undefined ? [] : [mine];
    });
    const backups = [...kept.values(), ...merged];
    for (const [backupId, ms] of entry.touched) if (ms < askedMs) entry.touched.delete(backupId);
    entry.known = { backups, answeredAt: this.#now() };
    await this.#write(entry);
    return answeredAt === undefined ? [] : newsBetween(before, backups);
  }

  /** One backup, as it was just seen. @returns what differs */
  async seen(id: string, backup: RemoteBackup): Promise<RemoteNews[]> {
    const entry = this.#entry(id);
    const { backups: before } = entry.known;
    const isKnown = before.some((one) => one.id === backup.id);
    const backups = isKnown ? before.map((one) => (one.id === backup.id ? backup : one)) : [backup, ...before];
    return this.#touch(entry, backup.id, backups);
  }

  /** It was removed there. */
  async removed(id: string, backupId: string): Promise<RemoteNews[]> {
    const entry = this.#entry(id);
    return this.#touch(
      entry,
      backupId,
      entry.known.backups.filter((one) => one.id !== backupId),
    );
  }

  /** It did not answer. What is known of its backups stays. */
  async failed(id: string, error: unknown): Promise<RemoteKnown> {
    const entry = this.#entry(id);
    const { failure } = entry.known;
    const hint = isHoldfastError(error) ? error.hint : undefined;
    entry.known = {
      ...entry.known,
      failure: {
        since: failure?.since ?? this.#now(),
        count: (failure?.count ?? 0) + 1,
        code: isHoldfastError(error) ? error.code : 'internal',
        message: messageOf(error),
        ...(hint === undefined ? {} : { hint }),
      },
    };
    await this.#write(entry);
    return entry.known;
  }

  /** Until disposed of, a job looks after this backup: nobody else need ask for it. */
  follow(id: string, backupId: string): Disposable {
    const { followed } = this.#entry(id);
    followed.set(backupId, (followed.get(backupId) ?? 0) + 1);
    return {
      [Symbol.dispose]: () => {
        const left = (followed.get(backupId) ?? 1) - 1;
        if (left > 0) followed.set(backupId, left);
        else followed.delete(backupId);
      },
    };
  }

  isFollowed(id: string, backupId: string): boolean {
    return this.#entries.get(id)?.followed.has(backupId) ?? false;
  }

  /** The remote is gone, or is another one now. */
  async forget(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    this.#entries.delete(id);
    await entry?.writing;
    await rm(this.#path(id), { force: true });
  }

  #touch(entry: Entry, backupId: string, backups: readonly RemoteBackup[]): Promise<RemoteNews[]> {
    const { backups: before } = entry.known;
    entry.touched.set(backupId, this.#clock.monotonicMs());
    entry.known = { ...entry.known, backups };
    return this.#write(entry).then(() => newsBetween(before, backups));
  }

  #entry(id: string): Entry {
    const found = this.#entries.get(id);
    if (found !== undefined) return found;
    const file = new StateFile({
      path: this.#path(id),
      title: `What is known of the remote "${id}"`,
      parse: (json) => fileSchema.parse(json),
      clock: this.#clock,
    });
    const made: Entry = { file, known: nothing, touched: new Map(), followed: new Map(), writing: Promise.resolve() };
    this.#entries.set(id, made);
    return made;
  }

  #write(entry: Entry): Promise<void> {
    const next = entry.writing.then(() => entry.file.write({ version: 1, ...entry.known }));
    entry.writing = next.catch(() => undefined);
    return next;
  }

  #path(id: string): string {
    return join(this.#folder, `${id}.json`);
  }

  #now(): string {
    return this.#clock.now().toISOString();
  }
}
