import { describe, expect, it } from 'vitest';
import { UpkeepRuns } from '../../../../src/agent/flow/upkeep-runs.ts';
import type { Readiness } from '../../../../src/agent/readiness/policy.ts';
import type { ReadShare } from '../../../../src/agent/upkeep/read-share.ts';
import { repositorySchema } from '../../../../src/config/repository.ts';
import { QueueRig } from '../../../support/job-queue.ts';
import { planOf } from '../plan-for-tests.ts';

const disk = repositorySchema.parse({
  id: 'disk',
  name: 'Disk',
  location: '/disk',
  repositoryId: 'ab',
  createdAt: '2026-03-01T12:00:00Z',
});

async function rig() {
  const { queue } = new QueueRig([], { maxParallel: 0 });
  await queue.start();
  const state = {
    readiness: { ready: true } as Readiness,
    isBackedUp: true,
    last: undefined as ReadShare | undefined,
    appendOnly: false,
  };
  const upkeep = new UpkeepRuns({
    queue,
    config: () => ({ plans: [planOf()], repositories: [{ ...disk, appendOnly: state.appendOnly }] }),
    readiness: async () => state.readiness,
    isBackedUp: () => state.isBackedUp,
    lastRead: () => state.last,
    signal: new AbortController().signal,
  });
  return { upkeep, state, queued: () => queue.list() };
}

describe('upkeep that is due', () => {
  it('is queued; each check reads the next share', async () => {
    const { upkeep, state, queued } = await rig();
    expect(await upkeep.due('prune', 'disk', 'schedule')).toBe('taken');
    expect(await upkeep.due('check', 'disk', 'catch-up')).toBe('taken');
    expect(queued()).toMatchObject([
      { kind: 'prune', trigger: 'schedule', repositoryIds: ['disk'], input: { repositoryId: 'disk' } },
      { kind: 'check', trigger: 'catch-up', input: { repositoryId: 'disk', share: { part: 1, of: 20 } } },
    ]);
    state.last = { part: 1, of: 20 };
    await upkeep.due('check', 'disk', 'schedule');
    expect(queued().at(-1)?.input).toMatchObject({ share: { part: 2, of: 20 } });
  });

  it('waits while its repository is out of reach', async () => {
    const { upkeep, state, queued } = await rig();
    state.readiness = { ready: false, reasons: [{ type: 'on-battery' }] };
    for (const due of [upkeep.due('prune', 'disk', 'schedule'), upkeep.drillDue('home', 'schedule')]) {
      expect(await due).toBe('later');
    }
    expect(queued()).toEqual([]);
  });

  it('is no prune where the store is append-only', async () => {
    const { upkeep, state, queued } = await rig();
    state.appendOnly = true;
    expect(await upkeep.due('prune', 'disk', 'schedule')).toBe('taken');
    expect(queued()).toEqual([]);
  });

  it('a drill waits for the first backup', async () => {
    const { upkeep, state, queued } = await rig();
    state.isBackedUp = false;
    expect(await upkeep.drillDue('home', 'schedule')).toBe('later');
    state.isBackedUp = true;
    expect(await upkeep.drillDue('home', 'schedule')).toBe('taken');
    expect(queued()).toMatchObject([{ kind: 'drill', planId: 'home', repositoryIds: ['disk'] }]);
  });

  it('of what is gone is taken, and nothing is done', async () => {
    const { upkeep, queued } = await rig();
    expect(await upkeep.due('check', 'old', 'schedule')).toBe('taken');
    expect(await upkeep.drillDue('old', 'schedule')).toBe('taken');
    expect(queued()).toEqual([]);
  });

  it('by hand runs whatever the conditions', async () => {
    const { upkeep, state, queued } = await rig();
    state.readiness = { ready: false, reasons: [{ type: 'on-battery' }] };
    await upkeep.checkNow(disk, 0);
    await upkeep.pruneNow(disk);
    await upkeep.drillNow(planOf());
    expect(queued().map(({ kind, trigger }) => `${kind} ${trigger}`)).toEqual([
      'check manual',
      'prune manual',
      'drill manual',
    ]);
    expect(queued()[0]?.input).toEqual({ repositoryId: 'disk' });
  });
});
