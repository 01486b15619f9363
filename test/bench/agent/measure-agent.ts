/**
 * The whole agent with a continuous plan over the set *small*: how soon it is ready, what it takes while nothing happens, how
 * soon one changed file is in a snapshot, and how soon each kind of job ends that is cancelled.
 */
import { appendFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { MadeSet } from '../datasets/make-set.ts';
import { agentCommand, makeHome } from '../programs.ts';
import { median } from '../results.ts';
import { RunningAgent } from './running-agent.ts';

export interface AgentResult {
  /** From the start of the process until it listens and watches. */
  readonly readySeconds: number;
  readonly residentBytes: number;
  /** Of one core, 0 to 1. */
  readonly idleShare: number;
  /** From the end of the quiet period to the snapshot on disk; median. */
  readonly changeSeconds: number;
  /** From the call to the job's end, by kind. */
  readonly cancelSeconds: Readonly<Record<string, number>>;
}

export interface AgentOptions {
  readonly set: MadeSet;
  readonly runs: string;
  readonly count: number;
  readonly idleSeconds: number;
  /** The words that start Holdfast; undefined for the build of this project. */
  readonly ours: readonly string[] | undefined;
  readonly signal: AbortSignal;
}

type Job = Awaited<ReturnType<RunningAgent['client']['jobs']['get']>>;

const quietSeconds = 1;
/** Longer than the quiet period, so that what a job leads to has begun. */
const calmMs = 2000;
/** A job is cancelled in the midst of its work, or at its end if that comes before. */
const letRunMs = 300;

export async function measureAgent(options: AgentOptions): Promise<AgentResult> {
  const { runs, ours, signal } = options;
  const home = join(runs, 'agent');
  makeHome(home);
  const start = () => RunningAgent.start(agentCommand(home, ours), join(home, 'data'), signal);
  try {
    {
      await using first = await start();
      await saveAll(first, options);
    }
    await using agent = await start();
    await idle(agent);
    const cost = await idleCost(agent, options);
    const changeSeconds = await changed(agent, options, join(home, 'data', 'repository', 'snapshots'));
    const cancelSeconds = await cancels(agent, options, home);
    return { readySeconds: agent.readySeconds, ...cost, changeSeconds, cancelSeconds };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function saveAll(agent: RunningAgent, { set, signal }: AgentOptions): Promise<void> {
  const body = {
    name: 'Small',
    sources: [set.folder],
    trigger: { kind: 'continuous', quietSeconds } as const,
    repositories: ['default'],
  };
  const { id } = await agent.client.plans.create({ body, signal });
  await agent.until(async () => {
    const { lastGoodAt } = await agent.client.plans.get({ params: { id }, signal });
    return lastGoodAt;
  });
}

/** Until no job is queued or runs, and none came for a while. */
async function idle(agent: RunningAgent): Promise<void> {
  let calmSince = performance.now();
  await agent.until(async () => {
    const { jobs } = await agent.client.agent.status({ signal: AbortSignal.timeout(10_000) });
    if (jobs.length > 0) calmSince = performance.now();
    return performance.now() - calmSince > calmMs ? true : undefined;
  });
}

async function idleCost(agent: RunningAgent, { idleSeconds, signal }: AgentOptions) {
  await delay(idleSeconds * 1000, undefined, { signal });
  const [before, from] = [agent.cpuSeconds, performance.now()];
  await delay(idleSeconds * 1000, undefined, { signal });
  const idleShare = (agent.cpuSeconds - before) / ((performance.now() - from) / 1000);
  return { residentBytes: agent.residentBytes, idleShare };
}

async function changed(agent: RunningAgent, { set, count }: AgentOptions, snapshots: string): Promise<number> {
  const file = join(set.folder, 'changed-by-the-bench.txt');
  const seconds: number[] = [];
  try {
    while (seconds.length < count) {
      const before = readdirSync(snapshots).length;
      appendFileSync(file, 'changed\n');
      const from = performance.now() + quietSeconds * 1000;
      await agent.until(() => (readdirSync(snapshots).length > before ? true : undefined));
      seconds.push((performance.now() - from) / 1000);
      await idle(agent);
    }
  } finally {
    rmSync(file, { force: true });
  }
  await idle(agent);
  return median(seconds);
}

async function cancels(
  agent: RunningAgent,
  { set, signal }: AgentOptions,
  home: string,
): Promise<Record<string, number>> {
  const { client } = agent;
  const location = join(home, 'second');
  const { repository } = await client.repositories.add({ body: { name: 'Second', location, mode: 'create' }, signal });
  const plan = (repositories: string[]) => ({
    body: { name: repositories.join(' '), sources: [set.folder], trigger: { kind: 'manual' } as const, repositories },
    signal,
  });
  const alone = await client.plans.create(plan([repository.id]));
  const both = await client.plans.create(plan(['default', repository.id]));
  const { snapshots } = await client.snapshots.list({ query: { repositoryId: 'default' }, signal });
  const [snapshot] = snapshots;
  const inDefault = { params: { id: 'default' }, signal };
  const restore = { repositoryId: 'default', snapshotId: snapshot?.id ?? '', target: join(home, 'restored') };
  const jobs: Readonly<Record<string, () => Promise<Job>>> = {
    backup: () => client.plans.run({ params: { id: alone.id }, body: {}, signal }),
    restore: () => client.snapshots.restore({ body: restore, signal }),
    check: () => client.repositories.check({ ...inDefault, body: { readDataPercent: 100 } }),
    prune: () => client.repositories.prune(inDefault),
    copy: async () => {
      await client.plans.run({ params: { id: both.id }, body: {}, signal });
      return agent.until(async () => (await client.jobs.list({ signal })).find(({ kind }) => kind === 'copy'));
    },
    drill: () => client.plans.drill({ params: { id: both.id }, signal }),
  };
  const seconds: Record<string, number> = {};
  for (const [kind, start] of Object.entries(jobs)) seconds[kind] = await cancelled(agent, await start(), signal);
  return seconds;
}

/** Cancels a job that has run for a moment. */
async function cancelled(agent: RunningAgent, { id }: Job, signal: AbortSignal): Promise<number> {
  const { jobs } = agent.client;
  const ask = { params: { id }, signal };
  await agent.until(async () => ((await jobs.get(ask)).state === 'queued' ? undefined : true));
  await delay(letRunMs, undefined, { signal });
  const from = performance.now();
  await jobs.cancel(ask);
  await agent.until(async () => ((await jobs.get(ask)).endedAt === undefined ? undefined : true));
  const seconds = (performance.now() - from) / 1000;
  await idle(agent);
  return seconds;
}
