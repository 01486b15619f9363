/** What Home says of plans, and which action it offers. */
import { describe, expect, it } from 'vitest';
import { adviceOf } from '../../../renderer/views/home/advice-of.ts';
import { needAttention, type PlanView, summaryOf } from '../../../renderer/views/home/summary-of.ts';
import type { ErrorCode } from '../../../src/base/errors.ts';
import { planSchema } from '../../../src/config/plan.ts';

function planView(id: string, given: Partial<PlanView> = {}): PlanView {
  const plan = planSchema.parse({
    id,
    name: id,
    sources: ['/home'],
    trigger: { kind: 'manual' },
    repositories: ['default'],
    createdAt: '2026-11-01T00:00:00Z',
  });
  return { plan, state: 'ok', reasons: [], triggerText: '', lastGoodAt: '2026-11-20T10:00:00Z', ...given };
}

function failedWith(code: ErrorCode, context: Record<string, boolean> = {}): PlanView {
  const error = { code, message: 'no', retry: 'never' as const, context };
  const job = {
    id: 'job-1',
    kind: 'backup',
    state: 'failed',
    trigger: 'schedule',
    repositoryIds: ['default'],
    input: {},
    attempt: 1,
    createdAt: '2026-11-20T10:00:00Z',
  } as const;
  return planView('files', { state: 'failed', lastJob: { ...job, error, repositoryIds: ['default'] } });
}

describe('the summary', () => {
  it('is the worst of all plans, and the newest of their times', () => {
    const ok = planView('a', { lastProvenAt: '2026-11-19T00:00:00Z' });
    const newer = planView('b', { lastGoodAt: '2026-11-21T10:00:00Z' });
    expect(summaryOf([ok, newer])).toEqual({
      state: 'safe',
      count: 2,
      lastGoodAt: '2026-11-21T10:00:00Z',
      lastProvenAt: '2026-11-19T00:00:00Z',
    });
    const { lastGoodAt: _none, ...never } = planView('c', { state: 'never' });
    expect(summaryOf([ok, never])).toMatchObject({ state: 'never', count: 1 });
    expect(summaryOf([ok, never, planView('d', { state: 'running' })])).toMatchObject({ state: 'running' });
    expect(summaryOf([planView('d', { state: 'running' }), planView('e', { state: 'overdue' })])).toMatchObject({
      state: 'attention',
    });
    expect(summaryOf([planView('e', { state: 'held' }), failedWith('io'), failedWith('io')])).toMatchObject({
      state: 'problem',
      count: 2,
    });
  });

  it('puts what failed first, then what is held, then what is overdue', () => {
    const all = [
      planView('a'),
      planView('b', { state: 'overdue' }),
      planView('c', { state: 'held' }),
      failedWith('io'),
    ];
    expect(needAttention(all).map(({ plan }) => plan.id)).toEqual(['files', 'c', 'b']);
  });
});

describe('the advice', () => {
  it.each<[ErrorCode, string]>([
    ['io', 'run'],
    ['network', 'run'],
    ['no-space', 'run'],
    ['wrong-password', '/repositories/default'],
    ['no-repository', '/repositories/default'],
    ['locked', '/repositories/default'],
    ['invalid-input', '/plans/files'],
    ['permission', '/jobs/job-1'],
  ])('for %s is %s', (code, expected) => {
    const advice = adviceOf(failedWith(code));
    expect('path' in advice ? advice.path : advice.action).toBe(expected);
  });

  it('tells a source that was emptied from one that is missing', () => {
    expect(adviceOf(failedWith('source-missing'))).toEqual({ action: 'run' });
    expect(adviceOf(failedWith('source-missing', { emptied: true }))).toEqual({ action: 'emptied' });
  });

  it('for a held plan is to release it, for an overdue one to run it', () => {
    expect(adviceOf(planView('a', { state: 'held' }))).toEqual({ action: 'release' });
    expect(adviceOf(planView('a', { state: 'overdue' }))).toEqual({ action: 'run' });
  });
});
