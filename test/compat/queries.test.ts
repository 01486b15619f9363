/** Questions about snapshots get the answers that restic gives: snapshots, ls, find, diff, stats, dump. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBackend } from '../../src/backend/registry.ts';
import { toUtf8 } from '../../src/base/byte-string.ts';
import { listSnapshots, type NameQuery, openRepository, pathJson, searchSnapshots } from '../../src/repository/mod.ts';
import { type JsonObject, parseJsonLines } from '../support/holdfast.ts';
import { makeTree, mutateTree } from '../support/make-tree.ts';
import { makeOddTree } from '../support/odd-tree.ts';
import { runOk } from '../support/run-process.ts';
import { type SharedRepository, sharedRepository } from '../support/shared-repository.ts';
import { requireTool } from '../support/tools.ts';

const noRestic = requireTool('restic') === undefined;

let shared: SharedRepository;
let first: string;
let second: string;

beforeAll(async () => {
  shared = await sharedRepository();
  const { folder, restic } = shared;
  const options = { cwd: folder.path };
  const source = folder.at('source');
  mkdirSync(source);
  makeOddTree(join(source, 'odd'), 6, { depth: 5 });
  await runOk('rm', ['-r', join(source, 'odd/sizes'), join(source, 'odd/sparse')]);
  makeTree(join(source, 'plain'), { files: 120, bytes: 2_000_000, seed: 6 });
  await restic.backup(['source'], ['--tag', 'one', '--host', 'a', '--time', '2022-01-01 00:00:00'], options);
  mutateTree(join(source, 'plain'), 6);
  renameSync(join(source, 'odd/empty'), join(source, 'odd/full'));
  writeFileSync(join(source, 'odd/links/alone'), 'another content');
  await runOk('chmod', ['700', join(source, 'odd/times')]);
  await restic.backup(['source'], ['--tag', 'one,two', '--host', 'a', '--time', '2022-02-01 00:00:00'], options);
  await restic.backup(['source/plain'], ['--host', 'b', '--time', '2022-03-01 00:00:00'], options);
  const snapshots = await restic.snapshots();
  first = snapshots[0]?.id ?? '';
  second = snapshots[1]?.id ?? '';
}, 60_000);
afterAll(async () => shared[Symbol.asyncDispose]());

/** The fields of `wanted` in `given`, all the way down: Holdfast may say more than restic 0.14 does, never less or else. */
function only(given: unknown, wanted: unknown): unknown {
  if (Array.isArray(given) && Array.isArray(wanted)) return given.map((item, i) => only(item, wanted[i] ?? wanted[0]));
  if (typeof given !== 'object' || given === null || typeof wanted !== 'object' || wanted === null) return given;
  return Object.fromEntries(
    Object.entries(given)
      .filter(([name]) => name in wanted)
      .map(([name, value]) => [name, only(value, (wanted as JsonObject)[name])]),
  );
}

/** restic goes through snapshots, and groups of them, in no order of its own. */
function sorted(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return value
    .map((item: unknown) => ({
      item,
      key: JSON.stringify((item as JsonObject).snapshot ?? (item as JsonObject).group_key ?? 0),
    }))
    .sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)))
    .map(({ item }) => item);
}

async function expectSameJson(args: readonly string[]): Promise<void> {
  const theirs = sorted(await shared.restic.json(args));
  const ours = sorted(await shared.holdfast.json(args));
  expect(only(ours, theirs)).toEqual(theirs);
}

async function expectSameLines(args: readonly string[]): Promise<void> {
  const run = await shared.restic.ok([...args, '--json']);
  const theirs = parseJsonLines(run.stdout);
  const ours = await shared.holdfast.jsonLines(args);
  expect(only(ours, theirs)).toEqual(theirs);
  expect(theirs.length).toBeGreaterThan(0);
}

describe.skipIf(noRestic)('snapshots', { timeout: 60_000 }, () => {
  it.each([
    [[]],
    [['--host', 'a']],
    [['--tag', 'one']],
    [['--tag', 'one,two']],
    [['--tag', 'absent']],
    [['--latest', '1']],
    [['--host', 'a', '--host', 'b', '--tag', 'two']],
  ])('%j', async (args) => {
    await expectSameJson(['snapshots', ...args]);
  });

  it('by path, by id prefix, and "latest"', async () => {
    await expectSameJson(['snapshots', '--path', shared.folder.at('source')]);
    await expectSameJson(['snapshots', second.slice(0, 8)]);
    await expectSameJson(['snapshots', 'latest']);
  });

  it('grouped', async () => {
    await expectSameJson(['snapshots', '--group-by', 'host']);
    await expectSameJson(['snapshots', '--group-by', 'host,tags']);
  });
});

describe.skipIf(noRestic)('ls', { timeout: 60_000 }, () => {
  it('lists a whole snapshot, one folder, and folders with what is below', async () => {
    await expectSameLines(['ls', first]);
    await expectSameLines(['ls', 'latest', '--host', 'a']);
    await expectSameLines(['ls', second, '/source/odd']);
    await expectSameLines(['ls', second, '/source/odd', '/source/plain']);
    await expectSameLines(['ls', '--recursive', second, '/source/odd/links']);
  });

  it('gives the same long text', async () => {
    const args = ['ls', '--long', second];
    const theirs = (await shared.restic.ok(args)).stdout.split('\n').filter((line) => line.startsWith('d'));
    const ours = (await shared.holdfast.ok(args)).stdout.split('\n').filter((line) => line.startsWith('d'));
    expect(ours).toEqual(theirs);
  });
});

describe.skipIf(noRestic)('find', { timeout: 60_000 }, () => {
  it.each([
    [['*.txt']],
    [['file-1*']],
    [['FILE-1?.*', '-i']],
    [['links']],
    [['/source/odd/*']],
    [['one', 'two']],
    [['[a-d]*']],
    [['absent']],
    [['*', '--oldest', '2010-01-01', '--newest', '2021-01-01']],
    [['*.ts', '--host', 'b']],
    [['*.ts', '--tag', 'two']],
  ])('%j', async (args) => {
    await expectSameJson(['find', ...args]);
  });

  it('by blob, tree and pack', async () => {
    const blobs = await shared.restic.list('blobs');
    const data = blobs.find((line) => line.startsWith('data'))?.split(' ')[1] ?? '';
    await expectSameJson(['find', '--blob', data]);
    await expectSameJson(['find', '--blob', data.slice(0, 12)]);
    const { tree } = await shared.restic.snapshot(first);
    const [node] = await shared.restic.tree(tree);
    await expectSameJson(['find', '--tree', node?.subtree ?? '']);
  });
});

describe.skipIf(noRestic)('search over all snapshots', { timeout: 60_000 }, () => {
  const ways: [string, string[], NameQuery][] = [
    ['*.txt', ['*.txt'], { kind: 'glob', patterns: ['*.txt'], ignoreCase: false }],
    ['in any case', ['FILE-1?.*', '-i'], { kind: 'glob', patterns: ['FILE-1?.*'], ignoreCase: true }],
    ['a folder', ['links'], { kind: 'glob', patterns: ['links'], ignoreCase: false }],
    ['a path', ['/source/odd/*'], { kind: 'glob', patterns: ['/source/odd/*'], ignoreCase: false }],
    ['several', ['one', 'two', '[a-d]*'], { kind: 'glob', patterns: ['one', 'two', '[a-d]*'], ignoreCase: false }],
    ['all', ['*'], { kind: 'glob', patterns: ['*'], ignoreCase: false }],
    ['nothing', ['absent'], { kind: 'glob', patterns: ['absent'], ignoreCase: false }],
  ];
  it.each(ways)('finds what restic finds: %s', async (_, args, query) => {
    const theirs = new Set<string>();
    for (const { matches, snapshot } of (await shared.restic.json(['find', ...args])) as JsonObject[]) {
      for (const match of matches as JsonObject[]) theirs.add(`${snapshot} ${match.path} ${match.size ?? ''}`);
    }
    const signal = new AbortController().signal;
    await using repository = await openRepository({
      backend: openBackend(shared.repository),
      password: shared.password,
      signal,
    });
    await repository.loadIndex(signal);
    const snapshots = await listSnapshots(repository, { signal });
    const ours = new Set<string>();
    const onDamaged = (__: string, error: Error): never => {
      throw error;
    };
    for await (const { path, versions } of searchSnapshots({ repository, snapshots, query, onDamaged, signal })) {
      for (const { snapshotIds, size } of versions) {
        for (const id of snapshotIds)
          ours.add(`${id} ${JSON.parse(toUtf8(pathJson(path)))} ${size === 0 ? '' : (size ?? '')}`);
      }
    }
    expect(ours).toEqual(theirs);
    expect(theirs.size > 0).toBe(args[0] !== 'absent');
  });
});

describe.skipIf(noRestic)('diff', { timeout: 60_000 }, () => {
  it.each([[[]], [['--metadata']]])('%j', async (args) => {
    await expectSameLines(['diff', ...args, first, second]);
    await expectSameLines(['diff', ...args, second, first]);
  });

  it('of a snapshot with itself is empty', async () => {
    await expectSameLines(['diff', first, first]);
  });
});

describe.skipIf(noRestic)('stats', { timeout: 60_000 }, () => {
  it.each(['restore-size', 'files-by-contents', 'blobs-per-file', 'raw-data'])('%s', async (mode) => {
    await expectSameJson(['stats', '--mode', mode]);
    await expectSameJson(['stats', '--mode', mode, first]);
    await expectSameJson(['stats', '--mode', mode, '--host', 'b']);
  });
});

describe.skipIf(noRestic)('dump', { timeout: 60_000 }, () => {
  it('gives a file', async () => {
    for (const path of ['/source/odd/links/alone', '/source/odd/xattrs']) {
      const theirs = await shared.restic.ok(['dump', second, path], { encoding: 'latin1' });
      const ours = await shared.holdfast.ok(['dump', second, path], { encoding: 'latin1' });
      expect(ours.stdout).toBe(theirs.stdout);
    }
  });

  it('gives a folder as a tar that unpacks to the same', async () => {
    const out = shared.folder.at('from-ours.tar');
    await runOk('bash', ['-c', `"$@" > '${out}'`, 'bash', ...(await dumpCommand(['dump', second, '/source/plain']))], {
      env: shared.holdfast.env,
    });
    const { stdout } = await runOk('tar', ['-tvf', out]);
    const reference = shared.folder.at('from-restic.tar');
    await runOk('bash', ['-c', `restic dump ${second} /source/plain > '${reference}'`], { env: shared.restic.env });
    expect(stdout).toBe((await runOk('tar', ['-tvf', reference])).stdout);
  });
});

async function dumpCommand(args: readonly string[]): Promise<string[]> {
  const { holdfastCommand } = await import('../support/holdfast.ts');
  return [...holdfastCommand, ...args];
}
