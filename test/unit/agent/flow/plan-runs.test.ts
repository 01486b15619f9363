import { describe, expect, it } from 'vitest';
import { PlanRuns } from '../../../../src/agent/flow/plan-runs.ts';
import type { Readiness } from '../../../../src/agent/readiness/policy.ts';
import type { Due } from '../../../../src/agent/schedule/assess-item.ts';
import type { Plan } from '../../../../src/config/plan.ts';
import type { Job } from '../../../../src/jobs/job.ts';
import { JobQueue } from '../../../../src/jobs/queue.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { planOf } from '../plan-for-tests.ts';

const onTime: Due = { dueAt: new Date('2026-03-01T12:00:00Z'), missed: 0, late: false };
const onBattery: Readiness = { ready: false, reasons: [{ type: 'on-battery' }] };

/** Plan runs on a real queue whose jobs wait for a place, so that it can be seen what is queued. */
async function harness() {
  const clock = new FakeClock();
  const recorded: Job[] = [];
  const putOff: string[] = [];
  const state: { plan: Plan | undefined; readiness: Readiness } = { plan: planOf(), readiness: { ready: true } };
  const queue = new JobQueue({
    clock,
    store: { load: async () => [], save: async () => undefined },
    run: async () => ({}),
    record: async (job) => void recorded.push(job),
    onChange: () => undefined,
    onTrouble: (error) => {
      throw error;
    },
    maxParallel: 0,
  });
  await queue.start();
  const runs = new PlanRuns({
    queue,
    findPlan: () => state.plan,
    readiness: async () => state.readiness,
    clock,
    onPutOff: (_, { text }) => putOff.push(text),
    signal: new AbortController().signal,
  });
  const queued = () =>
    queue.list().map(({ trigger, reason }) => (reason === undefined ? trigger : `${trigger}: ${reason}`));
  return { runs, queue, state, recorded, putOff, queued, clock };
}

describe('runs of plans', () => {
  it('what is due is queued, and taken', async () => {
    const { runs, queue, queued } = await harness();
    expect(await runs.due('home', onTime)).toBe('taken');
    expect(queued()).toEqual(['schedule']);
    expect(queue.list()[0]).toMatchObject({ planId: 'home', repositoryIds: ['disk'], input: { planId: 'home' } });
  });

  it('what was missed is caught up with once, and says for how many', async () => {
    const { runs, queued } = await harness();
    await runs.due('home', { ...onTime, late: true, missed: 4 });
    await runs.due('home', { ...onTime, late: true, missed: 4 });
    expect(queued()).toEqual(['catch-up: Also for 4 earlier runs that were missed.']);
  });

  it('what is not ready stays due; it is recorded and told once for each reason', async () => {
    const { runs, state, recorded, putOff, queued } = await harness();
    state.readiness = onBattery;
    expect(await runs.due('home', onTime)).toBe('later');
    expect(await runs.due('home', onTime)).toBe('later');
    expect(recorded).toMatchObject([{ state: 'skipped', reason: putOff[0] }]);
    expect(runs.waitingFor('home')).toMatchObject({ type: 'on-battery' });
    state.readiness = { ready: false, reasons: [{ type: 'offline' }] };
    await runs.due('home', onTime);
    expect(putOff).toHaveLength(2);
    state.readiness = { ready: true };
    expect(await runs.due('home', onTime)).toBe('taken');
    expect(queued()).toEqual(['schedule']);
    expect(runs.waitingFor('home')).toBeUndefined();
  });

  it('a change that was put off is asked about again when readiness changes', async () => {
    const { runs, state, queued } = await harness();
    state.readiness = onBattery;
    await runs.ask('home', 'change');
    await runs.recheck();
    expect(queued()).toEqual([]);
    state.readiness = { ready: true };
    await runs.recheck();
    expect(queued()).toEqual(['change']);
    await runs.recheck();
    expect(queued()).toEqual(['change']);
  });

  it('what the scheduler asks about again is left to it', async () => {
    const { runs, state, queued } = await harness();
    state.readiness = onBattery;
    await runs.due('home', onTime);
    state.readiness = { ready: true };
    await runs.recheck();
    expect(queued()).toEqual([]);
  });

  it('by hand runs whatever the conditions, paused or not', async () => {
    const { runs, state, queued } = await harness();
    state.readiness = onBattery;
    state.plan = planOf({ paused: {} });
    await runs.runNow(state.plan, { full: true, allowEmpty: false });
    expect(queued()).toEqual(['manual']);
  });

  it('a paused plan waits until the pause is over', async () => {
    const { runs, state, queued, clock } = await harness();
    state.plan = planOf({ paused: { until: '2026-03-01T13:00:00.000Z' } });
    await runs.ask('home', 'change');
    expect(queued()).toEqual([]);
    await clock.advance(3_600_000);
    await runs.recheck();
    expect(queued()).toEqual(['change']);
  });

  it('a plan that is gone is asked about no more, and keeps no other from being asked about', async () => {
    const { runs, state, queued } = await harness();
    state.readiness = onBattery;
    await runs.ask('home', 'change');
    state.plan = undefined;
    state.readiness = { ready: true };
    await runs.recheck();
    expect(await runs.due('home', onTime)).toBe('taken');
    expect(queued()).toEqual([]);
    expect(runs.waitingFor('home')).toBeUndefined();
  });

  it('a plan that is deleted or paused while its readiness is found out is not queued', async () => {
    for (const after of [undefined, planOf({ paused: {} })]) {
      const { runs, state, queued } = await harness();
      const asking = runs.ask('home', 'change');
      state.plan = after;
      await asking;
      expect(queued()).toEqual([]);
    }
  });

  it('two that ask at once record one skipped run', async () => {
    const { runs, state, recorded } = await harness();
    state.readiness = onBattery;
    await Promise.all([runs.ask('home', 'change'), runs.due('home', onTime)]);
    expect(recorded).toHaveLength(1);
    state.readiness = { ready: true };
    await runs.recheck();
    expect(runs.waitingFor('home')).toBeUndefined();
  });
});
