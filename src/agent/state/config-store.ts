/**
 * The configuration while the agent runs: config.json by lowdb.
 *
 * Guarantees: what `config` gives is on the disk; it is deeply frozen, and changes only by `update`. Updates run one after the
 * other, each on the state that the one before left. One that throws, makes an invalid configuration, or cannot be written
 * changes nothing, in memory or on disk.
 */
import { Low } from 'lowdb';
import type { Clock } from '../../base/clock.ts';
import { type Config, emptyConfig, parseConfig } from '../../config/config-file.ts';
import type { DurableCalls } from '../../platform/durable-file.ts';
import { StateFile, type StateNotice } from './state-file.ts';

export interface ConfigStoreOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly calls?: DurableCalls;
}

export class ConfigStore {
  /** What was found wrong when the file was opened; empty when all was well. */
  readonly notices: readonly StateNotice[];
  readonly #low: Low<Config>;
  #config: Config;
  #last: Promise<unknown> = Promise.resolve();
  readonly #listeners = new Set<(config: Config, before: Config) => void>();

  private constructor(low: Low<Config>, notices: readonly StateNotice[]) {
    this.#low = low;
    this.#config = freeze(low.data);
    this.notices = notices;
  }

  /**
   * Reads the file; one that is missing is an empty configuration (nothing is written until the first update).
   *
   * @throws HoldfastError `unsupported` for a file of a newer version, `permission` or `io` if it cannot be read
   */
  static async open(options: ConfigStoreOptions): Promise<ConfigStore> {
    const file = new StateFile<Config>({
      ...options,
      title: 'The configuration',
      parse: parseConfig,
      copy: true,
      readable: true,
    });
    const low = new Low<Config>(file, emptyConfig());
    await low.read();
    return new ConfigStore(low, [...file.notices]);
  }

  get config(): Config {
    return this.#config;
  }

  /**
   * Changes the configuration: `change` edits a draft, and its answer is passed on once the draft is on the disk.
   *
   * @throws HoldfastError `invalid-input` (what is wrong is named), `no-space`, `io`; what `change` throws
   */
  update<T>(change: (draft: Config) => T): Promise<T> {
    const next = this.#last.then(() => this.#change(change));
    this.#last = next.catch(() => undefined);
    return next;
  }

  /** Calls after every update, with the new state and the one before; returns what ends it. */
  onChange(listener: (config: Config, before: Config) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #change<T>(change: (draft: Config) => T): Promise<T> {
    const before = this.#config;
    const draft = structuredClone(before);
    const answer = change(draft);
    const next = freeze(parseConfig(draft));
    this.#low.data = next;
    try {
      await this.#low.write();
    } catch (error) {
      this.#low.data = before;
      throw error;
    }
    this.#config = next;
    for (const listener of this.#listeners) listener(next, before);
    return answer;
  }
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) freeze(part);
  }
  return value;
}
