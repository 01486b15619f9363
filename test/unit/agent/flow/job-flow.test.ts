import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JobFlow } from '../../../../src/agent/flow/job-flow.ts';
import { History } from '../../../../src/agent/history/history.ts';
import { type NewNotice, type Notice, Notices } from '../../../../src/agent/notices.ts';
import { PlanMemory } from '../../../../src/agent/plans/plan-memory.ts';
import { type ErrorCode, HoldfastError } from '../../../../src/base/errors.ts';
import type { Plan } from '../../../../src/config/plan.ts';
import type { Job } from '../../../../src/jobs/job.ts';
import { JobQueue } from '../../../../src/jobs/queue.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { type TemporaryFolder, temporaryFolder } from '../../../support/temporary-folder.ts';
import { jobOf, planOf } from '../plan-for-tests.ts';

const minute = 60_000;

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder[Symbol.asyncDispose]());

/** The flow with a real queue whose jobs wait for a place, real notices, memory and history. */
async function rig() {
  const clock = new FakeClock();
  const stop = new AbortController();
  const plans = new Map<string, Plan>([['home', planOf({ repositories: ['disk', 'nas'], retention: { daily: 7 } })]]);
  const tried: string[] = [];
  const appendOnly = new Set<string>();
  const troubles: unknown[] = [];
  const told: Notice[] = [];
  const back = Promise.withResolvers<void>();
  const onTrouble = (error: unknown): void => void troubles.push(error);
  const notices = await Notices.open({ path: folder.at('notices.json'), clock, onTrouble });
  notices.subscribe((notice) => told.push(notice));
  const memory = await PlanMemory.open(folder.at('plans.json'), clock);
  const history = await History.open({ folder: folder.at('history'), clock, onNotice: () => undefined });
  const queue = new JobQueue({
    clock,
    store: { load: async () => [], save: async () => undefined },
    run: async () => ({}),
    record: async () => undefined,
    onChange: () => undefined,
    onTrouble,
    maxParallel: 0,
  });
  await queue.start();
  const flow = new JobFlow({
    history,
    queue: () => queue,
    memory,
    notices,
    findPlan: (id) => plans.get(id),
    hostname: 'laptop',
    clock,
    random: () => 0,
    retry: async (planId) => void tried.push(planId),
    sourcesBack: (_, signal) =>
      new Promise((resolve, reject) => {
        back.promise.then(resolve);
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      }),
    followUps: () => [],
    isRemote: () => true,
    isAppendOnly: (id) => appendOnly.has(id),
    onTrouble,
    signal: stop.signal,
  });
  const codes = () => notices.list().map(({ code, repositoryId }) => [code, repositoryId].filter(Boolean).join(' '));
  const queued = () => queue.list().map(({ kind, trigger, repositoryIds }) => `${kind} ${repositoryIds} ${trigger}`);
  return {
    clock,
    stop,
    plans,
    appendOnly,
    tried,
    troubles,
    told,
    notices,
    memory,
    history,
    queue,
    flow,
    back,
    codes,
    queued,
  };
}

let failures = 0;
const failed = (code: ErrorCode, some: Partial<Job> = {}): Job =>
  jobOf({
    id: `failed-${++failures}`,
    state: 'failed',
    error: new HoldfastError(code, 'It did not work.', { hint: 'Do this.' }).toJSON(),
    ...some,
  });
const done = (some: Partial<Job> = {}): Job => jobOf({ id: `done-${++failures}`, ...some });

describe('a job that was done', () => {
  it('is in the history, and what follows is queued', async () => {
    const { flow, history, queued } = await rig();
    const job = done();
    await flow.record(job);
    expect(await history.get(job.id)).toEqual(job);
    expect(queued()).toEqual(['copy nas follow-up', 'forget disk follow-up']);
  });

  it('nothing is forgotten in an append-only store', async () => {
    const { flow, appendOnly, queued } = await rig();
    appendOnly.add('disk');
    await flow.record(done({}));
    expect(queued()).toEqual(['copy nas follow-up']);
  });

  it('retention follows once an hour at most, but always by hand', async () => {
    const { flow, queue, queued, clock } = await rig();
    const forgets = async (some: Partial<Job>): Promise<number> => {
      await flow.record(done(some));
      const { length } = queued().filter((one) => one === 'forget disk follow-up');
      await queue.cancelAll();
      return length;
    };
    expect(await forgets({ trigger: 'change' })).toBe(1);
    await clock.advance(59 * minute);
    expect(await forgets({ trigger: 'change' })).toBe(0);
    expect(await forgets({ trigger: 'manual' })).toBe(1);
    await clock.advance(60 * minute);
    expect(await forgets({ trigger: 'change' })).toBe(1);
  });

  it('takes back what was told of its plan: failed, overdue, put off', async () => {
    const { flow, notices, codes } = await rig();
    await flow.record(failed('network'));
    const about: Pick<NewNotice, 'level' | 'message' | 'planId'> = { level: 'info', message: 'x', planId: 'home' };
    for (const code of ['plan-overdue', 'put-off-on-battery', 'put-off-offline']) notices.add({ ...about, code });
    notices.add({ ...about, code: 'put-off-offline', planId: 'work' });
    expect(codes()).toHaveLength(5);
    await flow.record(done());
    expect(notices.list()).toMatchObject([{ planId: 'work' }]);
  });

  it('all its warning signs are told, and hold retention', async () => {
    const { flow, memory, notices, queued } = await rig();
    await memory.update('home', { held: ['Most files are gone.', 'Most files are new.'] });
    await flow.record(done({ warnings: ['Most files are gone.', 'Most files are new.'] }));
    expect(notices.list()).toMatchObject([
      { code: 'warning-sign', message: 'Most files are gone. Most files are new.', level: 'warning' },
    ]);
    expect(queued()).toEqual(['copy nas follow-up']);
  });

  it('a copy to one repository takes nothing back of another', async () => {
    const { flow, codes } = await rig();
    await flow.record(failed('network', { kind: 'copy', repositoryIds: ['nas'] }));
    await flow.record(done({ kind: 'copy', repositoryIds: ['usb'] }));
    expect(codes()).toEqual(['copy-failed nas']);
    await flow.record(done({ kind: 'copy', repositoryIds: ['nas'] }));
    expect(codes()).toEqual([]);
  });

  it('a drill proves its plan', async () => {
    const { flow, memory } = await rig();
    const job = done({ kind: 'drill' });
    await flow.record(job);
    expect(memory.get('home').lastProvenAt).toBe(job.endedAt);
  });

  it('of a plan that is gone has nothing that follows', async () => {
    const { flow, plans, queued, history } = await rig();
    plans.clear();
    const job = done();
    await flow.record(job);
    expect(queued()).toEqual([]);
    expect(await history.get(job.id)).toBeDefined();
  });
});

describe('a job that failed', () => {
  it('is told, with what to do, and remembered', async () => {
    const { flow, notices, memory } = await rig();
    const job = failed('network');
    await flow.record(job);
    expect(notices.list()).toMatchObject([
      { level: 'error', code: 'backup-failed', planId: 'home', jobId: job.id, hint: 'Do this.' },
    ]);
    expect(notices.list()[0]?.message).toBe('The backup of "Home" failed: It did not work.');
    expect(memory.get('home')).toMatchObject({ failures: 1, failedJobId: job.id });
  });

  it('is counted once, though it is recorded again', async () => {
    const { flow, memory } = await rig();
    const job = failed('network');
    await flow.record(job);
    await flow.record(job);
    expect(memory.get('home').failures).toBe(1);
  });

  it('for a passing reason is tried again after a while, later each time', async () => {
    const { flow, clock, tried } = await rig();
    await flow.record(failed('network'));
    await clock.advance(minute - 1);
    expect(tried).toEqual([]);
    await clock.advance(1);
    expect(tried).toEqual(['home']);
    await flow.record(failed('network'));
    await clock.advance(5 * minute - 1);
    expect(tried).toHaveLength(1);
    await clock.advance(1);
    expect(tried).toHaveLength(2);
    await clock.advance(24 * 60 * minute);
    expect(tried).toHaveLength(2);
  });

  it('two that fail one after the other are tried again once', async () => {
    const { flow, clock, tried } = await rig();
    await flow.record(failed('network'));
    await flow.record(failed('network'));
    await clock.advance(60 * minute);
    expect(tried).toEqual(['home']);
  });

  it('is not tried again once another run was done', async () => {
    const { flow, clock, tried } = await rig();
    await flow.record(failed('network'));
    await flow.record(done());
    await clock.advance(60 * minute);
    flow.configurationChanged();
    expect(tried).toEqual([]);
    expect(clock.sleeping).toBe(0);
  });

  it('for a reason that only people end is tried again when the configuration changes, and then once', async () => {
    const { flow, clock, tried } = await rig();
    await flow.record(failed('wrong-password'));
    await clock.advance(24 * 60 * minute);
    expect(tried).toEqual([]);
    flow.configurationChanged();
    flow.configurationChanged();
    expect(tried).toEqual(['home']);
  });

  it('by a later reason is tried again as that one says, not as the one before', async () => {
    const { flow, clock, tried } = await rig();
    await flow.record(failed('network'));
    await flow.record(failed('wrong-password'));
    await clock.advance(24 * 60 * minute);
    expect(tried).toEqual([]);
  });

  it('for a missing source is tried again when that is back', async () => {
    const { flow, tried, back } = await rig();
    await flow.record(failed('source-missing'));
    expect(tried).toEqual([]);
    back.resolve();
    await nextTurn();
    expect(tried).toEqual(['home']);
  });

  it('for a missing source is tried again when the plan is changed, and not twice', async () => {
    const { flow, tried, back } = await rig();
    await flow.record(failed('source-missing'));
    flow.configurationChanged();
    back.resolve();
    await nextTurn();
    expect(tried).toEqual(['home']);
  });

  it('of a plan that is gone is told nobody, and not tried again; a restore is told', async () => {
    const { flow, clock, plans, tried, told } = await rig();
    await flow.record(failed('network'));
    plans.clear();
    flow.configurationChanged();
    expect(clock.sleeping).toBe(0);
    await flow.record(failed('network', { kind: 'copy' }));
    await clock.advance(60 * minute);
    expect(tried).toEqual([]);
    expect(told).toHaveLength(1);
    await flow.record(failed('io', { kind: 'restore' }));
    expect(told).toHaveLength(2);
  });

  it('is tried soon after a start', async () => {
    const { flow, clock, memory, plans, tried } = await rig();
    await memory.update('home', { failures: 1, failedJobId: 'before' });
    flow.resume([...plans.values(), planOf({ id: 'fine' })]);
    await clock.advance(minute);
    expect(tried).toEqual(['home']);
  });

  it('nothing is tried, or complained of, once the agent ends', async () => {
    const { flow, clock, stop, tried, troubles } = await rig();
    await flow.record(failed('network'));
    stop.abort(new Error('ends'));
    await clock.advance(60 * minute);
    expect(tried).toEqual([]);
    expect(troubles).toEqual([]);
  });

  it.each(['cancelled', 'skipped', 'interrupted'] as const)('one that was %s is only recorded', async (state) => {
    const { flow, history, notices, memory, clock, queued } = await rig();
    const job = done({ state });
    await flow.record(job);
    expect(await history.get(job.id)).toBeDefined();
    expect(notices.list()).toEqual([]);
    expect(memory.get('home').failures).toBe(0);
    expect(clock.sleeping).toBe(0);
    expect(queued()).toEqual([]);
  });
});
