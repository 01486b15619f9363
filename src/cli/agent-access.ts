/**
 * The agent, as the verbs reach it: found by its file in the profile's folder, and started in the background where a verb
 * needs one and none runs.
 */
import { systemClock } from '../base/clock.ts';
import { HoldfastError, isHoldfastError } from '../base/errors.ts';
import { type Client, createClient } from '../control/client.ts';
import { contract } from '../control/contract.ts';
import { type AgentInfo, readAgentFile } from '../platform/agent-file.ts';
import { isProcessAlive } from '../platform/host.ts';
import { processIdentity } from '../platform/process-identity.ts';
import { agentFolder, startAgent } from './agent-start.ts';
import type { Context } from './verb.ts';

/** As long as an agent that was told to end may take. */
const endingMs = 10_000;
const pollMs = 50;

export type AgentClient = Client<typeof contract>;

export interface Agent {
  readonly client: AgentClient;
  readonly pid: number;
  readonly url: string;
  /** Whether it still says that it listens. */
  readonly runs: () => boolean;
  /** Whether its process is gone, which may be a while later. */
  readonly isGone: () => boolean;
}

/**
 * The running agent.
 *
 * @param options.start whether one is started where none runs, and said so on standard error
 * @throws `not-found` when none runs, `network` when it does not answer, `timeout` and others when it cannot be started
 */
export async function connectAgent(
  context: Pick<Context, 'output' | 'signal'>,
  options: { readonly start: boolean },
): Promise<Agent> {
  const { signal } = context;
  const running = findAgent();
  if (running !== undefined && (!options.start || (await isThere(running, signal)))) return running;
  if (!options.start) {
    throw new HoldfastError('not-found', 'The agent is not running.', {
      hint: 'Start it: `holdfast agent start --background`, or `holdfast agent install` for every login.',
    });
  }
  return startInBackground(context);
}

/** Undefined where none runs. */
export function findAgent(): Agent | undefined {
  const found = readAgentFile(agentFolder());
  if (found.state !== 'running') return undefined;
  const { port, pid, token, startedAt, identity } = found.agent;
  const url = `http://127.0.0.1:${port}`;
  return {
    client: createClient(contract, { baseUrl: url, token }),
    pid,
    url,
    runs: () => isSame({ pid, startedAt }),
    isGone: () => !isProcessAlive(pid) || (identity !== undefined && processIdentity(pid) !== identity),
  };
}

function isSame({ pid, startedAt }: Pick<AgentInfo, 'pid' | 'startedAt'>): boolean {
  const found = readAgentFile(agentFolder());
  return found.state === 'running' && found.agent.pid === pid && found.agent.startedAt === startedAt;
}

/** One that is started in the background. @throws as `startAgent` */
export async function startInBackground(
  { output, signal }: Pick<Context, 'output' | 'signal'>,
  args: readonly string[] = [],
): Promise<Agent> {
  const { agent, logFile } = await startAgent({ find: findAgent, answers, args, signal });
  output.warn(`Started the agent in the background (process ${agent.pid}; its log is ${logFile}).`);
  return agent;
}

/** False if it ends just now: killed, its process takes a moment to go. @throws `network` if it stays and does not answer */
async function isThere(agent: Agent, signal: AbortSignal): Promise<boolean> {
  const untilMs = systemClock.monotonicMs() + endingMs;
  while (!(await answers(agent, signal))) {
    if (agent.isGone()) return false;
    if (systemClock.monotonicMs() > untilMs) {
      throw new HoldfastError('network', `The agent (process ${agent.pid}) does not answer at ${agent.url}.`, {
        hint: 'If that stays so, end that process and run this again. Nothing that was saved is lost by it.',
      });
    }
    await systemClock.sleep(pollMs, signal);
  }
  return true;
}

async function answers({ client }: Agent, signal: AbortSignal): Promise<boolean> {
  try {
    await client.jobs.list({ signal });
    return true;
  } catch (error) {
    if (isHoldfastError(error, 'network')) return false;
    throw error;
  }
}
