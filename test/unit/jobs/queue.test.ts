import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../src/base/errors.ts';
import { QueueRig } from '../../support/job-queue.ts';

const never = new AbortController().signal;

async function startedRig(...args: ConstructorParameters<typeof QueueRig>): Promise<QueueRig> {
  const rig = new QueueRig(...args);
  await rig.queue.start();
  return rig;
}

describe('a job', () => {
  it('goes from queued to running to done, and is recorded and forgotten', async () => {
    const rig = await startedRig();
    const id = await rig.enqueue({ planId: 'p', planName: 'Plan', input: { full: true } });
    const run = await rig.run(id);
    expect(run.job).toMatchObject({ id, state: 'running', attempt: 1, input: { full: true }, planName: 'Plan' });
    await rig.clock.advance(60_000);
    run.finish({ result: { snapshot: 'abc' }, problems: 2, warnings: ['look'] });
    const job = await rig.record(id);
    expect(job).toMatchObject({
      state: 'done',
      createdAt: '2026-03-01T12:00:00.000Z',
      startedAt: '2026-03-01T12:00:00.000Z',
      endedAt: '2026-03-01T12:01:00.000Z',
      result: { snapshot: 'abc' },
      problems: 2,
      warnings: ['look'],
    });
    await rig.running();
    expect(rig.told.map(({ state }) => state)).toEqual(['queued', 'running', 'done']);
    expect([rig.queue.list(), rig.queue.get(id), rig.stored]).toEqual([[], undefined, []]);
  });

  it('fails with its error, and with whether it is worth another try', async () => {
    const rig = await startedRig();
    const id = await rig.enqueue();
    const next = await rig.enqueue({ kind: 'check' });
    (await rig.run(id)).fail(new HoldfastError('network', 'No answer', { retry: 'backoff', context: { host: 'nas' } }));
    (await rig.run(next)).fail(new TypeError('x is undefined'));
    expect(await rig.record(id)).toMatchObject({
      state: 'failed',
      error: { code: 'network', retry: 'backoff', message: 'No answer', context: { host: 'nas' } },
    });
    expect((await rig.record(next)).error).toMatchObject({ code: 'internal', retry: 'never', cause: 'x is undefined' });
  });

  it('is skipped when its runner says so, or before it runs', async () => {
    const rig = await startedRig();
    const id = await rig.enqueue();
    (await rig.run(id)).finish({ state: 'skipped', reason: 'The source is empty.' });
    expect(await rig.record(id)).toMatchObject({ state: 'skipped', reason: 'The source is empty.' });
    const skipped = await rig.queue.skip(
      { kind: 'backup', trigger: 'schedule', repositoryIds: ['home'] },
      'On battery.',
    );
    expect(rig.recorded.at(-1)).toEqual(skipped);
    expect(skipped).toMatchObject({ state: 'skipped', reason: 'On battery.', endedAt: rig.clock.now().toISOString() });
    expect(rig.runs).toHaveLength(1);
  });

  it('keeps the reason it was started for', async () => {
    const rig = await startedRig();
    const id = await rig.enqueue({ trigger: 'catch-up', reason: 'Missed while asleep.' });
    (await rig.run(id)).finish();
    expect(await rig.record(id)).toMatchObject({ trigger: 'catch-up', reason: 'Missed while asleep.' });
  });
});

describe('repositories', () => {
  it('have one writer at a time, and different ones run side by side', async () => {
    const rig = await startedRig();
    const first = await rig.enqueue({ planId: 'a' });
    const second = await rig.enqueue({ planId: 'b' });
    const elsewhere = await rig.enqueue({ planId: 'c', repositoryIds: ['nas'] });
    expect(await rig.running()).toEqual([first, elsewhere]);
    (await rig.run(first)).finish();
    expect(await rig.running()).toEqual([elsewhere, second]);
  });

  it('are read while one writes, but not while a prune runs', async () => {
    const rig = await startedRig([], { maxParallel: 10 });
    const backup = await rig.enqueue();
    const restore = await rig.enqueue({ kind: 'restore' });
    const drill = await rig.enqueue({ kind: 'drill' });
    const prune = await rig.enqueue({ kind: 'prune' });
    expect(await rig.running()).toEqual([backup, restore, drill]);
    (await rig.run(backup)).finish();
    (await rig.run(restore)).finish();
    expect(await rig.running()).toEqual([drill]);
    (await rig.run(drill)).finish();
    expect(await rig.running()).toEqual([prune]);
    await rig.enqueue({ kind: 'restore' });
    expect(await rig.running()).toEqual([prune]);
  });

  it('that a copy reads from can be written meanwhile, the one it goes to cannot', async () => {
    const rig = await startedRig();
    const copy = await rig.enqueue({ kind: 'copy', repositoryIds: ['nas'], readRepositoryIds: ['home'] });
    const backup = await rig.enqueue({ planId: 'a' });
    const blocked = await rig.enqueue({ planId: 'b', repositoryIds: ['nas'] });
    const prune = await rig.enqueue({ kind: 'prune', planId: 'c' });
    expect(await rig.running()).toEqual([copy, backup]);
    (await rig.run(backup)).finish();
    expect(await rig.running()).toEqual([copy]);
    (await rig.run(copy)).finish();
    expect(await rig.running()).toEqual([blocked, prune]);
  });

  it('do not let readers put off a prune for ever', async () => {
    const rig = await startedRig();
    const restore = await rig.enqueue({ kind: 'restore' });
    const prune = await rig.enqueue({ kind: 'prune' });
    const late = await rig.enqueue({ kind: 'drill' });
    const elsewhere = await rig.enqueue({ repositoryIds: ['nas'] });
    expect(await rig.running()).toEqual([restore, elsewhere]);
    (await rig.run(restore)).finish();
    expect(await rig.running()).toEqual([elsewhere, prune]);
    (await rig.run(prune)).finish();
    expect(await rig.running()).toEqual([elsewhere, late]);
  });

  it('do not matter beyond the places there are', async () => {
    const rig = await startedRig([], { maxParallel: 2 });
    const ids = [];
    for (const name of ['a', 'b', 'c']) ids.push(await rig.enqueue({ planId: name, repositoryIds: [name] }));
    expect(await rig.running()).toEqual(ids.slice(0, 2));
    rig.queue.setMaxParallel(3);
    expect(await rig.running()).toEqual(ids);
    await rig.queue.drain(never);
    const next = await startedRig(rig.stored, { maxParallel: 2 });
    expect(await next.running()).toHaveLength(2);
  });

  it('are not waited for by jobs whose work is done elsewhere, nor do those take a place', async () => {
    const rig = await startedRig([], { maxParallel: 1 });
    const remote = { kind: 'remote-create', repositoryIds: [] } as const;
    const [first, backup, second] = [await rig.enqueue(remote), await rig.enqueue(), await rig.enqueue(remote)];
    await rig.enqueue({ planId: 'other', repositoryIds: ['other'] });
    expect(new Set(await rig.running())).toEqual(new Set([first, backup, second]));
    for (let more = 0; more < 40; more++) await rig.enqueue(remote);
    expect(await rig.running()).toHaveLength(33);
  });
});

describe('order', () => {
  it('is by hand first, then as they came', async () => {
    const rig = await startedRig([], { maxParallel: 1 });
    const running = await rig.enqueue({ planId: 'a' });
    const scheduled = await rig.enqueue({ planId: 'b' });
    const later = await rig.enqueue({ planId: 'c' });
    const manual = await rig.enqueue({ planId: 'd', trigger: 'manual' });
    const order = [];
    for (let n = 0; n < 4; n++) {
      const [id = ''] = await rig.running();
      order.push(id);
      (await rig.run(id)).finish();
    }
    expect(order).toEqual([running, manual, scheduled, later]);
  });
});

describe('duplicates', () => {
  it('of a queued run of a plan are that run; a run that is under way is none', async () => {
    const rig = await startedRig();
    const running = await rig.enqueue({ planId: 'p' });
    await rig.running();
    const queued = await rig.enqueue({ planId: 'p' });
    expect(queued).not.toBe(running);
    expect(await rig.enqueue({ planId: 'p', trigger: 'manual' })).toBe(queued);
    expect(rig.queue.list().map(({ id, trigger }) => [id, trigger])).toEqual([
      [running, 'schedule'],
      [queued, 'manual'],
    ]);
    expect(await rig.enqueue({ planId: 'other' })).not.toBe(queued);
    expect(await rig.enqueue({ planId: 'p', repositoryIds: ['home', 'nas'] })).not.toBe(queued);
  });

  it('with another input are merged if that can be, and are two jobs if not', async () => {
    const rig = await startedRig([], {
      mergeInputs: ({ input }, added) =>
        Array.isArray(input.folders) && Array.isArray(added.folders)
          ? { folders: [...input.folders, ...added.folders] }
          : undefined,
    });
    await rig.enqueue({ repositoryIds: ['home'], planId: 'blocker' });
    const one = await rig.enqueue({ planId: 'p', input: { folders: ['/a'] } });
    expect(await rig.enqueue({ planId: 'p', input: { folders: ['/b'] } })).toBe(one);
    expect(rig.queue.get(one)?.input).toEqual({ folders: ['/a', '/b'] });
    expect(rig.stored.find(({ id }) => id === one)?.input).toEqual({ folders: ['/a', '/b'] });
    expect(await rig.enqueue({ planId: 'p', input: {} })).not.toBe(one);
  });

  it('of restores are restores', async () => {
    const rig = await startedRig([], { maxParallel: 1 });
    await rig.enqueue({ planId: 'x' });
    const spec = { kind: 'restore', planId: 'p', input: { paths: ['/a'] } } as const;
    expect(await rig.enqueue(spec)).not.toBe(await rig.enqueue(spec));
  });
});

describe('cancel', () => {
  it('takes a queued job out, with the reason', async () => {
    const rig = await startedRig();
    await rig.enqueue({ planId: 'a' });
    const id = await rig.enqueue({ planId: 'b' });
    const job = await rig.queue.cancel(id, 'The plan was deleted.');
    expect(job).toMatchObject({ state: 'cancelled', reason: 'The plan was deleted.' });
    expect(rig.recorded).toEqual([job]);
    expect(rig.stored.some((stored) => stored.id === id)).toBe(false);
  });

  it('stops a running job, whatever its runner throws then', async () => {
    const rig = await startedRig();
    rig.obedient = false;
    const id = await rig.enqueue();
    const run = await rig.run(id);
    run.signal.addEventListener('abort', () => run.fail(new HoldfastError('io', 'socket closed')));
    expect(await rig.queue.cancel(id)).toMatchObject({ id, state: 'cancelled', reason: 'Cancelled by the user.' });
    expect(await rig.record(id)).toMatchObject({ state: 'cancelled' });
    expect((await rig.record(id)).cancelling).toBeUndefined();
  });

  it('says "cancelling" after a second when the runner does not listen, and keeps its repository busy until it does', async () => {
    const rig = await startedRig();
    rig.obedient = false;
    const id = await rig.enqueue({ planId: 'a' });
    const next = await rig.enqueue({ planId: 'b' });
    const run = await rig.run(id);
    let answer: unknown;
    const cancelled = rig.queue.cancel(id).then((job) => {
      answer = job;
    });
    await rig.clock.advance(999);
    expect(answer).toBeUndefined();
    await rig.clock.advance(1);
    await cancelled;
    expect(answer).toMatchObject({ state: 'running', cancelling: true });
    expect(rig.stored.find((job) => job.id === id)?.cancelling).toBe(true);
    expect(await rig.running()).toEqual([id]);
    run.fail(run.signal.reason);
    expect((await rig.record(id)).state).toBe('cancelled');
    expect(await rig.running()).toEqual([next]);
  });

  it('that comes too late leaves what was done', async () => {
    const rig = await startedRig();
    rig.obedient = false;
    const id = await rig.enqueue();
    const run = await rig.run(id);
    run.signal.addEventListener('abort', () => run.finish({ result: { snapshot: 'abc' } }));
    expect(await rig.queue.cancel(id)).toMatchObject({ state: 'done', result: { snapshot: 'abc' } });
  });

  it('of all takes the queued and the running, and of one plan only its own', async () => {
    const rig = await startedRig();
    const mine = [await rig.enqueue({ planId: 'a' }), await rig.enqueue({ planId: 'a', kind: 'forget' })];
    const other = await rig.enqueue({ planId: 'b', repositoryIds: ['nas'] });
    await rig.running();
    const cancelled = await rig.queue.cancelAll('The plan was deleted.', ({ planId }) => planId === 'a');
    expect(cancelled.map(({ id, state, reason }) => [id, state, reason])).toEqual(
      mine.map((id) => [id, 'cancelled', 'The plan was deleted.']),
    );
    expect(await rig.running()).toEqual([other]);
    expect(await rig.queue.cancelAll()).toMatchObject([{ id: other, state: 'cancelled' }]);
    expect(rig.queue.list()).toEqual([]);
  });

  it('knows no job that is over', async () => {
    const rig = await startedRig();
    const id = await rig.enqueue();
    await rig.queue.cancel(id);
    await expect(rig.queue.cancel(id)).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('progress', () => {
  it('goes out four times a second at most, and the last of it always', async () => {
    const rig = await startedRig();
    const run = await rig.run(await rig.enqueue());
    const seen = () => rig.told.flatMap(({ progress }) => progress?.bytesDone ?? []);
    for (let n = 1; n <= 100; n++) {
      run.report({ bytesDone: n, bytesTotal: 1000 });
      await rig.clock.advance(10);
    }
    await rig.clock.advance(250);
    expect(seen()).toEqual([1, 25, 50, 75, 100]);
    expect(rig.stored.some(({ progress }) => progress !== undefined)).toBe(false);
  });

  it('is merged, shows in the list, and stays in the record without what was of the moment', async () => {
    const rig = await startedRig();
    const id = await rig.enqueue();
    const run = await rig.run(id);
    run.report({ filesTotal: 10, currentPath: '/a', problems: 1 });
    run.report({ filesDone: 4 });
    expect(rig.queue.get(id)?.progress).toEqual({ filesTotal: 10, filesDone: 4, currentPath: '/a', problems: 1 });
    run.finish();
    const job = await rig.record(id);
    expect(job.progress).toEqual({ filesTotal: 10, filesDone: 4, problems: 1 });
    expect(job.problems).toBe(1);
  });

  it('does not go out after the end', async () => {
    const rig = await startedRig();
    const id = await rig.enqueue();
    const run = await rig.run(id);
    run.report({ filesDone: 1 });
    run.report({ filesDone: 2 });
    run.finish();
    await rig.record(id);
    const told = rig.told.length;
    await rig.clock.advance(10_000);
    run.report({ filesDone: 3 });
    expect([rig.told.at(-1)?.state, rig.told.length]).toEqual(['done', told]);
    expect(rig.clock.sleeping).toBe(0);
  });
});

describe('trouble with the disk', () => {
  it('stops no job, and what was not recorded is recorded with the next', async () => {
    let full = true;
    const rig: QueueRig = await startedRig([], {
      record: async (job) => {
        if (full) throw new HoldfastError('no-space', 'The disk is full');
        rig.recorded.push(job);
      },
    });
    const first = await rig.enqueue();
    (await rig.run(first)).finish();
    await rig.running();
    expect(rig.troubles).toMatchObject([{ code: 'no-space' }]);
    expect(rig.stored).toMatchObject([{ id: first, state: 'done' }]);
    full = false;
    const second = await rig.enqueue();
    (await rig.run(second)).finish();
    await rig.record(second);
    expect(rig.recorded.map(({ id }) => id)).toEqual([first, second]);
    await rig.running();
    expect(rig.stored).toEqual([]);
  });

  it('of the store is told, and the job runs', async () => {
    const rig = await startedRig([], {
      store: { load: async () => [], save: async () => Promise.reject(new HoldfastError('no-space', 'full')) },
    });
    (await rig.run(await rig.enqueue())).finish();
    expect(rig.troubles.length).toBeGreaterThan(0);
  });
});

describe('drain', () => {
  it('stops what runs, which is queued as it was at the next start, before what came later', async () => {
    const rig = await startedRig([], { maxParallel: 1 });
    const running = await rig.enqueue({ planId: 'a' });
    const queued = await rig.enqueue({ planId: 'b' });
    (await rig.run(running)).report({ filesDone: 5 });
    expect(await rig.queue.drain(never)).toEqual([]);
    expect(rig.stored.map(({ id, state, attempt, startedAt }) => [id, state, attempt, startedAt])).toEqual([
      [running, 'queued', 1, undefined],
      [queued, 'queued', 1, undefined],
    ]);
    expect(rig.recorded).toEqual([]);
    const kept = await rig.enqueue({ planId: 'c' });
    expect(await rig.running()).toEqual([]);
    const next = await startedRig(rig.stored, { maxParallel: 1 });
    expect(next.queue.list().map(({ id }) => id)).toEqual([running, queued, kept]);
    expect(await next.running()).toEqual([running]);
  });

  it('waits five seconds for a runner that does not listen, which is then found interrupted', async () => {
    const rig = await startedRig();
    rig.obedient = false;
    const id = await rig.enqueue();
    await rig.run(id);
    let left: unknown;
    const drained = rig.queue.drain(never).then((jobs) => {
      left = jobs;
    });
    await rig.clock.advance(4999);
    expect(left).toBeUndefined();
    await rig.clock.advance(1);
    await drained;
    expect(left).toMatchObject([{ id, state: 'running' }]);
    const next = await startedRig(rig.stored);
    expect(next.recorded).toMatchObject([{ id, state: 'interrupted' }]);
  });

  it('leaves a job cancelled that was cancelled before', async () => {
    const rig = await startedRig();
    rig.obedient = false;
    const id = await rig.enqueue();
    const run = await rig.run(id);
    const cancelled = rig.queue.cancel(id);
    const drained = rig.queue.drain(never);
    run.fail(run.signal.reason);
    await Promise.all([cancelled, drained]);
    expect(rig.recorded).toMatchObject([{ id, state: 'cancelled' }]);
    expect(rig.stored).toEqual([]);
  });
});

describe('after a kill', () => {
  it('a job that was running is recorded as interrupted, and tried again three times in all', async () => {
    const first = await startedRig();
    await first.enqueue({ planId: 'p', trigger: 'manual', input: { full: true } });
    await first.running();
    let stored = first.stored;
    const states: string[] = [];
    const attempts: number[] = [1];
    for (let life = 2; stored.length > 0; life++) {
      let ids = 0;
      const rig = await startedRig(stored, { idFactory: () => `life-${life}-${++ids}` });
      await rig.running();
      states.push(...rig.recorded.map(({ state }) => state));
      attempts.push(...rig.runs.map(({ job }) => job.attempt));
      for (const { job } of rig.runs) {
        expect(job).toMatchObject({ planId: 'p', trigger: 'manual', input: { full: true }, retryOf: stored[0]!.id });
      }
      stored = rig.stored;
      if (stored.length === 0) expect(rig.recorded[0]?.error?.message).toMatch(/tried 3 times/);
    }
    expect(states).toEqual(['interrupted', 'interrupted', 'failed']);
    expect(attempts).toEqual([1, 2, 3]);
  });

  it('a job that was being cancelled is cancelled, one that ended is recorded, one that waited is run', async () => {
    const base = { kind: 'backup', trigger: 'schedule', repositoryIds: ['home'], input: {}, attempt: 1 } as const;
    const createdAt = '2026-03-01T11:00:00.000Z';
    const rig = await startedRig([
      { ...base, id: 'a', createdAt, state: 'done', endedAt: createdAt },
      { ...base, id: 'b', createdAt, state: 'running', cancelling: true, reason: 'Cancelled by the user.' },
      { ...base, id: 'c', createdAt, state: 'queued' },
    ]);
    expect(rig.recorded.map(({ id, state }) => [id, state])).toEqual([
      ['a', 'done'],
      ['b', 'cancelled'],
    ]);
    expect(rig.recorded[1]).toMatchObject({ reason: 'Cancelled by the user.', endedAt: '2026-03-01T12:00:00.000Z' });
    expect(await rig.running()).toEqual(['c']);
  });
});
