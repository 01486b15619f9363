import { describe, expect, it } from 'vitest';
import type { Remembered } from '../../../../src/agent/plans/plan-memory.ts';
import { type PlanFacts, planStatus } from '../../../../src/agent/plans/plan-status.ts';
import { jobOf, planOf } from '../plan-for-tests.ts';

const now = new Date('2026-03-01T18:00:00Z');
const remembered: Remembered = {
  newest: {},
  figures: [],
  held: [],
  failures: 0,
  lastGood: { time: '2026-03-01T17:30:00.000Z', repositoryId: 'disk' },
};
const facts: PlanFacts = {
  plan: planOf(),
  remembered,
  active: [],
  lastJob: undefined,
  nextRunAt: undefined,
  waitingFor: undefined,
  watching: undefined,
  now,
};

describe('how a plan stands', () => {
  it('is well after a good backup', () => {
    expect(planStatus({ ...facts, nextRunAt: new Date('2026-03-01T18:30:00Z') })).toMatchObject({
      state: 'ok',
      reasons: [],
      lastGoodAt: '2026-03-01T17:30:00.000Z',
      nextRunAt: '2026-03-01T18:30:00.000Z',
      triggerText: 'every hour',
    });
  });

  it('never, before the first', () => {
    const { lastGood: _, ...none } = remembered;
    const plan = planOf({ createdAt: '2026-03-01T17:59:00.000Z' });
    expect(planStatus({ ...facts, plan, remembered: none })).toMatchObject({
      state: 'never',
      reasons: ['It has not been backed up yet.'],
    });
  });

  it('failed, with the reason of the last run', () => {
    const error = { code: 'no-space', message: 'The disk is full.', retry: 'never', context: {} } as const;
    const lastJob = jobOf({ state: 'failed', error });
    expect(planStatus({ ...facts, remembered: { ...remembered, failedJobId: 'job-1' }, lastJob })).toMatchObject({
      state: 'failed',
      reasons: ['The disk is full.'],
      lastJob: { id: 'job-1' },
    });
  });

  it('overdue after three of its intervals, not after two', () => {
    const good = (time: string) => ({ ...remembered, lastGood: { time, repositoryId: 'disk' } });
    expect(planStatus({ ...facts, remembered: good('2026-03-01T15:00:00.000Z') }).state).toBe('overdue');
    expect(planStatus({ ...facts, remembered: good('2026-03-01T15:00:01.000Z') }).state).toBe('ok');
  });

  it('running before queued, and both with their job', () => {
    const queued = jobOf({ id: 'q', state: 'queued' });
    const running = jobOf({ id: 'r', state: 'running' });
    expect(planStatus({ ...facts, active: [queued, running] })).toMatchObject({
      state: 'running',
      activeJob: { id: 'r' },
    });
    expect(planStatus({ ...facts, active: [queued] })).toMatchObject({ state: 'queued', activeJob: { id: 'q' } });
  });

  it('paused, and waiting for a condition', () => {
    const paused = { since: '2026-03-01T17:00:00.000Z', until: '2026-03-01T19:00:00.000Z' };
    expect(planStatus({ ...facts, plan: planOf({ paused }), waitingFor: 'The plan is paused.' })).toMatchObject({
      state: 'paused',
      reasons: ['Paused until 2026-03-01T19:00:00.000Z.'],
    });
    expect(planStatus({ ...facts, waitingFor: 'The machine is on battery.' })).toMatchObject({
      state: 'waiting',
      reasons: ['The machine is on battery.'],
    });
  });

  it('held by a warning sign before everything else, and all reasons are told', () => {
    const held = { ...remembered, held: ['Most files are gone.'], failedJobId: 'job-1' };
    expect(planStatus({ ...facts, remembered: held })).toMatchObject({
      state: 'held',
      reasons: ['Most files are gone.', 'The last run failed.'],
    });
  });
});
