/**
 * Backup to and restore from stores beyond a network, ours beside restic on the same server: OpenSSH, `rclone serve restic`, and Ceph where it
 * is installed; straight, and with a delay on every answer. They take turns; medians. A repository is made anew for each run.
 *
 * Everything goes through a TCP proxy, which counts: bytes, and round trips (how often a connection turned from sending to receiving).
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startCeph } from '../support/ceph.ts';
import { startRclone } from '../support/rclone.ts';
import { startSshd } from '../support/sshd.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { requireTool } from '../support/tools.ts';
import { makeSet } from './datasets/make-set.ts';
import type { SetName } from './datasets/sets.ts';
import { type Command, type Measurement, measure } from './measure.ts';
import { findHoldfast, findRestic, isInstalled, makeHome, type Program } from './programs.ts';
import { median } from './results.ts';

export type StoreName = 'sftp' | 'rest' | 's3';

export interface DestinationFigures {
  readonly store: StoreName;
  readonly delayMs: number;
  readonly set: SetName;
  readonly work: 'backup' | 'restore';
  readonly restic: DestinationRuns;
  readonly holdfast: DestinationRuns;
}

export interface DestinationRuns {
  readonly seconds: number;
  readonly peakBytes: number;
  readonly roundTrips: number;
}

/** What is sent twice when a backup is killed in its middle and run again, over a line of so many bytes a second. */
export interface KilledUpload {
  readonly lineBytesPerSecond: number;
  readonly cleanBytes: number;
  readonly againBytes: number;
}

export interface DestinationsResult {
  readonly figures: readonly DestinationFigures[];
  readonly killed: KilledUpload | undefined;
}

export interface DestinationsOptions {
  readonly sets: string;
  readonly runs: string;
  readonly count: number;
  readonly scale: number;
  readonly ours: readonly string[] | undefined;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

/** A repository's place on a server, as each program is told of it. */
interface Place {
  readonly location: string;
  readonly resticFlags: readonly string[];
  readonly holdfastFlags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

interface Store extends AsyncDisposable {
  readonly name: StoreName;
  readonly port: number;
  /** @param port of the server, or of what stands before it */
  place(name: string, port: number): Place;
}

const delaysMs = [0, 40];
/** A tenth of *small*; of *large*, 512 MiB. */
const parts: readonly { readonly set: SetName; readonly share: number }[] = [
  { set: 'small', share: 0.1 },
  { set: 'large', share: 0.25 },
];
const works = ['backup', 'restore'] as const;
const lineBytesPerSecond = 25_000_000;

/** Undefined where restic is not installed. */
export async function measureDestinations(options: DestinationsOptions): Promise<DestinationsResult | undefined> {
  const restic = findRestic();
  if (restic === undefined) return undefined;
  const programs = [restic, findHoldfast(options.ours)];
  const figures: DestinationFigures[] = [];
  let killed: KilledUpload | undefined;
  for (const start of [startSftpStore, startRestStore, startS3Store]) {
    const folder = mkdtempSync(join(options.runs, 'destinations-'));
    try {
      await using store = await start(folder);
      if (store === undefined) continue;
      for (const delayMs of delaysMs) {
        for (const { set, share } of parts) {
          options.say(`  ${store.name}, ${delayMs} ms, ${set} …`);
          const { folder: data } = await makeSet(set, share * options.scale, options.sets);
          figures.push(...(await measureSet(store, { ...options, programs, folder, data, set, delayMs })));
        }
      }
      if (store.name === 'rest') killed = await measureKilled(store, { ...options, program: programs[1]!, folder });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return { figures, killed };
}

interface SetOptions extends DestinationsOptions {
  readonly programs: readonly Program[];
  readonly folder: string;
  readonly data: string;
  readonly set: SetName;
  readonly delayMs: number;
}

async function measureSet(store: Store, options: SetOptions): Promise<DestinationFigures[]> {
  const { programs, folder, data, set, delayMs, count, signal } = options;
  const runs = new Map<string, { readonly measured: Measurement; readonly turns: number }[]>();
  for (let run = 0; run < count; run++) {
    for (const program of programs) {
      await using proxy = await startTcpProxy(store.port);
      // Left until all is measured: ext4 looks for inodes that were not freed in the last seconds, for longer than a restore takes.
      const home = mkdtempSync(join(folder, `${program.name}-`));
      makeHome(home);
      const name = `${set}-${delayMs}-${program.name}-${run}`;
      const command = (...args: readonly string[]) => withPlace(program, store.place(name, proxy.port), home, args);
      await measure(command('init'), signal);
      proxy.set({ delayMs });
      const target = join(home, 'restored');
      const calls = {
        backup: ['backup', '--quiet', data],
        restore: ['restore', 'latest', '--quiet', '--target', target],
      };
      for (const work of works) {
        const before = proxy.turns;
        const measured = await measure(command(...calls[work]), signal);
        const key = `${work} ${program.name}`;
        runs.set(key, [...(runs.get(key) ?? []), { measured, turns: proxy.turns - before }]);
      }
    }
  }
  const of = (work: string, program: string): DestinationRuns => {
    const all = runs.get(`${work} ${program}`) ?? [];
    return {
      seconds: median(all.map(({ measured }) => measured.seconds)),
      peakBytes: Math.max(...all.map(({ measured }) => measured.peakBytes)),
      roundTrips: median(all.map(({ turns }) => turns)),
    };
  };
  return works.map((work) => ({
    store: store.name,
    delayMs,
    set,
    work,
    restic: of(work, 'restic'),
    holdfast: of(work, 'holdfast'),
  }));
}

function withPlace(program: Program, place: Place, home: string, args: readonly string[]): Command {
  const flags = program.name === 'restic' ? place.resticFlags : place.holdfastFlags;
  const cache = program.name === 'holdfast' ? ['--cache-dir', join(home, 'cache')] : [];
  const command = program.command(home, ...args, '-r', place.location, ...flags, ...cache);
  return { ...command, env: { ...command.env, ...place.env } };
}

/** Ours alone, over a slow line: once whole, then killed in its middle and run again. */
async function measureKilled(
  store: Store,
  {
    program,
    folder,
    sets,
    scale,
    signal,
  }: DestinationsOptions & { readonly program: Program; readonly folder: string },
): Promise<KilledUpload> {
  const { folder: data } = await makeSet('large', 0.25 * scale, sets);
  const home = join(folder, 'killed');
  makeHome(home);
  const upload = async (proxy: TcpProxy, name: string, during: AbortSignal): Promise<number> => {
    const before = proxy.bytes.up;
    const command = withPlace(program, store.place(name, proxy.port), home, ['backup', '--quiet', data]);
    await measure(command, during).catch((error: unknown) => {
      if (signal.aborted || !during.aborted) throw error;
    });
    return proxy.bytes.up - before;
  };
  await using proxy = await startTcpProxy(store.port);
  for (const name of ['clean', 'killed']) {
    await measure(withPlace(program, store.place(name, proxy.port), home, ['init']), signal);
  }
  proxy.set({ upRate: lineBytesPerSecond / 4 });
  const cleanBytes = await upload(proxy, 'clean', signal);
  const kill = new AbortController();
  const killing = delay(((cleanBytes / lineBytesPerSecond) * 1000) / 2).then(() => kill.abort(new Error('killed')));
  const first = await upload(proxy, 'killed', AbortSignal.any([kill.signal, signal]));
  await killing;
  const second = await upload(proxy, 'killed', signal);
  return { lineBytesPerSecond, cleanBytes, againBytes: Math.max(0, first + second - cleanBytes) };
}

async function startSftpStore(folder: string): Promise<Store | undefined> {
  if (requireTool('sshd') === undefined) return undefined;
  const server = await startSshd();
  return {
    name: 'sftp',
    port: server.port,
    place: (name, port) => {
      const { location, credentials, resticOptions } = server.through(port, join(folder, name));
      return { location, resticFlags: resticOptions, holdfastFlags: flagsOf('sftp', credentials), env: {} };
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function startRestStore(folder: string): Promise<Store | undefined> {
  if (!isInstalled('rclone')) return undefined;
  const served = join(folder, 'rclone');
  mkdirSync(served);
  const server = await startRclone({ folder: served });
  return {
    name: 'rest',
    port: Number(new URL(server.url).port),
    place: (name, port) => ({
      location: `rest:http://127.0.0.1:${port}/${name}/`,
      resticFlags: [],
      holdfastFlags: [],
      env: {},
    }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function startS3Store(): Promise<Store | undefined> {
  if (!isInstalled('ceph-mon') || !isInstalled('radosgw')) return undefined;
  const ceph = await startCeph();
  return {
    name: 's3',
    port: Number(new URL(ceph.url).port),
    place: (name, port) => ({
      location: `s3:http://127.0.0.1:${port}/bench-${name.toLowerCase()}`,
      resticFlags: [],
      holdfastFlags: [],
      env: { AWS_ACCESS_KEY_ID: ceph.owner.accessKeyId, AWS_SECRET_ACCESS_KEY: ceph.owner.secretAccessKey },
    }),
    [Symbol.asyncDispose]: () => ceph[Symbol.asyncDispose](),
  };
}

function flagsOf(kind: string, credentials: Readonly<Record<string, string>>): string[] {
  return Object.entries(credentials).flatMap(([name, value]) => ['-o', `${kind}.${name}=${value}`]);
}
