/** Row 23: the agent is killed again and again while plans change, and its files are spoiled: no configuration is lost. */
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentProfile, type RunningAgent } from '../support/agent.ts';
import { seededRandom } from '../support/random.ts';
import { mustBeZero, type TortureRow } from './row.ts';

export const row: TortureRow = {
  row: 23,
  promise: 'A state file is never torn',
  async run({ short, seed, log }) {
    const random = seededRandom(`row 23 ${seed}`);
    await using profile = await agentProfile();
    const lost: string[] = [];
    const silent: string[] = [];
    const acknowledged = new Set<string>();
    let agent = await profile.start();
    const kills = short ? 4 : 60;
    for (let kill = 0; kill < kills; kill++) {
      const many = random.integer(1, 25);
      let made = 0;
      const killed = Promise.withResolvers<void>();
      const lane = async (): Promise<void> => {
        while (!agent.signal.aborted) {
          const name = `Plan ${kill} ${Math.random()}`;
          await agent.addPlan({ name, sources: ['/nowhere'] });
          acknowledged.add(name);
          if (++made === many) killed.resolve();
        }
      };
      const lanes = Array.from({ length: 3 }, () => lane().catch(() => undefined));
      await killed.promise;
      await agent.end('SIGKILL');
      await Promise.all(lanes);
      agent = await profile.start();
      const there = await names(agent);
      const missing = [...acknowledged].filter((name) => !there.includes(name));
      lost.push(...missing.map((name) => `kill ${kill}: ${name}`));
      log(`kill ${kill}: ${acknowledged.size} acknowledged, ${there.length} there`);
    }

    const spoil = {
      garbage: (path: string) => writeFileSync(path, random.bytes(500)),
      'cut off': (path: string) => truncateSync(path, Math.floor(readFileSync(path).length / 2)),
      empty: (path: string) => truncateSync(path, 0),
    };
    const before = await names(agent);
    for (const [how, damage] of Object.entries(spoil)) {
      await agent.end('SIGTERM');
      damage(join(profile.config, 'config.json'));
      for (const name of readdirSync(profile.state)) {
        if (name.endsWith('.json') && name !== 'agent.json') damage(join(profile.state, name));
      }
      agent = await profile.start();
      const there = await names(agent);
      // The newest good copy may be one change older.
      const missing = before.filter((name) => !there.includes(name));
      if (missing.length > 1) lost.push(`${how}: ${missing.length} plans`);
      if (!(await agent.notices()).some(({ code }) => code === 'state-set-aside')) silent.push(how);
      await agent.addPlan({ name: `After ${how}`, sources: ['/nowhere'] });
    }
    return [
      { figure: 'kills', value: kills, ok: true },
      { figure: 'plans acknowledged', value: acknowledged.size, ok: acknowledged.size > kills },
      mustBeZero('configurations lost', lost),
      mustBeZero('damages that were not told', silent),
    ];
  },
};

async function names(agent: RunningAgent): Promise<string[]> {
  const plans = await agent.client.plans.list({ signal: agent.signal });
  return plans.map(({ plan }) => plan.name);
}
