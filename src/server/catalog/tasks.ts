/** Tasks of `stacks`: what makes the backups of one database, once or again and again. Its number is the group of its backups. */
import type { Statements } from './statements.ts';

export interface TaskOrder {
  readonly engine: string;
  readonly database: string;
  /** The name of its server in the scope. */
  readonly server?: string;
  /** Five fields of cron; once unless given. */
  readonly frequency?: string;
  /** Older ones are removed. */
  readonly keepCount?: number;
  readonly gzip: boolean;
  readonly excludedTables: readonly string[];
  readonly onReplica: boolean;
}

export interface Task {
  readonly number: number;
  readonly scope: string;
  readonly order: TaskOrder;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly nextAt: number | undefined;
}

export class Tasks {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  add({ scope, order, createdAt, nextAt }: Omit<Task, 'number'>): Task {
    const { lastInsertRowid } = this.#statements
      .prepare('INSERT INTO tasks (scope, database_index, order_json, created_at, next_at) VALUES (?, ?, ?, ?, ?)')
      .run(scope, `${order.engine}/${order.database}`, JSON.stringify(order), createdAt, nextAt ?? null);
    return this.get(Number(lastInsertRowid))!;
  }

  get(number: number): Task | undefined {
    return toTask(this.#statements.prepare('SELECT * FROM tasks WHERE number = ?').get(number));
  }

  list(scope: string): Task[] {
    return this.#statements
      .prepare('SELECT * FROM tasks WHERE scope = ? ORDER BY number')
      .all(scope)
      .map((row) => toTask(row)!);
  }

  /** Those that have a next time, of all scopes. */
  repeating(): Task[] {
    return this.#statements
      .prepare('SELECT * FROM tasks WHERE next_at IS NOT NULL')
      .all()
      .map((row) => toTask(row)!);
  }

  /** Those whose time has come. */
  due(nowMs: number): Task[] {
    return this.#statements
      .prepare('SELECT * FROM tasks WHERE next_at <= ? ORDER BY next_at')
      .all(nowMs)
      .map((row) => toTask(row)!);
  }

  setNext(number: number, nextAt: number | undefined): void {
    this.#statements.prepare('UPDATE tasks SET next_at = ? WHERE number = ?').run(nextAt ?? null, number);
  }
}

function toTask(row: Readonly<Record<string, unknown>> | undefined): Task | undefined {
  if (row === undefined) return undefined;
  return {
    number: Number(row.number),
    scope: String(row.scope),
    order: JSON.parse(String(row.order_json)) as TaskOrder,
    createdAt: Number(row.created_at),
    nextAt: row.next_at === null ? undefined : Number(row.next_at),
  };
}
