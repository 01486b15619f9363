/**
 * The files of the history, each read when it is asked for: `<number>-<month>.json`, and `index.json` about them.
 *
 * Guarantees: a torn one is set aside and told, and is as if it had never been; one that was removed is just gone; one of a newer
 * version is left alone. Few segments are held in memory, those that were read last.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Low } from 'lowdb';
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import { fromSystemError, isHoldfastError, systemCode } from '../../base/errors.ts';
import { migrate } from '../../config/migrations.ts';
import type { Job } from '../../jobs/job.ts';
import { storedJobSchema } from '../../jobs/job-schema.ts';
import { type DurableCalls, readDurable } from '../../platform/durable-file.ts';
import { StateFile, type StateNotice } from '../state/state-file.ts';
import { rawMayHaveText } from './filter.ts';
import { parseIndex, type SegmentEntry, type SegmentIndex } from './segment-index.ts';

/** Parsed segments that are kept, beside the one that is being filled. */
const mostCached = 4;
const segmentName = /^(\d{6,})-(\d{4}-\d{2})\.json$/;
const segmentSchema = z.object({ version: z.literal(1), jobs: z.array(storedJobSchema) });
interface SegmentFile {
  readonly version: 1;
  readonly jobs: readonly Job[];
}

export interface SegmentsOptions {
  readonly folder: string;
  readonly clock: Clock;
  /** A file was found torn. */
  readonly onNotice: (notice: StateNotice) => void;
  readonly calls?: DurableCalls;
}

export function nameOfSegment(number: number, month: string): string {
  return `${String(number).padStart(6, '0')}-${month}.json`;
}

/** Number from 1 and month as "2026-03". */
export function partsOfName(name: string): { readonly number: number; readonly month: string } {
  const [, number = '0', month = ''] = segmentName.exec(name) ?? [];
  return { number: Number(number), month };
}

export class Segments {
  readonly #options: SegmentsOptions;
  /** By name; the one that was used last is last. */
  readonly #cache = new Map<string, readonly Job[]>();
  #indexIsNewer = false;

  constructor(options: SegmentsOptions) {
    this.#options = options;
  }

  /** Names of the segments that are there, oldest first. */
  async names(): Promise<string[]> {
    const { folder } = this.#options;
    try {
      const found = (await readdir(folder)).filter((name) => segmentName.test(name));
      return found.sort((a, b) => partsOfName(a).number - partsOfName(b).number);
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return [];
      throw fromSystemError(error, `list the history in ${folder}`);
    }
  }

  async isThere(name: string): Promise<boolean> {
    return stat(join(this.#options.folder, name)).then(
      () => true,
      (error: unknown) => systemCode(error) !== 'ENOENT' && systemCode(error) !== 'ENOTDIR',
    );
  }

  /** Undefined if it is gone, torn, or of a newer version. */
  async read(name: string): Promise<readonly Job[] | undefined> {
    const jobs = this.#cache.get(name) ?? (await this.#readFile(name));
    this.#cache.delete(name);
    if (jobs === undefined) return undefined;
    this.#cache.set(name, jobs);
    for (const oldest of this.#cache.keys()) {
      if (this.#cache.size <= mostCached) break;
      this.#cache.delete(oldest);
    }
    return jobs;
  }

  /** False: none of its jobs has the text. Does not parse what is not in memory. */
  async mayHaveText(name: string, text: string): Promise<boolean> {
    if (this.#cache.has(name)) return true;
    const raw = await readDurable(join(this.#options.folder, name));
    return raw !== undefined && rawMayHaveText(raw, text);
  }

  /** @throws HoldfastError `no-space`, `permission`, `io`: the file is as it was */
  async write(name: string, jobs: readonly Job[]): Promise<void> {
    this.#cache.delete(name);
    await new Low<SegmentFile>(this.#segmentFile(name), { version: 1, jobs }).write();
  }

  /** Empty if there is none that can be used. */
  async readIndex(): Promise<readonly SegmentEntry[]> {
    const file = this.#indexFile();
    try {
      return (await file.read())?.segments ?? [];
    } catch (error) {
      if (!isHoldfastError(error, 'unsupported')) throw error;
      this.#indexIsNewer = true;
      return [];
    } finally {
      this.#pass(file.notices);
    }
  }

  /** An index that could not be written is made again from the segments. */
  async writeIndex(segments: readonly SegmentEntry[]): Promise<void> {
    if (this.#indexIsNewer) return;
    const low = new Low<SegmentIndex>(this.#indexFile(), { version: 1, segments: [...segments] });
    await low.write().catch(() => undefined);
  }

  async #readFile(name: string): Promise<readonly Job[] | undefined> {
    const file = this.#segmentFile(name);
    try {
      return (await file.read())?.jobs;
    } catch (error) {
      if (isHoldfastError(error, 'unsupported')) return undefined;
      throw error;
    } finally {
      this.#pass(file.notices);
    }
  }

  #segmentFile(name: string): StateFile<SegmentFile> {
    const parse = (json: unknown): SegmentFile => segmentSchema.parse(migrate(json, []));
    return this.#file(name, parse);
  }

  #indexFile(): StateFile<SegmentIndex> {
    return this.#file('index.json', parseIndex);
  }

  #file<T>(name: string, parse: (json: unknown) => T): StateFile<T> {
    const { folder, clock, calls } = this.#options;
    const path = join(folder, name);
    return new StateFile<T>({ path, title: 'The history', parse, clock, ...(calls === undefined ? {} : { calls }) });
  }

  #pass(notices: readonly StateNotice[]): void {
    for (const notice of notices) this.#options.onNotice(notice);
  }
}
