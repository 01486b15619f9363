/** Starts what looks after repositories and proves plans: checks, prunes, drills; by the schedule or by hand. */
import type { Config } from '../../config/config-file.ts';
import type { Plan } from '../../config/plan.ts';
import type { RepositoryConfig } from '../../config/repository.ts';
import type { Job, JobTrigger } from '../../jobs/job.ts';
import type { JobQueue } from '../../jobs/queue.ts';
import type { Readiness } from '../readiness/policy.ts';
import type { Taken } from '../schedule/scheduler.ts';
import { nextReadShare, type ReadShare } from '../upkeep/read-share.ts';

export interface UpkeepRunsOptions {
  readonly queue: JobQueue;
  readonly config: () => Pick<Config, 'plans' | 'repositories'>;
  readonly readiness: (repository: RepositoryConfig, signal: AbortSignal) => Promise<Readiness>;
  /** Whether there is anything of a plan that could be proven. */
  readonly isBackedUp: (planId: string) => boolean;
  /** What the last check of a repository has read back. */
  readonly lastRead: (repositoryId: string) => ReadShare | undefined;
  readonly signal: AbortSignal;
}

export class UpkeepRuns {
  readonly #options: UpkeepRunsOptions;

  constructor(options: UpkeepRunsOptions) {
    this.#options = options;
  }

  /** A due check or prune; an append-only store is never pruned by itself. `later` while the repository is out of reach, or waits for power. */
  async due(kind: 'check' | 'prune', repositoryId: string, trigger: JobTrigger): Promise<Taken> {
    const { config, readiness, signal } = this.#options;
    const repository = config().repositories.find(({ id }) => id === repositoryId);
    if (repository === undefined || (kind === 'prune' && repository.appendOnly)) return 'taken';
    if (!(await readiness(repository, signal)).ready) return 'later';
    if (kind === 'prune') await this.#prune(repository, trigger);
    else await this.#check(repository, trigger, repository.upkeep.readDataPercent);
    return 'taken';
  }

  /** A due drill. `later` until there is a backup, and while its repository is out of reach, or waits for power. */
  async drillDue(planId: string, trigger: JobTrigger): Promise<Taken> {
    const { config, isBackedUp, readiness, signal } = this.#options;
    const plan = config().plans.find(({ id }) => id === planId);
    const repository = config().repositories.find(({ id }) => id === plan?.repositories[0]);
    if (plan === undefined || repository === undefined) return 'taken';
    if (!isBackedUp(planId) || !(await readiness(repository, signal)).ready) return 'later';
    await this.#drill(plan, trigger);
    return 'taken';
  }

  checkNow(repository: RepositoryConfig, readDataPercent: number): Promise<Job> {
    return this.#check(repository, 'manual', readDataPercent);
  }

  pruneNow(repository: RepositoryConfig): Promise<Job> {
    return this.#prune(repository, 'manual');
  }

  drillNow(plan: Plan): Promise<Job> {
    return this.#drill(plan, 'manual');
  }

  #check({ id }: RepositoryConfig, trigger: JobTrigger, percent: number): Promise<Job> {
    const share = nextReadShare(percent, this.#options.lastRead(id));
    const input = { repositoryId: id, ...(share === undefined ? {} : { share }) };
    return this.#options.queue.enqueue({ kind: 'check', trigger, repositoryIds: [id], input });
  }

  #prune({ id }: RepositoryConfig, trigger: JobTrigger): Promise<Job> {
    const input = { repositoryId: id };
    return this.#options.queue.enqueue({ kind: 'prune', trigger, repositoryIds: [id], input });
  }

  #drill({ id: planId, name: planName, repositories }: Plan, trigger: JobTrigger): Promise<Job> {
    const repositoryId = repositories[0]!;
    const input = { planId, repositoryId };
    const spec = { kind: 'drill', trigger, planId, planName, repositoryIds: [repositoryId], input } as const;
    return this.#options.queue.enqueue(spec);
  }
}
