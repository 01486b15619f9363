/**
 * Row 6: a listing that fails, comes back empty, breaks off or leaves something out removes nothing. The repository holds nothing that could go,
 * so whatever is removed (but for our own locks, and index files of which all is in others) is a loss.
 *
 * Snapshots that are left out are so once: a store that never shows them cannot be told from one where they were forgotten.
 */
import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Backend, Handle } from '../../src/backend/backend.ts';
import { messageOf } from '../../src/base/errors.ts';
import {
  acquireLock,
  openRepository,
  pruneRepository,
  type Repository,
  repairIndex,
  repairSnapshots,
} from '../../src/repository/mod.ts';
import { type Lie, type ListingLiar, startListingLiar } from '../support/listing-liar.ts';
import type { NetworkStore } from '../support/network-stores.ts';
import { seededRandom } from '../support/random.ts';
import { startS3ListingLiar } from '../support/s3-listing-liar.ts';
import { type SharedRepository, sharedRepository } from '../support/shared-repository.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { type Figure, mustBeZero, type TortureRow } from './row.ts';
import { serversOf } from './stores.ts';

const never = new AbortController().signal;
/** Which listings each of them goes by. */
const reads: Readonly<Record<string, readonly string[]>> = {
  prune: ['snapshots', 'index', 'data'],
  'repair index': ['index', 'data'],
  'repair index --read-all-packs': ['data'],
  'repair snapshots --forget': ['snapshots', 'index'],
};
const times = { stallMs: 5000, connectMs: 2000 };

/** What removes. Each with a lock of its own. */
const works: Readonly<Record<string, (repository: Repository) => Promise<unknown>>> = {
  prune: (repository) =>
    pruneRepository({
      repository,
      limits: {
        maxUnusedBytes: () => 0,
        maxRepackBytes: Number.POSITIVE_INFINITY,
        repackCacheableOnly: false,
        repackUncompressed: false,
      },
      threads: 0,
      signal: never,
    }),
  'repair index': (repository) => mendIndex(repository, false),
  'repair index --read-all-packs': (repository) => mendIndex(repository, true),
  'repair snapshots --forget': (repository) =>
    locked(repository, (lock) =>
      repairSnapshots({ repository, names: [], filter: {}, lock, dryRun: false, forget: true, signal: lock.signal }),
    ),
};

export const row: TortureRow = {
  row: 6,
  promise: 'A failed listing is never "empty"',
  async run(context) {
    const { short, seed, log } = context;
    await using shared = await sharedRepository();
    const stores = await serversOf(context);
    const lost: string[] = [];
    const silent: string[] = [];
    let runs = 0;
    const tally = (store: string, about: string, outcome: string, missing: readonly string[]): void => {
      runs++;
      log(`${store}: ${about}: ${outcome}, ${missing.length} removed`);
      if (missing.length > 0)
        lost.push(`${store}: ${about}: ${missing.length} removed, such as ${missing[0]} (${outcome})`);
    };
    try {
      for (const store of stores) {
        const { lastBackupMs } = await fill(store, shared);
        const kept = await contentsOf(store.truth);
        /** What is lost; it is put back, and what came is taken away. */
        const lossOf = async (deletes: readonly string[] = []): Promise<string[]> => {
          const there = await handlesOf(store.truth);
          const gone = kept.filter(({ handle }) => !there.some(({ name }) => name === handle.name));
          const removed = [...deletes, ...gone.map(({ handle }) => `${handle.type} ${handle.name}`)];
          const isReplaced =
            removed.length > 0 && removed.every((file) => /index/.test(file)) && (await isSound(store, shared));
          for (const { handle, bytes } of gone) await store.truth.save(handle, bytes, never);
          for (const handle of there) {
            if (!kept.some(({ handle: { name } }) => name === handle.name)) await store.truth.remove(handle, never);
          }
          return isReplaced ? [] : removed;
        };
        if (store.kind === 'sftp') {
          const random = seededRandom(`row 6 ${seed}`);
          await using proxy = await startTcpProxy(store.port);
          for (const [name, work] of Object.entries(works)) {
            const from = proxy.bytes.down;
            tally(store.name, name, await outcomeOf(store.open(proxy.port, times), shared, work), await lossOf());
            const total = proxy.bytes.down - from;
            for (let n = 0; n < (short ? 5 : 100); n++) {
              const bytes = random.integer(0, total);
              proxy.cutAfter({ direction: 'down', bytes, how: n % 2 === 0 ? 'close' : 'reset' });
              const outcome = await outcomeOf(store.open(proxy.port, times), shared, work);
              proxy.clear();
              tally(store.name, `${name}, cut after ${bytes} of ${total} bytes`, outcome, await lossOf());
            }
          }
          continue;
        }
        await using liar = await startLiar(store, lastBackupMs);
        for (const [name, work] of Object.entries(works)) {
          const honest = await outcomeOf(store.open(liar.port, times), shared, work);
          tally(store.name, name, honest, await lossOf(liar.deletes.splice(0)));
          for (const folder of reads[name] ?? []) {
            for (const lie of liar.lies) {
              liar.lie(folder, lie, timesOf(lie, folder));
              const outcome = await outcomeOf(store.open(liar.port, times), shared, work);
              liar.tellTheTruth();
              const about = `${name}, listing of ${folder}: ${lie.name}`;
              tally(store.name, about, outcome, await lossOf(liar.deletes.splice(0)));
              if (outcome === 'done' && lie.isBroken) silent.push(`${store.name}: ${about}: it succeeded`);
            }
          }
        }
      }
    } finally {
      for (const store of stores) await store[Symbol.asyncDispose]();
    }
    return [
      { figure: 'runs', value: runs, ok: runs > 0 } satisfies Figure,
      mustBeZero('runs that removed something (deletes sent)', lost),
      mustBeZero('failed listings that nobody noticed', silent),
    ];
  },
};

async function fill(store: NetworkStore, shared: SharedRepository): Promise<{ readonly lastBackupMs: number }> {
  await store.forge(shared);
  const restic = store.restic(shared);
  const source = shared.folder.at('source');
  let lastBackupMs = 0;
  for (let n = 0; n < 3; n++) {
    await delay(20); // the store's times are to tell them apart
    lastBackupMs = Date.now();
    writeFileSync(source, `version ${n} `.repeat(10_000));
    await restic.backup([source]);
  }
  return { lastBackupMs };
}

async function startLiar({ kind, port, place }: NetworkStore, staleMs: number): Promise<ListingLiar> {
  if (kind === 'rest') return await startListingLiar(port);
  const { accessKeyId = '', secretAccessKey = '' } = place(port).credentials ?? {};
  return await startS3ListingLiar({ url: `http://127.0.0.1:${port}`, user: { accessKeyId, secretAccessKey }, staleMs });
}

/** How many listings lie. */
function timesOf({ isBroken, name }: Lie, folder: string): number {
  return folder === 'snapshots' && !isBroken && name !== 'empty' ? 1 : Number.POSITIVE_INFINITY;
}

async function outcomeOf(
  backend: Backend,
  { password }: SharedRepository,
  work: (repository: Repository) => Promise<unknown>,
): Promise<string> {
  try {
    await using repository = await openRepository({ backend, password, signal: never });
    await work(repository);
    return 'done';
  } catch (error) {
    return messageOf(error);
  }
}

async function locked(
  repository: Repository,
  work: (lock: Awaited<ReturnType<typeof acquireLock>>) => Promise<unknown>,
): Promise<void> {
  await using lock = await acquireLock(repository, { exclusive: true, waitMs: 0, signal: never });
  await work(lock);
}

async function mendIndex(repository: Repository, readAllPacks: boolean): Promise<void> {
  await locked(repository, (lock) =>
    repairIndex({ repository, lock, readAllPacks, dryRun: false, signal: lock.signal }),
  );
}

/** Index files may be replaced by others that name as much. */
async function isSound(store: NetworkStore, shared: SharedRepository): Promise<boolean> {
  return (await store.restic(shared).check([])).code === 0;
}

/** All but locks and the configuration. */
async function handlesOf(truth: Backend): Promise<Handle[]> {
  const handles: Handle[] = [];
  for (const type of ['key', 'snapshot', 'index', 'data'] as const) {
    for await (const { name } of truth.list(type, never)) handles.push({ type, name });
  }
  return handles;
}

async function contentsOf(truth: Backend): Promise<{ readonly handle: Handle; readonly bytes: Uint8Array }[]> {
  const handles = await handlesOf(truth);
  return await Promise.all(handles.map(async (handle) => ({ handle, bytes: await truth.read(handle, never) })));
}
