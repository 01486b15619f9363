import { describe, expect, it } from 'vitest';
import { findClockDoubt } from '../../../../src/agent/upkeep/clock-doubt.ts';
import { decideRetention, forgetPolicy } from '../../../../src/agent/upkeep/retention-decision.ts';
import { type Retention, retentionSchema } from '../../../../src/config/retention.ts';
import { idOf } from '../../../../src/format/id.ts';
import { jobKinds, jobStates } from '../../../../src/jobs/job.ts';
import { planForget, type Repository, saveSnapshot } from '../../../../src/repository/mod.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { memoryRepository, unlocked } from '../../repository/test-repository.ts';

const retention: Retention = { daily: 7 };
const decide = (job: Partial<Parameters<typeof decideRetention>[0]['job']>, held = false) =>
  decideRetention({ plan: { retention }, job: { kind: 'backup', state: 'done', ...job }, held });

describe('when retention is applied', () => {
  it('after a good backup or copy, and after nothing else', () => {
    expect(decide({})).toEqual({ kind: 'forget', retention });
    expect(decide({ kind: 'copy' })).toEqual({ kind: 'forget', retention });
    const others = jobKinds.filter((kind) => kind !== 'backup' && kind !== 'copy');
    expect(others.map((kind) => decide({ kind }).kind)).toEqual(others.map(() => 'none'));
    const states = jobStates.filter((state) => state !== 'done');
    expect(states.map((state) => decide({ state }).kind)).toEqual(states.map(() => 'none'));
  });

  it('not while a warning sign waits, of this run or another', () => {
    const hold = { kind: 'hold', text: expect.stringContaining('warning') };
    expect(decide({ warnings: ['Most files are gone.'] })).toEqual(hold);
    expect(decide({}, true)).toEqual(hold);
    expect(decide({ state: 'failed', warnings: ['Most files are gone.'] }, true)).toEqual({ kind: 'none' });
  });

  it('not for a plan that keeps everything', () => {
    expect(decideRetention({ plan: {}, job: { kind: 'backup', state: 'done' }, held: false })).toEqual({
      kind: 'none',
    });
  });
});

const signal = new AbortController().signal;
const dayMs = 86_400_000;
const start = Date.parse('2026-03-01T12:00:00Z');
const day = (number: number) => new Date(start + number * dayMs);
const days = (...numbers: readonly number[]) => numbers.map(day);
const upTo = (count: number) => Array.from({ length: count }, (_, at) => at);

/** A repository with a snapshot of a plan at each of these times. */
async function repositoryOf(
  times: readonly Date[],
  more: { tags?: string[]; paths?: string[] } = {},
): Promise<Repository> {
  const repository = await memoryRepository();
  for (const time of times) await addSnapshot(repository, time, more);
  return repository;
}

async function addSnapshot(
  repository: Repository,
  time: Date,
  { tags = ['plan:p'], paths = ['/src'] } = {},
): Promise<void> {
  const tree = idOf(Buffer.from('tree'));
  await saveSnapshot(unlocked(repository), { time: time.toISOString(), tree, paths, hostname: 'host', tags }, signal);
}

async function removedBy(repository: Repository, policy: Retention, now: Date): Promise<string[]> {
  const plan = await planForget(
    repository,
    {
      policy: forgetPolicy(policy),
      groupBy: { host: true, paths: true, tags: false },
      filter: { hosts: ['host'], tags: [['plan:p']] },
      allowRemoveAll: false,
    },
    { signal, clock: new FakeClock(now) },
  );
  return plan.remove.map(({ snapshot }) => snapshot.time);
}

describe('by which policy', () => {
  it('passes the rules on', () => {
    expect(forgetPolicy({ daily: 7, weekly: 'unlimited', within: '1y30d', last: 3 })).toEqual({
      daily: 7,
      weekly: 'unlimited',
      last: 3,
      within: { years: 1, months: 0, days: 30, hours: 0 },
    });
    const odd = retentionSchema.parse({ last: 0, daily: 1, hourly: undefined });
    expect(forgetPolicy(odd)).toEqual({ daily: 1, last: 1 });
  });

  it('keeps the newest of each group, also by a retention of tags alone', async () => {
    const repository = await repositoryOf(days(0, 1, 2));
    expect(await removedBy(repository, { tags: [['precious']] }, day(3))).toHaveLength(2);
  });

  it('leaves the snapshots of others, and the last ones of sources that are no longer in the plan', async () => {
    const repository = await repositoryOf(days(0, 1), { paths: ['/src', '/gone'] });
    await addSnapshot(repository, day(0), { tags: ['by hand'] });
    for (const time of days(2, 3, 4)) await addSnapshot(repository, time);
    expect((await removedBy(repository, { last: 1 }, day(5))).toSorted()).toEqual(
      days(0, 2, 3).map((at) => at.toISOString()),
    );
  });
});

describe('a clock that jumps', () => {
  it('400 days forward would expire everything, and is doubted', async () => {
    const times = [...days(...upTo(20)), day(419)];
    const repository = await repositoryOf(times);
    expect(await removedBy(repository, { within: '30d' }, day(419))).toHaveLength(20);
    expect(findClockDoubt(times)).toMatchObject({
      before: day(19),
      after: day(419),
      text: expect.stringContaining('400 days'),
    });
  });

  it('forward and back again expires nothing for it', async () => {
    const times = days(...upTo(20));
    const repository = await repositoryOf([...times, day(419)]);
    expect(await removedBy(repository, { within: '30d', daily: 20 }, day(20))).toEqual([]);
    expect(findClockDoubt(times)).toBeUndefined();
  });

  it('400 days back expires nothing for it', async () => {
    const repository = await repositoryOf([...days(...upTo(20)), day(-380)]);
    expect(await removedBy(repository, { within: '30d', daily: 3 }, day(-380))).toEqual([]);
  });

  it.each<[string, readonly number[], boolean]>([
    ['no snapshots', [], false],
    ['one', [0], false],
    ['a habit of weeks', [0, 7, 14, 21, 28], false],
    ['weeks, which are no habit yet', [0, 7, 14, 21], true],
    ['weekdays and weekends', [0, 1, 2, 3, 4, 7, 8, 9, 10, 11, 14], false],
    ['two far apart', [0, 400], true],
    ['an absence, just back', [0, 1, 2, 3, 43], true],
    ['an absence, many runs within an hour', [0, 1, 2, 3, 43, 43.01, 43.02, 43.03, 43.04], true],
    ['an absence, back for days', [0, 1, 2, 3, 43, 44, 45, 46], false],
    ['an absence, one run in days', [0, 1, 2, 3, 43, 46], true],
    ['an older absence that is over', [0, 1, 41, 42, 43, 44, 45], false],
    ['a second absence as long as the first', [0, 1, 41, 42, 43, 44, 84], true],
    ['a third absence as long as the others', [0, 1, 41, 42, 43, 44, 84, 85, 86, 87, 127], false],
    ['a jump back, and later one forward', [-400, 0, 1, 2, 400], true],
  ])('%s', (_, numbers, doubted) => {
    expect(findClockDoubt(days(...numbers).toReversed()) !== undefined).toBe(doubted);
  });
});
