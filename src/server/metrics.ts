/** What Prometheus is told at `/metrics`. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Job } from '../jobs/job.ts';
import type { Catalog } from './catalog/catalog.ts';
import type { ServerConfig } from './config/server-config.ts';

export class Metrics {
  readonly #registry = new Registry();
  readonly #requests: Counter<'route' | 'method' | 'status'>;
  readonly #seconds: Histogram<'route' | 'method'>;
  readonly #jobs: Counter<'kind' | 'state'>;

  constructor(catalog: Catalog, config: () => ServerConfig) {
    const registers = [this.#registry];
    this.#requests = new Counter({
      name: 'holdfast_http_requests_total',
      help: 'Requests that were answered, by route (as it is declared), method and status.',
      labelNames: ['route', 'method', 'status'],
      registers,
    });
    this.#seconds = new Histogram({
      name: 'holdfast_http_request_seconds',
      help: 'Time until a request was answered.',
      labelNames: ['route', 'method'],
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60],
      registers,
    });
    this.#jobs = new Counter({
      name: 'holdfast_jobs_total',
      help: 'Jobs that ended, by kind and state.',
      labelNames: ['kind', 'state'],
      registers,
    });
    new Gauge({
      name: 'holdfast_backups',
      help: 'Backups in the catalog that are done.',
      labelNames: ['scope'],
      registers,
      collect() {
        for (const { id } of config().scopes)
          this.set({ scope: id }, catalog.backups.count({ scope: id, states: ['done'] }));
      },
    });
    new Gauge({
      name: 'holdfast_stored_bytes',
      help: 'What the backups of a scope added to its repository.',
      labelNames: ['scope'],
      registers,
      collect() {
        for (const { id } of config().scopes) this.set({ scope: id }, catalog.backups.totals(id).storedBytes);
      },
    });
    new Gauge({
      name: 'process_resident_memory_bytes',
      help: 'Resident memory.',
      registers,
      collect() {
        this.set(process.memoryUsage.rss());
      },
    });
  }

  answered(route: string, method: string, status: number, seconds: number): void {
    this.#requests.inc({ route, method, status: String(status) });
    this.#seconds.observe({ route, method }, seconds);
  }

  ended({ kind, state }: Job): void {
    this.#jobs.inc({ kind, state });
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }
}
