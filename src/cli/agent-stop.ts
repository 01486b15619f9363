/** Ends the agent, and waits until its process is gone. */
import { type Clock, systemClock } from '../base/clock.ts';
import { HoldfastError } from '../base/errors.ts';
import type { Agent } from './agent-access.ts';

/** Jobs get 5 s to end cleanly. */
const longestMs = 15_000;
const pollMs = 50;

/** @throws `timeout` if it still runs then */
export async function stopAgent(agent: Agent, signal: AbortSignal, clock: Clock = systemClock): Promise<void> {
  await agent.client.agent.stop({ signal });
  const untilMs = clock.monotonicMs() + longestMs;
  while (!agent.isGone()) {
    if (clock.monotonicMs() > untilMs) {
      throw new HoldfastError('timeout', `The agent (process ${agent.pid}) was told to stop and still runs.`, {
        hint: 'Wait a little; if it stays, end that process. Nothing that was saved is lost by it.',
      });
    }
    await clock.sleep(pollMs, signal);
  }
}
