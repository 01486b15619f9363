/** Row 15, in the agent: where a source is missing, unmounted, empty or has lost most of its files, retention expires nothing. */
import { mkdirSync } from 'node:fs';
import { agentProfile } from '../support/agent.ts';
import { makeTree } from '../support/make-tree.ts';
import { repositoryIds } from '../support/repository-files.ts';
import { runOk } from '../support/run-process.ts';
import { limitedFolder, removeAll } from '../support/temporary-folder.ts';
import { mustBeZero, type TortureRow } from './row.ts';

type Spoil = (source: string) => Promise<unknown>;

const spoils: Readonly<Record<string, Spoil>> = {
  missing: async (source) => removeAll(source),
  empty: async (source) => {
    removeAll(source);
    mkdirSync(source);
  },
  'only empty folders': async (source) => {
    removeAll(source);
    mkdirSync(`${source}/lost+found`, { recursive: true });
  },
  'most files gone': async (source) => {
    removeAll(source);
    makeTree(source, { files: 4, bytes: 4000, seed: 'few' });
  },
};

export const row: TortureRow = {
  row: 15,
  promise: 'Unmounted or suddenly empty source stops retention',
  async run({ seed, log }) {
    const expired: string[] = [];
    const told: string[] = [];
    await using profile = await agentProfile();
    const { folder, repository } = profile;
    const agent = await profile.start();
    const disk = await limitedFolder({ size: '20m' });
    const unmount: Spoil = (source) => runOk('umount', [source]);
    const tries = Object.entries(spoils).map(([name, spoil]) => ({ name, spoil, source: folder.at(`source-${name}`) }));
    if (disk !== undefined) tries.push({ name: 'unmounted', spoil: unmount, source: disk.path });
    else if (process.env.CI === 'true') told.push('cannot mount here');
    try {
      for (const { name, spoil, source } of tries) {
        makeTree(source, { files: 60, bytes: 60_000, seed });
        const plan = await agent.addPlan({ name, sources: [source], retention: { last: 1 } });
        const before = await agent.run(plan.id);
        await agent.idle();
        const good = String(before.result?.snapshotId);
        await spoil(source);
        for (let run = 0; run < 2; run++) {
          const job = await agent.run(plan.id);
          await agent.idle();
          log(`${name}: ${job.state} ${job.error?.message ?? job.warnings ?? ''}`);
          const isTold = job.error?.code === 'source-missing' || (job.warnings?.length ?? 0) > 0 || run > 0;
          if (!isTold) told.push(`${name}: ${job.state} ${job.error?.message}`);
        }
        if (!repositoryIds(repository, 'snapshots').includes(good)) expired.push(`${name}: ${good} is gone`);
        const { state } = await agent.planStatus(plan.id);
        if (state !== 'failed' && state !== 'held') told.push(`${name}: the plan is ${state}`);
      }
    } finally {
      await disk?.[Symbol.asyncDispose]();
    }
    return [
      { figure: 'ways to lose a source', value: tries.length, ok: tries.length > 3 },
      mustBeZero('snapshots expired', expired),
      mustBeZero('losses that were not told', told),
    ];
  },
};
