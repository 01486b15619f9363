/** The agent in a process of its own, by Electron's utilityProcess: plain Node, no page in it. */
import { type UtilityProcess, utilityProcess } from 'electron';
import { hostedMessageSchema, stopMessage } from '../../src/control/hosted-agent.ts';
import type { SupervisorOptions } from './supervisor.ts';

/** @param entry path of dist/agent-hosted.js */
export function agentSpawner(entry: string): SupervisorOptions['spawn'] {
  return ({ onMessage, onExit }) => {
    const child: UtilityProcess = utilityProcess.fork(entry, [], { serviceName: 'Holdfast agent', stdio: 'inherit' });
    child.on('message', (data: unknown) => {
      const message = hostedMessageSchema.safeParse(data);
      if (message.success) onMessage(message.data);
    });
    child.once('exit', onExit);
    return { stop: () => child.postMessage(stopMessage), kill: () => void child.kill() };
  };
}
