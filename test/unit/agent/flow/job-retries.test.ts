import { describe, expect, it } from 'vitest';
import { JobRetries } from '../../../../src/agent/flow/job-retries.ts';
import { type ErrorCode, HoldfastError } from '../../../../src/base/errors.ts';
import type { Job } from '../../../../src/jobs/job.ts';
import { JobQueue } from '../../../../src/jobs/queue.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { jobOf } from '../plan-for-tests.ts';

const minute = 60_000;

/** On a real queue whose jobs wait for a place. */
async function rig() {
  const clock = new FakeClock();
  const stop = new AbortController();
  const troubles: unknown[] = [];
  const state = { wanted: true };
  const queue = new JobQueue({
    clock,
    store: { load: async () => [], save: async () => undefined },
    run: async () => ({}),
    record: async () => undefined,
    onChange: () => undefined,
    onTrouble: (error) => troubles.push(error),
    maxParallel: 0,
  });
  await queue.start();
  const retries = new JobRetries({
    queue: () => queue,
    clock,
    random: () => 0,
    isWanted: () => state.wanted,
    onTrouble: (error) => troubles.push(error),
    signal: stop.signal,
  });
  return { clock, stop, queue, retries, troubles, state };
}

const failed = (code: ErrorCode, some: Partial<Job> = {}): Job =>
  jobOf({ kind: 'check', state: 'failed', error: new HoldfastError(code, 'No.').toJSON(), ...some });

describe('jobs that failed for a passing reason', () => {
  it('are queued again after a while, as what they were', async () => {
    const { clock, queue, retries } = await rig();
    const input = { planId: 'home', from: 'disk', to: 'nas', hostname: 'laptop' };
    retries.failed(
      failed('network', { id: 'old', kind: 'copy', repositoryIds: ['nas'], readRepositoryIds: ['disk'], input }),
    );
    await clock.advance(minute - 1);
    expect(queue.list()).toEqual([]);
    await clock.advance(1);
    expect(queue.list()).toMatchObject([
      {
        kind: 'copy',
        trigger: 'retry',
        repositoryIds: ['nas'],
        readRepositoryIds: ['disk'],
        input,
        attempt: 2,
        retryOf: 'old',
      },
    ]);
  });

  it('wait longer each time, and are given up in the end', async () => {
    const { clock, queue, retries } = await rig();
    retries.failed(failed('locked', { attempt: 2 }));
    await clock.advance(5 * minute - 1);
    expect(queue.list()).toEqual([]);
    await clock.advance(1);
    expect(queue.list()).toMatchObject([{ attempt: 3 }]);
    retries.failed(failed('locked', { kind: 'prune', attempt: 5 }));
    await clock.advance(600 * minute);
    expect(queue.list()).toHaveLength(1);
  });

  it('told twice are queued once', async () => {
    const { clock, queue, retries } = await rig();
    retries.failed(failed('locked'));
    retries.failed(failed('locked'));
    await clock.advance(minute);
    expect(queue.list()).toHaveLength(1);
  });

  it.each([
    ['damage', failed('corrupt')],
    ['what was asked for by hand', failed('locked', { trigger: 'manual' })],
    ['a backup, which is its plan’s', failed('locked', { kind: 'backup' })],
    ['a restore, which is its user’s', failed('locked', { kind: 'restore' })],
  ])('not %s', async (_, job) => {
    const { clock, queue, retries } = await rig();
    retries.failed(job);
    await clock.advance(600 * minute);
    expect(queue.list()).toEqual([]);
  });

  it('not of a plan that is gone by then, nor after the end', async () => {
    const { clock, queue, retries, troubles, state, stop } = await rig();
    state.wanted = false;
    retries.failed(failed('locked'));
    await clock.advance(minute);
    state.wanted = true;
    retries.failed(failed('locked'));
    stop.abort(new Error('the end'));
    await clock.advance(minute);
    expect(queue.list()).toEqual([]);
    expect(troubles).toEqual([]);
  });
});
