/** The runner of jobs with everything it has in the agent: two real repositories, a source folder, real state files. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Statistics } from '../../../../src/agent/history/statistics.ts';
import type { NewNotice } from '../../../../src/agent/notices.ts';
import { PlanMemory } from '../../../../src/agent/plans/plan-memory.ts';
import { RemoteJobMemory } from '../../../../src/agent/remotes/job-memory.ts';
import { openAgentRepositories } from '../../../../src/agent/repositories/agent-repositories.ts';
import type { RemoteAccess } from '../../../../src/agent/runners/remote-access.ts';
import { createRunner } from '../../../../src/agent/runners/run-job.ts';
import { UpkeepMemory } from '../../../../src/agent/upkeep/upkeep-memory.ts';
import { PendingChanges } from '../../../../src/agent/watch/pending-changes.ts';
import { openBackend } from '../../../../src/backend/registry.ts';
import { systemClock } from '../../../../src/base/clock.ts';
import { HoldfastError } from '../../../../src/base/errors.ts';
import type { Plan } from '../../../../src/config/plan.ts';
import { repositorySchema } from '../../../../src/config/repository.ts';
import type { Job, JobProgress } from '../../../../src/jobs/job.ts';
import { JobLogs } from '../../../../src/jobs/job-logs.ts';
import type { JobOutcome } from '../../../../src/jobs/running-job.ts';
import { hostIdentity } from '../../../../src/platform/host.ts';
import { initRepository, listSnapshots, type StoredSnapshot } from '../../../../src/repository/mod.ts';
import { FakeRemote } from '../../../support/fake-remote.ts';
import { seededRandom } from '../../../support/random.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { cheapKey, never, password } from '../../repository/test-repository.ts';
import { jobOf, planOf } from '../plan-for-tests.ts';
import { remoteOf } from '../remotes/remote-for-tests.ts';

export type RunnerRig = Awaited<ReturnType<typeof runnerRig>>;

export async function runnerRig() {
  const folder = await temporaryFolder();
  // State lies beside: its writes must not change the folders that lead to the source.
  const source = folder.at('source');
  mkdirSync(source);
  const configs = await Promise.all(['disk', 'nas'].map((id) => makeRepository(id, folder.at(id))));
  const repositories = openAgentRepositories({
    find: (id) => configs.find((config) => config.id === id),
    destinations: { openKept: async ({ location }) => openBackend(location) },
    readSecret: async () => password,
    clock: systemClock,
  });
  const plans = new Map<string, Plan>();
  const secrets = new Map<string, string>();
  const notices: NewNotice[] = [];
  const logs = new JobLogs({ folder: folder.at('state', 'logs'), clock: systemClock });
  const memory = await PlanMemory.open(folder.at('state', 'plans.json'), systemClock);
  const upkeepMemory = await UpkeepMemory.open({ path: folder.at('state', 'upkeep.json'), clock: systemClock });
  const statistics = new Statistics({
    folder: folder.at('state', 'history'),
    clock: systemClock,
    onNotice: () => undefined,
  });
  const remote = new FakeRemote();
  const seen: string[] = [];
  const remoteConfig = remoteOf();
  const remotes: RemoteAccess = {
    get: () => remoteConfig,
    open: async () => remote,
    able: async () => remote,
    seen: async (_, backup) => {
      seen.push(`${backup.id} ${backup.state}`);
      return backup;
    },
    follow: () => ({ [Symbol.dispose]: () => undefined }),
    jobs: await RemoteJobMemory.open(folder.at('state', 'remote-jobs.json'), systemClock),
    scratchFolder: folder.at('state', 'remotes'),
  };
  const pending = new PendingChanges();
  const random = seededRandom('runners');
  const runner = createRunner(
    {
      repositories,
      waitFor: () => undefined,
      plan: (id) => {
        const plan = plans.get(id);
        if (plan === undefined) throw new HoldfastError('not-found', `There is no plan "${id}".`);
        return plan;
      },
      readSecret: async (name) => secrets.get(name),
      remotes,
      pending,
      memory,
      upkeepMemory,
      statistics,
      notices: {
        add: (notice) => void notices.push(notice),
        settle: (code, { repositoryId }) => {
          const kept = notices.filter((one) => one.code !== code || one.repositoryId !== repositoryId);
          notices.splice(0, notices.length, ...kept);
        },
      },
      host: hostIdentity(),
      clock: systemClock,
      random: () => random.next(),
      scratchFolder: folder.at('state', 'scratch'),
    },
    logs,
  );
  const progress: JobProgress[] = [];
  let jobs = 0;
  return {
    folder,
    source,
    /** Of databases, by their names. */
    secrets,
    repositories,
    memory,
    upkeepMemory,
    statistics,
    pending,
    remote,
    remotes,
    /** What jobs told of backups of the remote: "id state". */
    seen,
    notices,
    logs,
    progress,
    /** Writes a file of the source. */
    write(name: string, text: string): void {
      mkdirSync(join(source, name, '..'), { recursive: true });
      writeFileSync(join(source, name), text);
    },
    /** The plan `home` of the source, from now on. */
    plan(some: Partial<Plan> = {}): Plan {
      const plan = planOf({ sources: [source], ...some });
      plans.set(plan.id, plan);
      return plan;
    },
    forgetPlan: (id: string) => plans.delete(id),
    /** Runs a job as the queue does: one of the plan, unless it says otherwise. */
    run(some: Partial<Job>, signal: AbortSignal = never, isCancelled = false): Promise<JobOutcome> {
      const job = jobOf({ id: `job${++jobs}`, state: 'running', input: { planId: 'home' }, ...some });
      return runner(job, { signal, isCancelled: () => isCancelled, report: (one) => void progress.push(one) });
    },
    /** What the last job said. */
    async log(): Promise<string> {
      const { lines } = await logs.readLog(`job${jobs}`, { offset: 0, limit: 1000 }, never);
      return lines.map(({ level, text }) => `${level}: ${text}`).join('\n');
    },
    async problems() {
      return (await logs.readProblems(`job${jobs}`, { offset: 0, limit: 1000 }, never)).problems;
    },
    /** Leaves a lock behind; its name. */
    async lock(lock: object): Promise<string> {
      await using repository = await repositories.open('disk', never);
      return await repository.saveUnpacked('lock', Buffer.from(JSON.stringify(lock)), never);
    },
    async locks(): Promise<string[]> {
      await using repository = await repositories.open('disk', never);
      return (await Array.fromAsync(repository.listFiles('lock', never))).map(({ name }) => name);
    },
    /** Oldest first. */
    async snapshots(repositoryId = 'disk'): Promise<StoredSnapshot[]> {
      await using repository = await repositories.open(repositoryId, never);
      return await listSnapshots(repository, { signal: never });
    },
    [Symbol.asyncDispose]: async () => {
      await repositories[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function makeRepository(id: string, location: string) {
  await using made = await initRepository({
    backend: openBackend(location),
    password,
    keyOptions: cheapKey,
    signal: never,
  });
  return repositorySchema.parse({
    id,
    name: id,
    location,
    repositoryId: made.config.id,
    createdAt: '2026-03-01T12:00:00Z',
  });
}
