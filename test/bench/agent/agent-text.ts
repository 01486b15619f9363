/** The agent's figures in words. */
import type { AgentResult } from './measure-agent.ts';

const limits = { readySeconds: 2, residentMb: 150, idleShare: 0.001, changeSeconds: 1, cancelSeconds: 1 };

export function agentText(figures: AgentResult): string {
  const { readySeconds, residentBytes, idleShare, changeSeconds, cancelSeconds } = figures;
  const cancels = Object.entries(cancelSeconds).map(([kind, seconds]) => `${kind} ${seconds.toFixed(2)}`);
  return [
    `agent: ready after ${readySeconds.toFixed(2)} s (at most ${limits.readySeconds}), ` +
      `idle ${(residentBytes / 1e6).toFixed(0)} MB (at most ${limits.residentMb}), ` +
      `${(idleShare * 100).toFixed(3)} % of a core (at most ${limits.idleShare * 100} %)`,
    `one file changed: in a snapshot ${changeSeconds.toFixed(2)} s after the quiet period (at most ${limits.changeSeconds})`,
    `cancelled after (s, at most ${limits.cancelSeconds}): ${cancels.join(', ')}`,
  ].join('\n');
}
