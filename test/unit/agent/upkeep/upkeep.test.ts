import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decideRun } from '../../../../src/agent/plans/run-policy.ts';
import { evaluateReadiness, type ReadinessFacts } from '../../../../src/agent/readiness/policy.ts';
import { nextReadShare, type ReadShare, readSubsetOf } from '../../../../src/agent/upkeep/read-share.ts';
import { upkeepConditions } from '../../../../src/agent/upkeep/upkeep-conditions.ts';
import { UpkeepMemory } from '../../../../src/agent/upkeep/upkeep-memory.ts';
import { repositoryInputSchema } from '../../../../src/config/repository.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

describe('the share that is read back', () => {
  it.each([
    [5, 20],
    [30, 4],
    [60, 2],
    [100, 1],
    [1, 100],
  ])('of %i %% is another one each time, until all was read', (percent, checks) => {
    const seen: ReadShare[] = [];
    for (let check = 0; check < checks; check++) seen.push(nextReadShare(percent, seen.at(-1))!);
    expect(seen.map(({ part }) => part)).toEqual(Array.from({ length: checks }, (_, at) => at + 1));
    expect(seen.every(({ of }) => of === checks && 100 / of <= percent)).toBe(true);
    expect(nextReadShare(percent, seen.at(-1))).toEqual({ part: 1, of: checks });
  });

  it('is none at 0, and begins at the first part', () => {
    expect(nextReadShare(0, undefined)).toBeUndefined();
    expect(nextReadShare(0, { part: 3, of: 20 })).toBeUndefined();
    expect(nextReadShare(5, undefined)).toEqual({ part: 1, of: 20 });
  });

  it('goes on from about the same place when the percentage is changed', () => {
    expect(nextReadShare(50, { part: 10, of: 20 })).toEqual({ part: 2, of: 2 });
    expect(nextReadShare(1, { part: 10, of: 20 })).toEqual({ part: 51, of: 100 });
    expect(nextReadShare(100, { part: 10, of: 20 })).toEqual({ part: 1, of: 1 });
  });

  it('is a part as the engine takes it', () => {
    expect(readSubsetOf({ part: 3, of: 20 })).toEqual({ kind: 'part', part: 3, of: 20 });
    expect(readSubsetOf({ part: 1, of: 1 })).toEqual({ kind: 'all' });
  });

  it('is remembered over restarts, and lost without harm', async () => {
    await using folder = await temporaryFolder();
    const options = { path: folder.at('upkeep.json'), clock: new FakeClock() };
    const first = await UpkeepMemory.open(options);
    expect(first.lastRead('nas')).toBeUndefined();
    await Promise.all([first.noteRead('nas', { part: 3, of: 20 }), first.noteRead('usb', { part: 1, of: 2 })]);
    const second = await UpkeepMemory.open(options);
    expect([second.lastRead('nas'), second.lastRead('usb')]).toEqual([
      { part: 3, of: 20 },
      { part: 1, of: 2 },
    ]);
    writeFileSync(options.path, '{"version":1,"repositories":{"nas":{"lastRead":{"part":0}}}}');
    const third = await UpkeepMemory.open(options);
    expect(third.lastRead('nas')).toBeUndefined();
    expect(third.notices).toHaveLength(1);
  });
});

describe('upkeep on battery', () => {
  const facts = (onBattery: boolean | 'unknown'): ReadinessFacts => ({
    minuteOfDay: 0,
    network: { online: 'unknown', metered: 'unknown', wifiName: 'unknown' },
    networkSteadyMs: Number.POSITIVE_INFINITY,
    power: { onBattery, batteryPercent: 'unknown' },
    paths: new Map(),
    repositories: [],
  });
  const decide = (notOnBattery: boolean | undefined, onBattery: boolean | 'unknown') => {
    const upkeep = notOnBattery === undefined ? {} : { notOnBattery };
    const repository = repositoryInputSchema.parse({ name: 'NAS', location: '/backup', upkeep });
    const readiness = evaluateReadiness(upkeepConditions(repository), facts(onBattery));
    const now = new Date();
    return decideRun({ plan: {}, trigger: 'schedule', readiness, alreadyQueued: false, waitingFor: undefined, now });
  };

  it('waits if so set, and so it is by default', () => {
    expect(decide(undefined, true)).toMatchObject({ kind: 'skip', reason: { type: 'on-battery' } });
    expect(decide(true, true)).toMatchObject({ kind: 'skip' });
  });

  it('runs else, and where nobody knows', () => {
    expect([decide(false, true), decide(true, false), decide(true, 'unknown')].map(({ kind }) => kind)).toEqual([
      'enqueue',
      'enqueue',
      'enqueue',
    ]);
  });
});
