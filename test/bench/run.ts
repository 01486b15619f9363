/**
 * The bench: Holdfast beside restic, on the same data, in one run. `node test/bench/run.ts --help`.
 *
 *     for each data set: make it or take the one that is there
 *       for each work: run restic, ours, restic, ours …; median time, worst memory
 *     print tables; write JSON
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AgentResult, measureAgent } from './agent/measure-agent.ts';
import { Contender } from './contender.ts';
import { measureDataPlane } from './data-plane.ts';
import { type MadeSet, makeSet } from './datasets/make-set.ts';
import type { SetName } from './datasets/sets.ts';
import { measureDestinations } from './destinations.ts';
import { measureEvents } from './events.ts';
import { measureFinding } from './finding.ts';
import { measureHistory } from './history.ts';
import { measureIndexMemory } from './index-memory.ts';
import { measureIndexOpening } from './index-opening.ts';
import { describeMachine } from './machine.ts';
import type { Measurement } from './measure.ts';
import { type BenchOptions, parseOptions, USAGE } from './options.ts';
import { ORIENTATION, type OrientationName, orient } from './orientation.ts';
import { findHoldfast, findRestic, type Program, verbCommand } from './programs.ts';
import { formatReport } from './report.ts';
import { type BenchResult, missesOf, type OrientationResult, seriesOf, type WorkResult } from './results.ts';
import { measureServer } from './server/measure-server.ts';
import { measureWatch, type WatchResult } from './watch/measure-watch.ts';
import { WORKS, type Work } from './works.ts';
import { Workspace } from './workspace.ts';

const EVENT_SECONDS = 20;
const HISTORY_JOBS = 100_000;
const SEARCHED_SNAPSHOTS = 50;
const INDEX_BLOBS = [10_000, 55_000, 110_000, 500_000, 850_000, 1_000_000];

interface Selection {
  readonly set: SetName;
  readonly works: readonly Work[];
  readonly orientation: readonly OrientationName[];
  /** The agent's watch. */
  readonly watch: boolean;
  /** The whole agent. */
  readonly agent: boolean;
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(USAGE);
    return;
  }
  if (options.clean) {
    process.stdout.write(`${['removed:', ...Workspace.clean(options.dir)].join('\n')}\n`);
    return;
  }
  const abort = new AbortController();
  process.once('SIGINT', () => abort.abort(new Error('Cancelled.')));
  process.once('SIGTERM', () => abort.abort(new Error('Cancelled.')));
  const result = await bench(options, abort.signal);
  process.stdout.write(formatReport(result));
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`);
  const missed = result.works.filter((work) => missesOf(work).length > 0).length;
  if (options.scale === 1 && missed > 0)
    process.stdout.write(`\n${missed} of ${result.works.length} works miss a target.\n`);
}

async function bench(options: BenchOptions, signal: AbortSignal): Promise<BenchResult> {
  const programs = findPrograms(options);
  const selections = select(options);
  const wants = (name: string): boolean =>
    options.contenders !== 'peer' && (options.only === undefined || name.includes(options.only));
  const [wantsIndex, wantsHistory, wantsEvents] = [wants('index'), wants('history'), wants('events')];
  const wantsFinding = wants('finding');
  // Half of its time it waits, on purpose; a quick run does without.
  const wantsServer = wants('server') && !options.selftest && process.platform === 'linux';
  const wantsDataPlane = wants('data-plane') && process.platform === 'linux';
  const wantsDestinations =
    wants('destinations') && process.platform === 'linux' && (!options.selftest || options.only !== undefined);
  const alone = [wantsDestinations, wantsIndex, wantsHistory, wantsEvents, wantsFinding, wantsServer, wantsDataPlane];
  if (selections.length === 0 && !alone.includes(true)) {
    throw new Error(
      `Nothing to do; works are ${WORKS.map(({ name }) => name).join(', ')}, watch, agent, index, history, events, finding, server, data-plane, destinations.`,
    );
  }
  const workspace = Workspace.open({ dir: options.dir, sets: selections.map(({ set }) => set), scale: options.scale });
  try {
    const machine = describeMachine(workspace, programs);
    const sets: MadeSet[] = [];
    const works: WorkResult[] = [];
    const orientation: OrientationResult[] = [];
    let watch: WatchResult | undefined;
    let agent: AgentResult | undefined;
    for (const selection of selections) {
      say(`data set ${selection.set} …`);
      const set = await makeSet(selection.set, options.scale, workspace.sets);
      signal.throwIfAborted();
      const how = set.reused ? 'there already' : 'made';
      say(`  ${how}, ${set.seconds.toFixed(1)} s: ${set.manifest.files} files, manifest ${set.manifest.hash}`);
      sets.push(set);
      works.push(...(await runWorks(selection.works, { set, programs, workspace, options, signal })));
      if (selection.watch) {
        say('  watch …');
        const restic = programs.find(({ name }) => name === 'restic');
        watch = await measureWatch({
          set,
          runs: workspace.runs,
          count: options.runs,
          idleSeconds: options.scale === 1 ? 30 : 2,
          restic,
          signal,
        });
      }
      if (selection.agent) {
        say('  agent …');
        agent = await measureAgent({
          set,
          runs: workspace.runs,
          count: options.runs,
          idleSeconds: options.scale === 1 ? 30 : 2,
          ours: options.ours,
          signal,
        });
      }
      for (const name of selection.orientation) {
        const measured = await orient(name, set, workspace.runs, signal);
        say(`  ${name}: ${measured === undefined ? 'not installed' : `${measured.seconds.toFixed(2)} s`}`);
        if (measured !== undefined) orientation.push(measured);
      }
    }
    return {
      machine,
      scale: options.scale,
      runs: options.runs,
      sets,
      works,
      orientation,
      watch,
      agent,
      indexBytesPerBlob: wantsIndex ? measureIndexMemory(INDEX_BLOBS) : undefined,
      indexOpening: wantsIndex ? await measureIndexOpening(workspace.runs, options.scale, signal) : undefined,
      history: wantsHistory ? await measureHistory(Math.ceil(HISTORY_JOBS * options.scale), signal) : undefined,
      server: wantsServer
        ? await measureServer({
            command: (args) => verbCommand(join(workspace.runs, 'server-home'), args, options.ours),
            runs: workspace.runs,
            scale: options.scale,
            count: options.runs,
            signal,
          })
        : undefined,
      finding: wantsFinding ? await measureFinding(options.scale, signal) : undefined,
      destinations: wantsDestinations
        ? await measureDestinations({
            sets: workspace.sets,
            runs: workspace.runs,
            count: options.runs,
            scale: options.scale,
            ours: options.ours,
            say,
            signal,
          })
        : undefined,
      dataPlane: wantsDataPlane
        ? await measureDataPlane({
            runs: workspace.runs,
            count: options.runs,
            scale: options.scale,
            ours: options.ours,
            signal,
          })
        : undefined,
      events: wantsEvents ? await measureEvents(Math.ceil(EVENT_SECONDS * options.scale), signal) : undefined,
    };
  } finally {
    if (options.keepRuns) say(`left in place: ${workspace.runs}`);
    else workspace.close();
  }
}

interface Surroundings {
  readonly set: MadeSet;
  readonly programs: readonly Program[];
  readonly workspace: Workspace;
  readonly options: BenchOptions;
  readonly signal: AbortSignal;
}

/** All works of one data set. The programs take turns, so that a slow minute of the machine hits both. */
async function runWorks(works: readonly Work[], around: Surroundings): Promise<WorkResult[]> {
  if (works.length === 0) return [];
  const { set, workspace, signal } = around;
  const searchedSnapshots = around.options.scale === 1 ? SEARCHED_SNAPSHOTS : 5;
  const maker = around.programs.at(-1)!; // the quicker one, where there are two
  const contenders = around.programs.map(
    (program) =>
      new Contender({
        program,
        maker,
        set,
        runs: workspace.runs,
        searchedSnapshots,
        inMemory: workspace.inMemory,
        signal,
      }),
  );
  const results: WorkResult[] = [];
  for (const work of works) {
    const runs = work.target === undefined ? 1 : around.options.runs;
    const measured = new Map<Contender, Measurement[]>(contenders.map((contender) => [contender, []]));
    for (let run = 1; run <= runs; run++) {
      for (const [contender, list] of measured) {
        const one = await contender.run(work.scenario);
        list.push(one);
        say(`  ${work.title}, ${contender.program.name}, run ${run}: ${oneLine(one)}`);
      }
    }
    const seriesFor = (name: Program['name']) => {
      const found = [...measured].find(([contender]) => contender.program.name === name);
      if (found === undefined) return undefined;
      return seriesOf(found[1], work.scenario === 'backup' ? found[0].repositoryBytes : undefined);
    };
    results.push({ work, restic: seriesFor('restic'), holdfast: seriesFor('holdfast') });
  }
  if (!around.options.keepRuns) for (const contender of contenders) contender.close();
  return results;
}

function findPrograms(options: BenchOptions): Program[] {
  const programs: Program[] = [];
  if (options.contenders !== 'ours') {
    const restic = findRestic();
    if (restic === undefined)
      throw new Error('restic is not installed (Debian: apt install restic); or use --ours-only.');
    programs.push(restic);
  }
  if (options.contenders !== 'peer') programs.push(findHoldfast(options.ours));
  return programs;
}

/** What the options ask for, by data set; sets of which nothing is wanted are left out. */
function select({ sets, only, orientation, contenders, selftest }: BenchOptions): Selection[] {
  const wanted = (name: string) => only === undefined || name.includes(only);
  return sets
    .map((set) => ({
      set,
      works: WORKS.filter((work) => work.set === set && wanted(work.name)),
      orientation: ORIENTATION.filter((name) => orientation && !set.startsWith('growth') && wanted(`${name}-${set}`)),
      watch: set === 'small' && contenders !== 'peer' && process.platform === 'linux' && wanted('watch'),
      // Half of its time it waits, on purpose; a quick run does without.
      agent: set === 'small' && contenders !== 'peer' && process.platform === 'linux' && !selftest && wanted('agent'),
    }))
    .filter(({ works, orientation: others, watch, agent }) => works.length + others.length > 0 || watch || agent);
}

function oneLine({ seconds, cpuSeconds, peakBytes, othersShare }: Measurement): string {
  const others = othersShare === undefined ? '' : `, others ${Math.round(othersShare * 100)} %`;
  return `${seconds.toFixed(2)} s, CPU ${cpuSeconds.toFixed(2)} s, ${Math.round(peakBytes / 1e6)} MB${others}`;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
