/**
 * The agent as a program: puts the real parts together, claims the profile, listens on 127.0.0.1, and says in agent.json where.
 *
 *   claim the profile (one agent each) ─► the agent ─► control server ─► agent.json ─► … until told to stop
 *   stop: no new jobs, running ones are told to stop (5 s) ─► server closed ─► agent.json removed
 */
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SharedLimits } from '../backend/limits.ts';
import { openBackend } from '../backend/registry.ts';
import { systemClock } from '../base/clock.ts';
import { HoldfastError, messageOf } from '../base/errors.ts';
import { contract } from '../control/contract.ts';
import { Credentials } from '../http/credentials.ts';
import { newAgentToken, removeAgentFile, writeAgentFile } from '../platform/agent-file.ts';
import { userFolders } from '../platform/folders.ts';
import { hostIdentity } from '../platform/host.ts';
import { keepNativeMemorySmall, releaseMemory } from '../platform/native-memory.ts';
import { systemNetwork } from '../platform/network.ts';
import { systemPower } from '../platform/power.ts';
import { systemPresence } from '../platform/presence.ts';
import { programVersion } from '../platform/program-version.ts';
import { Secrets } from '../platform/secrets.ts';
import { claimProfile } from '../platform/single-instance.ts';
import { WakeWatch } from '../platform/wake.ts';
import { connectRemote } from '../remote/connect.ts';
import { selfTest } from '../repository/mod.ts';
import { Agent } from './agent.ts';
import { agentPaths } from './agent-options.ts';
import { createControlServer } from './control-server/control-server.ts';
import { createHandlers } from './control-server/handlers.ts';

export interface RunAgentOptions {
  /** A free one unless given. */
  readonly port?: number;
  /** Ends the agent. */
  readonly signal: AbortSignal;
  /** It listens; `url` is for a browser, and works once within a minute. */
  readonly onReady?: (info: { readonly url: string; readonly port: number }) => void;
  /** Troubles of the agent itself, for its log. */
  readonly onNotice?: (message: string) => void;
}

/**
 * Runs until the signal is aborted or it is told to stop through its API.
 *
 * @throws `unsupported` if this runtime's crypto fails its self-test; `locked` if an agent has this profile already; `io` if the port is taken
 */
export async function runAgent(options: RunAgentOptions): Promise<void> {
  const { onNotice = () => undefined, onReady } = options;
  selfTest();
  keepNativeMemorySmall();
  const folders = userFolders();
  const paths = agentPaths(folders);
  const clock = systemClock;
  const told = new AbortController();
  const signal = AbortSignal.any([options.signal, told.signal]);
  using _claim = await claimProfile(paths.state, signal);
  const wake = new WakeWatch();
  await using agent = await Agent.start(
    {
      folders,
      clock,
      openBackend,
      limits: new SharedLimits(),
      connectRemote,
      secrets: new Secrets({ folder: join(folders.config, 'secrets') }),
      host: hostIdentity(),
      network: systemNetwork(),
      power: systemPower(),
      presence: systemPresence(),
      wake,
      random: Math.random,
      releaseMemory,
      report: (error) => onNotice(messageOf(error)),
    },
    signal,
  );
  const waking = wake.run(signal);
  const token = newAgentToken();
  const credentials = new Credentials({ token, clock });
  const { events, startedAt } = agent.parts;
  const server = createControlServer({
    contract,
    handlers: createHandlers(agent.parts, {
      stop: () => told.abort(new HoldfastError('cancelled', 'The agent was told to stop.')),
      newLoginCode: () => credentials.newLoginCode(),
    }),
    events,
    credentials,
    rendererFolder: rendererFolder(),
    checkAnswers: process.env.HOLDFAST_CHECK_ANSWERS === '1',
    report: (error, request) => onNotice(`${request}: ${messageOf(error)}`),
  });
  try {
    await server.listen({ host: '127.0.0.1', port: options.port ?? 0 });
    const port = portOf(server.server.address());
    writeAgentFile(paths.state, { port, token, startedAt: startedAt.toISOString(), version: programVersion() });
    onReady?.({ url: `http://127.0.0.1:${port}/login?code=${credentials.newLoginCode()}`, port });
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
  } finally {
    removeAgentFile(paths.state);
    // Also where it could not listen: what waits for the end must not wait for ever.
    told.abort(new HoldfastError('cancelled', 'The agent ends.'));
    events.close();
    await server.close();
    await waking;
  }
}

function portOf(address: AddressInfo | string | null): number {
  if (address !== null && typeof address === 'object') return address.port;
  throw new HoldfastError('internal', 'The control server listens on no port.');
}

/** dist/renderer: beside this file when it is bundled, else where the build of this clone puts it. */
function rendererFolder(): string {
  const bundled = join(import.meta.dirname, 'renderer');
  return import.meta.filename.endsWith('.ts') ? join(import.meta.dirname, '../../dist/renderer') : bundled;
}
