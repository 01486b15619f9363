/**
 * What the agent says, as it happens: its status, kept up to date by its events, and what is new in them.
 *
 *   ready ─► listen ─► open, reset, status changed ─► ask for the status (one question at a time)
 *                  ├─► job changed ─► put into the status; one that ended: tell
 *                  └─► notice ─► tell
 *
 * Nothing is heard of an agent that is not there: the status is forgotten then, and asked for again when it is back.
 */
import { type Client, createClient } from '../../src/control/client.ts';
import { contract } from '../../src/control/contract.ts';
import type { EventOf } from '../../src/control/contract-types.ts';
import type { AgentConnection, AgentView, Job, Notice } from './agent-view.ts';

export type AgentClient = Client<typeof contract>;

export interface AgentFeedOptions {
  readonly connect?: (connection: { readonly baseUrl: string; readonly token: string }) => AgentClient;
  readonly onChange: (view: AgentView) => void;
  readonly onNotice: (notice: Notice) => void;
  /** Ended, one way or another. */
  readonly onJobEnded: (job: Job) => void;
  readonly onTrouble: (error: unknown) => void;
}

const connectAgent = (connection: { readonly baseUrl: string; readonly token: string }): AgentClient =>
  createClient(contract, connection);

export class AgentFeed {
  readonly #options: AgentFeedOptions;
  #view: AgentView = { connection: { state: 'starting' }, status: undefined };
  #client: AgentClient | undefined;
  #listening = new AbortController();
  #asking = false;
  #askAgain = false;

  constructor(options: AgentFeedOptions) {
    this.#options = options;
  }

  get view(): AgentView {
    return this.#view;
  }

  /** Of the agent that is ready; undefined while there is none. */
  get client(): AgentClient | undefined {
    return this.#client;
  }

  /** The agent is there, or gone. */
  connectionChanged(connection: AgentConnection): void {
    this.#listening.abort();
    this.#client = undefined;
    if (connection.state === 'ready') {
      this.#listening = new AbortController();
      this.#client = (this.#options.connect ?? connectAgent)(connection);
      this.#listen(this.#client, this.#listening.signal);
    }
    this.#set({ ...this.#view, connection, status: undefined });
  }

  /** Listens and asks no more. */
  close(): void {
    this.#listening.abort();
    this.#client = undefined;
  }

  #listen(client: AgentClient, signal: AbortSignal): void {
    const ask = (): void => this.#ask(client, signal);
    client
      .events({
        signal,
        onEvent: (event) => this.#heard(event, ask),
        onReset: ask,
        onState: ({ state }) => {
          if (state === 'open') ask();
        },
      })
      .catch((error: unknown) => {
        if (!signal.aborted) this.#options.onTrouble(error);
      });
  }

  #heard(event: EventOf<typeof contract>, ask: () => void): void {
    // What that makes of the state of everything is for the agent to say; a job's progress makes nothing of it.
    if (event.type === 'status.changed' || event.type === 'notice') ask();
    if (event.type === 'notice') this.#options.onNotice(event.data);
    if (event.type !== 'job.changed') return;
    const known = this.#view.status?.jobs.find(({ id }) => id === event.data.id);
    if (known?.state !== event.data.state) ask();
    this.#jobChanged(event.data);
  }

  #jobChanged(job: Job): void {
    const { status } = this.#view;
    const others = (status?.jobs ?? []).filter(({ id }) => id !== job.id);
    const isActive = job.state === 'queued' || job.state === 'running';
    if (status !== undefined)
      this.#set({ ...this.#view, status: { ...status, jobs: isActive ? [...others, job] : others } });
    if (!isActive) this.#options.onJobEnded(job);
  }

  /** One question at a time, and one more when something changed meanwhile. */
  #ask(client: AgentClient, signal: AbortSignal): void {
    this.#askAgain = this.#asking;
    if (this.#asking) return;
    this.#asking = true;
    Promise.all([client.agent.status({ signal }), client.settings.get({ signal })])
      .then(([status, { language }]) => {
        if (!signal.aborted) this.#set({ ...this.#view, status, language });
      })
      .catch((error: unknown) => {
        if (!signal.aborted) this.#options.onTrouble(error);
      })
      .finally(() => {
        this.#asking = false;
        const current = this.#client;
        if (this.#askAgain && current !== undefined) this.#ask(current, this.#listening.signal);
      });
  }

  #set(view: AgentView): void {
    this.#view = view;
    this.#options.onChange(view);
  }
}
