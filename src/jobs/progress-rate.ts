/** How fast a job is, over the last half minute, and how long it will still take. */
import type { JobProgress } from './job.ts';

const windowMs = 30_000;
/** Points of the window lie this far apart, so that their number is bounded. */
const spacingMs = 1000;
/** Nothing is said of a shorter time. */
const leastMs = 2000;

interface Point {
  readonly ms: number;
  readonly bytes: number;
  readonly files: number;
}

export interface Rate {
  readonly bytesPerSecond?: number;
  /** By bytes where their total is known, by files otherwise; absent while nothing moves. */
  readonly secondsLeft?: number;
}

export class ProgressRate {
  #points: Point[] = [];
  #phase: string | undefined;

  /** @param nowMs of a clock that never runs backwards */
  sample(nowMs: number, progress: JobProgress): Rate {
    const point: Point = { ms: nowMs, bytes: progress.bytesDone ?? 0, files: progress.filesDone ?? 0 };
    this.#add(point, progress.phase);
    const first = this.#points[0] ?? point;
    const seconds = (point.ms - first.ms) / 1000;
    if (seconds * 1000 < leastMs) return {};
    const bytesPerSecond = (point.bytes - first.bytes) / seconds;
    const filesPerSecond = (point.files - first.files) / seconds;
    const secondsLeft =
      progress.bytesTotal === undefined
        ? left(progress.filesTotal, point.files, filesPerSecond)
        : left(progress.bytesTotal, point.bytes, bytesPerSecond);
    return {
      ...(progress.bytesDone === undefined ? {} : { bytesPerSecond: Math.round(bytesPerSecond) }),
      ...(secondsLeft === undefined ? {} : { secondsLeft }),
    };
  }

  #add(point: Point, phase: string | undefined): void {
    const last = this.#points.at(-1);
    // Another phase counts from its own beginning.
    const isNew =
      phase !== this.#phase || (last !== undefined && (point.bytes < last.bytes || point.files < last.files));
    if (isNew) this.#points = [];
    this.#phase = phase;
    const newest = this.#points.at(-1);
    if (newest === undefined || point.ms - newest.ms >= spacingMs) this.#points.push(point);
    // The oldest that is kept may be a little older than the window: there is always one to compare with.
    while (this.#points.length > 2 && point.ms - this.#points[1]!.ms >= windowMs) this.#points.shift();
  }
}

function left(total: number | undefined, done: number, perSecond: number): number | undefined {
  if (total === undefined || perSecond <= 0) return undefined;
  return Math.ceil(Math.max(0, total - done) / perSecond);
}
