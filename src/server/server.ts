/**
 * The server: catalog, queue and dialects behind one HTTP core.
 *
 *   catalog, configuration ─► queue takes up what was left ─► routes ─► … until disposed: no new requests, jobs stop and are queued
 *   again, within 5 seconds
 */
import type { FastifyInstance } from 'fastify';
import type { Backend } from '../backend/backend.ts';
import type { Clock } from '../base/clock.ts';
import { HoldfastError } from '../base/errors.ts';
import { createHttpServer } from '../http/http-server.ts';
import type { Job } from '../jobs/job.ts';
import { JobQueue } from '../jobs/queue.ts';
import type { HostIdentity } from '../platform/host.ts';
import type { Secrets } from '../platform/secrets.ts';
import { Access } from './access/access.ts';
import { logAccess } from './access-log.ts';
import { watchAbandonedRestores } from './backups/abandoned-restores.ts';
import { ArchiveCache } from './backups/archive-cache.ts';
import { Expiry } from './backups/expiry.ts';
import { ScopeRepositories } from './backups/repositories.ts';
import { createServerRunner } from './backups/run-job.ts';
import { isProven, type RunnerServices } from './backups/runner.ts';
import { BackupService } from './backups/service.ts';
import { TaskRuns } from './backups/task-runs.ts';
import type { BackupRecord } from './catalog/backups.ts';
import type { Catalog } from './catalog/catalog.ts';
import type { ServerConfigFile } from './config/config-file.ts';
import type { Dialect, DialectContext } from './dialect.ts';
import { Downloads } from './downloads.ts';
import { Metrics } from './metrics.ts';
import { openApiDocument, type Route } from './openapi.ts';

export interface ServerOptions {
  readonly catalog: Catalog;
  readonly config: ServerConfigFile;
  readonly repositoriesFolder: string;
  readonly archivesFolder: string;
  readonly openBackend: (location: string) => Backend;
  readonly secrets: Pick<Secrets, 'readSecret' | 'storeSecret'>;
  readonly host: HostIdentity;
  readonly clock: Clock;
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly dialects: readonly Dialect[];
  /** A transfer of the data plane that stands still for so long is cut; a minute unless given. */
  readonly stallMs?: number;
  /** Hears each line of the access log; none is written unless given. */
  readonly accessLog?: (line: string) => void;
  /** Hears of each job that failed: a sentence for the log. Some APIs have no words for why, or for a restore at all. */
  readonly onFailedJob?: (message: string) => void;
  /** Troubles of the server itself, for its log. */
  readonly report: (error: unknown, doing: string) => void;
}

/** The most that the body of one request may have; routes that take files have limits of their own. */
const bodyBytes = 1024 * 1024;
/** How long answers may take that are under way when the server is told to end. */
const closeMs = 10_000;

export class HoldfastServer implements AsyncDisposable {
  readonly http: FastifyInstance;
  readonly backups: BackupService;
  readonly tasks: TaskRuns;
  /** What its runners work with. */
  readonly services: RunnerServices;
  readonly #options: ServerOptions;
  readonly #queue: JobQueue;
  readonly #repositories: ScopeRepositories;
  readonly #expiry: Expiry;
  readonly #stop = new AbortController();
  #background: Promise<unknown> = Promise.resolve();
  /** Where it listens, if it does. */
  #listening: string | undefined;

  private constructor(options: ServerOptions) {
    this.#options = options;
    const { catalog, config: file, clock, report } = options;
    const config = () => file.last;
    this.#repositories = new ScopeRepositories({ ...options, folder: options.repositoriesFolder });
    const archives = new ArchiveCache({
      folder: options.archivesFolder,
      mostBytes: () => config().archiveCacheBytes,
    });
    const services: RunnerServices = { ...options, config, repositories: this.#repositories, archives };
    this.services = services;
    const metrics = new Metrics(catalog, config);
    this.#queue = new JobQueue({
      clock,
      store: catalog.jobs,
      run: createServerRunner(services),
      record: async (job) => {
        this.backups.settle(job);
        metrics.ended(job);
        if (job.state === 'failed') options.onFailedJob?.(failedText(job));
      },
      onChange: () => undefined,
      onTrouble: (error) => report(error, 'keep the queue'),
      maxParallel: config().parallelJobs,
    });
    this.backups = new BackupService(services, this.#queue);
    this.#expiry = new Expiry({ config, catalog, backups: this.backups, clock, report });
    this.tasks = new TaskRuns({ config, catalog, backups: this.backups, clock, report });
    const follow = (work: Promise<void>) => void work.catch((error: unknown) => report(error, 'follow a backup'));
    this.backups.onDone = (backup) => follow(this.#follow(backup));
    this.backups.onProven = (backup) => follow(this.tasks.tidyUp(backup));
    const downloads = new Downloads(services, () => this.baseUrl);
    const access = new Access({ tokens: catalog.tokens, clock });
    const backend = (scopeId: string) => this.#repositories.backend(scopeId);
    const context: DialectContext = {
      ...options,
      config,
      access,
      backups: this.backups,
      downloads,
      backend,
      tasks: this.tasks,
      stallMs: options.stallMs ?? 60_000,
    };
    this.http = this.#createHttp(context, metrics);
  }

  static async start(options: ServerOptions): Promise<HoldfastServer> {
    const server = new HoldfastServer(options);
    const { catalog, clock, report } = options;
    await server.#queue.start();
    await server.backups.takeUp(options.config.last.scopes);
    const { signal } = server.#stop;
    server.#background = Promise.all([
      server.#expiry.run(signal),
      server.tasks.run(signal),
      watchAbandonedRestores(catalog, clock, report, signal),
    ]);
    return server;
  }

  /** How clients reach it, without a slash at the end. */
  get baseUrl(): string {
    const { publicUrl, listen } = this.#options.config.last;
    const scheme = this.#options.tls === undefined ? 'http' : 'https';
    return (publicUrl ?? this.#listening ?? `${scheme}://${listen.host}:${listen.port}`).replace(/\/+$/, '');
  }

  /** @throws `conflict` for a port that is taken */
  async listen(): Promise<string> {
    const { host, port } = this.#options.config.last.listen;
    try {
      const address = await this.http.listen({ host, port });
      // Fastify does not know of the TLS of its server.
      this.#listening = this.#options.tls === undefined ? address : address.replace(/^http:/, 'https:');
      return this.baseUrl;
    } catch (cause) {
      throw new HoldfastError('conflict', `Nothing can listen at ${host}:${port}.`, {
        hint: `Give another address in ${this.#options.config.path} ("listen"), or end what listens there.`,
        cause,
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { report } = this.#options;
    const closed = this.#close();
    const late = await this.#queue.drain(AbortSignal.timeout(5000));
    for (const job of late) report(new HoldfastError('timeout', `The job ${job.id} did not stop in time.`), 'stop');
    this.backups.stopWaiting();
    this.#stop.abort(new HoldfastError('cancelled', 'The server ends.'));
    await Promise.all([closed, this.#background]);
    await this.#repositories[Symbol.asyncDispose]();
  }

  /** Dumps are proven; then those that a task does not keep go. What was replaced goes at once. */
  async #follow(backup: BackupRecord): Promise<void> {
    const scope = this.#options.config.last.scopes.find(({ id }) => id === backup.scope);
    if (scope !== undefined && isProven(scope)) await this.backups.verify(backup);
    await this.backups.removeReplaced(backup);
  }

  /** What is being answered is let end, for a while. */
  async #close(): Promise<void> {
    const force = setTimeout(() => this.http.server.closeAllConnections(), closeMs);
    await this.http.close();
    clearTimeout(force);
  }

  #createHttp(context: DialectContext, metrics: Metrics): FastifyInstance {
    const { config: file, dialects, tls, accessLog, report, clock } = this.#options;
    const routes: Route[] = [];
    const http = createHttpServer({
      onRoute: (verb, path) => routes.push({ verb, path }),
      bodies: 'by-route',
      limits: { bodyBytes, requestMs: 0, connections: 4096 },
      ...(tls === undefined ? {} : { tls }),
      isBehindProxy: () => file.last.behindProxy,
      report,
    });
    http.addHook('onRequest', async () => {
      await file.current();
    });
    logAccess(http, { clock, metrics, write: accessLog });
    http.get('/healthz', async () => ({ ok: true }));
    http.get('/openapi.json', async () => openApiDocument(routes, this.baseUrl));
    http.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()));
    context.downloads.addRoutes(http);
    for (const dialect of dialects) {
      http.register(async (instance) => dialect(instance, context));
    }
    return http;
  }
}

function failedText({ kind, repositoryIds, input, error }: Job): string {
  const which = input.backupId === undefined ? '' : ` ${String(input.backupId)}`;
  const hint = error?.hint === undefined ? '' : ` ${error.hint}`;
  return `${kind}${which} of "${repositoryIds.join()}" failed: ${error?.message ?? 'it does not say why'}${hint}`;
}
