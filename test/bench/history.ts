/** How fast the history of many jobs opens, browses, filters and grows; on the disk of the temporary folder. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { History, type HistoryQuery } from '../../src/agent/history/history.ts';
import { systemClock } from '../../src/base/clock.ts';
import { pastJob } from '../support/past-jobs.ts';

export interface Figure {
  readonly name: string;
  readonly milliseconds: number;
}

const batch = 1000;
const pageSize = 50;
const queries: Readonly<Record<string, Omit<HistoryQuery, 'limit'>>> = {
  'first page': {},
  'page of failures of a plan': { planId: 'plan-2', state: 'failed' },
  'page of a kind in a repository': { kind: 'drill', repositoryId: 'nas' },
  'rare text, all searched': { text: 'nas-57.example' },
  'text that is nowhere': { text: 'no such text' },
};

export async function measureHistory(jobs: number, signal: AbortSignal): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-history-'));
  const figures: Figure[] = [];
  const time = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    const result = await work();
    figures.push({ name, milliseconds: performance.now() - started });
    return result;
  };
  const open = () => History.open({ folder, clock: systemClock, onNotice: ({ message }) => fail(message) });
  try {
    await fill(await open(), jobs, signal);
    const history = await time(`open, ${jobs} jobs`, open);
    for (const [name, query] of Object.entries(queries)) {
      await time(name, () => history.list({ ...query, limit: pageSize }, signal));
    }
    await time('append to a segment that is nearly full', () => history.record(pastJob(jobs)));
    return figures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fill(history: History, jobs: number, signal: AbortSignal): Promise<void> {
  for (let from = 0; from < jobs - 1; from += batch) {
    signal.throwIfAborted();
    const count = Math.min(batch, jobs - 1 - from);
    await Promise.all(Array.from({ length: count }, (_, n) => history.record(pastJob(from + n))));
  }
}

function fail(message: string): never {
  throw new Error(message);
}
