/** Prune, repair, copy, unlock and locks: one program's housekeeping leaves what the other can use. */
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { afterAll, describe, expect, it } from 'vitest';
import { compareTrees } from '../support/compare-trees.ts';
import { isResticStandIn } from '../support/holdfast.ts';
import { makeTree, mutateTree } from '../support/make-tree.ts';
import { seededRandom } from '../support/random.ts';
import {
  copyRepository,
  damage,
  packBytes,
  repositoryFiles,
  repositoryIds,
  repositoryState,
} from '../support/repository-files.ts';
import { type SharedRepository, sharedRepository } from '../support/shared-repository.ts';
import { requireTool } from '../support/tools.ts';

const noRestic = requireTool('restic') === undefined;

const repairIndex = isResticStandIn ? ['rebuild-index'] : ['repair', 'index'];
const lockedExit = isResticStandIn ? 1 : 11;

interface Grown {
  readonly shared: SharedRepository;
  /** The folder as it was at the last snapshot. */
  readonly source: string;
}

const prepared = new Map<1 | 2, Promise<Grown>>();

afterAll(async () => {
  for (const grown of prepared.values()) await (await grown).shared[Symbol.asyncDispose]();
});

/** Four snapshots of a folder that changes, two by each program: made once, a copy of the repository for each test. */
async function grown(version: 1 | 2 = 2): Promise<Grown & AsyncDisposable> {
  if (!prepared.has(version)) prepared.set(version, grow(version));
  const { shared, source } = await prepared.get(version)!;
  const copy = await shared.copy();
  return { shared: copy, source, [Symbol.asyncDispose]: () => copy[Symbol.asyncDispose]() };
}

async function grow(version: 1 | 2): Promise<Grown> {
  const shared = await sharedRepository({ version });
  const source = shared.folder.at('source');
  makeTree(source, { files: 150, bytes: 8_000_000, seed: 11 });
  for (let round = 0; round < 4; round++) {
    await (round % 2 === 0 ? shared.holdfast : shared.restic).backup([source]);
    if (round < 3) mutateTree(source, round);
  }
  return { shared, source };
}

async function expectSound(shared: Pick<SharedRepository, 'restic' | 'holdfast'>): Promise<void> {
  const theirs = await shared.restic.check();
  expect(theirs.code, theirs.stdout + theirs.stderr).toBe(0);
  const ours = await shared.holdfast.run(['check', '--read-data']);
  expect(ours.code, ours.stdout + ours.stderr).toBe(0);
}

describe.skipIf(noRestic).each([1, 2] as const)('prune, version %i', { timeout: 120_000 }, (version) => {
  it('keeps the blobs that restic keeps, and what is left restores', async () => {
    await using made = await grown(version);
    const { shared, source } = made;
    await shared.restic.ok(['forget', '--keep-last', '1']);
    const twin = shared.folder.at('twin');
    copyRepository(shared.repository, twin);
    const other = shared.on(twin);

    const before = repositoryState(shared.repository);
    await shared.holdfast.ok(['prune', '--dry-run', '--max-unused', '0']);
    expect(repositoryState(shared.repository)).toEqual(before);

    await shared.holdfast.ok(['prune', '--max-unused', '0']);
    await other.restic.ok(['prune', '--max-unused', '0']);
    expect((await shared.restic.list('blobs')).sort()).toEqual((await other.restic.list('blobs')).sort());
    expect(packBytes(shared.repository)).toBeLessThan(1.02 * packBytes(twin));
    await expectSound(shared);
    await shared.restic.restore('latest', shared.folder.at('out'));
    expect(compareTrees(source, shared.folder.at('out') + source)).toEqual([]);
  });

  it('forget --prune does both, and a second prune does nothing', async () => {
    await using made = await grown(version);
    const { shared } = made;
    const before = packBytes(shared.repository);
    await shared.holdfast.ok(['forget', '--keep-last', '1', '--prune', '--max-unused', '0']);
    expect(repositoryIds(shared.repository, 'snapshots')).toHaveLength(1);
    expect(packBytes(shared.repository)).toBeLessThan(before);
    const after = repositoryIds(shared.repository, 'data');
    await shared.holdfast.ok(['prune', '--max-unused', '0']);
    expect(repositoryIds(shared.repository, 'data')).toEqual(after);
    await expectSound(shared);
  });
});

describe.skipIf(noRestic)('prune', { timeout: 120_000 }, () => {
  it('repacks nothing with --max-unused unlimited, and removes everything where no snapshot is left', async () => {
    await using made = await grown();
    const { shared } = made;
    await shared.holdfast.ok(['forget', '--keep-last', '2']);
    const blobs = new Set(await shared.restic.list('blobs'));
    await shared.holdfast.ok(['prune', '--max-unused', 'unlimited']);
    for (const blob of await shared.restic.list('blobs')) expect(blobs.has(blob)).toBe(true);
    await expectSound(shared);
    await shared.holdfast.ok(['forget', ...repositoryIds(shared.repository, 'snapshots')]);
    expect((await shared.holdfast.run(['prune', '--max-unused', '0'])).stderr).toContain('no snapshot at all');
    await shared.holdfast.ok(['prune', '--max-unused', '0', '--unsafe-allow-remove-all']);
    expect(repositoryIds(shared.repository, 'data')).toEqual([]);
    await expectSound(shared);
  });

  it('removes packs that no index names, and duplicates', async () => {
    await using made = await grown();
    const { shared, source } = made;
    const orphan = shared.forge.savePack([{ type: 'data', plain: Buffer.from('nobody asked for this') }]);
    const again = shared.forge.savePack([{ type: 'data', plain: Buffer.from('twice') }]);
    const twice = shared.forge.savePack([{ type: 'data', plain: Buffer.from('twice') }]);
    shared.forge.saveIndex([again, twice]);
    await shared.holdfast.ok(['prune', '--max-unused', '0']);
    const left = repositoryIds(shared.repository, 'data');
    for (const pack of [orphan, again, twice]) expect(left).not.toContain(pack.id);
    await expectSound(shared);
    await shared.restic.restore('latest', shared.folder.at('out'));
    expect(compareTrees(source, shared.folder.at('out') + source)).toEqual([]);
  });

  it('touches nothing when a needed blob is missing', async () => {
    await using made = await grown();
    const { shared } = made;
    const [victim] = repositoryFiles(shared.repository, 'index').slice(-1);
    rmSync(victim ?? '');
    const before = repositoryIds(shared.repository, 'data');
    const run = await shared.holdfast.run(['prune', '--max-unused', '0']);
    expect(run.code).not.toBe(0);
    expect(repositoryIds(shared.repository, 'data')).toEqual(before);
  });
});

describe.skipIf(noRestic)('repair index', { timeout: 120_000 }, () => {
  it.each(['all', 'one', 'damaged'])('index files lost: %s', async (lost) => {
    await using made = await grown();
    const { shared } = made;
    const blobs = (await shared.restic.list('blobs')).sort();
    const files = repositoryFiles(shared.repository, 'index');
    if (lost === 'damaged') damage(files[0] ?? '', 'flip', seededRandom(1));
    else for (const path of lost === 'all' ? files : files.slice(0, 1)) rmSync(path);
    await shared.holdfast.ok(repairIndex);
    expect((await shared.restic.list('blobs')).sort()).toEqual(blobs);
    await expectSound(shared);
  });

  it('forgets packs that are gone, with a dry run first', async () => {
    await using made = await grown();
    const { shared } = made;
    const pack = shared.forge.savePack([{ type: 'data', plain: Buffer.from('soon gone') }]);
    shared.forge.saveIndex([pack]);
    rmSync(`${shared.repository}/data/${pack.id.slice(0, 2)}/${pack.id}`);
    expect((await shared.holdfast.run(['check'])).code).not.toBe(0);
    if (!isResticStandIn) {
      const before = repositoryState(shared.repository);
      await shared.holdfast.run(['repair', 'index', '--dry-run']);
      expect(repositoryState(shared.repository)).toEqual(before);
    }
    await shared.holdfast.ok(repairIndex);
    await expectSound(shared);
  });
});

describe.skipIf(noRestic).each([
  [1, 2],
  [2, 1],
  [2, 2],
] as const)('copy from version %i to %i', { timeout: 120_000 }, (from, to) => {
  it('copies once, re-encrypted, and restic reads it', async () => {
    await using made = await grown(from);
    const { shared: source, source: folder } = made;
    await using target = await sharedRepository({ version: to, seed: 1 });
    const password = source.folder.at('password');
    writeFileSync(password, source.password);
    const args = ['copy', '--from-repo', source.repository, '--from-password-file', password];
    await target.holdfast.ok(args);
    await expectSound(target);
    const theirs = await source.restic.snapshots();
    const copied = await target.restic.snapshots();
    expect(copied.map(({ time, tree }) => [time, tree])).toEqual(theirs.map(({ time, tree }) => [time, tree]));
    expect((await target.restic.list('blobs')).sort()).toEqual((await source.restic.list('blobs')).sort());
    await target.restic.restore('latest', target.folder.at('out'));
    expect(compareTrees(folder, target.folder.at('out') + folder)).toEqual([]);

    const before = repositoryState(target.repository);
    await target.holdfast.ok(args);
    expect(repositoryState(target.repository)).toEqual(before);
    // restic recognises the copies as copies, so it copies nothing again either.
    await target.restic.ok(args);
    expect(repositoryIds(target.repository, 'snapshots')).toHaveLength(theirs.length);
  });
});

describe.skipIf(noRestic)('locks', { timeout: 120_000 }, () => {
  const lock = (fields: object): object => ({
    time: new Date().toISOString(),
    exclusive: true,
    hostname: 'elsewhere',
    username: 'someone',
    pid: 4242,
    ...fields,
  });

  it("another host's exclusive lock stops a backup, and is left alone", async () => {
    await using shared = await sharedRepository();
    const source = shared.folder.at('source');
    makeTree(source, { files: 3, bytes: 1000, seed: 1 });
    const id = shared.forge.saveFile('locks', lock({}));
    const run = await shared.holdfast.run(['backup', source]);
    expect(run.code, run.stderr).toBe(lockedExit);
    expect(run.stderr).toContain('elsewhere');
    expect(repositoryIds(shared.repository, 'locks')).toEqual([id]);
    expect(repositoryIds(shared.repository, 'snapshots')).toEqual([]);
  });

  it('a shared lock stops a prune but no backup', async () => {
    await using shared = await sharedRepository();
    const source = shared.folder.at('source');
    makeTree(source, { files: 3, bytes: 1000, seed: 1 });
    const id = shared.forge.saveFile('locks', lock({ exclusive: false }));
    await shared.holdfast.backup([source]);
    expect((await shared.holdfast.run(['prune'])).code).toBe(lockedExit);
    expect(repositoryIds(shared.repository, 'locks')).toEqual([id]);
  });

  it('stale locks do not stop anyone, and unlock removes those alone', async () => {
    await using shared = await sharedRepository();
    const old = shared.forge.saveFile('locks', lock({ time: new Date(Date.now() - 40 * 60_000).toISOString() }));
    const dead = shared.forge.saveFile('locks', lock({ hostname: hostname(), pid: 2 ** 22 - 7 }));
    const alive = shared.forge.saveFile('locks', lock({ exclusive: false, hostname: 'other' }));
    await shared.holdfast.ok(['unlock']);
    expect(repositoryIds(shared.repository, 'locks')).toEqual([alive]);
    expect([old, dead]).not.toContain(alive);
    await shared.holdfast.ok(['unlock', '--remove-all']);
    expect(repositoryIds(shared.repository, 'locks')).toEqual([]);
  });

  it('leaves no lock behind after any verb', async () => {
    await using made = await grown();
    const { shared } = made;
    for (const args of [
      ['snapshots'],
      ['ls', 'latest'],
      ['check'],
      ['forget', '--keep-last', '2'],
      ['prune'],
      ['stats'],
    ]) {
      await shared.holdfast.ok(args);
      expect(repositoryIds(shared.repository, 'locks'), args.join(' ')).toEqual([]);
    }
  });
});

describe.skipIf(noRestic)('pack files', { timeout: 60_000 }, () => {
  it('are read-only and bear the hash of their content', async () => {
    await using made = await grown();
    const { shared } = made;
    const { statSync, readFileSync } = await import('node:fs');
    const { createHash } = await import('node:crypto');
    for (const kind of ['data', 'index', 'snapshots'] as const) {
      for (const path of repositoryFiles(shared.repository, kind)) {
        expect(statSync(path).mode & 0o222, path).toBe(0);
        expect(path.endsWith(createHash('sha256').update(readFileSync(path)).digest('hex'))).toBe(true);
        chmodSync(path, 0o600);
      }
    }
  });
});
