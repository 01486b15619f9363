/**
 * Keeps what is shown as fresh as the agent knows it: its events change or invalidate the answers of queries.
 *
 *     stream open, or events missed ──► everything is asked anew
 *     job.changed ──► put into the answers that show jobs; when it ended: history, snapshots, repositories anew
 *     status.changed, notice ──► status, plans, jobs and repositories anew: an ended job is in the history only some time after its
 *                                job.changed, and the agent then tells that its status changed
 *     remote.changed, remote.backup ──► that remote anew
 *
 * Events are gathered for a moment first: a running backup tells of itself many times a second.
 */
import type { QueryClient } from '@tanstack/react-query';
import type { Client } from '../../src/control/client.ts';
import type { contract } from '../../src/control/contract.ts';
import type { EventOf } from '../../src/control/contract-types.ts';
import { isHoldfastError } from '../../src/control/errors.ts';
import { applyJobs, type JobView } from './apply-jobs.ts';
import type { ConnectionState } from './connection.ts';

type AgentEvent = EventOf<typeof contract>;

export interface FollowOptions {
  readonly client: Pick<Client<typeof contract>, 'events'>;
  readonly queryClient: QueryClient;
  readonly signal: AbortSignal;
  readonly onConnection: (state: ConnectionState) => void;
}

const gatherMs = 150;

/** Until the signal is aborted. */
export async function followAgent({ client, queryClient, signal, onConnection }: FollowOptions): Promise<void> {
  const gathered = new Gathered(queryClient);
  try {
    await client.events({
      signal,
      onEvent: (event) => gathered.add(event),
      onReset: () => void queryClient.invalidateQueries(),
      onState: (stream) => {
        if (stream.state === 'open') void queryClient.invalidateQueries();
        if (stream.state !== 'waiting') onConnection(stream);
        else onConnection({ state: 'waiting', retryAt: Date.now() + stream.retryInMs, error: stream.error });
      },
    });
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    onConnection({ state: 'refused', error });
  } finally {
    gathered.stop();
  }
}

class Gathered {
  readonly #queryClient: QueryClient;
  readonly #jobs = new Map<string, JobView>();
  readonly #keys = new Map<string, readonly unknown[]>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(queryClient: QueryClient) {
    this.#queryClient = queryClient;
  }

  add(event: AgentEvent): void {
    switch (event.type) {
      case 'job.changed':
        this.#jobs.set(event.data.id, event.data);
        break;
      case 'status.changed':
      case 'notice':
        this.#invalidate(['agent'], ['plans'], ['jobs'], ['repositories']);
        break;
      case 'remote.changed':
      case 'remote.backup':
        this.#invalidate(['remotes']);
        break;
    }
    this.#timer ??= setTimeout(() => this.#apply(), gatherMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #invalidate(...keys: readonly (readonly unknown[])[]): void {
    for (const key of keys) this.#keys.set(JSON.stringify(key), key);
  }

  #apply(): void {
    this.#timer = undefined;
    const jobs = [...this.#jobs.values()];
    applyJobs(this.#queryClient, jobs);
    if (jobs.some(({ state }) => state !== 'running' && state !== 'queued')) {
      this.#invalidate(['jobs'], ['plans'], ['agent'], ['snapshots'], ['repositories']);
    }
    for (const queryKey of this.#keys.values()) void this.#queryClient.invalidateQueries({ queryKey });
    this.#jobs.clear();
    this.#keys.clear();
  }
}
