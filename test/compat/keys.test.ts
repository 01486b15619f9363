/** Keys that one program adds, changes or removes work, or work no more, in the other. */
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Holdfast, isResticStandIn } from '../support/holdfast.ts';
import { repositoryIds } from '../support/repository-files.ts';
import { Restic } from '../support/restic.ts';
import { type SharedRepository, sharedRepository } from '../support/shared-repository.ts';
import { requireTool } from '../support/tools.ts';

const noRestic = requireTool('restic') === undefined;

const wrongPassword = isResticStandIn ? 1 : 12;

function withPassword(shared: SharedRepository, password: string): { holdfast: Holdfast; restic: Restic } {
  const { home } = shared.holdfast.home;
  return {
    holdfast: new Holdfast({ home, repository: shared.repository, password }),
    restic: new Restic({ home, repository: shared.repository, password }),
  };
}

function passwordFile(shared: SharedRepository, password: string): string {
  const path = shared.folder.at('new-password');
  writeFileSync(path, `${password}\n`);
  return path;
}

describe.skipIf(noRestic).each([1, 2] as const)('version %i', { timeout: 60_000 }, (version) => {
  it('restic opens with a key that Holdfast added, and not after its removal', async () => {
    await using shared = await sharedRepository({ version });
    const file = passwordFile(shared, 'ein zweites Paßwort');
    await shared.holdfast.ok(['key', 'add', '--new-password-file', file, '--user', 'someone', '--host', 'somewhere']);
    expect(repositoryIds(shared.repository, 'keys')).toHaveLength(2);
    const second = withPassword(shared, 'ein zweites Paßwort');
    await second.restic.ok(['snapshots']);
    await second.holdfast.ok(['snapshots']);
    const listed = await second.restic.json<{ id: string; userName: string; hostName: string; current: boolean }[]>([
      'key',
      'list',
    ]);
    const added = listed.find((key) => key.userName === 'someone');
    expect(added).toMatchObject({ hostName: 'somewhere', current: true });

    await shared.holdfast.ok(['key', 'remove', added?.id ?? '']);
    expect((await second.restic.run(['snapshots'])).code).not.toBe(0);
    expect((await second.holdfast.run(['snapshots'])).code).toBe(wrongPassword);
    await shared.restic.ok(['snapshots']);
  });

  it('Holdfast opens with a key that restic added', async () => {
    await using shared = await sharedRepository({ version });
    await shared.restic.ok(['key', 'add', '--new-password-file', passwordFile(shared, 'two')]);
    const second = withPassword(shared, 'two');
    await second.holdfast.ok(['snapshots']);
    await shared.holdfast.ok(['snapshots']);
    const theirs = await shared.restic.json<{ id: string }[]>(['key', 'list']);
    const ours = await shared.holdfast.json<{ id: string }[]>(['key', 'list']);
    expect(ours.map(({ id }) => id.slice(0, 8)).sort()).toEqual(theirs.map(({ id }) => id).sort());
  });

  it('after a change of password only the new one opens', async () => {
    await using shared = await sharedRepository({ version });
    await shared.holdfast.ok(['key', 'passwd', '--new-password-file', passwordFile(shared, 'changed')]);
    expect(repositoryIds(shared.repository, 'keys')).toHaveLength(1);
    expect((await shared.restic.run(['snapshots'])).code).not.toBe(0);
    expect((await shared.holdfast.run(['snapshots'])).code).toBe(wrongPassword);
    await withPassword(shared, 'changed').restic.ok(['snapshots']);
    await withPassword(shared, 'changed').holdfast.ok(['snapshots']);
  });

  it('the key in use is not removed', async () => {
    await using shared = await sharedRepository({ version });
    const [id] = repositoryIds(shared.repository, 'keys');
    const run = await shared.holdfast.run(['key', 'remove', id ?? '']);
    expect(run.code).not.toBe(0);
    expect(repositoryIds(shared.repository, 'keys')).toEqual([id]);
  });
});
