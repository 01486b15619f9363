/** Row 11: an agent that is stopped in the middle of a backup, while others unlock the repository and prune it, commits nothing when it wakes. */
import { join } from 'node:path';
import { agentProfile } from '../support/agent.ts';
import { compareTrees } from '../support/compare-trees.ts';
import { makeTree } from '../support/make-tree.ts';
import { repositoryIds } from '../support/repository-files.ts';
import { Restic } from '../support/restic.ts';
import { removeAll } from '../support/temporary-folder.ts';
import { mustBeZero, type TortureRow } from './row.ts';

export const row: TortureRow = {
  row: 11,
  promise: 'A sleeper that wakes with a stale lock never commits',
  async run({ short, seed, log }) {
    await using profile = await agentProfile();
    const { folder, repository, home } = profile;
    const agent = await profile.start();
    const restic = new Restic({ repository, password: profile.password(), home });
    const stale: string[] = [];
    const unsound: string[] = [];
    const rounds = short ? 2 : 12;
    let bytes = 120_000_000;
    let sleeps = 0;
    for (let round = 0; sleeps < rounds && round < rounds * 4; round++) {
      const source = folder.at(`source-${round}`);
      makeTree(source, { files: 50, bytes, seed: `${seed} ${round}` });
      const plan = await agent.addPlan({ name: `Round ${round}`, sources: [source] });
      const atStart = repositoryIds(repository, 'snapshots').length;
      const { id } = await agent.startRun(plan.id);
      await agent.inTheMiddle(id);
      process.kill(agent.pid, 'SIGSTOP');
      if (repositoryIds(repository, 'snapshots').length > atStart) {
        log(`round ${round}: stopped too late, with the snapshot written; once more with a larger source`);
        process.kill(agent.pid, 'SIGCONT');
        await agent.jobEnded(id);
        bytes *= 2;
        removeAll(source);
        continue;
      }
      sleeps++;
      // As a machine that slept: its lock is taken for stale by others, and what it wrote for rubbish.
      await restic.ok(['unlock', '--remove-all']);
      await restic.ok(['prune', '--max-unused', '0']);
      const before = repositoryIds(repository, 'snapshots').length;
      process.kill(agent.pid, 'SIGCONT');
      const job = await agent.jobEnded(id);
      log(`round ${round}: ${job.state} ${job.error?.message ?? ''}`);
      if (job.state !== 'failed' || job.error?.code !== 'locked') stale.push(`job ${job.state} ${job.error?.message}`);
      const after = repositoryIds(repository, 'snapshots').length;
      if (after !== before) stale.push(`round ${round}: ${after - before} snapshots committed`);
      if ((await restic.check()).code !== 0) unsound.push(`round ${round}: check after waking`);
      if ((await agent.run(plan.id)).state !== 'done') unsound.push(`round ${round}: the next backup is not done`);
      if ((await restic.check()).code !== 0) unsound.push(`round ${round}: check after the next backup`);
      const target = folder.at('restored');
      await restic.restore('latest', target);
      unsound.push(...compareTrees(source, join(target, source)).map((mismatch) => JSON.stringify(mismatch)));
      removeAll(target);
      removeAll(source);
    }
    return [
      { figure: 'sleeps', value: sleeps, ok: sleeps === rounds },
      mustBeZero('stale commits', stale),
      mustBeZero('repositories unsound, or backups lost', unsound),
    ];
  },
};
