import { describe, expect, it } from 'vitest';
import { executeForget, planForget, planForgetByName } from '../../../../src/repository/forget/forget.ts';
import type { ForgetPolicy } from '../../../../src/repository/forget/policy.ts';
import type { Repository } from '../../../../src/repository/repository.ts';
import type { SnapshotFilter } from '../../../../src/repository/snapshots.ts';
import { quickLock, sampleRepository } from '../snapshots-in-memory.ts';
import { codeOf, namesOf, never, overwrite } from '../test-repository.ts';

function plan(repository: Repository, policy: ForgetPolicy, filter: SnapshotFilter = {}, allowRemoveAll = false) {
  const groupBy = { host: true, paths: true, tags: false };
  return planForget(repository, { policy, groupBy, filter, allowRemoveAll }, { signal: never });
}

describe('forget', () => {
  it('removes what the plan says, under a lock that is held', async () => {
    const { repository, snapshots } = await sampleRepository();
    const found = await plan(repository, { last: 1 });
    expect(found.groups).toMatchObject([{ key: { hostname: 'host', paths: ['/src'] } }]);
    expect(found.remove.map(({ id }) => id)).toEqual([snapshots.old]);
    {
      await using lock = await quickLock(repository);
      await executeForget(repository, found, lock);
      await repository.removeFile('lock', lock.id!, never);
      expect(
        await codeOf(() =>
          executeForget(
            repository,
            { groups: [], remove: found.groups[0]!.keep.map(({ snapshot }) => snapshot) },
            lock,
          ),
        ),
      ).toBe('locked');
    }
    expect(await namesOf(repository.backend, 'snapshot')).toEqual([snapshots.new]);
  });

  it('refuses a policy that keeps nothing', async () => {
    const { repository } = await sampleRepository();
    expect(await codeOf(() => plan(repository, {}))).toBe('invalid-input');
    expect(await codeOf(() => plan(repository, { last: 0 }))).toBe('invalid-input');
    expect(await codeOf(() => plan(repository, { tags: [['absent']] }))).toBe('invalid-input');
    expect(await codeOf(() => plan(repository, {}, {}, true))).toBe('invalid-input');
    expect((await plan(repository, {}, { hosts: ['host'] }, true)).remove).toHaveLength(2);
  });

  it('refuses to choose where a snapshot cannot be read', async () => {
    const { repository, snapshots } = await sampleRepository();
    await overwrite(repository.backend, { type: 'snapshot', name: snapshots.new }, new Uint8Array(80));
    expect(await codeOf(() => plan(repository, { last: 1 }))).toBe('corrupt');
  });

  it('takes snapshots by name, each once', async () => {
    const { repository, snapshots } = await sampleRepository();
    const named = (...names: string[]) => planForgetByName(repository, names, { signal: never, filter: {} });
    expect((await named(snapshots.old.slice(0, 12), snapshots.old)).remove.map(({ id }) => id)).toEqual([
      snapshots.old,
    ]);
    expect((await named('latest')).remove.map(({ id }) => id)).toEqual([snapshots.new]);
    expect(await codeOf(() => named('ffffffffffff'))).toBe('not-found');
    expect(await codeOf(() => named('latest:folder'))).toBe('invalid-input');
  });
});
