import { describe, expect, it } from 'vitest';
import { followUpsOf } from '../../../../src/agent/flow/follow-ups.ts';
import { jobOf, planOf } from '../plan-for-tests.ts';

const plan = planOf({ repositories: ['disk', 'nas', 'usb'], retention: { daily: 7 } });
const facts = { plan, hostname: 'laptop', held: false, retentionDue: () => true };
const names = (ups: ReturnType<typeof followUpsOf>) => ups.map(({ kind, repositoryIds }) => `${kind} ${repositoryIds}`);

describe('what follows a job', () => {
  it('copies a backup to the other repositories, and forgets in the first', () => {
    const ups = followUpsOf(jobOf(), facts);
    expect(names(ups)).toEqual(['copy nas', 'copy usb', 'forget disk']);
    expect(ups[0]).toMatchObject({
      readRepositoryIds: ['disk'],
      planId: 'home',
      input: { planId: 'home', from: 'disk', to: 'nas', hostname: 'laptop' },
    });
    expect(ups[2]?.input).toMatchObject({ repositoryId: 'disk', retention: { daily: 7 } });
  });

  it('copies from where the job wrote to, though the plan names others since', () => {
    const ups = followUpsOf(jobOf({ repositoryIds: ['old'] }), facts);
    expect(names(ups)).toEqual(['copy disk', 'copy nas', 'copy usb']);
    expect(ups[0]).toMatchObject({ readRepositoryIds: ['old'], input: { from: 'old', to: 'disk' } });
  });

  it('forgets in another repository after the copy to it', () => {
    expect(names(followUpsOf(jobOf({ kind: 'copy', repositoryIds: ['usb'] }), facts))).toEqual(['forget usb']);
  });

  it('forgets nothing while a warning sign holds the plan, or without retention', () => {
    expect(names(followUpsOf(jobOf(), { ...facts, held: true }))).toEqual(['copy nas', 'copy usb']);
    expect(followUpsOf(jobOf({ kind: 'copy', repositoryIds: ['usb'] }), { ...facts, held: true })).toEqual([]);
    expect(followUpsOf(jobOf(), { ...facts, plan: planOf() })).toEqual([]);
  });

  it('forgets nothing where retention was applied just now', () => {
    const retentionDue = (id: string) => id === 'nas';
    expect(names(followUpsOf(jobOf(), { ...facts, retentionDue }))).toEqual(['copy nas', 'copy usb']);
    expect(names(followUpsOf(jobOf({ kind: 'copy', repositoryIds: ['nas'] }), { ...facts, retentionDue }))).toEqual([
      'forget nas',
    ]);
  });

  it('forgets nothing in a repository that the plan has no more', () => {
    expect(followUpsOf(jobOf({ kind: 'copy', repositoryIds: ['old'] }), facts)).toEqual([]);
  });

  it.each(['failed', 'cancelled', 'skipped', 'interrupted'] as const)('nothing follows a job that was %s', (state) => {
    expect(followUpsOf(jobOf({ state }), facts)).toEqual([]);
  });

  it('nothing follows the rest', () => {
    for (const kind of ['forget', 'prune', 'check', 'drill', 'restore'] as const) {
      expect(followUpsOf(jobOf({ kind }), facts)).toEqual([]);
    }
  });
});
