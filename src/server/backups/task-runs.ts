/**
 * Tasks: what makes the backups of one database, once or by a cron expression, and removes the older ones.
 *
 * Guarantees:
 * - A time that was missed (the server was down) is caught up once, not as often as it was missed.
 * - A run that cannot begin (too many backups, no space) is told, and tried at its next time; one whose last run is not over yet is
 *   left out.
 * - A clock that was wrong and is set back puts no run off for longer than until its next time.
 * - A backup that is proven to be damaged takes no other's place: as many good ones are kept as if it had not been made.
 */
import type { Clock } from '../../base/clock.ts';
import { dueTimes } from '../../jobs/schedule/next-time.ts';
import type { BackupRecord } from '../catalog/backups.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Task, TaskOrder } from '../catalog/tasks.ts';
import type { Scope } from '../config/scope.ts';
import type { ServerConfig } from '../config/server-config.ts';
import type { BackupOrder, BackupService } from './service.ts';

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
  #lookedMs = Number.POSITIVE_INFINITY;

  constructor(options: TaskRunsOptions) {
    this.#options = options;
  }

  /**
   * New tasks that belong together, each with its first backup; all of them or none.
   *
   * @throws as `BackupService.create`; `invalid-input` for a frequency
   */
  async create(scope: Scope, orders: readonly TaskOrder[]): Promise<void> {
    const { catalog, backups } = this.#options;
    const createdAt = this.#now();
    const added = catalog.together(() => {
      const tasks = orders.map((order) =>
        catalog.tasks.add({ scope: scope.id, order, createdAt, nextAt: nextTime(order, createdAt) }),
      );
      return backups.add(scope, tasks.map(orderOf));
    });
    await backups.begin(added);
  }

  /** Makes what is due. */
  async look(): Promise<void> {
    const { catalog, report } = this.#options;
    const now = this.#now();
    // The first look, or the clock was set back.
    if (now < this.#lookedMs) this.#bringForward(now);
    this.#lookedMs = now;
    for (const task of catalog.tasks.due(now)) {
      await this.#runDue(task, now).catch((error: unknown) => report(error, `run the task ${task.number}`));
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, report } = this.#options;
    while (!signal.aborted) {
      await this.look().catch((error: unknown) => report(error, 'run tasks'));
      await clock.sleep(lookEveryMs, signal).catch(() => undefined);
    }
  }

  /** A backup of a task is proven: those that are more than it keeps go. Imports are somebody's wish, and stay. */
  async tidyUp({ task: number, scope }: BackupRecord): Promise<void> {
    const { catalog, backups } = this.#options;
    const keepCount = number === undefined ? undefined : catalog.tasks.get(number)?.order.keepCount;
    if (number === undefined || keepCount === undefined) return;
    const made = catalog.backups
      .list({ scope, task: number, states: ['done'] })
      .filter(({ content, verify }) => content.kind === 'database' && verify?.state !== 'verifying');
    const good = made.filter(({ verify }) => verify?.state !== 'failed');
    const damaged = made.filter(({ verify }) => verify?.state === 'failed');
    for (const backup of [good, damaged].flatMap((ones) => ones.slice(keepCount))) await backups.remove(backup);
  }

  async #runDue(task: Task, now: number): Promise<void> {
    const { config, catalog, backups } = this.#options;
    const next = nextTime(task.order, now);
    const scope = config().scopes.find(({ id }) => id === task.scope);
    try {
      const added = catalog.together(() => {
        catalog.tasks.setNext(task.number, next);
        return scope === undefined || this.#isUnderWay(task) ? [] : backups.add(scope, [orderOf(task)]);
      });
      await backups.begin(added);
    } catch (error) {
      catalog.tasks.setNext(task.number, next);
      throw error;
    }
  }

  #isUnderWay({ number, scope }: Task): boolean {
    return this.#options.catalog.backups
      .list({ scope, task: number, states: ['queued', 'running'] })
      .some(({ content }) => content.kind === 'database');
  }

  #bringForward(now: number): void {
    const { tasks } = this.#options.catalog;
    for (const { number, order, nextAt = 0 } of tasks.repeating()) {
      const next = nextTime(order, now);
      if (next !== undefined && next < nextAt) tasks.setNext(number, next);
    }
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }
}

function orderOf({ number, order }: Task): BackupOrder {
  const { engine, database, server, excludedTables, gzip, onReplica } = order;
  const named = server === undefined ? {} : { server };
  return {
    name: `${engine} ${database}`,
    task: number,
    content: { kind: 'database', engine, database, ...named, excludedTables, gzip, onReplica },
  };
}

function nextTime({ frequency }: TaskOrder, afterMs: number): number | undefined {
  return frequency === undefined ? undefined : dueTimes({ kind: 'cron', expression: frequency }).next(afterMs);
}
