/** The contract's handlers: each group is a file of its own in handlers/. They translate between the API and the agent's parts. */
import type { contract } from '../../control/contract.ts';
import type { AgentParts } from '../agent-parts.ts';
import { agentHandlers } from './handlers/agent-handlers.ts';
import { hostHandlers } from './handlers/host-handlers.ts';
import { jobHandlers } from './handlers/job-handlers.ts';
import { planHandlers } from './handlers/plan-handlers.ts';
import { remoteHandlers } from './handlers/remote-handlers.ts';
import { repositoryHandlers } from './handlers/repository-handlers.ts';
import { settingsHandlers } from './handlers/settings-handlers.ts';
import { snapshotHandlers } from './handlers/snapshot-handlers.ts';
import type { HandlersOf } from './mount.ts';

export interface HandlersOptions {
  readonly stop: () => void;
  readonly newLoginCode: () => string;
}

export function createHandlers(agent: AgentParts, options: HandlersOptions): HandlersOf<typeof contract> {
  return {
    agent: agentHandlers(agent, options),
    plans: planHandlers(agent),
    repositories: repositoryHandlers(agent),
    remotes: remoteHandlers(agent),
    snapshots: snapshotHandlers(agent),
    settings: settingsHandlers(agent),
    jobs: jobHandlers(agent),
    host: hostHandlers(),
  };
}
