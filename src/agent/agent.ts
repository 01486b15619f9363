/**
 * The agent, put together from its parts, and what they tell each other:
 *
 *   scheduler, watchers, readiness, retries ─► PlanRuns ─► JobQueue ─► runners ─► JobFlow ─► history, follow-ups, notices
 *   configuration changed ─► scheduler items, watchers, readiness, retries anew
 *   everything that changes ─► events for the faces
 *
 * `start` brings it up; disposing ends it within five seconds: jobs that run are told to stop, and are queued again.
 */
import { HoldfastError, messageOf } from '../base/errors.ts';
import type { Config } from '../config/config-file.ts';
import type { Plan } from '../config/plan.ts';
import type { contract } from '../control/contract.ts';
import type { EventsOf } from '../control/contract-types.ts';
import { EventHub } from '../http/event-stream.ts';
import type { Job } from '../jobs/job.ts';
import { JobLogs } from '../jobs/job-logs.ts';
import { JobQueue } from '../jobs/queue.ts';
import { type AgentOptions, agentPaths } from './agent-options.ts';
import { Explorer } from './explore/explorer.ts';
import { SnapshotAccess } from './explore/snapshot-access.ts';
import { JobFlow } from './flow/job-flow.ts';
import { OverdueWatch } from './flow/overdue-watch.ts';
import { PlanRuns } from './flow/plan-runs.ts';
import { UpkeepRuns } from './flow/upkeep-runs.ts';
import { whenSourcesAreBack } from './flow/when-sources-are-back.ts';
import { History } from './history/history.ts';
import { Statistics } from './history/statistics.ts';
import { Notices } from './notices.ts';
import { PlanMemory } from './plans/plan-memory.ts';
import { PlanService } from './plans/plan-service.ts';
import type { SkipReason } from './plans/run-policy.ts';
import { ReadinessMonitor } from './readiness/monitor.ts';
import { planSubject, upkeepSubject } from './readiness/subjects.ts';
import { OpenRepositories } from './repositories/open-repositories.ts';
import { RepositoryService } from './repositories/repository-service.ts';
import { createRunner } from './runners/run-job.ts';
import type { Due } from './schedule/assess-item.ts';
import { ScheduleFile } from './schedule/schedule-file.ts';
import { Scheduler, type Taken } from './schedule/scheduler.ts';
import { itemId, parseItemId, scheduledItems } from './schedule/timetable.ts';
import { ConfigStore } from './state/config-store.ts';
import { JobsStore } from './state/jobs-store.ts';
import { TellJobs } from './telling/tell-jobs.ts';
import { Telling } from './telling/telling.ts';
import { UpkeepMemory } from './upkeep/upkeep-memory.ts';
import { PendingChanges } from './watch/pending-changes.ts';
import { WatchPlans } from './watch/watch-plans.ts';

export type AgentEvents = EventsOf<typeof contract>;

/** What could be read from disk before anything runs. */
interface Opened {
  readonly store: ConfigStore;
  readonly memory: PlanMemory;
  readonly history: History;
  readonly upkeepMemory: UpkeepMemory;
  readonly notices: Notices;
  readonly events: EventHub<AgentEvents>;
}

export class Agent implements AsyncDisposable {
  readonly events: EventHub<AgentEvents>;
  readonly store: ConfigStore;
  readonly memory: PlanMemory;
  readonly history: History;
  readonly statistics: Statistics;
  readonly notices: Notices;
  readonly logs: JobLogs;
  readonly pending = new PendingChanges();
  readonly telling: Telling;
  readonly plans: PlanService;
  readonly repositories: RepositoryService;
  readonly opened: OpenRepositories;
  readonly access: SnapshotAccess;
  readonly explorer: Explorer;
  readonly queue: JobQueue;
  readonly runs: PlanRuns;
  readonly upkeep: UpkeepRuns;
  readonly scheduler: Scheduler;
  readonly readiness: ReadinessMonitor;
  readonly watches: WatchPlans;
  readonly flow: JobFlow;
  readonly startedAt: Date;
  readonly options: AgentOptions;
  readonly #overdue: OverdueWatch;
  readonly #upkeepMemory: UpkeepMemory;
  readonly #tellJobs: TellJobs;
  readonly #stop = new AbortController();
  #background: Promise<unknown> = Promise.resolve();

  private constructor(options: AgentOptions, { store, memory, history, upkeepMemory, notices, events }: Opened) {
    const { clock, secrets, host, openBackend, random, report, presence } = options;
    const paths = agentPaths(options.folders);
    const { signal } = this.#stop;
    this.options = options;
    this.store = store;
    this.memory = memory;
    this.history = history;
    this.notices = notices;
    this.events = events;
    this.#upkeepMemory = upkeepMemory;
    this.startedAt = clock.now();
    this.statistics = new Statistics({
      folder: paths.history,
      clock,
      onNotice: (notice) => notices.addState([notice]),
    });
    this.telling = new Telling({
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
    this.#tellJobs = new TellJobs({ telling: this.telling, clock, timeZone: localTimeZone() });
    this.logs = new JobLogs({ folder: paths.logs, clock });
    this.opened = new OpenRepositories({
      find: (id) => store.config.repositories.find((repository) => repository.id === id),
      openBackend,
      readSecret: (name, during) => secrets.readSecret(name, during),
      clock,
    });
    this.repositories = new RepositoryService({
      store,
      secrets,
      openBackend,
      clock,
      hostname: host.hostname,
      onGone: (id) => this.opened.close(id),
    });
    this.plans = new PlanService({ store, clock });
    this.access = new SnapshotAccess({
      opened: this.opened,
      repositories: () => store.config.repositories,
      plan: (id) => this.plans.get(id),
    });
    this.explorer = new Explorer(this.access, clock);
    this.flow = new JobFlow({
      history,
      queue: () => this.queue,
      memory,
      notices,
      findPlan: (id) => this.#findPlan(id),
      hostname: host.hostname,
      clock,
      random,
      retry: (planId) => this.runs.ask(planId, 'retry'),
      sourcesBack: (plan, during) => whenSourcesAreBack(plan.sources, { presence, clock, signal: during }),
      onTrouble: report,
      signal,
    });
    this.queue = new JobQueue({
      clock,
      store: new JobsStore({ path: paths.jobs, clock }),
      run: createRunner(
        {
          repositories: this.opened,
          plan: (id) => this.plans.get(id),
          pending: this.pending,
          memory,
          upkeepMemory,
          statistics: this.statistics,
          notices,
          host,
          clock,
          random,
          scratchFolder: paths.scratch,
        },
        this.logs,
      ),
      record: async (job) => {
        await this.flow.record(job);
        // Only now it is in the history, and what follows of it is known.
        this.#statusChanged();
      },
      onChange: (job) => this.#jobChanged(job),
      onTrouble: report,
      maxParallel: store.config.settings.maintenance.parallelJobs,
    });
    this.readiness = new ReadinessMonitor({
      network: options.network,
      power: options.power,
      presence,
      wake: options.wake,
      probe: (id, during) => this.opened.probe(id, during),
      clock,
      subjects: () => store.config.plans.map((plan) => planSubject(plan, store.config.repositories)),
    });
    this.runs = new PlanRuns({
      queue: this.queue,
      plan: (id) => this.plans.get(id),
      readiness: (plan, during) => this.readiness.readiness(planSubject(plan, store.config.repositories), during),
      clock,
      onPutOff: (plan, reason) => this.#putOff(plan, reason),
      signal,
    });
    this.upkeep = new UpkeepRuns({
      queue: this.queue,
      config: () => store.config,
      readiness: (repository, during) => this.readiness.readiness(upkeepSubject(repository), during),
      lastRead: (id) => upkeepMemory.lastRead(id),
      signal,
    });
    this.scheduler = new Scheduler({
      clock,
      store: new ScheduleFile({ path: paths.schedule, clock }),
      onDue: (id, due) => this.#due(id, due),
      onProblem: (error) => report(error),
    });
    this.watches = new WatchPlans({
      clock,
      pending: this.pending,
      onChange: (planId) => this.#later(this.runs.ask(planId, 'change')),
      onNotice: ({ id, name }, { code, message, hint }) =>
        notices.add({
          level: code === 'watching-again' ? 'info' : 'warning',
          code,
          message: `"${name}": ${message}`,
          planId: id,
          ...(hint === undefined ? {} : { hint }),
        }),
      onState: () => this.#statusChanged(),
      signal,
    });
    this.#overdue = new OverdueWatch({ plans: () => store.config.plans, memory, notices, clock });
  }

  /** Reads what is on disk, makes the embedded repository at the first start, and begins to run. */
  static async start(options: AgentOptions, signal: AbortSignal): Promise<Agent> {
    const { clock, folders, report } = options;
    const paths = agentPaths(folders);
    const events = new EventHub<AgentEvents>({ clock });
    try {
      const notices = await Notices.open({ path: paths.notices, clock, onTrouble: report });
      const [store, memory, history, upkeepMemory] = await Promise.all([
        ConfigStore.open({ path: paths.config, clock }),
        PlanMemory.open(paths.plans, clock),
        History.open({ folder: paths.history, clock, onNotice: (notice) => notices.addState([notice]) }),
        UpkeepMemory.open({ path: paths.upkeep, clock }),
      ]);
      const agent = new Agent(options, { store, memory, history, upkeepMemory, notices, events });
      await agent.#start(signal);
      return agent;
    } catch (error) {
      // Its heartbeats would keep the process.
      events.close();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const late = await this.queue.drain(AbortSignal.timeout(5000));
    for (const job of late)
      this.options.report(new HoldfastError('timeout', `The job ${job.id} did not stop in time.`));
    this.#stop.abort(new HoldfastError('cancelled', 'The agent ends.'));
    await Promise.all([this.#background, this.watches.ended()]);
    this.events.close();
    await Promise.all([this.opened[Symbol.asyncDispose](), this.notices.flush(), this.telling[Symbol.asyncDispose]()]);
  }

  async #start(signal: AbortSignal): Promise<void> {
    const { folders } = this.options;
    await this.repositories.ensureDefault(agentPaths(folders).repository, signal);
    this.notices.subscribe((notice) => {
      this.events.publish('notice', notice);
      this.#tellJobs.noticed(notice);
    });
    this.notices.addState([...this.store.notices, ...this.memory.notices, ...this.#upkeepMemory.notices]);
    this.store.onChange((config) => this.#configured(config));
    this.readiness.subscribe(() => {
      this.#later(this.runs.recheck());
      this.scheduler.lookAgain();
      this.#statusChanged();
    });
    this.options.wake.subscribe((event) => {
      if (event.type === 'woke') this.watches.woke();
      this.scheduler.lookAgain();
    });
    await this.queue.start();
    this.#configured(this.store.config);
    this.flow.resume(this.store.config.plans);
    const { signal: stopped } = this.#stop;
    this.#background = Promise.all([
      this.scheduler.run(stopped),
      this.readiness.run(stopped),
      this.#overdue.run(stopped),
    ]).catch((error: unknown) => this.options.report(error));
  }

  /** Everything that depends on the configuration, anew. */
  #configured({ plans, repositories, settings }: Config): void {
    this.scheduler.setItems(scheduledItems({ plans, repositories }));
    this.watches.setPlans(plans);
    this.telling.configure(settings.telling);
    this.queue.setMaxParallel(settings.maintenance.parallelJobs);
    this.flow.configurationChanged();
    this.#later(this.memory.forgetOthers(plans.map(({ id }) => id)));
    this.readiness.lookNow();
    this.#statusChanged();
  }

  async #due(id: string, due: Due): Promise<Taken> {
    const item = parseItemId(id);
    const trigger = due.late ? 'catch-up' : 'schedule';
    switch (item?.kind) {
      case 'plan':
        return this.runs.due(item.planId, due);
      case 'drill':
        return this.upkeep.drillDue(item.planId, trigger);
      case 'check':
      case 'prune':
        return this.upkeep.due(item.kind, item.repositoryId, trigger);
      default:
        return 'taken';
    }
  }

  #jobChanged(job: Job): void {
    this.events.publish('job.changed', { ...job });
    if (job.progress !== undefined && job.state === 'running') return;
    this.#tellJobs.changed(job);
    if (job.state === 'running' && job.kind === 'backup' && job.planId !== undefined && job.startedAt !== undefined) {
      this.scheduler.noteStart(itemId({ kind: 'plan', planId: job.planId }), new Date(job.startedAt));
    }
    this.#statusChanged();
  }

  #putOff({ id, name }: Plan, { type, text }: SkipReason): void {
    // Who pauses a plan need not be told of it.
    if (type === 'paused') return;
    this.notices.add({ level: 'info', code: `put-off-${type}`, message: `"${name}" waits: ${text}`, planId: id });
  }

  #findPlan(id: string): Plan | undefined {
    return this.store.config.plans.find((plan) => plan.id === id);
  }

  #statusChanged(): void {
    this.events.publish('status.changed', {});
  }

  /** Work that nobody waits for; its troubles are reported. */
  #later(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      if (!this.#stop.signal.aborted) this.options.report(error);
    });
  }
}

function localTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
