/** What the bench ran on, for the report. */
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import type { Program } from './programs.ts';
import type { Workspace } from './workspace.ts';

export function describeMachine(workspace: Workspace, programs: readonly Program[]): Record<string, string | number> {
  const versions = programs.map((program) => [program.name, program.version] as const);
  return {
    processor: `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown'}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${type()} ${release()}`,
    node: process.version,
    ...Object.fromEntries(versions),
    files: workspace.inMemory ? `${workspace.root} (in memory)` : `${workspace.root} (on disk, page cache warm)`,
    'load at the start': (loadavg()[0] ?? 0).toFixed(2),
  };
}
