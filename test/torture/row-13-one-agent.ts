/** Row 13: twenty agents are started at once on one profile, over what a killed one left: one runs, the others say so and end. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentProfile } from '../support/agent.ts';
import { mustBeZero, type TortureRow } from './row.ts';

export const row: TortureRow = {
  row: 13,
  promise: 'One agent a profile',
  async run({ short, log }) {
    const wrong: string[] = [];
    const winners: number[] = [];
    const rounds = short ? 1 : 5;
    for (let round = 0; round < rounds; round++) {
      await using profile = await agentProfile();
      mkdirSync(profile.state, { recursive: true, mode: 0o700 });
      // A recycled pid, and what is left of a lock.
      const left = { port: 1, pid: 1, token: 'x'.repeat(43), startedAt: new Date(0).toISOString(), version: 'old' };
      writeFileSync(join(profile.state, 'agent.json'), JSON.stringify(left), { mode: 0o600 });
      writeFileSync(join(profile.state, 'agent.lock'), 'left over', { mode: 0o600 });
      const started = await Promise.allSettled(Array.from({ length: 20 }, () => profile.start()));
      const running = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      winners.push(running.length);
      for (const one of started) {
        if (one.status === 'fulfilled') continue;
        const text = String(one.reason);
        if (!/ended with 1 /.test(text) || !/already/.test(text)) wrong.push(text.slice(0, 400));
      }
      const [winner] = running;
      if (winner === undefined) continue;
      const { pid } = await winner.client.agent.status({ signal: winner.signal });
      if (pid !== winner.pid) wrong.push(`agent.json names ${winner.pid}, and ${pid} answers`);
      await winner.end('SIGKILL');
      const next = await profile.start();
      log(`round ${round}: ${running.length} of 20; after SIGKILL the next one runs as ${next.pid}`);
    }
    return [
      { figure: 'agents running of 20', value: winners.join(' '), ok: winners.every((count) => count === 1) },
      mustBeZero('others that did not say so and end with 1', wrong),
    ];
  },
};
