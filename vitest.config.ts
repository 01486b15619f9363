/** Tests by kind, each a project: `npm test -- --project unit`. Processes, not threads: tests change folders and start threads. */
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Where the temporary files of small tests lie, if not where the system has them: build/test.mjs. */
const memory = process.env.HOLDFAST_TEST_MEMORY;
const onDisk = ['e2e', 'ceph'];

const project = (name: string, testTimeoutMs: number, globalSetup: string[] = [], maxWorkers?: number) => ({
  extends: true as const,
  test: {
    name,
    env: memory === undefined || onDisk.includes(name) ? {} : { TMPDIR: memory },
    ...(maxWorkers === undefined ? {} : { maxWorkers }),
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: testTimeoutMs,
    hookTimeout: testTimeoutMs,
    globalSetup,
  },
});

export default defineConfig({
  test: {
    pool: 'forks',
    // Most tests wait for programs that they started, a third of their time for nothing that takes a processor.
    maxWorkers: Math.max(3, availableParallelism()),
    globals: false,
    restoreMocks: true,
    projects: [
      project('unit', 30_000),
      project('contract', 30_000),
      project('compat', 120_000),
      project('integration', 120_000),
      project('e2e', 120_000, ['test/support/built-window.ts']),
      // Of `npm run test:ceph` alone: each file has a cluster, which is enough for a machine.
      project('ceph', 120_000, [], 1),
      // Of `npm run screenshots` alone.
      project('pictures', 240_000, ['test/support/built-window.ts']),
    ],
  },
});
