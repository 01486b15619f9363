/** Queue, store and history together, killed in the middle of their work. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { History } from '../../../../src/agent/history/history.ts';
import { JobsStore } from '../../../../src/agent/state/jobs-store.ts';
import { systemClock } from '../../../../src/base/clock.ts';
import type { Job } from '../../../../src/jobs/job.ts';
import { JobQueue } from '../../../../src/jobs/queue.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const signal = new AbortController().signal;
const fixture = fileURLToPath(new URL('../../../fixtures/queue-process.ts', import.meta.url));

it('loses no job that was taken, and records each once', async () => {
  await using temporary = await temporaryFolder();
  const taken: string[] = [];
  for (let round = 0; round < 6; round++) taken.push(...(await killedAfter(temporary.path, 5 + round * 7)));
  const records = await runToEnd(temporary.path);
  const byId = new Map(records.map((job) => [job.id, job]));
  expect(byId.size).toBe(records.length);
  const retries = new Map(records.map((job) => [job.retryOf, job]));
  const lost = taken.filter((id) => {
    let job = byId.get(id);
    while (job?.state === 'interrupted') job = retries.get(job.id);
    return job?.state !== 'done' && (job?.state !== 'failed' || job.interruptions !== 3);
  });
  expect(lost).toEqual([]);
  expect(records.filter(({ state }) => state === 'interrupted').length).toBeGreaterThan(0);
}, 120_000);

/** Ids of the jobs that were taken before the end. */
async function killedAfter(folder: string, jobs: number): Promise<string[]> {
  const child = spawn(process.execPath, [fixture, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const ids: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    if (ids.push(line) === jobs) child.kill('SIGKILL');
  }
  expect(await ended).toEqual([null, 'SIGKILL']);
  return ids;
}

/** Every record, once nothing is left to do. */
async function runToEnd(folder: string): Promise<readonly Job[]> {
  const notices: unknown[] = [];
  const onNotice = (notice: unknown) => notices.push(notice);
  const history = await History.open({ folder: `${folder}/history`, clock: systemClock, onNotice });
  const store = new JobsStore({ path: `${folder}/jobs.json`, clock: systemClock });
  const { promise: isEmpty, resolve } = Promise.withResolvers<void>();
  const queue: JobQueue = new JobQueue({
    clock: systemClock,
    store: {
      load: () => store.load(),
      save: async (jobs) => {
        await store.save(jobs);
        if (jobs.length === 0) resolve();
      },
    },
    run: async () => ({}),
    record: (job) => history.record(job),
    onChange: () => undefined,
    onTrouble: onNotice,
    maxParallel: 3,
  });
  await queue.start();
  await isEmpty;
  expect([...notices, ...store.notices]).toEqual([]);
  return (await history.list({ limit: 1000 }, signal)).jobs;
}
