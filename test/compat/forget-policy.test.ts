/** `forget` keeps and removes exactly the snapshots that restic would, for the same reasons. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isResticStandIn } from '../support/holdfast.ts';
import { seededRandom } from '../support/random.ts';
import { repositoryIds, repositoryState } from '../support/repository-files.ts';
import { type SharedRepository, sharedRepository } from '../support/shared-repository.ts';
import { requireTool } from '../support/tools.ts';

const noRestic = requireTool('restic') === undefined;

interface ForgetGroup {
  readonly tags: readonly string[] | null;
  readonly host: string;
  readonly paths: readonly string[] | null;
  readonly keep: readonly { readonly id: string }[] | null;
  readonly remove: readonly { readonly id: string }[] | null;
  readonly reasons?:
    | readonly { readonly snapshot: { readonly time: string }; readonly matches: readonly string[] | null }[]
    | null;
}

/** What is compared: who is in which group, is kept and why, or is removed; in no order of groups. */
function essence(groups: readonly ForgetGroup[]): unknown[] {
  return groups
    .map(({ tags, host, paths, keep, remove, reasons }) => ({
      key: JSON.stringify([tags ?? [], host, paths ?? []]),
      keep: (keep ?? []).map(({ id }) => id),
      remove: (remove ?? []).map(({ id }) => id),
      reasons: (reasons ?? []).map((reason) => `${reason.snapshot.time}: ${(reason.matches ?? []).join('; ')}`),
    }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

const policies: readonly string[] = [
  '--keep-last 3',
  '--keep-hourly 5',
  '--keep-daily 7',
  '--keep-weekly 5',
  '--keep-monthly 12',
  // No more than there are: from 0.15 on restic also keeps the oldest while a rule has some left, and so does Holdfast.
  '--keep-yearly 3',
  '--keep-last 2 --keep-hourly 4 --keep-daily 3 --keep-weekly 2 --keep-monthly 6 --keep-yearly 2',
  '--keep-within 30d',
  '--keep-within 1y2m3d4h',
  '--keep-within-hourly 2d',
  '--keep-within-daily 3m',
  '--keep-within-weekly 6m',
  '--keep-within-monthly 2y',
  '--keep-within-yearly 3y',
  '--keep-within 5d --keep-within-daily 1m --keep-within-monthly 1y --keep-last 1',
  '--keep-tag keep',
  '--keep-tag keep --keep-tag other --keep-last 1',
  '--keep-tag keep,other',
  '--keep-last 1 --group-by host',
  '--keep-last 1 --group-by paths',
  '--keep-last 1 --group-by tags',
  '--keep-last 1 --group-by host,tags',
  ['--keep-last', '2', '--group-by', ''].join(' '),
  '--keep-daily 4 --host one',
  '--keep-daily 4 --tag keep',
  '--keep-daily 4 --tag keep,other --tag third',
  '--keep-daily 4 --path /data',
  '--keep-last 1 --host absent',
];

/** Some more, from a seed: policies mixed as users mix them. */
function randomPolicies(count: number): string[] {
  const random = seededRandom('policies');
  const flags = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
  return Array.from({ length: count }, () => {
    const counts = flags.filter(() => random.chance(0.4)).map((flag) => `--keep-${flag} ${random.integer(1, 9)}`);
    const within = random.chance(0.5)
      ? [`--keep-within-${random.pick(['daily', 'weekly'])} ${random.integer(1, 300)}d`]
      : [];
    return [...counts, ...within, `--keep-last ${random.integer(1, 3)}`].join(' ');
  });
}

describe.skipIf(noRestic)('forget --dry-run', { timeout: 60_000 }, () => {
  let shared: SharedRepository;

  beforeAll(async () => {
    shared = await sharedRepository();
    const random = seededRandom('forget');
    const tree = shared.forge.saveTree([]);
    for (let number = 0; number < 80; number++) {
      const back = random.pick([3_600_000, 86_400_000, 30 * 86_400_000, 365 * 86_400_000]) * 6 * random.next();
      const zone = random.pick(['Z', '+05:30', '-08:00']);
      const tags = random.pick([undefined, ['keep'], ['other', 'keep'], ['third'], ['keep', 'other']]);
      shared.forge.saveSnapshot({
        tree,
        time: new Date(Date.UTC(2024, 2, 1, 12) - back).toISOString().replace('Z', `123456${zone}`),
        hostname: random.pick(['one', 'one', 'two']),
        paths: random.pick([['/data'], ['/data'], ['/etc', '/data'], ['/data', '/etc']]),
        ...(tags === undefined ? {} : { tags }),
      });
    }
  });
  afterAll(async () => shared[Symbol.asyncDispose]());

  it.each([...policies, ...randomPolicies(5)])('%s', async (policy) => {
    const before = repositoryState(shared.repository);
    const args = ['forget', '--dry-run', ...policy.split(' ')];
    const theirs = await shared.restic.json<ForgetGroup[]>(args);
    const ours = await shared.holdfast.json<ForgetGroup[]>(args);
    expect(essence(ours)).toEqual(essence(theirs));
    expect(repositoryState(shared.repository)).toEqual(before);
  });

  it('refuses a policy that keeps nothing, and no policy at all', async () => {
    const before = repositoryIds(shared.repository, 'snapshots');
    for (const args of [
      ['--keep-last', '0'],
      ...(isResticStandIn ? [] : [['--keep-last', '-2']]),
      ['--keep-within', 'soon'],
    ]) {
      await shared.holdfast.run(['forget', ...args]);
      expect(repositoryIds(shared.repository, 'snapshots'), args.join(' ')).toEqual(before);
    }
  });
});

describe.skipIf(noRestic)('forget', { timeout: 60_000 }, () => {
  it('removes what its dry run named, and a snapshot by id', async () => {
    await using shared = await sharedRepository();
    const tree = shared.forge.saveTree([]);
    const ids = Array.from({ length: 5 }, (_, day) =>
      shared.forge.saveSnapshot({ tree, time: `2024-01-0${day + 1}T00:00:00Z` }),
    );
    const policy = ['forget', '--keep-last', '3'];
    const [plan] = await shared.holdfast.json<ForgetGroup[]>([...policy, '--dry-run']);
    expect(plan?.remove?.map(({ id }) => id).sort()).toEqual(ids.slice(0, 2).sort());
    await shared.holdfast.ok(policy);
    expect(repositoryIds(shared.repository, 'snapshots')).toEqual(ids.slice(2).sort());
    await shared.holdfast.ok(['forget', (ids[2] ?? '').slice(0, 10)]);
    expect(repositoryIds(shared.repository, 'snapshots')).toEqual(ids.slice(3).sort());
    const unknown = await shared.holdfast.run(['forget', 'ffffffff']);
    if (!isResticStandIn) expect(unknown.code).not.toBe(0);
    expect(repositoryIds(shared.repository, 'snapshots')).toEqual(ids.slice(3).sort());
  });
});
