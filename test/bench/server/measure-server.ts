/**
 * The server's figures: lists of 10,000 backups paged through in each dialect, beside a plain Fastify route with an answer of the same
 * size; downloads beside nginx with the same file; 500 agents that poll for a minute.
 */
import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, createWriteStream, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Command } from '../measure.ts';
import { type Load, load, poll } from './load.ts';
import { ids, type MeasuredServer, startMeasuredServer } from './measured-server.ts';

export interface ServerResult {
  readonly rows: number;
  readonly lists: readonly { readonly dialect: string; readonly load: Load }[];
  /** Of the panel's answers, in bytes. */
  readonly pageBytes: number;
  readonly plain: Load;
  readonly downloads: readonly { readonly name: string; readonly megabytesPerSecond: number }[];
  readonly polling: Load & { readonly agents: number; readonly residentBytes: number; readonly cpuShare: number };
}

const callers = 8;
const agents = 500;
const pollEveryMs = 5000;

export async function measureServer(options: {
  readonly command: (args: readonly string[]) => Command;
  readonly runs: string;
  readonly scale: number;
  /** Of the downloads. */
  readonly count: number;
  readonly signal: AbortSignal;
}): Promise<ServerResult> {
  const { command, runs, scale, count, signal } = options;
  const folder = join(runs, 'server');
  const content = join(folder, 'content');
  mkdirSync(content, { recursive: true });
  writeRandom(join(content, 'random.bin'), Math.ceil(400_000_000 * scale));
  writeFileSync(join(content, 'text.txt'), 'What can be packed well.\n'.repeat(Math.ceil(4_000_000 * scale)));
  const rows = Math.ceil(10_000 * scale);
  try {
    await using server = await startMeasuredServer(command, join(folder, 'data'), { rows, content });
    const [token, owner] = server.token.split(' ') as [string, string];
    const bearer = { authorization: `Bearer ${token}` };
    const requests = Math.ceil(4000 * scale);
    const measured = async (path: (n: number) => string, headers: Record<string, string>) => {
      const asking = { url: server.url, headers, path };
      await load(asking, { callers, requests: Math.ceil(requests / 10), signal });
      return load(asking, { callers, requests, signal });
    };
    const paged = (pages: number) => (n: number) => 1 + (n % pages);
    const [ten, thirty, fifty] = [paged(rows / 10), paged(Math.ceil(rows / 30)), paged(Math.ceil(rows / 50))];
    const lists = [
      {
        dialect: 'organizations',
        load: await measured((n) => `/organizations/backup/list/organization/organizations/list/?page=${ten(n)}`, {
          token,
        }),
      },
      {
        dialect: 'fa',
        load: await measured((n) => `/fa/api/v0/backup/${1 + (n % rows)}`, { authorization: `Bearer ${owner}` }),
      },
      {
        dialect: 'panel',
        load: await measured((n) => `/api/client/servers/${ids.panel}/backups?per_page=50&page=${fifty(n)}`, bearer),
      },
      { dialect: 'stacks', load: await measured((n) => `/stacks/${ids.stacks}/backups?page=${thirty(n)}`, bearer) },
    ];
    const pageBytes = (
      await (
        await fetch(`${server.url}/api/client/servers/${ids.panel}/backups?per_page=50`, { headers: bearer })
      ).arrayBuffer()
    ).byteLength;
    const plain = await measurePlain(pageBytes, requests, signal);
    const cpuBefore = server.cpuSeconds();
    const forMs = 60_000 * scale;
    const path = () => `/api/client/servers/${ids.panel}/backups`;
    const polled = await poll(
      { url: server.url, headers: bearer, path },
      { callers: agents, everyMs: pollEveryMs, forMs, signal },
    );
    const polling = {
      ...polled,
      agents,
      residentBytes: server.residentBytes(),
      cpuShare: (server.cpuSeconds() - cpuBefore) / (forMs / 1000),
    };
    const downloads = await measureDownloads(server, bearer, { folder, count, signal });
    return { rows, lists, pageBytes, plain, downloads, polling };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measurePlain(bytes: number, requests: number, signal: AbortSignal): Promise<Load> {
  const child = fork(new URL('./plain-server.ts', import.meta.url), [String(bytes)]);
  try {
    const [url] = (await once(child, 'message')) as [string];
    await load({ url, path: () => '/' }, { callers, requests: Math.ceil(requests / 10), signal });
    return await load({ url, path: () => '/' }, { callers, requests, signal });
  } finally {
    child.disconnect();
  }
}

/** Medians of so many downloads of each. */
async function measureDownloads(
  server: MeasuredServer,
  headers: Record<string, string>,
  { folder, count, signal }: { readonly folder: string; readonly count: number; readonly signal: AbortSignal },
): Promise<ServerResult['downloads']> {
  const base = `${server.url}/api/client/servers/${ids.panel}/backups`;
  const created = await json(base, headers, 'POST');
  const { uuid } = created.attributes as { uuid: string };
  while ((await json(`${base}/${uuid}`, headers)).attributes.completed_at === null) {
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const link = async () => String((await json(`${base}/${uuid}/download`, headers)).attributes.url);
  const file = join(folder, 'www', 'archive.tar.gz');
  mkdirSync(join(folder, 'www'));
  await pipeline(await open(await link()), createWriteStream(file));
  await using nginx = startNginx(folder);
  const ours = await median(count, async () => speed(await link()));
  const theirs =
    nginx === undefined ? undefined : await median(count, async () => speed(`${await nginx.url}/archive.tar.gz`));
  return [
    { name: 'panel, tar.gz', megabytesPerSecond: ours },
    ...(theirs === undefined ? [] : [{ name: 'nginx, the same file', megabytesPerSecond: theirs }]),
  ];
}

async function speed(url: string): Promise<number> {
  const started = performance.now();
  let bytes = 0;
  for await (const chunk of await open(url)) bytes += (chunk as Buffer).length;
  return bytes / 1e6 / ((performance.now() - started) / 1000);
}

async function median(count: number, run: () => Promise<number>): Promise<number> {
  const values: number[] = [];
  for (let n = 0; n < count; n++) values.push(await run());
  return values.sort((a, b) => a - b)[Math.floor(count / 2)]!;
}

async function open(url: string): Promise<IncomingMessage> {
  const [answer] = (await once(get(url), 'response')) as [IncomingMessage];
  if (answer.statusCode !== 200) throw new Error(`${url} is answered by ${answer.statusCode}`);
  return answer;
}

async function json(url: string, headers: Record<string, string>, method = 'GET') {
  const response = await fetch(url, { method, headers });
  if (!response.ok) throw new Error(`${url} is answered by ${response.status}: ${await response.text()}`);
  return (await response.json()) as { attributes: Record<string, unknown> };
}

/** Undefined where there is none. */
function startNginx(folder: string): (AsyncDisposable & { readonly url: Promise<string> }) | undefined {
  if (spawnSync('nginx', ['-v']).error !== undefined) return undefined;
  let child: ChildProcess | undefined;
  const url = freePort().then(async (port) => {
    const config = join(folder, 'nginx.conf');
    writeFileSync(
      config,
      `daemon off; pid ${folder}/nginx.pid; error_log stderr error; user root; events {} http { access_log off; sendfile on; ` +
        `client_body_temp_path ${folder}/t1; proxy_temp_path ${folder}/t2; fastcgi_temp_path ${folder}/t3; ` +
        `uwsgi_temp_path ${folder}/t4; scgi_temp_path ${folder}/t5; ` +
        `server { listen 127.0.0.1:${port}; root ${folder}/www; } }`,
    );
    child = spawn('nginx', ['-c', config, '-p', folder, '-e', 'stderr'], { stdio: 'ignore' });
    const at = `http://127.0.0.1:${port}`;
    for (let tries = 0; tries < 100; tries++) {
      if (
        await fetch(at).then(
          () => true,
          () => false,
        )
      )
        return at;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('nginx does not answer');
  });
  return {
    url,
    async [Symbol.asyncDispose]() {
      child?.kill('SIGTERM');
      if (child !== undefined && child.exitCode === null) await once(child, 'exit');
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function writeRandom(path: string, bytes: number): void {
  const file = openSync(path, 'w');
  for (let left = bytes; left > 0; left -= 10_000_000) writeSync(file, randomBytes(Math.min(left, 10_000_000)));
  closeSync(file);
}
