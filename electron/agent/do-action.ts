/** What the tray's entries do with the agent; the rest of them is the shell's own. */
import type { TrayAction } from '../tray/menu-template.ts';
import type { AgentClient } from './agent-feed.ts';

const ofAgent = ['back-up', 'cancel', 'cancel-all', 'pause', 'resume'] as const;
export type AgentAction = Extract<TrayAction, { readonly do: (typeof ofAgent)[number] }>;

export function isAgentAction(action: TrayAction): action is AgentAction {
  return ofAgent.some((name) => name === action.do);
}

export async function doAgentAction(action: AgentAction, client: AgentClient, signal: AbortSignal): Promise<void> {
  switch (action.do) {
    case 'back-up':
      await client.plans.run({ params: { id: action.planId }, body: {}, signal });
      return;
    case 'cancel':
      await client.jobs.cancel({ params: { id: action.jobId }, signal });
      return;
    case 'cancel-all':
      await client.jobs.cancelAll({ signal });
      return;
    case 'pause':
      await client.agent.pause({ body: { for: action.for }, signal });
      return;
    case 'resume':
      await client.agent.resume({ signal });
  }
}
