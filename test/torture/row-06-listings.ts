/**
 * Row 6: a listing that fails, comes back empty or breaks off removes nothing. The repository holds nothing that could go, so whatever is
 * removed (but for our own locks) is a loss.
 */
import { copyFileSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Backend } from '../../src/backend/backend.ts';
import { messageOf } from '../../src/base/errors.ts';
import {
  acquireLock,
  openRepository,
  pruneRepository,
  type Repository,
  repairIndex,
  repairSnapshots,
} from '../../src/repository/mod.ts';
import { type Lie, startListingLiar } from '../support/listing-liar.ts';
import { type NetworkStore, networkStores } from '../support/network-stores.ts';
import { seededRandom } from '../support/random.ts';
import { copyRepository } from '../support/repository-files.ts';
import { forgeRepository } from '../support/repository-forge.ts';
import { type SharedRepository, sharedRepository } from '../support/shared-repository.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { type Figure, mustBeZero, type TortureRow } from './row.ts';

const never = new AbortController().signal;
/** Which listings each of them goes by. */
const reads: Readonly<Record<string, readonly string[]>> = {
  prune: ['snapshots', 'index', 'data'],
  'repair index': ['index', 'data'],
  'repair snapshots --forget': ['snapshots', 'index'],
};
const lies: readonly Lie[] = ['refused', 'no-body', 'empty', 'cut', 'short'];
const times = { stallMs: 2000, connectMs: 2000 };

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
  'repair index': (repository) =>
    locked(repository, (lock) =>
      repairIndex({ repository, lock, readAllPacks: false, dryRun: false, signal: lock.signal }),
    ),
  'repair snapshots --forget': (repository) =>
    locked(repository, (lock) =>
      repairSnapshots({ repository, names: [], filter: {}, lock, dryRun: false, forget: true, signal: lock.signal }),
    ),
};

export const row: TortureRow = {
  row: 6,
  promise: 'A failed listing is never "empty"',
  async run({ short, seed, log }) {
    await using shared = await sharedRepository();
    const stores = await networkStores();
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
        await fill(store, shared);
        const before = filesOf(store);
        const copy = shared.folder.at('copies', String(runs));
        copyRepository(store.folder, copy);
        /** What is gone; it is put back. */
        const missing = (): string[] => {
          const gone = before.filter((path) => !existsSync(join(store.folder, path)));
          for (const path of gone) copyFileSync(join(copy, path), join(store.folder, path));
          return gone;
        };
        if (store.name === 'sftp') {
          const random = seededRandom(`row 6 ${seed}`);
          await using proxy = await startTcpProxy(store.port);
          for (const [name, work] of Object.entries(works)) {
            const from = proxy.bytes.down;
            tally(store.name, name, await outcomeOf(store.open(proxy.port, times), shared, work), missing());
            const total = proxy.bytes.down - from;
            for (let n = 0; n < (short ? 8 : 100); n++) {
              const bytes = random.integer(0, total);
              proxy.cutAfter({ direction: 'down', bytes, how: n % 2 === 0 ? 'close' : 'reset' });
              const outcome = await outcomeOf(store.open(proxy.port, times), shared, work);
              proxy.clear();
              tally(store.name, `${name}, cut after ${bytes} of ${total} bytes`, outcome, missing());
            }
          }
          continue;
        }
        await using liar = await startListingLiar(store.port);
        for (const [name, work] of Object.entries(works)) {
          tally(store.name, name, await outcomeOf(store.open(liar.port, times), shared, work), missing());
          for (const folder of reads[name] ?? []) {
            for (const how of lies) {
              liar.lie(folder, how);
              const outcome = await outcomeOf(store.open(liar.port, times), shared, work);
              liar.tellTheTruth();
              const about = `${name}, listing of ${folder}: ${how}`;
              tally(store.name, about, outcome, [...liar.deletes.splice(0), ...missing()]);
              if (outcome === 'done' && how !== 'empty') silent.push(`${store.name}: ${about}: it succeeded`);
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

async function fill(store: NetworkStore, shared: SharedRepository): Promise<void> {
  forgeRepository(store.folder, shared.password, 2);
  const { restic } = shared.on(store.folder);
  const source = shared.folder.at('source');
  for (let n = 0; n < 3; n++) {
    writeFileSync(source, `version ${n} `.repeat(10_000));
    await restic.backup([source]);
  }
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

/** All but locks. */
function filesOf({ folder }: NetworkStore): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (path) => /[0-9a-f]{64}$/.test(path) && !path.startsWith('locks'),
  );
}
