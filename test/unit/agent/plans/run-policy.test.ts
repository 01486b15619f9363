import { describe, expect, it } from 'vitest';
import { decideRun, type RunFacts } from '../../../../src/agent/plans/run-policy.ts';

const now = new Date('2026-11-27T12:00:00Z');
const facts: RunFacts = {
  plan: {},
  trigger: 'schedule',
  readiness: { ready: true },
  alreadyQueued: false,
  waitingFor: undefined,
  now,
};
const decide = (more: Partial<RunFacts>) => decideRun({ ...facts, ...more });
const onBattery = { ready: false, reasons: [{ type: 'on-battery' }, { type: 'metered' }] } as const;
const paused = { paused: { since: now.toISOString(), until: '2026-11-27T13:00:00.000Z' } };

describe('what is due', () => {
  it('runs when nothing is in the way', () => {
    expect(decide({})).toEqual({ kind: 'enqueue' });
    expect(decide({ trigger: 'catch-up', plan: { paused: { until: '2026-11-27T11:00:00.000Z' } } })).toEqual({
      kind: 'enqueue',
    });
  });

  it('does not run twice', () => {
    expect(decide({ alreadyQueued: true })).toEqual({ kind: 'ignore' });
    expect(decide({ alreadyQueued: true, trigger: 'manual' })).toEqual({ kind: 'ignore' });
    expect(decide({ alreadyQueued: true, readiness: onBattery })).toEqual({ kind: 'ignore' });
  });

  it('is skipped with its reason, which is new once', () => {
    const reason = { type: 'on-battery', text: 'This computer runs on battery.' };
    for (const trigger of ['schedule', 'catch-up', 'change', 'retry', 'follow-up'] as const) {
      expect(decide({ readiness: onBattery, trigger })).toEqual({ kind: 'skip', reason, isNew: true });
    }
    expect(decide({ readiness: onBattery, waitingFor: 'on-battery' })).toEqual({ kind: 'skip', reason, isNew: false });
    expect(decide({ readiness: onBattery, waitingFor: 'offline' })).toMatchObject({ isNew: true });
  });

  it('is skipped while the plan is paused, whatever else', () => {
    expect(decide({ plan: paused })).toMatchObject({ kind: 'skip', reason: { type: 'paused' } });
    expect(decide({ plan: paused, readiness: onBattery, waitingFor: 'paused' })).toMatchObject({
      reason: { type: 'paused' },
      isNew: false,
    });
    expect(decide({ plan: { paused: {} } })).toMatchObject({ reason: { text: expect.stringContaining('resumed') } });
  });

  it('runs by hand in spite of conditions and pauses', () => {
    expect(decide({ trigger: 'manual', plan: paused, readiness: onBattery })).toEqual({ kind: 'enqueue' });
  });
});
