/** The agent's check keeps the object lock of what snapshots need from running out, in a store that speaks S3. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { agentProfile } from '../../support/agent.ts';
import { seededRandom } from '../../support/random.ts';
import { s3Refusal, startS3Stub } from '../../support/s3-stub.ts';

const dayMs = 24 * 3_600_000;

it('a check extends the object lock on what snapshots need, and on nothing else; a store that refuses is a warning', async () => {
  await using store = await startS3Stub();
  await using profile = await agentProfile();
  const source = profile.folder.at('source');
  mkdirSync(source);
  const random = seededRandom('object lock');
  const agent = await profile.start();
  const { signal } = agent;
  const { repository } = await agent.client.repositories.add({
    body: {
      name: 'cloud',
      location: `s3:${store.url}/bucket/r`,
      settings: { accessKeyId: store.user.accessKeyId, retentionDays: '30' },
      credentials: { secretAccessKey: store.user.secretAccessKey },
      mode: 'create',
      password: 'password',
    },
    signal,
  });
  const plan = await agent.addPlan({ sources: [source], repositories: [repository.id], retention: { last: 1 } });
  const kept = () => [...store.objects.keys()].filter((name) => !name.includes('/locks/'));
  const backUp = async (): Promise<string[]> => {
    writeFileSync(join(source, 'changes.bin'), random.bytes(300_000));
    expect(await agent.run(plan.id)).toMatchObject({ state: 'done' });
    await agent.idle();
    return kept();
  };
  const forgotten = await backUp();
  await backUp();
  const needed = kept().filter((name) => !(/\/(data|index)\//.test(name) && forgotten.includes(name)));
  expect(kept().length - needed.length).toBeGreaterThanOrEqual(3);

  const runOut = () => kept().map((name) => store.keptUntilMs.set(name, Date.now() + dayMs));
  const extended = () => kept().filter((name) => store.keptUntilMs.get(name)! > Date.now() + 29 * dayMs);
  const check = async () => {
    const { id } = await agent.client.repositories.check({ params: { id: repository.id }, body: {}, signal });
    const job = await agent.jobEnded(id);
    const { lines } = await agent.client.jobs.log({ params: { id }, query: {}, signal });
    return { job, log: lines.map(({ text }) => text) };
  };
  expect(extended()).toEqual(kept()); // as they were saved
  runOut();
  const first = await check();
  expect(first.job).toMatchObject({ state: 'done' });
  expect(first.job.warnings ?? []).toEqual([]);
  const files = needed.length;
  expect(first.log).toContain(`Object lock: extended on ${files} of the ${files} files that snapshots need.`);
  expect(extended().toSorted()).toEqual(needed.toSorted());
  expect((await check()).log).toContain(`Object lock: extended on 0 of the ${files} files that snapshots need.`);

  runOut();
  store.answerOnce(/^PUT .*\?retention/, s3Refusal(403, 'AccessDenied'));
  const refused = await check();
  expect(refused.job).toMatchObject({
    state: 'done',
    warnings: [expect.stringMatching(/^The object lock could not be extended: .*not/)],
  });
});
