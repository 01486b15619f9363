/**
 * Every job that ended, newest first.
 *
 *     record: into the segment that is being filled (at most 1,000 jobs, one month), which is written whole
 *     list:   from the newest segment back; the index says which can be skipped; stop when the page is full
 *
 * Guarantees: a job is on the disk when `record` resolves; recording it again changes nothing. History is disposable: a folder
 * that is removed while the agent runs is an empty history, and the next record starts a new one. Memory is bounded by a few
 * segments, however long the history is.
 */
import { HoldfastError } from '../../base/errors.ts';
import type { Job } from '../../jobs/job.ts';
import { type HistoryFilter, matches } from './filter.ts';
import { entryOf, mayHoldId, mayMatch, type SegmentEntry } from './segment-index.ts';
import { nameOfSegment, partsOfName, Segments, type SegmentsOptions } from './segments.ts';

const mostJobs = 1000;
const mostOnPage = 1000;

export interface HistoryQuery extends HistoryFilter {
  /** `next` of the page before. */
  readonly cursor?: string | undefined;
  /** 1 to 1,000. */
  readonly limit: number;
}

export interface HistoryPage {
  readonly jobs: readonly Job[];
  /** Absent on the last page. */
  readonly next?: string;
}

/** The segment that is being filled. */
interface OpenSegment {
  readonly name: string;
  readonly jobs: readonly Job[];
}

export class History {
  readonly #segments: Segments;
  /** Segments that are full or of an earlier month, oldest first. */
  #closed: readonly SegmentEntry[] = [];
  #open: OpenSegment | undefined;
  /** Numbers are never used twice, so that cursors stay right. */
  #lastNumber = 0;
  #last: Promise<void> = Promise.resolve();
  #waiting: Job[] | undefined;

  private constructor(options: SegmentsOptions) {
    this.#segments = new Segments(options);
  }

  /** @throws HoldfastError `permission`, `io` if the folder cannot be read */
  static async open(options: SegmentsOptions): Promise<History> {
    const history = new History(options);
    await history.#load();
    return history;
  }

  /**
   * Keeps an ended job. Those that come while one is written are written together.
   *
   * @throws HoldfastError `no-space`, `permission`, `io`: it is not in the history then
   */
  record(job: Job): Promise<void> {
    if (this.#waiting !== undefined) {
      this.#waiting.push(job);
      return this.#last;
    }
    const waiting = [job];
    this.#waiting = waiting;
    const done = this.#last
      .catch(() => undefined)
      .then(() => {
        this.#waiting = undefined;
        return this.#append(waiting);
      });
    this.#last = done;
    return done;
  }

  /** @throws HoldfastError `invalid-input` for a cursor that is none */
  async list(query: HistoryQuery, signal: AbortSignal): Promise<HistoryPage> {
    const limit = Math.min(Math.max(1, query.limit), mostOnPage);
    const found: Found[] = [];
    // One more than fits: whether there is a next page.
    for await (const one of this.#find(query, signal)) {
      if (found.push(one) > limit) break;
    }
    const page = found.slice(0, limit);
    const last = page.at(-1);
    const jobs = page.map(({ job }) => job);
    return found.length > limit && last !== undefined ? { jobs, next: `${last.number}.${last.position}` } : { jobs };
  }

  /** The job of this id, or undefined. */
  async get(id: string): Promise<Job | undefined> {
    await this.#noticeRemoval();
    const open = this.#open?.jobs.find((job) => job.id === id);
    if (open !== undefined) return open;
    for (const entry of this.#closed.toReversed().filter((segment) => mayHoldId(segment, id))) {
      const job = (await this.#readClosed(entry.name))?.find((one) => one.id === id);
      if (job !== undefined) return job;
    }
    return undefined;
  }

  async #entries(): Promise<readonly SegmentEntry[]> {
    await this.#noticeRemoval();
    return this.#open === undefined ? this.#closed : [...this.#closed, entryOf(this.#open.name, this.#open.jobs)];
  }

  async *#find(query: HistoryQuery, signal: AbortSignal): AsyncGenerator<Found> {
    const before = parseCursor(query.cursor);
    const entries = (await this.#entries()).toReversed();
    for (const { name } of entries.filter((entry) => mayMatch(entry, query))) {
      signal.throwIfAborted();
      const { number } = partsOfName(name);
      if (number > before.number) continue;
      const jobs = await this.#jobsOf(name, query.text);
      const end = number === before.number ? Math.min(before.position, jobs.length) : jobs.length;
      for (let position = end - 1; position >= 0; position--) {
        const job = jobs[position];
        if (job !== undefined && matches(job, query)) yield { job, number, position };
      }
    }
  }

  async #jobsOf(name: string, text: string | undefined): Promise<readonly Job[]> {
    if (name === this.#open?.name) return this.#open.jobs;
    if (text !== undefined && !(await this.#segments.mayHaveText(name, text))) return [];
    return (await this.#readClosed(name)) ?? [];
  }

  async #readClosed(name: string): Promise<readonly Job[] | undefined> {
    const jobs = await this.#segments.read(name);
    if (jobs === undefined) this.#closed = this.#closed.filter((entry) => entry.name !== name);
    return jobs;
  }

  async #load(): Promise<void> {
    const names = await this.#segments.names();
    const known = new Map((await this.#segments.readIndex()).map((entry) => [entry.name, entry]));
    const newest = names.at(-1);
    const closed: SegmentEntry[] = [];
    for (const name of names) {
      const entry = name === newest ? undefined : known.get(name);
      const jobs = entry === undefined ? await this.#segments.read(name) : undefined;
      if (entry !== undefined) closed.push(entry);
      else if (jobs !== undefined && name === newest) this.#open = { name, jobs };
      else if (jobs !== undefined) closed.push(entryOf(name, jobs));
    }
    this.#closed = closed;
    this.#lastNumber = newest === undefined ? 0 : partsOfName(newest).number;
  }

  async #append(jobs: readonly Job[]): Promise<void> {
    await this.#noticeRemoval();
    const filled: OpenSegment[] = [];
    let open = this.#open;
    let lastNumber = this.#lastNumber;
    for (const job of jobs) {
      const isKnown = [...filled, ...(open === undefined ? [] : [open])].some((one) => holds(one, job));
      if (isKnown || (await this.get(job.id)) !== undefined) continue;
      const month = (job.endedAt ?? job.createdAt).slice(0, 7);
      if (open === undefined || open.jobs.length >= mostJobs || month > partsOfName(open.name).month) {
        if (open !== undefined) filled.push(open);
        open = { name: nameOfSegment(++lastNumber, month), jobs: [] };
      }
      open = { name: open.name, jobs: [...open.jobs, job] };
    }
    const changed = [...filled, ...(open === undefined ? [] : [open])].filter(
      ({ jobs: now }) => now !== this.#open?.jobs,
    );
    for (const { name, jobs: now } of changed) await this.#segments.write(name, now);
    this.#open = open;
    this.#lastNumber = lastNumber;
    if (filled.length === 0) return;
    this.#closed = [...this.#closed, ...filled.map((one) => entryOf(one.name, one.jobs))];
    await this.#segments.writeIndex(this.#closed);
  }

  /** The folder was removed: what is in memory of it goes as well. */
  async #noticeRemoval(): Promise<void> {
    if (this.#open === undefined || (await this.#segments.isThere(this.#open.name))) return;
    const names = new Set(await this.#segments.names());
    this.#open = undefined;
    this.#closed = this.#closed.filter(({ name }) => names.has(name));
  }
}

interface Found {
  readonly job: Job;
  readonly number: number;
  readonly position: number;
}

function holds({ jobs }: OpenSegment, { id }: Job): boolean {
  return jobs.some((job) => job.id === id);
}

function parseCursor(cursor: string | undefined): { readonly number: number; readonly position: number } {
  if (cursor === undefined) return { number: Number.POSITIVE_INFINITY, position: 0 };
  const [, number, position] = /^(\d{1,9})\.(\d{1,9})$/.exec(cursor) ?? [];
  if (number === undefined || position === undefined) {
    throw new HoldfastError('invalid-input', `"${cursor}" is no place in the history`, {
      hint: 'Take `next` of the page before, as it is.',
    });
  }
  return { number: Number(number), position: Number(position) };
}
