import { mkdirSync, readdirSync, renameSync } from 'node:fs';
import { hostname } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunnerRig, runnerRig } from './runner-rig.ts';

let rig: RunnerRig;
beforeEach(async () => {
  rig = await runnerRig();
});
afterEach(() => rig[Symbol.asyncDispose]());

const prune = (repositoryId: string) =>
  rig.run({ kind: 'prune', trigger: 'schedule', repositoryIds: [repositoryId], input: { repositoryId } });
const forget = (repositoryId: string) =>
  rig.run({
    kind: 'forget',
    repositoryIds: [repositoryId],
    input: { planId: 'home', repositoryId, hostname: 'any', retention: { last: 1 } },
  });
const packs = (repositoryId: string): string[] =>
  readdirSync(rig.folder.at(repositoryId, 'data'), { recursive: true })
    .map(String)
    .filter((name) => /[0-9a-f]{64}$/.test(name));
const takeSnapshotsAway = (repositoryId: string): void => {
  const folder = rig.folder.at(repositoryId, 'snapshots');
  renameSync(folder, rig.folder.at('taken-away'));
  mkdirSync(folder);
};

describe('the size of a repository over time', () => {
  it('is measured by each backup, check and prune, and stays when its snapshots are forgotten', async () => {
    rig.plan();
    for (const text of ['first', 'second!']) {
      rig.write('a.txt', text);
      await rig.run({});
    }
    await rig.run({ kind: 'check', repositoryIds: ['disk'], input: { repositoryId: 'disk' } });
    await rig.run({
      kind: 'forget',
      repositoryIds: ['disk'],
      input: { planId: 'home', repositoryId: 'disk', hostname: hostname(), retention: { last: 1 } },
    });
    await prune('disk');
    const both = { snapshots: 2, heldBytes: 12 };
    expect(await rig.statistics.series('disk')).toMatchObject([
      { snapshots: 1, heldBytes: 5 },
      both,
      both,
      { snapshots: 1, heldBytes: 7 },
    ]);
  });
});

describe('upkeep of a repository without a snapshot', () => {
  it('is skipped with its reason where there never was one; what a killed backup has left stays', async () => {
    await using repository = await rig.repositories.open('disk', new AbortController().signal);
    await repository.backend.save(
      { type: 'data', name: 'a'.repeat(64) },
      Buffer.from('left'),
      AbortSignal.timeout(5000),
    );
    for (const run of [prune, forget]) {
      expect(await run('disk')).toMatchObject({ state: 'skipped', reason: expect.stringContaining('no snapshot') });
    }
    expect(rig.notices).toEqual([]);
    expect(packs('disk')).toHaveLength(1);
  });

  it('removes nothing and warns where there were some, saved or copied; until they are back', async () => {
    rig.plan();
    rig.write('a.txt', 'first');
    await rig.run({});
    await rig.run({
      kind: 'copy',
      repositoryIds: ['nas'],
      input: { planId: 'home', from: 'disk', to: 'nas', hostname: hostname() },
    });
    for (const repositoryId of ['disk', 'nas']) {
      const before = packs(repositoryId);
      takeSnapshotsAway(repositoryId);
      for (const run of [prune, forget]) {
        rig.notices.splice(0);
        expect(await run(repositoryId)).toMatchObject({
          state: 'skipped',
          reason: expect.stringContaining('any more'),
        });
        expect(rig.notices).toMatchObject([{ level: 'warning', code: 'snapshots-gone', repositoryId }]);
      }
      expect(packs(repositoryId)).toEqual(before);
      renameSync(rig.folder.at('taken-away'), rig.folder.at(repositoryId, 'snapshots'));
      expect((await prune(repositoryId)).state).toBeUndefined();
      expect(rig.notices).toEqual([]);
    }
  });
});
