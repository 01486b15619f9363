/** Whatever damage restic finds, Holdfast finds; and what restic calls sound, Holdfast calls sound. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isResticStandIn } from '../support/holdfast.ts';
import { makeTree, mutateTree } from '../support/make-tree.ts';
import { seededRandom } from '../support/random.ts';
import {
  copyRepository,
  type Damage,
  damage,
  type RepositoryFileKind,
  repositoryFiles,
} from '../support/repository-files.ts';
import { forgedNode, sha256 } from '../support/repository-forge.ts';
import { type SharedRepository, sharedRepository } from '../support/shared-repository.ts';
import { requireTool } from '../support/tools.ts';

const noRestic = requireTool('restic') === undefined;

describe.skipIf(noRestic)('damaged files', { timeout: 120_000 }, () => {
  let shared: SharedRepository;

  beforeAll(async () => {
    shared = await sharedRepository();
    const source = shared.folder.at('source');
    makeTree(source, { files: 60, bytes: 3_000_000, seed: 21 });
    await shared.restic.backup([source]);
    mutateTree(source, 21);
    await shared.restic.backup([source]);
  }, 60_000);
  afterAll(async () => shared[Symbol.asyncDispose]());

  const kinds: readonly RepositoryFileKind[] = ['data', 'index', 'snapshots'];
  const damages: readonly Damage[] = ['flip', 'truncate', 'delete', 'zero', 'append'];
  const cases = kinds.flatMap((kind) => damages.map((what) => ({ kind, what })));

  it.each(cases)('$what in $kind', async ({ kind, what }) => {
    const random = seededRandom(`${kind} ${what}`);
    const twin = shared.folder.at('twin');
    copyRepository(shared.repository, twin);
    try {
      const done = damage(random.pick(repositoryFiles(twin, kind)), what, random);
      const { holdfast, restic } = shared.on(twin);
      // restic tries for minutes to read what is not there; a missing or short pack it finds without reading.
      const quick = kind === 'data' && (what === 'delete' || what === 'truncate');
      const theirs = await restic.check(quick ? [] : ['--read-data']);
      const full = !isResticStandIn || !quick;
      const ours = await holdfast.run(['check', ...(full ? ['--read-data'] : [])]);
      const said = `${done}\nrestic ${theirs.code}: ${theirs.stdout}${theirs.stderr}\nholdfast ${ours.code}: ${ours.stdout}${ours.stderr}`;
      if (theirs.code !== 0) expect(ours.code, said).not.toBe(0);
      else expect(ours.code, said).toBe(0);
      expect(ours.stderr, said).not.toMatch(/^\s+at .*\.(ts|js):\d+/m);
    } finally {
      rmSync(twin, { recursive: true, force: true });
    }
  });
});

/** Damage that only one who holds the key can do: each makes a repository that is wrong in one way. */
const forgeries: Record<string, (shared: SharedRepository) => void> = {
  'a blob whose content is not what its id says': ({ forge }) => {
    const [id] = forge.saveBlobs([{ type: 'data', plain: Buffer.from('content'), id: sha256(Buffer.from('other')) }]);
    forge.saveSnapshot({ tree: forge.saveTree([forgedNode({ name: 'a', type: 'file', size: 7, content: [id] })]) });
  },
  'a file whose blob is in no index': ({ forge }) => {
    forge.saveSnapshot({
      tree: forge.saveTree([forgedNode({ name: 'a', type: 'file', size: 7, content: ['ab'.repeat(32)] })]),
    });
  },
  'a snapshot whose tree is in no index': ({ forge }) => {
    forge.saveSnapshot({ tree: 'cd'.repeat(32) });
  },
  'a folder whose tree is in no index': ({ forge }) => {
    forge.saveSnapshot({ tree: forge.saveTree([forgedNode({ name: 'd', type: 'dir', subtree: 'ef'.repeat(32) })]) });
  },
  'a folder without a tree': ({ forge }) => {
    forge.saveSnapshot({ tree: forge.saveTree([forgedNode({ name: 'd', type: 'dir' })]) });
  },
  'a node of no known type': ({ forge }) => {
    forge.saveSnapshot({ tree: forge.saveTree([forgedNode({ name: 'd', type: 'portal' })]) });
  },
  'an index that names a pack that is not there': ({ forge }) => {
    forge.saveIndex([{ id: '12'.repeat(32), blobs: [{ id: '34'.repeat(32), type: 'data', offset: 0, length: 50 }] }]);
  },
  'an index that disagrees with the header of a pack': ({ forge }) => {
    const pack = forge.savePack([
      { type: 'data', plain: Buffer.from('one') },
      { type: 'data', plain: Buffer.from('two') },
    ]);
    forge.saveIndex([{ id: pack.id, blobs: pack.blobs.map((blob) => ({ ...blob, offset: 0 })) }]);
  },
  'an index that is no JSON': ({ forge }) => {
    forge.saveFile('index', 'not json');
  },
};

describe.skipIf(noRestic)('forged damage', { timeout: 60_000 }, () => {
  it.each(Object.keys(forgeries))('%s', async (name) => {
    await using shared = await sharedRepository();
    shared.forge.saveSnapshot({ tree: shared.forge.saveTree([]) });
    expect((await shared.holdfast.run(['check', '--read-data'])).code).toBe(0);
    forgeries[name]?.(shared);
    const packIsThere = !name.includes('pack that is not there');
    const theirs = await shared.restic.check(packIsThere ? ['--read-data'] : []);
    const ours = await shared.holdfast.run(['check', ...(packIsThere || !isResticStandIn ? ['--read-data'] : [])]);
    const said = `restic ${theirs.code}: ${theirs.stdout}${theirs.stderr}\nholdfast ${ours.code}: ${ours.stdout}${ours.stderr}`;
    expect(theirs.code, said).not.toBe(0);
    expect(ours.code, said).not.toBe(0);
  });
});
