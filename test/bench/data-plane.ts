/**
 * The data plane of our server beside `rclone serve restic`: the restic program backs one data set up to each of them, and restores
 * it; then its packs are read by four callers at once. They take turns; medians. A repository is made anew for each run.
 *
 * Not the same work: ours checks each file against its name before it answers; rclone accepts wrong hashes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { keystream } from './datasets/random.ts';
import { measure } from './measure.ts';
import { findRestic, isInstalled, makeHome, type Program, serverCommand } from './programs.ts';
import { median } from './results.ts';

export interface DataPlaneFigures {
  readonly server: 'holdfast' | 'rclone';
  readonly backupSeconds: number;
  readonly restoreSeconds: number;
  /** Of packs, to four callers. */
  readonly readBytesPerSecond: number;
  /** Of the server, over all runs of it. */
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

export interface DataPlaneOptions {
  readonly runs: string;
  readonly count: number;
  readonly scale: number;
  readonly ours: readonly string[] | undefined;
  readonly signal: AbortSignal;
}

interface Running {
  readonly url: string;
  readonly pid: number;
  readonly headers: Readonly<Record<string, string>>;
  end(): Promise<void>;
}

interface Turn {
  readonly backup: number;
  readonly restore: number;
  readonly read: number;
  readonly cpu: number;
  readonly peak: number;
}

const mib = 1024 * 1024;
const largeFiles = 32;
const smallFiles = 2000;
const readers = 4;
const version2 = 'application/vnd.x.restic.rest.v2';
const ticksPerSecond = 100; // USER_HZ

/** Undefined where restic or rclone is not installed. */
export async function measureDataPlane(options: DataPlaneOptions): Promise<DataPlaneFigures[] | undefined> {
  const restic = findRestic();
  if (restic === undefined || !isInstalled('rclone')) return undefined;
  const folder = mkdtempSync(join(options.runs, 'data-plane-'));
  const data = join(folder, 'data');
  fill(data, options.scale);
  const turns = { holdfast: [] as Turn[], rclone: [] as Turn[] };
  try {
    for (let run = 0; run < options.count; run++) {
      for (const server of ['rclone', 'holdfast'] as const) {
        const place = join(folder, `${server}-${run}`);
        mkdirSync(place);
        turns[server].push(await turn(server, { restic, place, data, ...options }));
        rmSync(place, { recursive: true, force: true });
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return (['rclone', 'holdfast'] as const).map((server) => ({
    server,
    backupSeconds: median(turns[server].map(({ backup }) => backup)),
    restoreSeconds: median(turns[server].map(({ restore }) => restore)),
    readBytesPerSecond: median(turns[server].map(({ read }) => read)),
    cpuSeconds: median(turns[server].map(({ cpu }) => cpu)),
    peakBytes: Math.max(...turns[server].map(({ peak }) => peak)),
  }));
}

/** 512 MiB that do not compress, and 2,000 small files. */
function fill(folder: string, scale: number): void {
  const bytes = Math.ceil(16 * mib * scale);
  mkdirSync(join(folder, 'small'), { recursive: true });
  for (let n = 0; n < largeFiles; n++) {
    const content = new Uint8Array(bytes);
    keystream(content, n * 16 * mib);
    writeFileSync(join(folder, `large-${n}`), content);
  }
  for (let n = 0; n < smallFiles * scale; n++)
    writeFileSync(join(folder, 'small', `${n}.txt`), `file ${n} `.repeat(200));
}

interface TurnOptions extends DataPlaneOptions {
  readonly restic: Program;
  readonly place: string;
  readonly data: string;
}

async function turn(server: 'holdfast' | 'rclone', options: TurnOptions): Promise<Turn> {
  const { restic, place, data, signal } = options;
  const home = join(place, 'home');
  makeHome(home);
  const running = server === 'rclone' ? await startRclone(place) : await startOurs(place, options.ours);
  try {
    const repository = `rest:${running.url}`;
    const run = (...args: readonly string[]) => measure(restic.command(home, ...args, '-r', repository), signal);
    await run('init');
    const backup = await run('backup', '--quiet', data);
    const restore = await run('restore', 'latest', '--no-cache', '--target', join(place, 'restored'));
    const read = await readPacks(running);
    return { backup: backup.seconds, restore: restore.seconds, read, ...costsOf(running.pid) };
  } finally {
    await running.end();
  }
}

async function startRclone(place: string): Promise<Running> {
  const args = ['serve', 'restic', '--addr', '127.0.0.1:0', join(place, 'repository')];
  const env = { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: place };
  const child = spawn('rclone', args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const url = await firstMatch(child, child.stderr, /REST API on (http:\S+)/);
  return { url, pid: child.pid!, headers: {}, end: () => end(child) };
}

async function startOurs(place: string, words: readonly string[] | undefined): Promise<Running> {
  const start = serverCommand(place, [{ id: 'bench', name: 'bench', dialect: 'restic' }], words);
  const child = spawn(start.file, start.args, { env: start.env, stdio: ['ignore', 'pipe', 'ignore'] });
  const line = await firstMatch(child, child.stdout, /^(.*"server_ready".*)$/);
  child.stdout.resume();
  const { url, first_token: token } = JSON.parse(line) as { url: string; first_token: string };
  return {
    url: `${url.replace('//', `//bench:${token}@`)}/restic/bench/`,
    pid: child.pid!,
    headers: { authorization: `Bearer ${token}` },
    end: () => end(child),
  };
}

async function firstMatch(child: ChildProcess, output: NodeJS.ReadableStream, pattern: RegExp): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const found = pattern.exec(line)?.[1];
    if (found !== undefined) return found;
  }
  throw new Error(`${child.spawnfile} ended, and never listened.`);
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** @returns bytes a second */
async function readPacks({ url, headers }: Running): Promise<number> {
  const base = url.replace(/\/\/.*@/, '//');
  const agent = new Agent({ keepAlive: true, maxSockets: readers });
  const ask = async (path: string): Promise<IncomingMessage> => {
    const [response] = await once(
      get(`${base}${path}`, { agent, headers: { ...headers, accept: version2 } }),
      'response',
    );
    return response as IncomingMessage;
  };
  let text = '';
  for await (const chunk of (await ask('data/')).setEncoding('utf8')) text += String(chunk);
  const names = (JSON.parse(text) as { name: string }[]).map(({ name }) => name);
  let bytes = 0;
  const started = performance.now();
  const lane = async (): Promise<void> => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      const response = await ask(`data/${name}`);
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      await once(response, 'end');
    }
  };
  await Promise.all(Array.from({ length: readers }, lane));
  agent.destroy();
  return (bytes * 1000) / (performance.now() - started);
}

function costsOf(pid: number): { cpu: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const peak = Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) * 1024;
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
  return { cpu: (Number(stat[11]) + Number(stat[12])) / ticksPerSecond, peak };
}
