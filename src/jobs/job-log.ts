/**
 * The readable log of one job, and the list of the files it could not read or write, while they are written.
 *
 * Lines are collected and appended together: at 64 KiB, a second after the first that waits, and at `close`. A log that cannot be
 * written never fails its job. Each file is bounded: the last line of a full one says so.
 */
import { appendFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { isHoldfastError, messageOf } from '../base/errors.ts';

export type LogLevel = 'info' | 'warning' | 'error';

export interface LogLine {
  /** ISO time. */
  readonly time: string;
  readonly level: LogLevel;
  readonly text: string;
}

/** A file that was left out, and why. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

export interface JobLogOptions {
  /** Of lines; problems lie in a file of their own beside it. */
  readonly path: string;
  readonly problemsPath: string;
  readonly clock: Clock;
  /** Of each of the two. */
  readonly mostBytes: number;
}

const flushBytes = 64 * 1024;
const flushMs = 1000;

export class JobLog {
  readonly #clock: Clock;
  readonly #lines: BoundedFile;
  readonly #problems: BoundedFile;
  readonly #closed = new AbortController();
  #isWaiting = false;
  #problemCount = 0;

  constructor({ path, problemsPath, clock, mostBytes }: JobLogOptions) {
    this.#clock = clock;
    const full = () => this.#line('warning', 'The log is full; the rest is left out.');
    this.#lines = new BoundedFile(path, mostBytes, full);
    const fullList = (): Problem => ({ path: '…', message: 'The list is full; the rest is left out.' });
    this.#problems = new BoundedFile(problemsPath, mostBytes, fullList);
  }

  /** How many problems there were, those included that the file has no room for. */
  get problems(): number {
    return this.#problemCount;
  }

  write(level: LogLevel, text: string): void {
    this.#add(this.#lines, this.#line(level, text));
  }

  problem(path: string, error: unknown): void {
    this.#problemCount++;
    this.#add(this.#problems, { path, message: textOf(error) } satisfies Problem);
  }

  /** What was said until now is in the files. Never rejects. */
  async flush(): Promise<void> {
    await Promise.all([this.#lines.flush(), this.#problems.flush()]);
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.flush();
  }

  #line(level: LogLevel, text: string): LogLine {
    return { time: this.#clock.now().toISOString(), level, text };
  }

  #add(file: BoundedFile, line: object): void {
    if (file.add(line) >= flushBytes) void file.flush();
    if (!this.#isWaiting && !this.#closed.signal.aborted) void this.#flushLater();
  }

  async #flushLater(): Promise<void> {
    this.#isWaiting = true;
    await this.#clock.sleep(flushMs, this.#closed.signal).catch(() => undefined);
    this.#isWaiting = false;
    await this.flush();
  }
}

/** JSON lines that end at a size. */
class BoundedFile {
  readonly #path: string;
  readonly #lastLine: () => string;
  #leftBytes: number;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #isFull = false;
  #last: Promise<void> = Promise.resolve();

  /** @param lastLine of a full file; as long each time */
  constructor(path: string, mostBytes: number, lastLine: () => object) {
    this.#path = path;
    this.#lastLine = () => `${JSON.stringify(lastLine())}\n`;
    this.#leftBytes = mostBytes - Buffer.byteLength(this.#lastLine());
  }

  /** @returns bytes that wait to be written */
  add(line: object): number {
    if (this.#isFull) return this.#waitingBytes;
    const text = `${JSON.stringify(line)}\n`;
    const bytes = Buffer.byteLength(text);
    this.#isFull = bytes > this.#leftBytes;
    this.#waiting.push(this.#isFull ? this.#lastLine() : text);
    this.#leftBytes -= bytes;
    this.#waitingBytes += bytes;
    return this.#waitingBytes;
  }

  flush(): Promise<void> {
    if (this.#waiting.length > 0) {
      const text = this.#waiting.join('');
      this.#waiting = [];
      this.#waitingBytes = 0;
      this.#last = this.#last.then(() => this.#append(text)).catch(() => undefined);
    }
    return this.#last;
  }

  async #append(text: string): Promise<void> {
    const write = () => appendFile(this.#path, text, { mode: 0o600 });
    await write().catch(async () => {
      // The folder is missing: at the first line, or because someone cleaned up.
      await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
      await write();
    });
  }
}

function textOf(error: unknown): string {
  if (isHoldfastError(error) && error.hint !== undefined) return `${error.message}. ${error.hint}`;
  return messageOf(error);
}
