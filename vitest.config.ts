/** Tests by kind, each a project: `npm test -- --project unit`. Processes, not threads: tests change folders and start threads. */
import { defineConfig } from 'vitest/config';

const project = (name: string, testTimeoutMs: number) => ({
  extends: true as const,
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout: testTimeoutMs, hookTimeout: testTimeoutMs },
});

export default defineConfig({
  test: {
    pool: 'forks',
    globals: false,
    restoreMocks: true,
    projects: [
      project('unit', 10_000),
      project('contract', 20_000),
      project('compat', 120_000),
      project('integration', 120_000),
    ],
  },
});
