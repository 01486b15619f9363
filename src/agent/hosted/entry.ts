/** The process of the desktop shell that the agent is in: Electron's utility process, or (in tests) a forked Node. */
import { setTimeout as delay } from 'node:timers/promises';
import { HoldfastError } from '../../base/errors.ts';
import { type HostedMessage, stopMessage } from '../../control/hosted-agent.ts';
import { readAgentFile } from '../../platform/agent-file.ts';
import { userFolders } from '../../platform/folders.ts';
import { hasTrayHost } from '../../platform/tray-host.ts';
import { agentPaths } from '../agent-options.ts';
import { runAgent } from '../main.ts';
import { hostAgent } from './host-agent.ts';
import { noticeLog } from './notice-log.ts';

/** What is used of Electron's `process.parentPort` (its documentation, "process", "parentPort"). */
interface ParentPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { readonly data: unknown }) => void): void;
}

const flushMs = 100;
const stop = new AbortController();
const end = (): void => stop.abort(new HoldfastError('cancelled', 'The agent was told to stop.'));
const send = connect((message) => {
  if (typeof message === 'object' && message !== null && 'type' in message && message.type === stopMessage.type) end();
});
for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, end);

const { state } = agentPaths(userFolders());
await hostAgent({
  send,
  findAgent: () => readAgentFile(state),
  runAgent,
  hasTrayHost,
  sleep: (ms, signal) => delay(ms, undefined, { signal }),
  onNotice: noticeLog(state, () => new Date()),
  signal: stop.signal,
});
// The channel to the shell would keep this process; what was sent last is still on its way.
setTimeout(() => process.exit(0), flushMs);

function connect(onMessage: (message: unknown) => void): (message: HostedMessage) => void {
  const { parentPort } = process as NodeJS.Process & { readonly parentPort?: ParentPort };
  if (parentPort !== undefined) {
    parentPort.on('message', ({ data }) => onMessage(data));
    return (message) => parentPort.postMessage(message);
  }
  process.on('message', onMessage);
  // Whoever started it is gone.
  process.on('disconnect', end);
  return (message) => void process.send?.(message, undefined, {}, () => undefined);
}
