/**
 * The agent as the desktop shell's process: attached to one that runs already, else it is this very process.
 *
 *   say what the desktop has ─► an agent runs? ─┬─ yes: say where ─► until it is gone ─► end, and be started again
 *                                               └─ no:  run one, say where ─► until told to stop
 *
 * Two may start at once: the one that does not get the profile attaches to the other.
 */
import { HoldfastError, isHoldfastError } from '../../base/errors.ts';
import type { HostedMessage } from '../../control/hosted-agent.ts';
import type { AgentFile, AgentInfo } from '../../platform/agent-file.ts';
import type { RunAgentOptions } from '../main.ts';

export interface HostAgentOptions {
  readonly send: (message: HostedMessage) => void;
  readonly findAgent: () => AgentFile;
  readonly runAgent: (options: RunAgentOptions) => Promise<void>;
  readonly hasTrayHost: (signal: AbortSignal) => Promise<boolean | undefined>;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly onNotice: (message: string) => void;
  /** Ends it. */
  readonly signal: AbortSignal;
}

const lookEveryMs = 1_000;
/** As long as another may take from its claim until it listens. */
const claimedMs = 15_000;

/** Resolves when it is to end. What goes wrong is sent, not thrown. */
export async function hostAgent(options: HostAgentOptions): Promise<void> {
  const { send, hasTrayHost, signal } = options;
  try {
    const tray = await hasTrayHost(signal);
    send({ type: 'desktop', ...(tray === undefined ? {} : { hasTrayHost: tray }) });
    const running = runningAgent(options);
    if (running !== undefined) return await attach(options, running);
    await runHere(options);
    if (!signal.aborted) send({ type: 'ended' });
  } catch (error) {
    if (signal.aborted) return;
    send({ type: 'failed', error: asHoldfastError(error).toJSON() });
  }
}

async function runHere(options: HostAgentOptions): Promise<void> {
  const { send, runAgent, findAgent, signal, onNotice } = options;
  try {
    await runAgent({
      signal,
      onNotice,
      onReady: () => {
        const found = findAgent();
        if (found.state === 'none') throw new HoldfastError('internal', 'The agent has not said where it listens.');
        send(readyMessage(found.agent, false));
      },
    });
  } catch (error) {
    if (!isHoldfastError(error, 'locked')) throw error;
    await attach(options, await agentOfOther(options, error));
  }
}

/** Resolves when that agent is gone. */
async function attach(options: HostAgentOptions, agent: AgentInfo): Promise<void> {
  options.send(readyMessage(agent, true));
  while (!options.signal.aborted) {
    await options.sleep(lookEveryMs, options.signal);
    if (runningAgent(options)?.startedAt !== agent.startedAt) return;
  }
}

/** @throws `locked` if it does not listen in time */
async function agentOfOther(options: HostAgentOptions, locked: HoldfastError): Promise<AgentInfo> {
  for (let waitedMs = 0; waitedMs < claimedMs; waitedMs += lookEveryMs) {
    const running = runningAgent(options);
    if (running !== undefined) return running;
    await options.sleep(lookEveryMs, options.signal);
  }
  throw locked;
}

function runningAgent({ findAgent }: HostAgentOptions): AgentInfo | undefined {
  const found = findAgent();
  return found.state === 'running' ? found.agent : undefined;
}

function readyMessage({ port, token, pid }: AgentInfo, attached: boolean): HostedMessage {
  return { type: 'ready', baseUrl: `http://127.0.0.1:${port}`, token, pid, attached };
}

function asHoldfastError(error: unknown): HoldfastError {
  if (isHoldfastError(error)) return error;
  return new HoldfastError('internal', 'The agent ended by a mistake of its own.', { cause: error });
}
