/**
 * One file of JSON as lowdb reads and writes it: an adapter that finds the newest good text and never leaves a torn one.
 *
 *     read:  the file ─► parses and is valid? ─► it is the state
 *              │ no: set aside as <file>.bad-<time>, noticed
 *              ▼
 *            its copy (if kept) ─► good? ─► it is the state, and written as the file again
 *              │ no: set aside, noticed
 *              ▼
 *            null: lowdb keeps its default
 *
 * A file of a newer version is `unsupported`: thrown, and left as it is. A file that cannot be read (permission, a bad disk)
 * is thrown as well: what cannot be looked at is not called bad.
 */
import type { Adapter } from 'lowdb';
import type { Clock } from '../../base/clock.ts';
import { isHoldfastError, messageOf } from '../../base/errors.ts';
import {
  copyPath,
  type DurableCalls,
  readDurable,
  removeLeftovers,
  setAside,
  writeDurably,
} from '../../platform/durable-file.ts';

/** Something about the agent's own files that the user should know. */
export interface StateNotice {
  readonly code: 'state-set-aside';
  readonly message: string;
  readonly hint: string;
}

export interface StateFileOptions<T> {
  readonly path: string;
  /** For messages: "The configuration". */
  readonly title: string;
  /** JSON to state. Throws what is wrong with it; `unsupported` means "of a newer version". */
  readonly parse: (json: unknown) => T;
  /** Keeps a second copy to fall back on. */
  readonly copy?: boolean;
  /** Indented, for people who look into it. */
  readonly readable?: boolean;
  readonly clock: Clock;
  readonly calls?: DurableCalls;
}

export class StateFile<T> implements Adapter<T> {
  /** What `read` found wrong, oldest first. */
  readonly notices: StateNotice[] = [];
  readonly #options: StateFileOptions<T>;

  constructor(options: StateFileOptions<T>) {
    this.#options = options;
  }

  /** @throws HoldfastError `unsupported`, `permission`, `io` */
  async read(): Promise<T | null> {
    const { path, copy } = this.#options;
    await removeLeftovers(path);
    const first = await this.#readGood(path);
    if (first !== undefined || copy !== true) return first?.state ?? null;
    const second = await this.#readGood(copyPath(path));
    if (second === undefined) {
      if (this.notices.length > 0) this.#notice('No good copy of it is left, so it starts empty.');
      return null;
    }
    this.#notice('Its last good copy is used instead.');
    await this.#write(second.text);
    return second.state;
  }

  /** @throws HoldfastError; the file is as it was */
  async write(state: T): Promise<void> {
    await this.#write(this.#options.readable === true ? `${JSON.stringify(state, null, 2)}\n` : JSON.stringify(state));
  }

  async #write(text: string): Promise<void> {
    const { path, copy = false, calls } = this.#options;
    await writeDurably(path, text, { copy, ...(calls === undefined ? {} : { calls }) });
  }

  async #readGood(path: string): Promise<{ readonly state: T; readonly text: string } | undefined> {
    const text = await readDurable(path);
    if (text === undefined) return undefined;
    try {
      return { state: this.#options.parse(JSON.parse(text)), text };
    } catch (error) {
      if (isHoldfastError(error, 'unsupported')) throw error;
      const aside = await setAside(path, this.#options.clock.now());
      this.#notice(`${path} is damaged (${messageOf(error)}). It was set aside as ${aside}.`);
      return undefined;
    }
  }

  #notice(what: string): void {
    this.notices.push({
      code: 'state-set-aside',
      message: `${this.#options.title}: ${what}`,
      hint: 'Look whether anything is missing. The file that was set aside can be removed when you need nothing of it.',
    });
  }
}
