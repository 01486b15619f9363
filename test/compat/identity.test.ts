/**
 * The same folder gives the same tree, byte for byte, whoever backs it up: the other program then adds no blob, and
 * finds the snapshot as its parent.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BackupSummary } from '../support/holdfast.ts';
import { makeTree, mutateTree } from '../support/make-tree.ts';
import { makeOddTree } from '../support/odd-tree.ts';
import type { Restic } from '../support/restic.ts';
import { runOk } from '../support/run-process.ts';
import { type SharedRepository, sharedRepository } from '../support/shared-repository.ts';
import { requireTool } from '../support/tools.ts';

const noRestic = requireTool('restic') === undefined;

/**
 * Makes a folder with everything odd and some plain files. It is backed up by a relative path: the folders above it
 * (the system's temporary one) change all the time, and a relative path leaves them out of the tree.
 */
function makeSource(shared: SharedRepository): { readonly cwd: string } {
  const source = shared.folder.at('source');
  mkdirSync(source);
  makeOddTree(join(source, 'odd'), 2, { linkAttributes: false });
  makeTree(join(source, 'plain'), { files: 120, bytes: 9_000_000, seed: 2 });
  return { cwd: shared.folder.path };
}

/** Where two trees first differ, with both nodes' texts: what one needs to see when identity fails. */
async function firstDifference(restic: Restic, a: string, b: string, path = ''): Promise<string> {
  if (a === b) return '';
  const nodesA = await restic.tree(a);
  const nodesB = await restic.tree(b);
  for (const [number, node] of nodesA.entries()) {
    const other = nodesB[number];
    if (JSON.stringify({ ...node, subtree: 0 }) !== JSON.stringify({ ...other, subtree: 0 })) {
      return `${path}/${node.name}:\n${JSON.stringify(node)}\n${JSON.stringify(other)}`;
    }
    if (node.subtree !== undefined && other?.subtree !== undefined && node.subtree !== other.subtree) {
      return firstDifference(restic, node.subtree, other.subtree, `${path}/${node.name}`);
    }
  }
  const [textA, textB] = [await restic.treeText(a), await restic.treeText(b)];
  let at = 0;
  while (textA[at] === textB[at]) at++;
  return `${path}: same nodes, other text:\n${textA.slice(at - 200, at + 100)}\n${textB.slice(at - 200, at + 100)}`;
}

async function expectSameTree(shared: SharedRepository, a: BackupSummary, b: BackupSummary): Promise<void> {
  const treeA = (await shared.restic.snapshot(a.snapshot_id)).tree;
  const treeB = (await shared.restic.snapshot(b.snapshot_id)).tree;
  expect(await firstDifference(shared.restic, treeA, treeB)).toBe('');
}

/** Full id of a snapshot: restic's summary has the short one. */
async function fullId(restic: Restic, summary: BackupSummary): Promise<string> {
  const found = (await restic.snapshots()).find(({ id }) => id.startsWith(summary.snapshot_id));
  return found?.id ?? 'not found';
}

describe.skipIf(noRestic).each([1, 2] as const)('version %i', { timeout: 120_000 }, (version) => {
  it('restic after Holdfast adds nothing and finds its snapshot as parent', async () => {
    await using shared = await sharedRepository({ version });
    const options = makeSource(shared);
    const ours = await shared.holdfast.backup(['source'], [], options);
    const theirs = await shared.restic.backup(['source'], [], options);
    await expectSameTree(shared, ours, theirs);
    expect(theirs).toMatchObject({ data_blobs: 0, tree_blobs: 0, files_new: 0, files_changed: 0 });
    expect((await shared.restic.snapshot(theirs.snapshot_id)).parent).toBe(await fullId(shared.restic, ours));

    const forced = await shared.restic.backup(['source'], ['--force'], options);
    await expectSameTree(shared, ours, forced);
    expect(forced).toMatchObject({ data_blobs: 0, tree_blobs: 0 });
  });

  it('Holdfast after restic adds nothing and finds its snapshot as parent', async () => {
    await using shared = await sharedRepository({ version });
    const options = makeSource(shared);
    const theirs = await shared.restic.backup(['source'], [], options);
    const ours = await shared.holdfast.backup(['source'], [], options);
    await expectSameTree(shared, theirs, ours);
    expect(ours).toMatchObject({ data_blobs: 0, tree_blobs: 0, files_new: 0, files_changed: 0 });
    expect(ours.total_files_processed).toBe(theirs.total_files_processed);
    expect(ours.total_bytes_processed).toBe(theirs.total_bytes_processed);
    expect((await shared.restic.snapshot(ours.snapshot_id)).parent).toBe(await fullId(shared.restic, theirs));

    const forced = await shared.holdfast.backup(['source'], ['--force'], options);
    await expectSameTree(shared, theirs, forced);
    expect(forced).toMatchObject({ data_blobs: 0, tree_blobs: 0 });
    expect((await shared.restic.snapshot(forced.snapshot_id)).parent).toBeUndefined();
  });
});

describe.skipIf(noRestic)('a folder that changes', { timeout: 120_000 }, () => {
  it('gives the same trees in turn, with and without a parent', async () => {
    await using shared = await sharedRepository();
    const source = shared.folder.at('source');
    makeTree(source, { files: 200, bytes: 5_000_000, seed: 3 });
    const options = { cwd: shared.folder.path };
    for (let round = 0; round < 3; round++) {
      const [first, second] = round % 2 === 0 ? [shared.holdfast, shared.restic] : [shared.restic, shared.holdfast];
      const one = await first.backup(['source'], [], options);
      const two = await second.backup(['source'], ['--force'], options);
      await expectSameTree(shared, one, two);
      expect(two).toMatchObject({ data_blobs: 0, tree_blobs: 0 });
      mutateTree(source, round);
    }
  });
});

describe.skipIf(noRestic)('what is asked for', { timeout: 120_000 }, () => {
  const targets: { what: string; args: string[]; cwd?: string }[] = [
    { what: 'two folders', args: ['one', 'two/below'] },
    { what: 'the folder itself', args: ['.'], cwd: 'two' },
    { what: 'a parent', args: ['../one'], cwd: 'two' },
    { what: 'one file', args: ['one/a.txt'] },
    { what: 'a folder and what is in it', args: ['one', 'one/cache'] },
    { what: 'same names', args: ['one/sub', 'two/sub'] },
    { what: '--exclude', args: ['.', '--exclude', '*.log', '--exclude', 'below/**/x*', '--exclude', '/nowhere'] },
    { what: '--exclude with !', args: ['.', '--exclude', '*.txt', '--exclude', '!a.txt'] },
    { what: '--iexclude', args: ['.', '--iexclude', 'UPPER*'] },
    { what: '--exclude-caches', args: ['.', '--exclude-caches'] },
    { what: '--exclude-if-present', args: ['.', '--exclude-if-present', '.nobackup'] },
    { what: '--exclude-if-present with header', args: ['.', '--exclude-if-present', 'b.log:the header'] },
    { what: '--exclude-larger-than', args: ['.', '--exclude-larger-than', '10k'] },
    { what: '--exclude-file', args: ['.', '--exclude-file', 'patterns'] },
    { what: '--files-from', args: ['--files-from', 'list'] },
    { what: '--files-from-verbatim', args: ['--files-from-verbatim', 'list'] },
    { what: '--with-atime', args: ['one', '--with-atime', '--force'] },
    {
      what: '--host, --tag, --time',
      args: ['one', '--host', 'h', '--tag', 'a,b', '--tag', 'c', '--time', '2021-02-03 04:05:06'],
    },
  ];
  it.each(targets)('$what: the same snapshot', async ({ args, cwd }) => {
    await using shared = await sharedRepository();
    const top = shared.folder.at('top');
    for (const path of [
      'one/a.txt',
      'one/b.log',
      'one/cache/x',
      'one/sub/same',
      'two/below/deep/x1',
      'two/below/.nobackup',
    ]) {
      writeFileSync(shared.folder.at('top', path), `content of ${path}`);
    }
    writeFileSync(shared.folder.at('top/one/cache/CACHEDIR.TAG'), 'Signature: 8a477f597d28d172789f06886806bc55\n');
    writeFileSync(shared.folder.at('top/two/sub/upper.TXT'), 'u'.repeat(20_000));
    writeFileSync(shared.folder.at('top/two/sub/b.log'), 'the header and more');
    writeFileSync(join(top, 'patterns'), '# comment\n\n*.log\n  cache \n$HOME/x\n');
    writeFileSync(join(top, 'list'), 'one\ntwo/below\n');
    const options = { cwd: join(top, cwd ?? '.') };
    // So that reading changes no access time (relatime: only one that is older than the mtime).
    await runOk('find', [top, '-exec', 'touch', '-a', '-d', '+1 hour', '{}', '+']);
    await shared.restic.ok(['backup', ...args], options);
    await shared.holdfast.ok(['backup', ...args], options);
    const [theirs, ours] = await shared.restic.snapshots();
    if (theirs === undefined || ours === undefined) throw new Error('two snapshots were expected');
    expect(await firstDifference(shared.restic, theirs.tree, ours.tree)).toBe('');
    for (const field of ['paths', 'hostname', 'username', 'tags', 'excludes', 'uid', 'gid'] as const) {
      expect({ [field]: (ours as never)[field] }).toEqual({ [field]: (theirs as never)[field] });
    }
    if (args.includes('--time')) expect(ours.time).toBe(theirs.time);
  });
});

describe.skipIf(noRestic)('time zones', { timeout: 120_000 }, () => {
  it.each(['UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu', 'Africa/Monrovia'])(
    '%s: the same tree',
    async (TZ) => {
      await using shared = await sharedRepository();
      const source = shared.folder.at('source');
      makeOddTree(source, 4, { depth: 2, linkAttributes: false });
      await runOk('rm', ['-r', join(source, 'sizes'), join(source, 'names'), join(source, 'sparse')]);
      const options = { cwd: shared.folder.path, env: { TZ } };
      await shared.restic.ok(['backup', 'source'], options);
      await shared.holdfast.ok(['backup', '--force', 'source'], options);
      const [theirs, ours] = await shared.restic.snapshots();
      expect(await firstDifference(shared.restic, theirs?.tree ?? '', ours?.tree ?? '')).toBe('');
    },
  );
});
