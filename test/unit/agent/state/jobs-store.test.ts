import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { JobsStore } from '../../../../src/agent/state/jobs-store.ts';
import type { Job } from '../../../../src/jobs/job.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { fullDisk } from '../../../support/full-disk.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const clock = new FakeClock();
const job = (id: string, more: Partial<Job> = {}): Job => ({
  id,
  kind: 'backup',
  state: 'queued',
  trigger: 'manual',
  repositoryIds: ['home'],
  input: { folders: ['/a'] },
  attempt: 1,
  createdAt: '2026-03-01T12:00:00.000Z',
  ...more,
});

it('gives back what it was given, but for progress', async () => {
  await using temporary = await temporaryFolder();
  const path = temporary.at('jobs.json');
  const jobs = [
    job('a', { state: 'running', cancelling: true, interruptions: 1, retryOf: 'x', access: 'shared', planName: 'P' }),
    job('b', { readRepositoryIds: ['nas'], reason: 'Missed.' }),
    job('c', {
      state: 'failed',
      error: { code: 'io', message: 'No', retry: 'backoff', context: { path: '/a' }, hint: 'Look' },
      warnings: ['w'],
      problems: 3,
      result: { deep: [1, { x: null }] },
    }),
  ];
  await new JobsStore({ path, clock }).save(jobs.map((one) => ({ ...one, progress: { filesDone: 1 } })));
  expect(await new JobsStore({ path, clock }).load()).toEqual(jobs);
});

it('makes one write of many saves, the last of which wins', async () => {
  await using temporary = await temporaryFolder();
  const path = temporary.at('jobs.json');
  const disk = fullDisk(1000);
  const store = new JobsStore({ path, clock, calls: disk.calls });
  await Promise.all(Array.from({ length: 50 }, (_, n) => store.save([job(`job-${n}`)])));
  expect((await store.load()).map(({ id }) => id)).toEqual(['job-49']);
  // Two writes, each of a file and its copy, three calls each.
  expect(1000 - disk.left).toBeLessThanOrEqual(12);
});

it('fails on a full disk with the old jobs in place, and writes again after it', async () => {
  await using temporary = await temporaryFolder();
  const path = temporary.at('jobs.json');
  const disk = fullDisk();
  const store = new JobsStore({ path, clock, calls: disk.calls });
  await store.save([job('a')]);
  disk.left = 1;
  await expect(store.save([job('b')])).rejects.toMatchObject({ code: 'no-space' });
  expect(JSON.parse(readFileSync(path, 'utf8')).jobs[0].id).toBe('a');
  disk.left = Number.POSITIVE_INFINITY;
  await store.save([job('c')]);
  expect((await new JobsStore({ path, clock }).load()).map(({ id }) => id)).toEqual(['c']);
});

it('starts empty, and says so, when nothing good is left', async () => {
  await using temporary = await temporaryFolder();
  writeFileSync(temporary.at('jobs.json'), '{"version":1,"jobs":[{"id":');
  const store = new JobsStore({ path: temporary.at('jobs.json'), clock });
  expect(await store.load()).toEqual([]);
  expect(store.notices[0]?.message).toMatch(/^The queue: .*jobs\.json is damaged/);
});
