/** Every kind of network backend keeps the limits of bandwidth that its place carries. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SharedLimits } from '../../src/backend/limits.ts';
import { openBackend } from '../../src/backend/registry.ts';
import { startRclone } from '../support/rclone.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { requireTool } from '../support/tools.ts';
import { handleFor } from './backend-contract.ts';

const never = new AbortController().signal;
const rate = 1_000_000;

/** @param location of a place without a repository */
async function keepsLimits(location: string): Promise<void> {
  const limits = new SharedLimits();
  await using backend = openBackend({ location, limits: limits.shared });
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

describe('limits of bandwidth', () => {
  it.skipIf(requireTool('rclone') === undefined)('are kept by rest', async () => {
    await using folder = await temporaryFolder();
    await using rclone = await startRclone({ folder: folder.path });
    await keepsLimits(`rest:${rclone.url}`);
  });
});
