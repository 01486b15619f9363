import { expect, it } from 'vitest';
import { itemId, parseItemId, scheduledItems } from '../../../../src/agent/schedule/timetable.ts';
import { repositorySchema } from '../../../../src/config/repository.ts';
import { planOf } from '../plan-for-tests.ts';
import { remoteOf } from '../remotes/remote-for-tests.ts';

const repository = (id: string) =>
  repositorySchema.parse({ id, name: id, location: `/${id}`, repositoryId: id, createdAt: '2026-03-01T12:00:00Z' });
const daily = { kind: 'cron', expression: '0 3 * * *' } as const;
const continuous = { kind: 'continuous', quietSeconds: 1, atLeastEveryMinutes: 1, fullScanHours: 24 } as const;

it('has the runs and drills of plans, and the upkeep of repositories that something writes to, and backups on remotes', () => {
  const items = scheduledItems({
    plans: [planOf({ drill: daily, repositories: ['disk', 'nas'] }), planOf({ id: 'live', trigger: continuous })],
    repositories: [repository('disk'), repository('nas'), repository('unused'), repository('copies')],
    remotes: [
      remoteOf({ schedule: { trigger: daily, order: {}, conditions: {} } }),
      remoteOf({ id: 'by-hand', ingestInto: 'copies' }),
    ],
  });
  expect(items.map(({ id }) => id)).toEqual([
    'plan:home',
    'drill:home',
    'check:disk',
    'prune:disk',
    'check:nas',
    'prune:nas',
    'check:copies',
    'prune:copies',
    'remote:panel',
  ]);
  expect(items[1]).toMatchObject({ trigger: daily, since: new Date('2026-03-01T12:00:00Z') });
});

it('reads its own ids, and no others', () => {
  for (const one of [
    { kind: 'plan', planId: 'a-1' },
    { kind: 'drill', planId: 'a-1' },
    { kind: 'check', repositoryId: 'disk' },
    { kind: 'prune', repositoryId: 'disk' },
    { kind: 'remote', remoteId: 'panel' },
  ] as const) {
    expect(parseItemId(itemId(one))).toEqual(one);
  }
  expect(parseItemId('sync:x')).toBeUndefined();
  expect(parseItemId('plan:')).toBeUndefined();
});
