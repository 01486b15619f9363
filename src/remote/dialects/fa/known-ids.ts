/**
 * The ids that this client has used: the remote lists nothing. An id is kept before it is sent, so that no kill makes it be used twice
 * or a backup be lost sight of.
 */
import { z } from 'zod';
import type { RemoteMemory } from '../../remote.ts';

const knownSchema = z.object({
  /** Newest last. ISO time of when it was taken. */
  backups: z.array(z.object({ id: z.int(), since: z.string() })).default([]),
  restores: z.array(z.object({ id: z.int(), since: z.string() })).default([]),
});
type Known = z.infer<typeof knownSchema>;
export type KnownId = Known['backups'][number];

/** Of an id: the seconds since 1970 are above them, so that ids are 53 bits until 2106. */
const randomIds = 2 ** 21;
/** Ids of restores are known to whoever asked for them; here the newest are enough. */
const mostRestores = 100;

export class KnownIds {
  readonly #memory: RemoteMemory;
  /** One change after the other. */
  #changing: Promise<unknown> = Promise.resolve();

  constructor(memory: RemoteMemory) {
    this.#memory = memory;
  }

  async backups(signal: AbortSignal): Promise<readonly KnownId[]> {
    return (await this.#load(signal)).backups;
  }

  /**
   * A new one, kept already: higher than all before, and than what the clock gives, so that a lost memory repeats none. The product
   * has one range of ids for all its users, and gives the record of an id to who uses it last: two agents that begin in the same
   * second choose different ones.
   *
   * @param random in [0, 1)
   */
  take(what: keyof Known, now: Date, random: () => number, signal: AbortSignal): Promise<number> {
    return this.#change(signal, (known) => {
      const highest = Math.max(0, ...known[what].map(({ id }) => id));
      const fresh = Math.floor(now.getTime() / 1000) * randomIds + Math.floor(random() * randomIds);
      const id = Math.max(highest + 1, fresh);
      const all = [...known[what], { id, since: now.toISOString() }];
      return [{ ...known, [what]: what === 'restores' ? all.slice(-mostRestores) : all }, id];
    });
  }

  async forget(ids: readonly number[], signal: AbortSignal): Promise<void> {
    if (ids.length === 0) return;
    await this.#change(signal, (known) => [
      { ...known, backups: known.backups.filter(({ id }) => !ids.includes(id)) },
      undefined,
    ]);
  }

  async forgetAll(signal: AbortSignal): Promise<void> {
    const { backups } = await this.#load(signal);
    // The highest stays, so that no id is used twice.
    await this.forget(
      backups.slice(0, -1).map(({ id }) => id),
      signal,
    );
  }

  async #load(signal: AbortSignal): Promise<Known> {
    return knownSchema.parse((await this.#memory.load(signal)) ?? {});
  }

  #change<T>(signal: AbortSignal, change: (known: Known) => readonly [Known, T]): Promise<T> {
    const changed = this.#changing.then(async () => {
      const [known, value] = change(await this.#load(signal));
      await this.#memory.save(known, signal);
      return value;
    });
    this.#changing = changed.catch(() => undefined);
    return changed;
  }
}
