/** Plans that operands name. */
import type { AgentClient } from './agent-access.ts';
import { findNamed, planKind } from './find-named.ts';
import type { PlanView } from './plan-text.ts';

/** @throws `not-found`, or `invalid-input` when it may be several */
export async function findPlan(client: AgentClient, text: string, signal: AbortSignal): Promise<PlanView> {
  const [found] = await findPlans(client, [text], signal);
  return found!;
}

/** In the order in which they were named, each once; all of them if none is named. */
export async function findPlans(
  client: AgentClient,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<readonly PlanView[]> {
  const views = await client.plans.list({ signal });
  if (texts.length === 0) return views;
  const named = views.map((view) => ({ id: view.plan.id, name: view.plan.name, view }));
  return [...new Set(texts.map((text) => findNamed(named, text, planKind).view))];
}
