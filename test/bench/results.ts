/** Results of the bench, as they are written as JSON, and the verdict on them. */

import type { AgentResult } from './agent/measure-agent.ts';
import type { DataPlaneFigures } from './data-plane.ts';
import type { Manifest } from './datasets/manifest.ts';
import type { DestinationsResult } from './destinations.ts';
import type { EventFigures } from './events.ts';
import type { Figure } from './history.ts';
import type { IndexOpening } from './index-opening.ts';
import type { Measurement } from './measure.ts';
import type { ServerResult } from './server/measure-server.ts';
import type { WatchResult } from './watch/measure-watch.ts';
import { REPOSITORY_SIZE_LIMIT, type Work } from './works.ts';

export interface Series {
  readonly runs: readonly Omit<Measurement, 'output'>[];
  /** Medians over the runs. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** The worst of the runs. */
  readonly peakBytes: number;
  readonly othersShare: number | undefined;
  /** After a first backup. */
  readonly repositoryBytes: number | undefined;
}

export interface WorkResult {
  readonly work: Work;
  readonly restic: Series | undefined;
  readonly holdfast: Series | undefined;
}

export interface OrientationResult {
  readonly name: string;
  readonly set: string;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
  /** Size of what it made. */
  readonly bytes: number;
}

export interface BenchResult {
  readonly machine: Readonly<Record<string, string | number>>;
  readonly scale: number;
  readonly runs: number;
  readonly sets: readonly { readonly name: string; readonly manifest: Manifest; readonly seconds: number }[];
  readonly works: readonly WorkResult[];
  readonly orientation: readonly OrientationResult[];
  readonly watch: WatchResult | undefined;
  readonly agent: AgentResult | undefined;
  readonly server: ServerResult | undefined;
  readonly indexBytesPerBlob: readonly { readonly blobs: number; readonly bytes: number }[] | undefined;
  readonly indexOpening: readonly IndexOpening[] | undefined;
  readonly history: readonly Figure[] | undefined;
  readonly finding: readonly Figure[] | undefined;
  readonly events: EventFigures | undefined;
  readonly destinations: DestinationsResult | undefined;
  readonly dataPlane: readonly DataPlaneFigures[] | undefined;
}

export function seriesOf(runs: readonly Measurement[], repositoryBytes: number | undefined): Series {
  const others = runs.map((run) => run.othersShare).filter((share) => share !== undefined);
  return {
    runs: runs.map(({ output: _, ...figures }) => figures),
    seconds: median(runs.map((run) => run.seconds)),
    cpuSeconds: median(runs.map((run) => run.cpuSeconds)),
    peakBytes: Math.max(...runs.map((run) => run.peakBytes)),
    othersShare: others.length === 0 ? undefined : Math.max(...others),
    repositoryBytes,
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** restic's time ÷ ours; undefined unless both ran. */
export function ratioOf({ restic, holdfast }: WorkResult): number | undefined {
  return restic === undefined || holdfast === undefined ? undefined : restic.seconds / holdfast.seconds;
}

/** What misses its target, in words; empty if all is well. Nothing is judged of what has no target or did not run. */
export function missesOf(result: WorkResult): string[] {
  const { work, restic, holdfast } = result;
  const misses: string[] = [];
  const ratio = ratioOf(result);
  if (work.target !== undefined && ratio !== undefined && !(ratio >= work.target.ratio)) misses.push('time');
  if (work.target !== undefined && holdfast !== undefined && !(holdfast.peakBytes <= work.target.memoryMb * 1e6)) {
    misses.push('memory');
  }
  const sizes = [restic?.repositoryBytes, holdfast?.repositoryBytes] as const;
  if (work.target !== undefined && work.scenario === 'backup' && sizes[0] !== undefined && sizes[1] !== undefined) {
    if (!(sizes[1] <= sizes[0] * REPOSITORY_SIZE_LIMIT)) misses.push('size');
  }
  return misses;
}
