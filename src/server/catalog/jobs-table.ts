/** Where the queue's jobs lie while they are not over. */
import type { DatabaseSync } from 'node:sqlite';
import type { Job } from '../../jobs/job.ts';
import { storedJobSchema } from '../../jobs/job-schema.ts';
import type { ActiveJobs } from '../../jobs/queue.ts';

export class JobsTable implements ActiveJobs {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  async load(): Promise<readonly Job[]> {
    const rows = this.#database.prepare('SELECT json FROM jobs ORDER BY place').all();
    return rows.flatMap(({ json }) => {
      const parsed = storedJobSchema.safeParse(JSON.parse(String(json)));
      return parsed.success ? [parsed.data as Job] : [];
    });
  }

  async save(jobs: readonly Job[]): Promise<void> {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      this.#database.exec('DELETE FROM jobs');
      const insert = this.#database.prepare('INSERT INTO jobs (id, place, json) VALUES (?, ?, ?)');
      for (const [place, { progress: _, ...job }] of jobs.entries()) insert.run(job.id, place, JSON.stringify(job));
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }
}
