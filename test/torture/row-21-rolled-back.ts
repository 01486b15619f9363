/** Row 21: an older copy of the repository is put back, or another repository lies in its place: the user is told. */
import { renameSync, writeFileSync } from 'node:fs';
import { agentProfile } from '../support/agent.ts';
import { copyRepository } from '../support/repository-files.ts';
import { forgeRepository } from '../support/repository-forge.ts';
import { Restic } from '../support/restic.ts';
import { removeAll } from '../support/temporary-folder.ts';
import { mustBeZero, type TortureRow } from './row.ts';

export const row: TortureRow = {
  row: 21,
  promise: 'A rolled back or swapped repository is noticed',
  async run({ log }) {
    await using profile = await agentProfile();
    const { folder, repository, home } = profile;
    const source = folder.at('source');
    const silent: string[] = [];
    const false_: string[] = [];
    let agent = await profile.start();
    const plan = await agent.addPlan({ sources: [source] });
    const password = profile.password();
    let version = 0;
    const run = async () => {
      writeFileSync(source, `version ${version++}`);
      const job = await agent.run(plan.id);
      log(`${job.state} ${job.error?.message ?? ''}`);
      return job;
    };
    const codes = async () => (await agent.notices()).map(({ code }) => code);
    await run();
    await run();
    const old = folder.at('old');
    copyRepository(repository, old);
    await run();
    if ((await codes()).includes('repository-rolled-back')) false_.push('told of a repository as it was left');

    for (const restart of [false, true]) {
      removeAll(repository);
      copyRepository(old, repository);
      if (restart) {
        await agent.end('SIGTERM');
        agent = await profile.start();
      }
      for (const { id } of await agent.notices())
        await agent.client.agent.dismiss({ params: { id }, signal: agent.signal });
      const job = await run();
      const { lines } = await agent.client.jobs.log({ params: { id: job.id }, query: {}, signal: agent.signal });
      const logged = lines.some(({ text }) => text.includes('is no longer in the repository'));
      if (job.state !== 'done') silent.push(`rolled back: the backup is ${job.state}`);
      if (!logged) silent.push(`rolled back${restart ? ', agent restarted' : ''}: not in the log of the job`);
      // The notice is told once a day.
      if (!restart && !(await codes()).includes('repository-rolled-back')) silent.push('rolled back: no notice');
    }
    renameSync(repository, folder.at('mine'));
    forgeRepository(repository, password, 2);
    const swapped = await run();
    if (swapped.state !== 'failed' || swapped.error?.code !== 'no-repository') {
      silent.push(`swapped: ${swapped.state} ${swapped.error?.code}`);
    }
    if (!(await codes()).includes('backup-failed')) silent.push('swapped: no notice');
    const written = await new Restic({ repository, password, home }).list('snapshots');
    if (written.length > 0) silent.push('swapped: a snapshot was written into the other repository');
    removeAll(repository);
    renameSync(folder.at('mine'), repository);
    if ((await run()).state !== 'done') silent.push('put right again: the backup is not done');
    return [mustBeZero('changes that the user was not told of', silent), mustBeZero('false warnings', false_)];
  },
};
