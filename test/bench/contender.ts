/**
 * One program on one data set: brings its repository into the state that a work needs, then measures that work alone.
 * What comes before (init, copies) and after (removal, comparison) is outside of the time.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type MadeSet, manifestOf } from './datasets/make-set.ts';
import { HALF_OF_SMALL } from './datasets/small.ts';
import { type Measurement, measure } from './measure.ts';
import { makeHome, type Program, repositoryIn } from './programs.ts';

export type Scenario = 'backup' | 'no-change' | 'restore' | 'check' | 'prune' | 'search';

const SEARCHED_NAME = '*-1234.*';

export class Contender {
  readonly program: Program;
  /** Bytes of the repository after the first backup. */
  repositoryBytes: number | undefined;
  readonly #maker: Program;
  readonly #set: MadeSet;
  readonly #runs: string;
  readonly #searchedSnapshots: number;
  readonly #folder: string;
  readonly #inMemory: boolean;
  readonly #signal: AbortSignal;
  readonly #done = new Set<string>();

  /** @param options.maker makes what all contenders can share */
  constructor(options: {
    program: Program;
    maker: Program;
    set: MadeSet;
    runs: string;
    searchedSnapshots: number;
    inMemory: boolean;
    signal: AbortSignal;
  }) {
    this.program = options.program;
    this.#maker = options.maker;
    this.#set = options.set;
    this.#runs = options.runs;
    this.#searchedSnapshots = options.searchedSnapshots;
    this.#folder = join(options.runs, `${options.program.name}-${options.set.name}`);
    this.#inMemory = options.inMemory;
    this.#signal = options.signal;
    mkdirSync(this.#folder, { recursive: true });
  }

  run(scenario: Scenario): Promise<Measurement> {
    switch (scenario) {
      case 'backup':
        return this.#firstBackup();
      case 'no-change':
        return this.#noChange();
      case 'restore':
        return this.#restore();
      case 'check':
        return this.#check();
      case 'prune':
        return this.#prune();
      case 'search':
        return this.#search();
    }
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #home(): string {
    return join(this.#folder, 'home');
  }

  async #firstBackup(): Promise<Measurement> {
    await this.#freshRepository(this.#home);
    const measured = await this.#timed(this.#home, 'backup', '--quiet', this.#set.folder);
    this.repositoryBytes = bytesBelow(repositoryIn(this.#home));
    return measured;
  }

  async #noChange(): Promise<Measurement> {
    await this.#needBackup();
    const again = ['backup', '--quiet', this.#set.folder];
    // Once before, so that caches are as warm as they are on any other day.
    await this.#once('warm', () => this.#untimed(this.#home, ...again));
    return this.#timed(this.#home, ...again);
  }

  async #restore(): Promise<Measurement> {
    await this.#needBackup();
    const target = join(this.#folder, 'restored');
    try {
      const measured = await this.#timed(this.#home, 'restore', 'latest', '--target', target);
      await this.#once('compared', async () => {
        const { hash } = await manifestOf(join(target, this.#set.folder));
        if (hash !== this.#set.manifest.hash)
          throw new Error(`${this.program.name} restored other files than it saved.`);
      });
      return measured;
    } finally {
      rmSync(target, { recursive: true, force: true });
    }
  }

  async #check(): Promise<Measurement> {
    await this.#needBackup();
    return this.#timed(this.#home, 'check', '--read-data');
  }

  /** Half of the files, and of the bytes, are in no snapshot any more; they are spread over all packs. */
  async #prune(): Promise<Measurement> {
    const before = join(this.#folder, 'before-prune');
    await this.#once('pruned', async () => {
      await this.#freshRepository(before);
      await this.#untimed(before, 'backup', '--quiet', this.#set.folder);
      await this.#untimed(before, 'backup', '--quiet', '--exclude', HALF_OF_SMALL, this.#set.folder);
      await this.#untimed(before, 'forget', '--keep-last', '1');
    });
    const home = join(this.#folder, 'prune');
    try {
      cpSync(before, home, { recursive: true, preserveTimestamps: true });
      const measured = await this.#timed(home, 'prune');
      const kept = bytesBelow(repositoryIn(home)) / bytesBelow(repositoryIn(before));
      if (kept > 0.7)
        throw new Error(`${this.program.name} pruned half, and ${Math.round(kept * 100)} % is still there.`);
      await this.#once('checked', () => this.#untimed(home, 'check'));
      return measured;
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  }

  /** Both programs search one repository; of every thousand files another one is missing in each snapshot. */
  async #search(): Promise<Measurement> {
    const shared = join(this.#runs, `searched-${this.#set.name}`);
    if (!existsSync(repositoryIn(shared))) {
      makeHome(shared);
      const make = async (...args: readonly string[]): Promise<void> => {
        await measure(this.#maker.command(shared, ...args), this.#signal);
      };
      await make('init');
      for (let at = 0; at < this.#searchedSnapshots; at++) {
        const missing = `*-*${String(at * 17).padStart(3, '0')}.*`;
        await make('backup', '--quiet', '--exclude', missing, this.#set.folder);
      }
    }
    const home = join(this.#folder, 'search');
    await this.#once('searched', async () => {
      makeHome(home);
      symlinkSync(repositoryIn(shared), repositoryIn(home));
      await this.#untimed(home, 'find', SEARCHED_NAME); // its cache is warm then
    });
    return this.#timed(home, 'find', SEARCHED_NAME);
  }

  async #needBackup(): Promise<void> {
    if (!existsSync(repositoryIn(this.#home))) await this.#firstBackup();
  }

  async #freshRepository(home: string): Promise<void> {
    rmSync(home, { recursive: true, force: true });
    makeHome(home);
    await this.#untimed(home, 'init');
  }

  async #once(what: string, work: () => Promise<unknown>): Promise<void> {
    if (this.#done.has(what)) return;
    await work();
    this.#done.add(what);
  }

  #timed(home: string, ...args: readonly string[]): Promise<Measurement> {
    // On a disk, nobody shall pay for what the one before left unwritten.
    if (!this.#inMemory) spawnSync('sync');
    return measure(this.program.command(home, ...args), this.#signal);
  }

  async #untimed(home: string, ...args: readonly string[]): Promise<void> {
    await measure(this.program.command(home, ...args), this.#signal);
  }
}

/** Sum of the lengths of all files below. */
export function bytesBelow(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += lstatSync(join(entry.parentPath, entry.name)).size;
  }
  return bytes;
}
