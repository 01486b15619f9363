/** The bench's results as text tables. */
import { agentText } from './agent/agent-text.ts';
import type { DataPlaneFigures } from './data-plane.ts';
import type { DestinationsResult } from './destinations.ts';
import type { EventFigures } from './events.ts';
import { type BenchResult, missesOf, ratioOf, type Series, type WorkResult } from './results.ts';
import { serverText } from './server/server-text.ts';
import { watchText } from './watch/watch-text.ts';
import { REPOSITORY_SIZE_LIMIT } from './works.ts';

const NONE = '–';

export function formatReport(result: BenchResult): string {
  const parts = [
    Object.entries(result.machine)
      .map(([name, value]) => `${name}: ${value}`)
      .join('\n'),
  ];
  if (result.sets.length > 0) parts.push(setsTable(result));
  if (result.works.length > 0) parts.push(worksTable(result), sizesTable(result));
  if (result.orientation.length > 0) parts.push(orientationTable(result));
  if (result.watch !== undefined) parts.push(watchText(result.watch));
  if (result.agent !== undefined) parts.push(agentText(result.agent));
  if (result.server !== undefined) parts.push(serverText(result.server));
  if (result.indexBytesPerBlob !== undefined) {
    const figures = result.indexBytesPerBlob.map(({ blobs, bytes }) => `${(bytes / blobs).toFixed(1)} at ${blobs}`);
    parts.push(`index memory, bytes per blob (at most 64): ${figures.join(', ')}`);
  }
  if (result.indexOpening !== undefined) {
    const rows = result.indexOpening.map((row) => [
      row.delayMs === 0 ? row.store : `${row.store}, ${row.delayMs} ms`,
      String(row.files),
      String(row.blobs),
      row.seconds.toFixed(2),
      row.cpuSeconds.toFixed(2),
      String(row.connections),
      row.roundTrips === undefined ? '' : String(row.roundTrips),
    ]);
    parts.push(
      table([['opening from', 'index files', 'blobs', 's', 'processor s', 'at once', 'round trips'], ...rows]),
    );
  }
  if (result.history !== undefined) {
    const rows = result.history.map(({ name, milliseconds }) => [name, milliseconds.toFixed(1)]);
    parts.push(table([['history of jobs', 'ms'], ...rows]));
  }
  if (result.finding !== undefined) {
    const rows = result.finding.map(({ name, milliseconds }) => [name, milliseconds.toFixed(1)]);
    parts.push(table([['finding', 'ms'], ...rows]));
  }
  if (result.events !== undefined) parts.push(eventsText(result.events));
  if (result.dataPlane !== undefined) parts.push(dataPlaneTable(result.dataPlane));
  if (result.destinations !== undefined) parts.push(destinationsTable(result.destinations));
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function eventsText(events: EventFigures): string {
  const { listeners, perSecond, seconds: took, warmBytes, endBytes, cpuShare, deliveredShare } = events;
  const told = `events, ${perSecond} a second to ${listeners} listeners and one that does not read, for ${took} s`;
  const memory = `memory ${megabytes(warmBytes)} MB, ${megabytes(endBytes)} MB at the end`;
  return `${told}: ${memory}; CPU ${(cpuShare * 100).toFixed(1)} %; delivered ${(deliveredShare * 100).toFixed(1)} %`;
}

function destinationsTable({ figures, killed }: DestinationsResult): string {
  const rows = figures.map(({ store, delayMs, set, work, restic, holdfast }) => [
    `${store} +${delayMs} ms`,
    set,
    work,
    seconds(restic.seconds),
    seconds(holdfast.seconds),
    (restic.seconds / holdfast.seconds).toFixed(2),
    megabytes(restic.peakBytes),
    megabytes(holdfast.peakBytes),
    String(restic.roundTrips),
    String(holdfast.roundTrips),
  ]);
  const header = [
    'store',
    'set',
    'work',
    'restic s',
    'ours s',
    'ratio',
    'restic MB',
    'ours MB',
    'restic trips',
    'ours trips',
  ];
  const again =
    killed === undefined
      ? ''
      : `\nkilled in its middle and run again: ${megabytes(killed.againBytes)} MB of ${megabytes(killed.cleanBytes)} MB were sent twice, ${(killed.againBytes / killed.lineBytesPerSecond).toFixed(1)} s of the line`;
  return `${table([header, ...rows])}${again}`;
}

function dataPlaneTable(figures: readonly DataPlaneFigures[]): string {
  const rows = figures.map((one) => [
    one.server,
    seconds(one.backupSeconds),
    seconds(one.restoreSeconds),
    (one.readBytesPerSecond / 1e6).toFixed(0),
    seconds(one.cpuSeconds),
    megabytes(one.peakBytes),
  ]);
  const header = ['restic to and from a server', 'backup s', 'restore s', 'read MB/s', 'server CPU s', 'server MB'];
  return table([header, ...rows]);
}

function setsTable({ sets }: BenchResult): string {
  const rows = sets.map(({ name, manifest, seconds: took }) => [
    name,
    String(manifest.files),
    String(manifest.bytes),
    `${took.toFixed(1)} s`,
    manifest.hash,
  ]);
  return table([['data set', 'files', 'bytes', 'made in', 'manifest (SHA-256)'], ...rows]);
}

function worksTable({ works, runs, scale }: BenchResult): string {
  const heading = `time: median of ${runs} (growth: 1), memory: peak of the worst run; CPU is user + system`;
  const note = scale === 1 ? '' : `\nScale ${scale}: fixed costs weigh more than at full size, so no target is judged.`;
  const rows = works.map((result) => {
    const { work, restic, holdfast } = result;
    const { target } = work;
    return [
      work.title,
      seconds(restic?.seconds),
      seconds(holdfast?.seconds),
      ratioOf(result)?.toFixed(2) ?? NONE,
      target?.ratio.toString() ?? NONE,
      target?.aim.toString() ?? NONE,
      seconds(restic?.cpuSeconds),
      seconds(holdfast?.cpuSeconds),
      megabytes(restic?.peakBytes),
      megabytes(holdfast?.peakBytes),
      target === undefined ? NONE : memoryLimit(target),
      percent(worstOthers(restic, holdfast)),
      verdict(result, scale),
    ];
  });
  const header = [
    'work',
    'restic s',
    'ours s',
    'ratio',
    'target',
    'aim',
    'CPU s',
    'ours',
    'MB',
    'ours',
    'limit',
    'others',
    '',
  ];
  return `${heading}${note}\n${table([header, ...rows])}`;
}

function memoryLimit(target: { readonly memoryMb: number; readonly memoryAimMb: number | undefined }): string {
  return target.memoryAimMb === undefined ? `${target.memoryMb}` : `${target.memoryMb} (aim ${target.memoryAimMb})`;
}

function verdict(result: WorkResult, scale: number): string {
  if (result.holdfast === undefined || result.work.target === undefined || scale !== 1) return '';
  const misses = missesOf(result);
  if (misses.length > 0) return `MISS: ${misses.join(', ')}`;
  const { aim, memoryMb, memoryAimMb = memoryMb } = result.work.target;
  const reached = (ratioOf(result) ?? 0) >= aim && result.holdfast.peakBytes <= memoryAimMb * 1e6;
  return reached ? 'pass, aim reached' : 'pass';
}

function sizesTable({ works }: BenchResult): string {
  const rows = works
    .filter(({ work }) => work.scenario === 'backup')
    .map(({ work, restic, holdfast }) => {
      const theirs = restic?.repositoryBytes;
      const ours = holdfast?.repositoryBytes;
      const ratio = theirs === undefined || ours === undefined ? NONE : (ours / theirs).toFixed(4);
      return [work.set, megabytes(theirs), megabytes(ours), ratio, String(REPOSITORY_SIZE_LIMIT)];
    });
  return rows.length === 0
    ? ''
    : table([['repository size', 'restic MB', 'ours MB', 'ours ÷ restic', 'limit'], ...rows]);
}

function orientationTable({ orientation }: BenchResult): string {
  const rows = orientation.map((result) => [
    `${result.name}, ${result.set}`,
    seconds(result.seconds),
    seconds(result.cpuSeconds),
    megabytes(result.peakBytes),
    megabytes(result.bytes),
  ]);
  return table([['for orientation (1 run)', 's', 'CPU s', 'MB memory', 'MB result'], ...rows]);
}

function worstOthers(...series: readonly (Series | undefined)[]): number | undefined {
  const shares = series.map((one) => one?.othersShare).filter((share) => share !== undefined);
  return shares.length === 0 ? undefined : Math.max(...shares);
}

function seconds(value: number | undefined): string {
  return value === undefined ? NONE : value.toFixed(2);
}

function megabytes(value: number | undefined): string {
  return value === undefined ? NONE : (value / 1e6).toFixed(value < 1e7 ? 1 : 0);
}

function percent(value: number | undefined): string {
  return value === undefined ? NONE : `${Math.round(value * 100)} %`;
}

/** Columns as wide as their widest cell; the first column to the left, the others to the right. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
