/**
 * The parts of the agent, made and connected. None of them runs yet; what they tell each other goes through reactions.ts.
 *
 *   what lies on disk ─► repositories, snapshots ─► queue and runners ─► what starts jobs ─► what tells of them
 */
import { join } from 'node:path';
import { messageOf } from '../base/errors.ts';
import { JobQueue } from '../jobs/queue.ts';
import { programVersion } from '../platform/program-version.ts';
import type { AgentOptions } from './agent-options.ts';
import type { AgentState } from './agent-state.ts';
import { Explorer } from './explore/explorer.ts';
import { SnapshotAccess } from './explore/snapshot-access.ts';
import { JobFlow } from './flow/job-flow.ts';
import { OverdueWatch } from './flow/overdue-watch.ts';
import { PlanRuns } from './flow/plan-runs.ts';
import { UpkeepRuns } from './flow/upkeep-runs.ts';
import { whenSourcesAreBack } from './flow/when-sources-are-back.ts';
import { PlanService } from './plans/plan-service.ts';
import { Reactions } from './reactions.ts';
import { ReadinessMonitor } from './readiness/monitor.ts';
import { planSubject, remoteQuestion, remoteSubject, upkeepSubject } from './readiness/subjects.ts';
import { RemoteCalls } from './remotes/remote-calls.ts';
import { fileMemory, removeMemory } from './remotes/remote-memory.ts';
import { RemotePoll } from './remotes/remote-poll.ts';
import { RemoteReactions } from './remotes/remote-reactions.ts';
import { RemoteRuns } from './remotes/remote-runs.ts';
import { RemoteService } from './remotes/remote-service.ts';
import { openAgentRepositories } from './repositories/agent-repositories.ts';
import { Destinations } from './repositories/destinations.ts';
import { RepositoryService } from './repositories/repository-service.ts';
import { mergeInputs } from './runners/merge-inputs.ts';
import type { RemoteAccess } from './runners/remote-access.ts';
import { createRunner } from './runners/run-job.ts';
import { Scheduler } from './schedule/scheduler.ts';
import { TellJobs } from './telling/tell-jobs.ts';
import { Telling } from './telling/telling.ts';
import { PendingChanges } from './watch/pending-changes.ts';
import { WatchPlans } from './watch/watch-plans.ts';

export type AgentParts = ReturnType<typeof createParts>;

/** @param signal ends all that waits or watches */
export function createParts(options: AgentOptions, state: AgentState, signal: AbortSignal) {
  const { clock, host, random, report, presence } = options;
  const { store, memory, history, notices, upkeepMemory } = state;
  const findPlan = (id: string) => store.config.plans.find((plan) => plan.id === id);
  const subjectOf = (plan: Parameters<typeof planSubject>[0]) => planSubject(plan, store.config.repositories);

  const plans = new PlanService({ store, clock });
  const repositories = createRepositories(options, state, plans);
  const remotes = createRemotes(options, state);
  const pending = new PendingChanges();
  const telling = createTelling(options, state);
  const reactions: Reactions = new Reactions(() => parts);

  const remoteReactions = new RemoteReactions({
    events: state.events,
    notices,
    clock,
    onNews: (remote, news) => reactions.later(remoteRuns.ingestNew(remote, news)),
  });
  const remoteCalls = new RemoteCalls({
    remotes,
    states: state.remoteStates,
    onSeen: (remote, news) => remoteReactions.seen(remote, news),
  });
  const remoteAccess: RemoteAccess = {
    get: (id) => remotes.get(id),
    open: (id, during) => remotes.open(id, during),
    able: (id, action, during) => remoteCalls.able(id, action, during),
    seen: (id, backup) => remoteCalls.seen(id, backup),
    follow: (id, backupId) => state.remoteStates.follow(id, backupId),
    jobs: state.remoteJobs,
    scratchFolder: state.paths.remoteScratch,
  };

  const flow = new JobFlow({
    history,
    queue: () => queue,
    memory,
    notices,
    findPlan,
    hostname: host.hostname,
    clock,
    random,
    retry: (planId) => runs.ask(planId, 'retry'),
    sourcesBack: (plan, during) => whenSourcesAreBack(plan.sources, { presence, clock, signal: during }),
    followUps: (job) => remoteRuns.followUpsOf(job),
    isRemote: (id) => store.config.remotes.some((remote) => remote.id === id),
    isAppendOnly: (id) => store.config.repositories.some((one) => one.id === id && one.appendOnly),
    onTrouble: report,
    signal,
  });
  const queue = new JobQueue({
    clock,
    store: state.jobsStore,
    run: createRunner(
      {
        ...state,
        repositories: repositories.opened,
        waitFor: repositories.waitFor,
        plan: (id) => plans.get(id),
        readSecret: (name, during) => options.secrets.readSecret(name, during),
        remotes: remoteAccess,
        pending,
        host,
        clock,
        random,
        scratchFolder: state.paths.scratch,
      },
      state.logs,
    ),
    record: (job) => reactions.jobEnded(job),
    onChange: (job) => reactions.jobChanged(job),
    onTrouble: report,
    maxParallel: store.config.settings.maintenance.parallelJobs,
    mergeInputs,
  });
  const readiness = new ReadinessMonitor({
    network: options.network,
    power: options.power,
    presence,
    wake: options.wake,
    probe: (id, during) => repositories.opened.probe(id, during),
    clock,
    subjects: () => [...store.config.plans.map(subjectOf), ...store.config.remotes.map(remoteSubject)],
  });
  const runs = new PlanRuns({
    queue,
    findPlan,
    readiness: (plan, during) => readiness.readiness(subjectOf(plan), during),
    clock,
    onPutOff: (plan, reason) => reactions.putOff(plan, reason),
    signal,
  });
  const upkeep = new UpkeepRuns({
    queue,
    config: () => store.config,
    readiness: (repository, during) => readiness.readiness(upkeepSubject(repository), during),
    isBackedUp: (planId) => memory.get(planId).lastGood !== undefined,
    lastRead: (id) => upkeepMemory.lastRead(id),
    signal,
  });
  const scheduler = new Scheduler({
    clock,
    store: state.scheduleFile,
    onDue: (id, due) => reactions.due(id, due),
    onProblem: report,
  });
  const watches = new WatchPlans({
    clock,
    pending,
    onChange: (planId) => reactions.later(runs.ask(planId, 'change')),
    onNotice: (plan, notice) => reactions.watchNoticed(plan, notice),
    onState: () => reactions.statusChanged(),
    signal,
  });
  const remotePoll = new RemotePoll({
    clock,
    random,
    states: state.remoteStates,
    remotes: () => store.config.remotes,
    open: (id, during) => remotes.open(id, during),
    isReachable: async (remote, during) => (await readiness.readiness(remoteQuestion(remote), during)).ready,
    onAnswer: (remote, news) => remoteReactions.answered(remote, news),
    onFailure: (remote, known) => remoteReactions.failed(remote, known),
    onTrouble: report,
  });
  const remoteRuns = new RemoteRuns({
    queue,
    remotes,
    calls: remoteCalls,
    isFollowed: (id, backupId) => state.remoteStates.isFollowed(id, backupId),
    requireRepository: (id) => void repositories.repositories.get(id),
    secrets: options.secrets,
    readiness: (remote, during) => readiness.readiness(remoteSubject(remote), during),
    clock,
    onPutOff: (remote, reason) => reactions.remotePutOff(remote, reason),
    signal,
  });
  const parts = {
    ...state,
    ...repositories,
    options,
    startedAt: clock.now(),
    signal,
    plans,
    pending,
    telling,
    tellJobs: new TellJobs({ telling, clock, timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone }),
    reactions,
    flow,
    queue,
    readiness,
    runs,
    upkeep,
    scheduler,
    watches,
    remotes,
    remotePoll,
    remoteReactions,
    remoteCalls,
    remoteRuns,
    overdue: new OverdueWatch({ plans: () => store.config.plans, memory, notices, clock }),
  };
  return parts;
}

/** Who opens repositories, and asks about what is in them. */
function createRepositories(
  { clock, openBackend, limits, secrets, host }: AgentOptions,
  { store, paths }: AgentState,
  plans: PlanService,
) {
  const destinations = new Destinations({ openBackend, limits: limits.shared, secrets, cacheFolder: paths.caches });
  const opened = openAgentRepositories({
    find: (id) => store.config.repositories.find((repository) => repository.id === id),
    destinations,
    readSecret: (name, during) => secrets.readSecret(name, during),
    clock,
  });
  const repositories = new RepositoryService({
    store,
    secrets,
    destinations,
    clock,
    hostname: host.hostname,
    onGone: (id) => opened.close(id),
  });
  const access = new SnapshotAccess({
    opened,
    repositories: () => store.config.repositories,
    plan: (id) => plans.get(id),
  });
  const waitFor = (id: string) => destinations.waitFor(id);
  return { opened, repositories, waitFor, access, explorer: new Explorer(access, clock) };
}

/** Who talks to remotes. */
function createRemotes(options: AgentOptions, { store, paths, remoteStates }: AgentState): RemoteService {
  const { secrets, connectRemote, clock, random } = options;
  const memoryPath = (id: string): string => join(paths.remotes, `${id}.memory.json`);
  return new RemoteService({
    store,
    secrets,
    connect: connectRemote,
    memory: (id) => fileMemory(memoryPath(id), clock),
    clock,
    random,
    userAgent: `holdfast/${programVersion()}`,
    onGone: async (id) => {
      await remoteStates.forget(id);
      await removeMemory(memoryPath(id));
    },
  });
}

function createTelling({ clock, secrets }: AgentOptions, { store, notices }: AgentState): Telling {
  return new Telling({
    config: store.config.settings.telling,
    secrets: (name, during) => secrets.readSecret(name, during),
    clock,
    report: (error, channel) =>
      notices.add({
        level: 'warning',
        code: 'telling-failed',
        message: `The ${channel} could not be told: ${messageOf(error)}`,
      }),
  });
}
