/**
 * Tasks: what makes the backups of one database, once or by a cron expression, and removes the older ones.
 *
 * Guarantees: a time that was missed (the server was down) is caught up once, not as often as it was missed; a run that cannot begin
 * (too many backups, no space) is told, and tried at its next time; clocks that jump do no more than shift one run.
 */
import type { Clock } from '../../base/clock.ts';
import { dueTimes } from '../../jobs/schedule/next-time.ts';
import type { BackupRecord } from '../catalog/backups.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Task, TaskOrder } from '../catalog/tasks.ts';
import type { Scope } from '../config/scope.ts';
import type { ServerConfig } from '../config/server-config.ts';
import type { BackupService } from './service.ts';

const lookEveryMs = 15_000;

export interface TaskRunsOptions {
  readonly config: () => ServerConfig;
  readonly catalog: Catalog;
  readonly backups: BackupService;
  readonly clock: Clock;
  readonly report: (error: unknown, doing: string) => void;
}

export class TaskRuns {
  readonly #options: TaskRunsOptions;

  constructor(options: TaskRunsOptions) {
    this.#options = options;
  }

  /** A new task, and its first backup. @throws as `BackupService.create`, and there is no task then; `invalid-input` for the frequency */
  async create(scope: Scope, order: TaskOrder): Promise<Task> {
    const { catalog } = this.#options;
    const createdAt = this.#now();
    const task = catalog.tasks.add({ scope: scope.id, order, createdAt, nextAt: nextTime(order, createdAt) });
    try {
      await this.#backUp(scope, task);
    } catch (error) {
      catalog.tasks.remove(task.number);
      throw error;
    }
    return task;
  }

  /** Makes what is due. */
  async look(): Promise<void> {
    const { config, catalog, report } = this.#options;
    for (const task of catalog.tasks.due(this.#now())) {
      catalog.tasks.setNext(task.number, nextTime(task.order, this.#now()));
      const scope = config().scopes.find(({ id }) => id === task.scope);
      if (scope === undefined) continue;
      await this.#backUp(scope, task).catch((error: unknown) => report(error, `run the task ${task.number}`));
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, report } = this.#options;
    while (!signal.aborted) {
      await this.look().catch((error: unknown) => report(error, 'run tasks'));
      await clock.sleep(lookEveryMs, signal).catch(() => undefined);
    }
  }

  /** A backup of a task is done: those that are more than it keeps go. */
  async tidyUp({ task: number, scope }: BackupRecord): Promise<void> {
    const { catalog, backups } = this.#options;
    const keepCount = number === undefined ? undefined : catalog.tasks.get(number)?.order.keepCount;
    if (number === undefined || keepCount === undefined) return;
    const done = catalog.backups.list({ scope, task: number, states: ['done'] });
    for (const backup of done.slice(keepCount)) await backups.remove(backup);
  }

  async #backUp(scope: Scope, { number, order }: Task): Promise<void> {
    const { engine, database, excludedTables, gzip, onReplica } = order;
    await this.#options.backups.create(scope, {
      name: `${engine} ${database}`,
      task: number,
      content: { kind: 'database', engine, database, excludedTables, gzip, onReplica },
    });
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }
}

function nextTime({ frequency }: TaskOrder, afterMs: number): number | undefined {
  return frequency === undefined ? undefined : dueTimes({ kind: 'cron', expression: frequency }).next(afterMs);
}
