/** Row 12: the agent's clock jumps by 400 days, both ways, between its starts and while it runs: nothing expires, no storm of jobs. */
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentProfile, type RunningAgent } from '../support/agent.ts';
import { repositoryIds } from '../support/repository-files.ts';
import { requireTool } from '../support/tools.ts';
import { mustBeZero, skipRow, type TortureRow } from './row.ts';

const libraries = ['x86_64-linux-gnu', 'aarch64-linux-gnu'].map(
  (machine) => `/usr/lib/${machine}/faketime/libfaketime.so.1`,
);

export const row: TortureRow = {
  row: 12,
  promise: 'Clock jumps never expire data or fire a storm of jobs',
  async run({ short, log }) {
    const library = requireTool('faketime') === undefined ? undefined : libraries.find((path) => existsSync(path));
    if (library === undefined) return skipRow('faketime is not installed');
    await using profile = await agentProfile();
    const { folder, repository } = profile;
    const clock = folder.at('clock');
    const setClock = (offset: string): void => {
      writeFileSync(`${clock}.new`, `${offset}\n`);
      renameSync(`${clock}.new`, clock);
    };
    const env = {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: clock,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
    const source = folder.at('source');
    setClock('+0d');
    let agent = await profile.start({ env });
    let version = 0;
    const change = (): void => writeFileSync(join(source, '..', 'source'), `version ${version++}`);
    change();
    const hourly = { kind: 'cron', expression: '0 * * * *' } as const;
    const retention = { within: '30d' };
    const plan = await agent.addPlan({ sources: [source], trigger: hourly, retention });
    const expired: string[] = [];
    const storms: string[] = [];
    const snapshots = (): string[] => repositoryIds(repository, 'snapshots');
    const back = async (): Promise<void> => {
      change();
      const job = await agent.run(plan.id);
      await agent.idle();
      if (job.state !== 'done') expired.push(`a backup is ${job.state}: ${job.error?.message}`);
    };
    for (let run = 0; run < 2; run++) await back();
    const kept = snapshots();
    const offsets = short ? ['-400d', '+400d'] : ['+400d', '+0d', '-400d', '+400d', '-400d', '+0d'];
    for (const whileRunning of [true, false]) {
      for (const offset of offsets) {
        if (!whileRunning) await agent.end('SIGTERM');
        const before = whileRunning ? await countUnattended(agent) : 0;
        setClock(offset);
        if (!whileRunning) agent = await profile.start({ env });
        await back();
        if (!short) await back();
        const here = snapshots();
        const lost = kept.filter((id) => !here.includes(id));
        log(`${offset}${whileRunning ? ', while running' : ''}: ${here.length} snapshots, ${lost.length} lost`);
        expired.push(...lost.map((id) => `${offset}: ${id}`));
        const unattended = await countUnattended(agent);
        if (whileRunning && unattended - before > 2) storms.push(`${offset}: ${unattended - before} jobs`);
      }
    }
    const unattended = await countUnattended(agent);
    // For each jump at most one catch-up, and one at its hour.
    if (unattended > 4 * offsets.length) storms.push(`${unattended} jobs in all`);
    return [
      { figure: 'jumps', value: 2 * offsets.length, ok: true },
      { figure: 'jobs that started by themselves', value: unattended, ok: storms.length === 0 },
      mustBeZero('wrong expiries', expired),
      mustBeZero('storms of jobs', storms),
    ];
  },
};

async function countUnattended(agent: RunningAgent): Promise<number> {
  return (await agent.history({ kind: 'backup' })).filter(({ trigger }) => trigger !== 'manual').length;
}
