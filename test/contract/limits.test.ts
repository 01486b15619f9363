/** Every kind of network backend keeps the limits of bandwidth that its place carries. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BackendPlace } from '../../src/backend/backend.ts';
import { SharedLimits } from '../../src/backend/limits.ts';
import { openBackend } from '../../src/backend/registry.ts';
import { type NetworkStore, networkStores } from '../support/network-stores.ts';
import { handleFor } from './backend-contract.ts';

const never = new AbortController().signal;
const rate = 1_000_000;

/** At a place without a repository. */
async function keepsLimits(place: BackendPlace): Promise<void> {
  const limits = new SharedLimits();
  await using backend = openBackend({ ...place, limits: limits.shared });
  await backend.create(never);
  const files = Array.from({ length: 4 }, () => randomBytes(150_000));
  limits.set({ up: rate });
  const upMs = await timed(() =>
    Promise.all(files.map((bytes) => backend.save(handleFor('data', bytes), bytes, never))),
  );
  limits.set({ down: rate });
  const downMs = await timed(() => Promise.all(files.map((bytes) => backend.read(handleFor('data', bytes), never))));
  // 600 kB, of which 100 kB were saved up, and a share of each file is not waited for when it is the last.
  for (const ms of [upMs, downMs]) {
    expect(ms).toBeGreaterThan(280);
    expect(ms).toBeLessThan(5000);
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

describe('limits of bandwidth', { timeout: 30_000 }, () => {
  let stores: NetworkStore[];
  beforeAll(async () => {
    stores = await networkStores();
  }, 30_000);
  afterAll(() => Promise.all(stores.map((store) => store[Symbol.asyncDispose]())));

  it('are kept by every network backend', async () => {
    for (const store of stores) await keepsLimits(store.place(store.port));
  });
});
