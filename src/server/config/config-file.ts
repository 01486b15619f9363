/**
 * server.json: read at the start, looked at again when it changed, written by `holdfast server scope`.
 *
 * Guarantees: an edit that does not parse is told once and changes nothing; what it has made up itself (ids of scopes) is written
 * back, so that it stays; writes are atomic (platform/durable-file.ts).
 */
import { stat } from 'node:fs/promises';
import type { Clock } from '../../base/clock.ts';
import { HoldfastError } from '../../base/errors.ts';
import { readDurable, writeDurably } from '../../platform/durable-file.ts';
import { parseServerConfig, type ServerConfig } from './server-config.ts';

/** How often it is looked at while requests come. */
const lookEveryMs = 1000;

export class ServerConfigFile {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #report: (error: unknown) => void;
  #config: ServerConfig;
  #changedMs: number;
  #lookedMs = 0;

  private constructor(
    path: string,
    clock: Clock,
    report: (error: unknown) => void,
    read: { readonly config: ServerConfig; readonly changedMs: number },
  ) {
    this.#path = path;
    this.#clock = clock;
    this.#report = report;
    this.#config = read.config;
    this.#changedMs = read.changedMs;
  }

  /** Makes one without scopes where there is none. @throws `invalid-input`, `permission`, `io` */
  static async open(path: string, clock: Clock, report: (error: unknown) => void): Promise<ServerConfigFile> {
    const isThere = (await readDurable(path)) !== undefined;
    if (!isThere) await write(path, parseServerConfig({ version: 1 }, path));
    return new ServerConfigFile(path, clock, report, await read(path));
  }

  get path(): string {
    return this.#path;
  }

  /** As it is in the file, looked at once a second at most; what is wrong in it is told, and the last good one stays. */
  async current(): Promise<ServerConfig> {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#lookedMs < lookEveryMs) return this.#config;
    this.#lookedMs = nowMs;
    try {
      const changedMs = await changedAt(this.#path);
      if (changedMs !== this.#changedMs) {
        this.#changedMs = changedMs;
        this.#config = (await read(this.#path)).config;
      }
    } catch (error) {
      this.#report(error);
    }
    return this.#config;
  }

  /** As it was last read. */
  get last(): ServerConfig {
    return this.#config;
  }

  /** @throws `invalid-input` for a configuration that is none; `no-space`, `permission`, `io`: the file is as it was */
  async edit(change: (config: ServerConfig) => unknown): Promise<ServerConfig> {
    const { config } = await read(this.#path);
    await write(this.#path, parseServerConfig(change(config), this.#path));
    const now = await read(this.#path);
    this.#config = now.config;
    this.#changedMs = now.changedMs;
    return now.config;
  }
}

async function read(path: string): Promise<{ config: ServerConfig; changedMs: number }> {
  const text = await readDurable(path);
  const config = parseServerConfig(parseJson(text ?? '', path), path);
  // A default that is made up anew each time (a scope's id) must be the same the next time.
  const full = textOf(config);
  if (full !== text && JSON.stringify(parseServerConfig(JSON.parse(text ?? ''), path)) !== JSON.stringify(config)) {
    await writeDurably(path, full);
  }
  return { config, changedMs: await changedAt(path) };
}

function write(path: string, config: ServerConfig): Promise<void> {
  return writeDurably(path, textOf(config));
}

function textOf(config: ServerConfig): string {
  return `${JSON.stringify(config, undefined, 2)}\n`;
}

async function changedAt(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  return found?.mtimeMs ?? 0;
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HoldfastError('invalid-input', `${path} is not JSON.`, { hint: 'Correct it.', cause });
  }
}
