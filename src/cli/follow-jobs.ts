/**
 * Starts jobs and stays with them until they end:
 *
 *     listen to the events ─► start the jobs ─► look at each once ─► events until the last one has ended
 *
 * So nothing is missed in between. Ctrl-C cancels them. When the agent ends, this ends with an error: its next start runs what
 * was interrupted again.
 */
import { HoldfastError, isHoldfastError } from '../base/errors.ts';
import type { Agent } from './agent-access.ts';
import { hasEnded as isEnded, type JobView, jobTitle } from './job-text.ts';
import { Progress, type ProgressState } from './progress.ts';
import type { Context } from './verb.ts';

const cancelMs = 5_000;
/** Kinds that others follow. */
const leading: ReadonlySet<string> = new Set(['backup', 'copy', 'remote-create', 'remote-import']);

export interface FollowOptions {
  /** Starts jobs, and gives each on as soon as it is there: it is cancelled with the others then. */
  readonly start: (add: (job: JobView) => void) => Promise<void>;
  readonly onEnded: (job: JobView) => void;
  /** Also stay with the jobs that these make: copies, retention. */
  readonly followers?: boolean;
}

/** @returns the jobs as they ended, in the order of their start. @throws what `start` throws; `network` if the agent ends */
export async function followJobs(
  { output, signal }: Pick<Context, 'output' | 'signal'>,
  agent: Agent,
  { start, onEnded, followers = false }: FollowOptions,
): Promise<readonly JobView[]> {
  const jobs = new Map<string, JobView>();
  const opened = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const stop = new AbortController();
  const until = AbortSignal.any([signal, stop.signal]);
  using progress = new Progress(output);
  let started = false;
  const settled = new Set<string>();
  let finding: Promise<void> = Promise.resolve();

  const see = (job: JobView): void => {
    const before = jobs.get(job.id);
    if (before !== undefined && isEnded(before)) return;
    jobs.set(job.id, job);
    if (isEnded(job)) onEnded(job);
    const rest = [...jobs.values()].filter((one) => !isEnded(one));
    if (rest.length > 0) progress.update(progressOf(rest));
    else endIfSettled();
    if (isEnded(job)) lookForFollowers();
  };
  const isSettled = (job: JobView): boolean =>
    isEnded(job) && (!followers || job.state !== 'done' || !leading.has(job.kind) || settled.has(job.id));
  const endIfSettled = (): void => {
    if (started && [...jobs.values()].every(isSettled)) ended.resolve();
  };
  /** What follows a job is known once it is in the history; an event says so then. */
  const lookForFollowers = (): void => {
    finding = finding.then(findFollowers).catch(ended.reject);
  };
  const findFollowers = async (): Promise<void> => {
    for (const { id } of [...jobs.values()].filter((job) => isEnded(job) && !isSettled(job))) {
      const related = await agent.client.jobs.related({ params: { id }, signal: until });
      if (related.complete) settled.add(id);
      for (const job of related.jobs) if (job.followsJob === id) see(job);
    }
    endIfSettled();
  };
  const look = async (): Promise<void> => {
    for (const { id } of [...jobs.values()].filter((job) => !isEnded(job))) {
      see(await agent.client.jobs.get({ params: { id }, signal: until }));
    }
  };
  const lookAgain = (): void => void look().catch(ended.reject);
  const listening = agent.client
    .events({
      signal: until,
      onEvent: (event) => {
        if (event.type === 'job.changed' && jobs.has(event.data.id)) see(event.data);
        if (event.type === 'status.changed') lookForFollowers();
      },
      onReset: lookAgain,
      onState: ({ state }) => {
        if (state === 'open') {
          opened.resolve();
          lookAgain();
        } else if (state === 'waiting' && !agent.runs()) throw agentEnded();
      },
    })
    .then(() => ended.reject(signal.reason), ended.reject);
  ended.promise.catch(() => undefined);
  try {
    await Promise.race([opened.promise, ended.promise]);
    await start((job) => see(job));
    started = true;
    await look();
    endIfSettled();
    lookForFollowers();
    await ended.promise;
  } catch (error) {
    const rest = [...jobs.values()].filter((job) => !isEnded(job));
    if (signal.aborted) await cancelAll(agent, rest);
    else if (!agent.runs()) throw isHoldfastError(error, 'network') ? agentEnded() : error;
    else for (const job of rest) output.warn(`${jobTitle(job)} goes on without being waited for (${job.id}).`);
    throw error;
  } finally {
    stop.abort(new HoldfastError('cancelled', 'There is nothing to wait for any more.'));
    await listening;
  }
  return [...jobs.values()];
}

async function cancelAll(agent: Agent, jobs: readonly JobView[]): Promise<void> {
  const signal = AbortSignal.timeout(cancelMs);
  await Promise.allSettled(jobs.map(({ id }) => agent.client.jobs.cancel({ params: { id }, signal })));
}

function agentEnded(): HoldfastError {
  return new HoldfastError('network', 'The agent ended before the job did.', {
    hint: 'What it was doing is done again when it starts: holdfast agent start.',
  });
}

/** Of several jobs: their sum, and the path of the first that has one. */
function progressOf(jobs: readonly JobView[]): ProgressState {
  const parts = jobs.map(({ progress }) => progress ?? {});
  const sum = (of: (part: (typeof parts)[number]) => number | undefined): number | undefined => {
    const known = parts.map(of).filter((value) => value !== undefined);
    return known.length === 0 ? undefined : known.reduce((total, value) => total + value, 0);
  };
  /** A total is one only when every job knows its own. */
  const total = (of: (part: (typeof parts)[number]) => number | undefined): number | undefined =>
    parts.every((part) => of(part) !== undefined) ? sum(of) : undefined;
  const filesDone = sum(({ filesDone: files }) => files);
  const bytesDone = sum(({ bytesDone: bytes }) => bytes);
  const running = jobs.find(({ state }) => state === 'running');
  const current = parts.find(({ currentPath }) => currentPath !== undefined)?.currentPath;
  return {
    verb: running === undefined ? 'waiting' : (running.progress?.phase ?? running.kind),
    filesTotal: total(({ filesTotal }) => filesTotal),
    bytesTotal: total(({ bytesTotal }) => bytesTotal),
    problems: sum(({ problems }) => problems) ?? 0,
    ...(filesDone === undefined ? {} : { filesDone }),
    ...(bytesDone === undefined ? {} : { bytesDone }),
    ...(current === undefined ? {} : { current }),
  };
}
