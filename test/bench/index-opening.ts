/** How long a repository of many index files takes to open, its password's key apart: from a folder, and over REST with a delay on every answer. */
import { randomFillSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openBackend } from '../../src/backend/registry.ts';
import { initRepository, openRepository } from '../../src/repository/repository.ts';
import { startRclone } from '../support/rclone.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { isInstalled } from './programs.ts';

export interface IndexOpening {
  readonly store: 'folder' | 'rest';
  readonly delayMs: number;
  readonly files: number;
  readonly blobs: number;
  readonly seconds: number;
  /** Of this process, with what the proxy takes. */
  readonly cpuSeconds: number;
  readonly connections: number;
  /** How often a connection turned from asking to being answered; none are counted of a folder. */
  readonly roundTrips: number | undefined;
}

const FILES = 1000;
const PACKS_PER_FILE = 20;
const BLOBS_PER_PACK = 100;
const delaysMs = [0, 40];
const password = 'bench';
/** The key is not what is measured. */
const cheapKey = { cost: { N: 16, r: 1, p: 1 } };

export async function measureIndexOpening(runs: string, scale: number, signal: AbortSignal): Promise<IndexOpening[]> {
  const parent = mkdtempSync(join(runs, 'index-'));
  const folder = join(parent, 'repository');
  const files = Math.ceil(FILES * scale);
  try {
    await fill(folder, files, signal);
    const figures = [await measure('folder', folder, 0, files, signal)];
    if (!isInstalled('rclone')) return figures;
    await using server = await startRclone({ folder });
    for (const delayMs of delaysMs) {
      await using proxy = await startTcpProxy(Number(new URL(server.url).port));
      proxy.set({ delayMs });
      const location = `rest:http://127.0.0.1:${proxy.port}/`;
      figures.push({ ...(await measure('rest', location, delayMs, files, signal)), roundTrips: proxy.turns });
    }
    return figures;
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}

async function measure(
  store: IndexOpening['store'],
  location: string,
  delayMs: number,
  files: number,
  signal: AbortSignal,
): Promise<IndexOpening> {
  const from = performance.now();
  const cpu = process.cpuUsage();
  await using repository = await openRepository({ backend: openBackend(location), password, signal });
  const { blobs } = await repository.loadIndex(signal);
  const seconds = (performance.now() - from) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const cpuSeconds = (user + system) / 1e6;
  const { connections } = repository.backend;
  return { store, delayMs, files, blobs: blobs.size, seconds, cpuSeconds, connections, roundTrips: undefined };
}

/** Index files of made-up packs: none of them is read. */
async function fill(folder: string, files: number, signal: AbortSignal): Promise<void> {
  const backend = openBackend(folder);
  await using repository = await initRepository({ backend, password, keyOptions: cheapKey, signal });
  const ids = Buffer.alloc(32 * (BLOBS_PER_PACK + 1));
  for (let file = 0; file < files; file++) {
    const packs = Array.from({ length: PACKS_PER_FILE }, () => {
      randomFillSync(ids);
      const idAt = (n: number) => ids.toString('hex', 32 * n, 32 * (n + 1));
      const blobs = Array.from({ length: BLOBS_PER_PACK }, (_, n) => {
        return { id: idAt(n), type: 'data', offset: n * 1000, length: 1000, uncompressed_length: 2000 };
      });
      return { id: idAt(BLOBS_PER_PACK), blobs };
    });
    await repository.saveUnpacked('index', Buffer.from(JSON.stringify({ packs })), signal);
  }
}
