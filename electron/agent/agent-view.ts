/** What the shell knows of the agent: all that the tray, notifications and questions are decided by. */

import type { contract } from '../../src/control/contract.ts';
import type { AnswerOf } from '../../src/control/contract-types.ts';

export type Status = AnswerOf<(typeof contract)['groups']['agent']['status']>;
export type Job = Status['jobs'][number];
export type PlanStatus = Status['plans'][number];
export type Notice = Status['notices'][number];

/** How the agent's process stands (agent/supervisor.ts). */
export type AgentConnection =
  | { readonly state: 'starting' }
  | { readonly state: 'ready'; readonly baseUrl: string; readonly token: string; readonly attached: boolean }
  /** It ended; it is started again after so long. */
  | { readonly state: 'waiting'; readonly retryInMs: number; readonly failures: number; readonly why: string }
  /** Somebody told it to end. It stays so until the user starts it. */
  | { readonly state: 'ended' };

export interface AgentView {
  readonly connection: AgentConnection;
  /** The last that was heard; undefined until then, and after the agent is gone. */
  readonly status: Status | undefined;
  /** The user's choice among the agent's settings: a BCP 47 tag, or "system". */
  readonly language?: string;
}

/** Jobs that are at work now, the longest first. */
export function runningJobs({ status }: AgentView): readonly Job[] {
  return (status?.jobs ?? []).filter(({ state }) => state === 'running');
}
