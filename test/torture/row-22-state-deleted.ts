/** Row 22: caches, history and state are deleted, between starts and while the agent runs: the next backup works, soon. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentProfile } from '../support/agent.ts';
import { makeTree } from '../support/make-tree.ts';
import { repositoryIds } from '../support/repository-files.ts';
import { Restic } from '../support/restic.ts';
import { removeAll } from '../support/temporary-folder.ts';
import { mustBeZero, type TortureRow } from './row.ts';

export const row: TortureRow = {
  row: 22,
  promise: 'Local state is disposable',
  async run({ seed, log }) {
    await using profile = await agentProfile();
    const { folder, repository, home, state } = profile;
    const source = folder.at('source');
    makeTree(source, { files: 40, bytes: 400_000, seed });
    let agent = await profile.start();
    const plan = await agent.addPlan({ sources: [source] });
    const wrong: string[] = [];
    let expected = 0;
    const run = async (what: string): Promise<void> => {
      writeFileSync(join(source, 'new'), what);
      const from = performance.now();
      const job = await agent.run(plan.id);
      if (job.state !== 'done') wrong.push(`${what}: ${job.state} ${job.error?.message}`);
      expected += 1;
      const count = repositoryIds(repository, 'snapshots').length;
      if (count !== expected) wrong.push(`${what}: ${count} snapshots, not ${expected}`);
      log(`${what}: ${Math.round(performance.now() - from)} ms`);
    };
    await run('at first');
    const items = readdirSync(state).filter((name) => !name.startsWith('agent.'));
    log(`state: ${items.join(' ')}`);
    const cache = join(home, '.cache');
    for (const path of [cache, ...items.map((name) => join(state, name))]) {
      removeAll(path);
      await run(`${path} deleted while it runs`);
    }
    let slowestMs = 0;
    for (const path of [cache, join(state, 'history'), state]) {
      await agent.end('SIGTERM');
      removeAll(path);
      const from = performance.now();
      agent = await profile.start();
      await run(`${path} deleted between starts`);
      slowestMs = Math.max(slowestMs, performance.now() - from);
    }
    const check = await new Restic({ repository, password: profile.password(), home }).check();
    if (check.code !== 0) wrong.push(`check: ${check.stderr.slice(-300)}`);
    return [
      { figure: 'deletions', value: items.length + 4, ok: true },
      { figure: 'seconds from the start to the next backup, at most', value: (slowestMs / 1000).toFixed(1), ok: true },
      mustBeZero('backups that did not work', wrong),
    ];
  },
};
