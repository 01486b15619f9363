/**
 * The real agent as a process of its own, for tests: `holdfast agent start` in a profile of its own, driven by the client of
 * its contract. Whatever a test waits for is asked again at each event of the agent; nothing sleeps.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import type { Plan, planInputSchema } from '../../src/config/plan.ts';
import { type Client, createClient } from '../../src/control/client.ts';
import { contract } from '../../src/control/contract.ts';
import type { jobSchema } from '../../src/control/schemas/jobs.ts';
import { readAgentFile } from '../../src/platform/agent-file.ts';
import { holdfastCommand, holdfastEnvironment } from './holdfast.ts';
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts';

export type JobView = z.output<typeof jobSchema>;
type AgentClient = Client<typeof contract>;
type PlanBody = z.input<typeof planInputSchema>;

const startMs = 60_000;
const waitMs = 60_000;

interface StartOptions {
  /** Added to the environment of the profile. */
  readonly env?: Readonly<Record<string, string>>;
  /** Words before the command: faketime, dbus-run-session. */
  readonly before?: readonly string[];
  /** A free one unless given. */
  readonly port?: number;
}

/** A user's profile, and the agents that a test starts in it; all are ended with it. */
export interface AgentProfile extends AsyncDisposable {
  readonly folder: TemporaryFolder;
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  /** Where agent.json, the history and all other state lie. */
  readonly state: string;
  readonly config: string;
  /** The embedded repository, and its password. */
  readonly repository: string;
  password(): string;
  /** Starts one and waits until it listens. */
  start(options?: StartOptions): Promise<RunningAgent>;
}

/** @param under an existing folder; by default the system's for temporary files, which some excludes leave out */
export async function agentProfile(under?: string): Promise<AgentProfile> {
  const folder = await temporaryFolder(under);
  const home = join(folder.path, 'home');
  mkdirSync(home);
  const data = join(home, '.local', 'share', 'holdfast');
  const config = join(home, '.config', 'holdfast');
  const state = join(data, 'agent');
  const env = { ...holdfastEnvironment({ home }), HOLDFAST_CHECK_ANSWERS: '1' };
  const started: RunningAgent[] = [];
  return {
    folder,
    home,
    env,
    state,
    config,
    repository: join(data, 'repository'),
    password: () => readFileSync(join(config, 'secrets', 'default-repository'), 'utf8').trim(),
    start: async (options = {}) => {
      const agent = new RunningAgent(state, { ...env, ...options.env }, options.before ?? [], options.port);
      started.push(agent);
      await agent.ready();
      return agent;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(started.map((agent) => agent.end('SIGKILL')));
      await folder[Symbol.asyncDispose]();
    },
  };
}

export class RunningAgent {
  readonly exit: Promise<number>;
  readonly #child: ChildProcess;
  readonly #state: string;
  readonly #ready: Promise<void>;
  readonly #over = new AbortController();
  #output = '';
  #client: AgentClient | undefined;
  #port = 0;
  #token = '';

  constructor(state: string, env: Readonly<Record<string, string>>, before: readonly string[], port = 0) {
    this.#state = state;
    const [command = '', ...args] = [...before, ...holdfastCommand, 'agent', 'start', '--json'];
    if (port !== 0) args.push('--port', String(port));
    // A group of its own, so that what wraps it is ended with it.
    this.#child = spawn(command, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const ready = Promise.withResolvers<void>();
    this.#ready = ready.promise;
    const hear = (data: Buffer): void => {
      this.#output += data.toString();
      if (this.#output.includes('"agent_ready"')) ready.resolve();
    };
    this.#child.stdout?.on('data', hear);
    this.#child.stderr?.on('data', hear);
    this.exit = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code) => resolve(code ?? 137));
    });
    this.exit.then(
      (code) => ready.reject(new Error(`The agent ended with ${code} before it was ready:\n${this.#output}`)),
      ready.reject,
    );
    this.exit.finally(() => this.#over.abort(new Error('the agent has ended'))).catch(() => undefined);
    this.#ready.catch(() => undefined);
  }

  /** All that it has printed. */
  get output(): string {
    return this.#output;
  }

  /** Of the agent itself, whatever was put before it. */
  get pid(): number {
    return JSON.parse(readFileSync(join(this.#state, 'agent.json'), 'utf8')).pid;
  }

  get port(): number {
    return this.#port;
  }

  get token(): string {
    return this.#token;
  }

  get client(): AgentClient {
    if (this.#client === undefined) throw new Error('the agent is not ready');
    return this.#client;
  }

  /** Given to each call: aborted when the agent is gone. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  async ready(): Promise<void> {
    await within(this.#ready, startMs, () => `The agent is not ready after ${startMs} ms:\n${this.#output}`);
    const file = readAgentFile(this.#state);
    if (file.state !== 'running') throw new Error(`agent.json says ${file.state}`);
    this.#port = file.agent.port;
    this.#token = file.agent.token;
    this.#client = createClient(contract, { baseUrl: `http://127.0.0.1:${this.#port}`, token: this.#token });
  }

  /** Sends a signal and waits for the end. @returns the exit code (137 where a signal ended it) */
  async end(signal: NodeJS.Signals): Promise<number> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.exit;
    process.kill(signal === 'SIGKILL' ? -this.#child.pid! : this.pid, signal);
    return this.exit;
  }

  /** What `probe` finds, asked now and again at each event. @throws with what the agent said, after `timeoutMs` */
  async until<T>(what: string, probe: () => Promise<T | undefined>, timeoutMs = waitMs): Promise<T> {
    const found = Promise.withResolvers<T>();
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, this.signal]);
    let wanted = 0;
    let looking = false;
    const look = async (): Promise<void> => {
      wanted++;
      if (looking) return;
      looking = true;
      for (let seen = 0; seen < wanted && !signal.aborted; ) {
        seen = wanted;
        const answer = await probe();
        if (answer !== undefined) found.resolve(answer);
      }
      looking = false;
    };
    const lookNow = (): void => void look().catch(found.reject);
    this.client
      .events({ signal, onEvent: lookNow, onReset: lookNow, onState: ({ state }) => state === 'open' && lookNow() })
      .catch(found.reject);
    try {
      return await within(
        found.promise,
        timeoutMs,
        () => `no ${what} within ${timeoutMs} ms\n${this.#output.slice(-4000)}`,
      );
    } finally {
      stop.abort();
    }
  }

  /** A plan that runs when it is told to, into the embedded repository, unless said otherwise. */
  async addPlan(input: Partial<PlanBody> & Pick<PlanBody, 'sources'>): Promise<Plan> {
    const body: PlanBody = { name: 'Files', trigger: { kind: 'manual' }, repositories: ['default'], ...input };
    return this.client.plans.create({ body, signal: this.signal });
  }

  /** Backs a plan up now. */
  async startRun(planId: string): Promise<JobView> {
    return this.client.plans.run({ params: { id: planId }, body: {}, signal: this.signal });
  }

  /** Backs a plan up now, and waits for its end. */
  async run(planId: string): Promise<JobView> {
    return this.jobEnded((await this.startRun(planId)).id);
  }

  async planStatus(id: string) {
    return this.client.plans.get({ params: { id }, signal: this.signal });
  }

  async snapshots(query: { readonly planId?: string; readonly repositoryId?: string } = {}) {
    return (await this.client.snapshots.list({ query, signal: this.signal })).snapshots;
  }

  async notices() {
    return (await this.client.agent.status({ signal: this.signal })).notices;
  }

  /** The job when it is over and in the history. */
  async jobEnded(id: string, timeoutMs = waitMs): Promise<JobView> {
    return this.until(`end of ${id}`, () => this.past(id), timeoutMs);
  }

  /** The job as the history has it. */
  async past(id: string): Promise<JobView | undefined> {
    return (await this.history()).find((job) => job.id === id);
  }

  /** Newest first. */
  async history(query: { readonly planId?: string; readonly kind?: JobView['kind'] } = {}): Promise<JobView[]> {
    const { jobs } = await this.client.jobs.history({ query: { ...query, limit: 1000 }, signal: this.signal });
    return jobs;
  }

  /** Resolves when no job is queued or running. What follows a job is queued before `jobEnded` resolves for it. */
  async idle(timeoutMs = waitMs): Promise<void> {
    const idle = async () => ((await this.client.jobs.list({ signal: this.signal })).length === 0 ? true : undefined);
    await this.until('idle agent', idle, timeoutMs);
  }

  /** The ended jobs of a kind, when so many are in the history; newest first. */
  async ended(kind: JobView['kind'], count: number): Promise<JobView[]> {
    return this.until(`${count} jobs of kind ${kind}`, async () => {
      const jobs = await this.history({ kind });
      return jobs.length >= count ? jobs : undefined;
    });
  }

  /** A running job that has done some of its work. */
  async inTheMiddle(id: string): Promise<JobView> {
    return this.until(`progress of ${id}`, async () => {
      const job = await this.client.jobs.get({ params: { id }, signal: this.signal });
      if (job.state !== 'running' && job.state !== 'queued') throw new Error(`${id} is ${job.state} already`);
      return job.state === 'running' && (job.progress?.bytesDone ?? 0) > 0 ? job : undefined;
    });
  }
}

async function within<T>(promise: Promise<T>, ms: number, message: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(message())), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
