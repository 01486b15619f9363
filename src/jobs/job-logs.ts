/**
 * The logs of all jobs: `<folder>/<yyyy-mm>/<id>.log` and `<id>.problems`, both JSON lines.
 *
 * Reading sees what a running job has said so far. A line that a kill cut in two is left out. Logs are disposable: what was removed
 * is an empty log.
 */
import { readdir, readFile, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { fromSystemError, HoldfastError, systemCode } from '../base/errors.ts';
import { JobLog, type LogLine, type Problem } from './job-log.ts';

const dayMs = 24 * 60 * 60 * 1000;
const mostLogBytes = 5 * 1024 * 1024;
const monthName = /^\d{4}-\d{2}$/;

const lineSchema = z.object({ time: z.string(), level: z.enum(['info', 'warning', 'error']), text: z.string() });
const problemSchema = z.object({ path: z.string(), message: z.string() });

/** Which lines, counted from 0 and from the first. */
export interface PageRange {
  readonly offset: number;
  readonly limit: number;
}

export interface JobLogsOptions {
  readonly folder: string;
  readonly clock: Clock;
  /** Of each file. 5 MiB unless given. */
  readonly mostBytes?: number;
}

export class JobLogs {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #mostBytes: number;
  /** Of running jobs. */
  readonly #open = new Map<string, JobLog>();

  constructor({ folder, clock, mostBytes = mostLogBytes }: JobLogsOptions) {
    this.#folder = folder;
    this.#clock = clock;
    this.#mostBytes = mostBytes;
  }

  /** Begins a job's log, or goes on with it. Close it by `close(id)`. */
  open(id: string): JobLog {
    const open = this.#open.get(id);
    if (open !== undefined) return open;
    const base = join(this.#folder, this.#clock.now().toISOString().slice(0, 7), checkedId(id));
    const log = new JobLog({
      path: `${base}.log`,
      problemsPath: `${base}.problems`,
      clock: this.#clock,
      mostBytes: this.#mostBytes,
    });
    this.#open.set(id, log);
    return log;
  }

  async close(id: string): Promise<void> {
    const log = this.#open.get(id);
    this.#open.delete(id);
    await log?.close();
  }

  /** @throws HoldfastError `permission`, `io` if it is there and cannot be read; `signal.reason` */
  async readLog(id: string, range: PageRange, signal: AbortSignal): Promise<{ lines: LogLine[]; total: number }> {
    const { items, total } = await this.#read(id, 'log', lineSchema, range, signal);
    return { lines: items, total };
  }

  /** As `readLog`. */
  async readProblems(
    id: string,
    range: PageRange,
    signal: AbortSignal,
  ): Promise<{ problems: Problem[]; total: number }> {
    const { items, total } = await this.#read(id, 'problems', problemSchema, range, signal);
    return { problems: items, total };
  }

  /** Removes logs that were last written before that many days; how many files. What cannot be removed stays. */
  async removeOld(days: number, signal: AbortSignal): Promise<number> {
    const before = this.#clock.now().getTime() - days * dayMs;
    let removed = 0;
    for (const month of await this.#months()) {
      const folder = join(this.#folder, month);
      for (const name of await readdir(folder).catch(() => [])) {
        signal.throwIfAborted();
        const path = join(folder, name);
        const written = await stat(path).catch(() => undefined);
        if (written === undefined || written.mtimeMs >= before) continue;
        removed += await rm(path).then(
          () => 1,
          () => 0,
        );
      }
      await rmdir(folder).catch(() => undefined); // it is not empty yet
    }
    return removed;
  }

  async #read<T>(
    id: string,
    kind: 'log' | 'problems',
    schema: z.ZodType<T>,
    { offset, limit }: PageRange,
    signal: AbortSignal,
  ): Promise<{ items: T[]; total: number }> {
    await this.#open.get(id)?.flush();
    const lines = (await this.#texts(`${checkedId(id)}.${kind}`, signal)).flatMap((text) => text.split('\n'));
    const whole = lines.filter((line) => line.startsWith('{') && line.endsWith('}'));
    const items = whole.slice(offset, offset + limit).flatMap((line) => parseLine(line, schema));
    return { items, total: whole.length };
  }

  /** A job that was stopped and went on in another month has two files. */
  async #texts(name: string, signal: AbortSignal): Promise<string[]> {
    const texts: string[] = [];
    for (const month of await this.#months()) {
      const path = join(this.#folder, month, name);
      try {
        texts.push(await readFile(path, { encoding: 'utf8', signal }));
      } catch (error) {
        signal.throwIfAborted();
        if (systemCode(error) !== 'ENOENT') throw fromSystemError(error, `read ${path}`);
      }
    }
    return texts;
  }

  async #months(): Promise<string[]> {
    const names = await readdir(this.#folder).catch(() => []);
    return names.filter((name) => monthName.test(name)).sort();
  }
}

function parseLine<T>(line: string, schema: z.ZodType<T>): T[] {
  try {
    return [schema.parse(JSON.parse(line))];
  } catch {
    return []; // damaged; the lines around it are of use
  }
}

/** An id comes from outside, and must not lead elsewhere. */
function checkedId(id: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/.test(id)) return id;
  throw new HoldfastError('not-found', `There is no job "${id}"`);
}
