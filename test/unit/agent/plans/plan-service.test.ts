import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PlanService } from '../../../../src/agent/plans/plan-service.ts';
import { ConfigStore } from '../../../../src/agent/state/config-store.ts';
import { type PlanInput, planInputSchema } from '../../../../src/config/plan.ts';
import { repositorySchema } from '../../../../src/config/repository.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { type TemporaryFolder, temporaryFolder } from '../../../support/temporary-folder.ts';

let folder: TemporaryFolder;
let store: ConfigStore;
let plans: PlanService;

beforeEach(async () => {
  folder = await temporaryFolder();
  const clock = new FakeClock();
  store = await ConfigStore.open({ path: folder.at('config.json'), clock });
  plans = new PlanService({ store, clock });
  await store.update(({ repositories }) => {
    const disk = { id: 'disk', name: 'Disk', location: '/disk', repositoryId: 'ab', createdAt: '2026-03-01T12:00:00Z' };
    repositories.push(repositorySchema.parse(disk));
  });
});
afterEach(() => folder[Symbol.asyncDispose]());

const input = (some: Partial<PlanInput> = {}): PlanInput =>
  planInputSchema.parse({
    name: 'Écriture & photos',
    sources: ['/home/me'],
    trigger: { kind: 'manual' },
    repositories: ['disk'],
    ...some,
  });

describe('plans', () => {
  it('get ids that people can read, and that are never the same', async () => {
    expect((await plans.create(input())).id).toBe('ecriture-photos');
    expect((await plans.create(input())).id).toBe('ecriture-photos-2');
    expect((await plans.create(input({ name: '日本' }))).id).toBe('item');
    expect(plans.all).toHaveLength(3);
  });

  it('keep id, time of making and pause when they are changed', async () => {
    const { id, createdAt } = await plans.create(input());
    await plans.pause(id, 'resumed');
    const changed = await plans.update(id, input({ name: 'Other' }));
    expect(changed).toMatchObject({ id, createdAt, name: 'Other', paused: { since: expect.any(String) } });
    expect(await plans.resume(id)).not.toHaveProperty('paused');
  });

  it('a change made from what was there before is refused', async () => {
    const { id, revision } = await plans.create(input());
    expect((await plans.update(id, input({ name: 'Other' }), revision)).revision).toBe(1);
    await plans.pause(id, 'resumed');
    await expect(async () => plans.update(id, input({ name: 'Late' }), 1)).rejects.toMatchObject({ code: 'conflict' });
    expect(plans.get(id)).toMatchObject({ name: 'Other', revision: 2 });
    expect((await plans.update(id, input({ name: 'Whatever' }))).revision).toBe(3);
    expect(plans.export().plans[0]).not.toHaveProperty('revision');
  });

  it.each([
    ['a repository that is not there', input({ repositories: ['nas'] }), 'not-found', 'There is no repository "nas".'],
    [
      'a cron expression that is none',
      input({ trigger: { kind: 'cron', expression: 'often' } }),
      'invalid-input',
      'often',
    ],
    [
      'a drill that never runs',
      input({ drill: { kind: 'cron', expression: '0 0 31 2 *' } }),
      'invalid-input',
      '0 0 31 2 *',
    ],
    [
      'a preset that is not there',
      input({ excludes: { ...input().excludes, presets: ['nonsense'] } }),
      'invalid-input',
      'nonsense',
    ],
  ])('refuses %s, and keeps nothing of it', async (_, bad, code, text) => {
    const make = async () => plans.create(bad);
    await expect(make()).rejects.toMatchObject({ code, message: expect.stringContaining(text) });
    expect(plans.all).toEqual([]);
  });

  it('names a plan that is not there', async () => {
    const missing = { code: 'not-found', message: 'There is no plan "gone".' };
    const change = async () => plans.update('gone', input());
    await expect(change()).rejects.toMatchObject(missing);
    await expect(plans.remove('gone')).rejects.toMatchObject(missing);
    await expect(plans.pause('gone', 'hour')).rejects.toMatchObject(missing);
  });

  it('go out and come in without ids and pauses, all or none', async () => {
    const { id } = await plans.create(input());
    await plans.pause(id, 'resumed');
    const exported = plans.export();
    expect(JSON.parse(JSON.stringify(exported))).toEqual({ version: 1, plans: [input()] });
    await plans.remove(id);
    expect((await plans.import(exported)).map((plan) => plan.id)).toEqual(['ecriture-photos']);
    const bad = { version: 1 as const, plans: [input({ name: 'Good' }), input({ repositories: ['nas'] })] };
    const importBad = async () => plans.import(bad);
    await expect(importBad()).rejects.toMatchObject({ code: 'not-found' });
    expect(plans.all).toHaveLength(1);
  });
});
