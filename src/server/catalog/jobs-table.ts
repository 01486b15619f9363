/** Where the queue's jobs lie while they are not over. */
import type { Job } from '../../jobs/job.ts';
import { storedJobSchema } from '../../jobs/job-schema.ts';
import type { ActiveJobs } from '../../jobs/queue.ts';
import type { Statements } from './statements.ts';

export class JobsTable implements ActiveJobs {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  async load(): Promise<readonly Job[]> {
    const rows = this.#statements.prepare('SELECT json FROM jobs ORDER BY place').all();
    return rows.flatMap(({ json }) => {
      const parsed = storedJobSchema.safeParse(JSON.parse(String(json)));
      return parsed.success ? [parsed.data as Job] : [];
    });
  }

  async save(jobs: readonly Job[]): Promise<void> {
    this.#statements.exec('BEGIN IMMEDIATE');
    try {
      this.#statements.exec('DELETE FROM jobs');
      const insert = this.#statements.prepare('INSERT INTO jobs (id, place, json) VALUES (?, ?, ?)');
      for (const [place, { progress: _, ...job }] of jobs.entries()) insert.run(job.id, place, JSON.stringify(job));
      this.#statements.exec('COMMIT');
    } catch (error) {
      this.#statements.exec('ROLLBACK');
      throw error;
    }
  }
}
