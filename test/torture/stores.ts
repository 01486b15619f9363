/**
 * One repository as its users reach it over a network, while the judge looks at what the store holds: the same files in their folder, or the
 * bucket itself.
 */
import { randomUUID } from 'node:crypto';
import type { Backend } from '../../src/backend/backend.ts';
import { openLocalBackend } from '../../src/backend/local/local-backend.ts';
import { openS3Backend } from '../../src/backend/s3/s3-backend.ts';
import { type Ceph, startCeph } from '../support/ceph.ts';
import { Holdfast } from '../support/holdfast.ts';
import { cephStore, type NetworkStore, networkStores, optionsOf } from '../support/network-stores.ts';
import { startRclone } from '../support/rclone.ts';
import { Restic } from '../support/restic.ts';
import type { ProcessOptions, ProcessResult } from '../support/run-process.ts';
import { type SharedRepository, sharedRepository } from '../support/shared-repository.ts';
import { startSshd } from '../support/sshd.ts';
import type { TemporaryFolder } from '../support/temporary-folder.ts';
import { requireTool } from '../support/tools.ts';
import { type Figure, skipRow, type TortureContext } from './row.ts';

export const storeNames = ['sftp', 'rest', 's3'] as const;
export type StoreName = (typeof storeNames)[number];
export type Program = 'holdfast' | 'restic';

export interface RepositoryOnStore extends AsyncDisposable {
  readonly name: StoreName | 'local';
  readonly folder: TemporaryFolder;
  /** With what leads to the repository. */
  readonly ours: Pick<Holdfast, 'env'>;
  /** To be put behind our arguments. */
  readonly flags: readonly string[];
  run(program: Program, args: readonly string[], options?: ProcessOptions): Promise<ProcessResult>;
  /** The judge's. */
  readonly restic: Restic;
  /** What is there. */
  readonly truth: Backend;
}

const never = new AbortController().signal;

/** Does the work on each store that the run is for, side by side, and names the figures after it. */
export async function onEachStore(
  context: TortureContext,
  work: (store: RepositoryOnStore) => Promise<readonly Figure[]>,
): Promise<Figure[]> {
  const figures = await Promise.all(
    context.over.map(async (name) => {
      await using store = await reach(name, context.seed);
      if (store === undefined) return [];
      return (await work(store)).map((figure) => ({ ...figure, figure: `${name}: ${figure.figure}` }));
    }),
  );
  return figures.flat().length > 0 ? figures.flat() : skipRow(`none of ${context.over.join(', ')} is installed`);
}

/** The stores that the run is for, as those rows want them that stand between client and server. Empty ones. */
export async function serversOf({ over }: Pick<TortureContext, 'over'>): Promise<NetworkStore[]> {
  const [stores, buckets] = await Promise.all([
    networkStores(over.filter((name) => name !== 's3')),
    over.includes('s3') && isInstalled('s3') ? ceph().then(cephStore) : undefined,
  ]);
  return [...stores, ...(buckets === undefined ? [] : [buckets])];
}

/** Bytes of all packs. */
export async function packBytesOf({ truth }: RepositoryOnStore): Promise<number> {
  let bytes = 0;
  for await (const { sizeBytes } of truth.list('data', never)) bytes += sizeBytes;
  return bytes;
}

export async function countOf({ truth }: RepositoryOnStore, type: 'snapshot' | 'lock'): Promise<number> {
  return (await Array.fromAsync(truth.list(type, never))).length;
}

/** Undefined where its server is not installed. */
async function reach(name: StoreName, seed: number): Promise<RepositoryOnStore | undefined> {
  if (!isInstalled(name)) return undefined;
  const shared = await sharedRepository({ seed });
  return await { sftp: overSftp, rest: overRest, s3: overS3 }[name](shared);
}

function isInstalled(name: StoreName): boolean {
  const tools = { sftp: ['sshd', 'ssh-keygen'], rest: ['rclone'], s3: ['radosgw', 'ceph-mon', 'ceph-osd'] } as const;
  return tools[name].every((tool) => requireTool(tool) !== undefined);
}

async function overSftp(shared: SharedRepository): Promise<RepositoryOnStore> {
  const server = await startSshd();
  const location = server.location(shared.repository);
  return inFolder('sftp', shared, server, {
    holdfast: optionsOf({ location, credentials: server.credentials }),
    restic: ['-r', location, ...server.resticOptions],
  });
}

async function overRest(shared: SharedRepository): Promise<RepositoryOnStore> {
  const server = await startRclone({ folder: shared.repository });
  const flags = ['-r', `rest:${server.url}`];
  return inFolder('rest', shared, server, { holdfast: flags, restic: flags });
}

function inFolder(
  name: StoreName,
  shared: SharedRepository,
  server: AsyncDisposable,
  flags: Readonly<Record<Program, readonly string[]>>,
): RepositoryOnStore {
  return {
    ...inThisFolder(shared),
    name,
    flags: flags.holdfast,
    run: (program, args, options) => shared[program].run([...args, ...flags[program]], options),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await shared[Symbol.asyncDispose]();
    },
  };
}

/** Without a network between. Disposing it leaves `shared`. */
export function inThisFolder(shared: SharedRepository): RepositoryOnStore {
  return {
    name: 'local',
    folder: shared.folder,
    ours: shared.holdfast,
    flags: [],
    run: (program, args, options) => shared[program].run(args, options),
    restic: shared.restic,
    truth: openLocalBackend(shared.repository),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

let cluster: Promise<Ceph> | undefined;

/** All rows of a run have one cluster: see `endStores`. */
export function ceph(): Promise<Ceph> {
  cluster ??= startCeph();
  return cluster;
}

async function overS3(shared: SharedRepository): Promise<RepositoryOnStore> {
  const { url, owner } = await ceph();
  const rest = `${url}/torture-${randomUUID()}`;
  const environment = { AWS_ACCESS_KEY_ID: owner.accessKeyId, AWS_SECRET_ACCESS_KEY: owner.secretAccessKey };
  const { password, folder } = shared;
  const home = folder.at('home');
  const programs = {
    holdfast: new Holdfast({ home, repository: `s3:${rest}`, password, environment }),
    restic: new Restic({ repository: `s3:${rest}`, password, home, environment }),
  };
  await programs.holdfast.ok(['init']);
  const credentials = { accessKeyId: owner.accessKeyId, secretAccessKey: owner.secretAccessKey };
  const truth = openS3Backend(rest, { location: `s3:${rest}`, credentials });
  return {
    name: 's3',
    folder,
    ours: programs.holdfast,
    flags: [],
    run: (program, args, options) => programs[program].run(args, options),
    restic: programs.restic,
    truth,
    async [Symbol.asyncDispose]() {
      await truth[Symbol.asyncDispose]();
      await shared[Symbol.asyncDispose]();
    },
  };
}

/** To be called when all rows are done. */
export async function endStores(): Promise<void> {
  const running = await cluster?.catch(() => undefined);
  cluster = undefined;
  await running?.[Symbol.asyncDispose]();
}
