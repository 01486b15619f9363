import { describe, expect, it } from 'vitest';
import type { RunnerServices } from '../../../src/server/backups/runner.ts';
import { BackupService } from '../../../src/server/backups/service.ts';
import { TaskRuns } from '../../../src/server/backups/task-runs.ts';
import { Catalog } from '../../../src/server/catalog/catalog.ts';
import type { TaskOrder } from '../../../src/server/catalog/tasks.ts';
import { serverConfigSchema } from '../../../src/server/config/server-config.ts';
import { QueueRig } from '../../support/job-queue.ts';

const minuteMs = 60_000;
const hourly: TaskOrder = {
  engine: 'redis',
  database: 'redis',
  frequency: '0 * * * *',
  gzip: false,
  excludedTables: [],
  onReplica: false,
};

/** Tasks with a queue whose jobs the test ends. @param limits of the scope */
async function rig(limits: object = {}) {
  const jobs = new QueueRig();
  await jobs.queue.start();
  const { clock, queue } = jobs;
  const config = serverConfigSchema.parse({
    version: 1,
    scopes: [{ id: 's', name: 's', dialect: 'stacks', limits, databases: [{ engine: 'redis' }] }],
  });
  const catalog = Catalog.open(':memory:');
  const reported: string[] = [];
  const report = (error: unknown) => reported.push(String(error));
  // The service asks no more of it.
  const services = { catalog, clock } as unknown as RunnerServices;
  const backups = new BackupService(services, queue);
  const tasks = new TaskRuns({ config: () => config, catalog, backups, clock, report });
  const [scope] = config.scopes;
  return {
    catalog,
    clock,
    tasks,
    reported,
    create: (...orders: TaskOrder[]) => tasks.create(scope!, orders),
    count: () => catalog.backups.count({ scope: 's' }),
    /** All that waits or runs is done. */
    end() {
      const now = clock.now().getTime();
      for (const { id } of catalog.backups.list({ scope: 's' })) catalog.backups.update(id, { state: 'done' }, now);
    },
    next: () => new Date(catalog.tasks.list('s')[0]?.nextAt ?? 0).toISOString(),
    [Symbol.dispose]: () => catalog[Symbol.dispose](),
  };
}

describe('TaskRuns', () => {
  it('makes a first backup at once, then one at each time', async () => {
    using r = await rig();
    await r.create(hourly, { ...hourly, frequency: '30 12 * * *' });
    expect([r.count(), r.next()]).toEqual([2, '2026-03-01T13:00:00.000Z']);
    r.end();
    const stop = new AbortController();
    const running = r.tasks.run(stop.signal);
    await r.clock.advance(29 * minuteMs);
    expect(r.count()).toBe(2);
    await r.clock.advance(2 * minuteMs);
    expect(r.count()).toBe(3);
    r.end();
    await r.clock.advance(30 * minuteMs);
    expect([r.count(), r.next()]).toEqual([4, '2026-03-01T14:00:00.000Z']);
    stop.abort();
    await running;
  });

  it('runs what has no frequency once', async () => {
    using r = await rig();
    const { frequency: _, ...once } = hourly;
    await r.create(once);
    r.end();
    await r.clock.advance(48 * 60 * minuteMs);
    await r.tasks.look();
    expect(r.count()).toBe(1);
  });

  it('catches up once for all the times that were missed', async () => {
    using r = await rig();
    await r.create(hourly);
    r.end();
    await r.clock.advance(1000 * 60 * minuteMs);
    for (let n = 0; n < 3; n++) {
      await r.tasks.look();
      r.end();
    }
    expect(r.count()).toBe(2);
  });

  it('begins no run while the last one is not over', async () => {
    using r = await rig();
    await r.create(hourly);
    for (let n = 0; n < 3; n++) {
      await r.clock.advance(60 * minuteMs);
      await r.tasks.look();
    }
    expect([r.count(), r.next()]).toEqual([1, '2026-03-01T16:00:00.000Z']);
    r.end();
    await r.clock.advance(60 * minuteMs);
    await r.tasks.look();
    expect(r.count()).toBe(2);
  });

  it.each(['while it runs', 'before it starts'])(
    'waits no longer than for its next time where a clock is set back %s',
    async (when) => {
      using r = await rig();
      const yearMs = 365 * 24 * 60 * minuteMs;
      r.clock.jumpWallClock(yearMs);
      await r.create(hourly);
      r.end();
      if (when === 'while it runs') await r.tasks.look();
      r.clock.jumpWallClock(-yearMs);
      await r.tasks.look();
      expect([r.count(), r.next()]).toEqual([1, '2026-03-01T13:00:00.000Z']);
    },
  );

  it('adds all tasks or none, and tells of a run for which there is no room', async () => {
    using r = await rig({ backups: 1 });
    await expect(r.create(hourly, hourly)).rejects.toMatchObject({ code: 'conflict' });
    expect([r.count(), r.catalog.tasks.list('s')]).toEqual([0, []]);
    await r.create(hourly);
    r.end();
    await r.clock.advance(60 * minuteMs);
    await r.tasks.look();
    await r.tasks.look();
    expect([r.count(), r.reported.length, r.next()]).toEqual([1, 1, '2026-03-01T14:00:00.000Z']);
  });
});
