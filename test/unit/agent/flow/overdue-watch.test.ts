import { afterEach, beforeEach, expect, it } from 'vitest';
import { OverdueWatch } from '../../../../src/agent/flow/overdue-watch.ts';
import { Notices } from '../../../../src/agent/notices.ts';
import { PlanMemory } from '../../../../src/agent/plans/plan-memory.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { type TemporaryFolder, temporaryFolder } from '../../../support/temporary-folder.ts';
import { planOf } from '../plan-for-tests.ts';

const minute = 60_000;
const hour = 60 * minute;

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder[Symbol.asyncDispose]());

async function rig() {
  const clock = new FakeClock('2026-03-01T12:00:00Z');
  const stop = new AbortController();
  const told: string[] = [];
  const notices = await Notices.open({ path: folder.at('notices.json'), clock, onTrouble: () => undefined });
  notices.subscribe(({ code, planId, message }) => told.push(`${code} ${planId}: ${message}`));
  const memory = await PlanMemory.open(folder.at('plans.json'), clock);
  const watch = new OverdueWatch({ plans: () => [planOf({ overdueIntervals: 3 })], memory, notices, clock });
  const running = watch.run(stop.signal);
  return { clock, stop, told, memory, running };
}

it('tells of a plan without a good backup for its intervals, once a day', async () => {
  const { clock, told } = await rig();
  await clock.advance(3 * hour);
  expect(told).toEqual([]);
  await clock.advance(10 * minute);
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(/^plan-overdue home: .*for 3 of its intervals. It has never been backed up/);
  await clock.advance(20 * hour);
  expect(told).toHaveLength(1);
  await clock.advance(5 * hour);
  expect(told).toHaveLength(2);
});

it('tells nothing where a catch-up comes before the next look: after a sleep, or a start', async () => {
  const { clock, told, memory } = await rig();
  clock.jumpWallClock(24 * hour);
  await clock.advance(5 * minute);
  await memory.update('home', { lastGood: { time: clock.now().toISOString(), repositoryId: 'disk' } });
  await clock.advance(2 * hour);
  expect(told).toEqual([]);
});

it('ends when it is told to', async () => {
  const { clock, stop, running } = await rig();
  stop.abort();
  await running;
  expect(clock.sleeping).toBe(0);
});
