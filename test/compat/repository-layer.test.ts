/** The repository layer and the real restic, on the same repositories: each reads, checks and respects the other's. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLocalBackend } from '../../src/backend/local/local-backend.ts';
import { systemClock } from '../../src/base/clock.ts';
import { type Id, idOf } from '../../src/format/id.ts';
import { addKey, listKeys, removeKey } from '../../src/repository/keys.ts';
import { isStale, listLocks } from '../../src/repository/lock-files.ts';
import { acquireLock } from '../../src/repository/locks.ts';
import { initRepository, openRepository, type Repository } from '../../src/repository/repository.ts';
import { listSnapshots, resolveSnapshot } from '../../src/repository/snapshots.ts';
import { TreeReader, walkTree } from '../../src/repository/trees.ts';
import { seededRandom } from '../support/random.ts';
import { Restic } from '../support/restic.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { requireTool } from '../support/tools.ts';
import { codeOf, never, password } from '../unit/repository/test-repository.ts';

const keyOptions = { cost: { N: 1024, r: 8, p: 1 } };

interface Stage {
  readonly folder: TemporaryFolder;
  readonly path: string;
  readonly restic: Restic;
  open(word?: string): Promise<Repository>;
}

function stageIn(folder: TemporaryFolder): Stage {
  const path = join(folder.path, 'repository');
  mkdirSync(join(folder.path, 'home'));
  return {
    folder,
    path,
    restic: new Restic({ repository: path, password, home: join(folder.path, 'home') }),
    open: (word = password) => openRepository({ backend: openLocalBackend(path), password: word, signal: never }),
  };
}

async function initOurs({ path }: Stage, version: 1 | 2): Promise<void> {
  const made = await initRepository({ backend: openLocalBackend(path), password, version, keyOptions, signal: never });
  await made[Symbol.asyncDispose]();
}

/** A folder of files of all sizes; gives the SHA-256 of each content. */
function makeSource(folder: TemporaryFolder): { source: string; contents: Map<string, Id> } {
  const source = join(folder.path, 'source');
  const random = seededRandom('restic source');
  const contents = new Map<string, Id>();
  for (let index = 0; index < 60; index++) {
    const name = `d${index % 7}/f${index}`;
    const size = index === 0 ? 3_000_000 : random.integer(0, 20_000);
    const content = random.chance(0.5) ? random.text(size) : random.bytes(size);
    writeFileSync(folder.at('source', name), content);
    contents.set(name, idOf(content));
  }
  return { source, contents };
}

/** Reads every file of the latest snapshot, blob by blob. */
async function readAllFiles(repository: Repository, source: string): Promise<Map<string, Id>> {
  await repository.loadIndex(never);
  const { snapshot } = await resolveSnapshot(repository, 'latest', { signal: never });
  const contents = new Map<string, Id>();
  for await (const { path, node } of walkTree(new TreeReader(repository), snapshot.tree, { signal: never })) {
    if (node.type !== 'file') continue;
    const blobs: Uint8Array[] = [];
    for (const id of node.content ?? []) blobs.push(await repository.readBlob('data', id, never));
    contents.set(`/${path}`.slice(source.length + 1), idOf(Buffer.concat(blobs)));
  }
  return contents;
}

describe.skipIf(requireTool('restic') === undefined)(
  'with the real restic',
  () => {
    it.each([1, 2] as const)('reads all that restic wrote, in format %i', async (version) => {
      await using folder = await temporaryFolder();
      const its = stageIn(folder);
      const { source, contents } = makeSource(folder);
      await its.restic.init(version);
      await its.restic.backup([source], ['--tag', 'one', '--host', 'desk']);
      await using repository = await its.open();
      expect(repository.config.version).toBe(version);
      expect(await readAllFiles(repository, source)).toEqual(contents);
      const [stored] = await listSnapshots(repository, { signal: never });
      expect(stored!.snapshot).toMatchObject({ hostname: 'desk', tags: ['one'], paths: [source] });
      for (const packId of repository.index.packIds()) {
        const fromIndex = repository.index.blobsByPack().get(packId);
        expect((await repository.packReader.listPack(packId, never)).blobs).toEqual(fromIndex);
      }
      expect(await codeOf(() => its.open('wrong'))).toBe('wrong-password');
    });

    it.each([1, 2] as const)('makes repositories that restic uses and finds sound, in format %i', async (version) => {
      await using folder = await temporaryFolder();
      const its = stageIn(folder);
      const { source, contents } = makeSource(folder);
      await initOurs(its, version);
      await its.restic.backup([source]);
      const check = await its.restic.check();
      expect([check.code, check.stderr]).toEqual([0, '']);
      await using repository = await its.open();
      expect(await readAllFiles(repository, source)).toEqual(contents);
    });

    it('shares keys both ways', async () => {
      await using folder = await temporaryFolder();
      const its = stageIn(folder);
      await initOurs(its, 2);
      await using repository = await its.open();
      await addKey(repository, 'from holdfast', never, keyOptions);
      const other = new Restic({ repository: its.path, password: 'from holdfast', home: its.restic.home });
      writeFileSync(folder.at('new-password'), 'from restic\n');
      await other.ok(['key', 'add', '--new-password-file', folder.at('new-password')]);
      await using again = await its.open('from restic');
      expect(Buffer.compare(again.key.encryption, repository.key.encryption)).toBe(0);
      expect(await listKeys(again, never)).toHaveLength(3);
      await removeKey(again, repository.keyId, never);
      expect((await its.restic.run(['snapshots'])).code).not.toBe(0);
      await other.ok(['snapshots']);
    });

    it('is respected by restic while it holds a lock, and lives on when restic asks whether it does', async () => {
      await using folder = await temporaryFolder();
      const its = stageIn(folder);
      await initOurs(its, 2);
      await using repository = await its.open();
      writeFileSync(folder.at('file'), 'content');
      {
        await using lock = await acquireLock(repository, { exclusive: true, signal: never });
        const refused = await its.restic.run(['backup', folder.at('file')]);
        expect(refused.code).not.toBe(0);
        expect(refused.stderr).toContain('already locked exclusively');
        await its.restic.ok(['unlock']);
        await lock.verify(never);
      }
      {
        await using _shared = await acquireLock(repository, { exclusive: false, signal: never });
        await its.restic.backup([folder.at('file')]);
        expect((await its.restic.run(['prune'])).stderr).toContain('already locked');
      }
      await its.restic.ok(['prune']);
    });

    it('respects the lock of a restic that runs, and removes that of one that was killed', async () => {
      await using folder = await temporaryFolder();
      const its = stageIn(folder);
      await initOurs(its, 2);
      await using repository = await its.open();
      const running: ChildProcess = spawn('restic', ['backup', '--stdin'], {
        env: its.restic.env,
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      try {
        await lockAppears(repository);
        const [theirs] = await listLocks(repository, never);
        expect(theirs!.lock).toMatchObject({ pid: running.pid, exclusive: false });
        expect(isStale(theirs!, systemClock)).toBe(false);
        expect(await codeOf(() => acquireLock(repository, { exclusive: true, signal: never }))).toBe('locked');
        await using _shared = await acquireLock(repository, { exclusive: false, signal: never });
      } finally {
        running.kill('SIGKILL');
        await once(running, 'exit');
      }
      expect(await listLocks(repository, never)).toHaveLength(1);
      await using lock = await acquireLock(repository, { exclusive: true, signal: never });
      expect((await listLocks(repository, never)).map(({ id }) => id)).toEqual([lock.id]);
    });
  },
  60_000,
);

async function lockAppears(repository: Repository): Promise<void> {
  const limit = AbortSignal.timeout(20_000);
  while ((await listLocks(repository, limit)).length === 0) await systemClock.sleep(20, limit);
}
