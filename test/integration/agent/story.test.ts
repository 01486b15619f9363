/** What a person does with the agent, from the first folder to an old version that is back; restic is the judge throughout. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type AgentProfile, agentProfile, type RunningAgent } from '../../support/agent.ts';
import { compareTrees } from '../../support/compare-trees.ts';
import { makeTree } from '../../support/make-tree.ts';
import { repositoryIds } from '../../support/repository-files.ts';
import { Restic } from '../../support/restic.ts';
import { requireTool } from '../../support/tools.ts';

const restic = requireTool('restic');

const judgeOf = ({ repository, password, home }: AgentProfile) =>
  new Restic({ repository, password: password(), home });

/** Enough to be in the middle of for a while. */
function fillLarge(folder: string, megabytes = 200): void {
  mkdirSync(folder, { recursive: true });
  for (let number = 0; number < megabytes / 4; number++) {
    writeFileSync(join(folder, `large-${number}.bin`), randomBytes(4 * 1024 * 1024));
  }
}

const snapshotsOf = (agent: RunningAgent, planId: string) => agent.snapshots({ planId });

const moreSnapshots = (agent: RunningAgent, planId: string, than: number) =>
  agent.until(`snapshot ${than + 1}`, async () => {
    const snapshots = await snapshotsOf(agent, planId);
    return snapshots.length > than ? snapshots : undefined;
  });

describe.skipIf(restic === undefined)('the agent', () => {
  it('backs up a folder as it changes, survives SIGKILL in the middle, and gives old versions back', async () => {
    await using profile = await agentProfile();
    const source = profile.folder.at('source');
    makeTree(source, { files: 40, bytes: 400_000, seed: 1 });
    const letter = join(source, 'letter.txt');
    writeFileSync(letter, 'the first version');
    let agent = await profile.start();
    const judge = judgeOf(profile);
    const sound = async () => expect((await judge.check()).code).toBe(0);

    const plan = await agent.client.plans.create({
      body: {
        name: 'My files',
        sources: [source],
        trigger: { kind: 'continuous', quietSeconds: 1 },
        repositories: ['default'],
      },
      signal: agent.signal,
    });
    const [first] = await moreSnapshots(agent, plan.id, 0);
    await agent.idle();
    writeFileSync(letter, 'the second version, which is longer');
    await moreSnapshots(agent, plan.id, 1);
    await agent.idle();
    await sound();

    fillLarge(join(source, 'photos'));
    const running = await agent.until('a backup', async () => {
      const jobs = await agent.client.jobs.list({ signal: agent.signal });
      return jobs.find(({ state, progress }) => state === 'running' && (progress?.bytesDone ?? 0) > 5_000_000);
    });
    await agent.end('SIGKILL');
    await sound();

    agent = await profile.start();
    const interrupted = await agent.jobEnded(running.id);
    expect([interrupted.state, interrupted.interruptions]).toEqual(['interrupted', 1]);
    const again = await agent.until('the second try', async () =>
      (await agent.history()).find(({ retryOf }) => retryOf === running.id),
    );
    expect([again.state, again.attempt, again.problems ?? 0]).toEqual(['done', 2, 0]);
    await agent.idle();
    expect(repositoryIds(profile.repository, 'locks')).toEqual([]);
    await sound();

    const { signal } = agent;
    const found = await agent.client.snapshots.search({ query: { text: 'LETTER', planId: plan.id }, signal });
    expect(found.files.map(({ path }) => path)).toContain(letter);
    const { versions } = await agent.client.snapshots.versions({ query: { path: letter }, signal });
    expect(versions.map(({ size }) => size)).toEqual([35, 17]);
    const oldest = versions.at(-1)!;
    expect(oldest.snapshotIds).toContain(first!.id);
    const target = profile.folder.at('back');
    const wanted = {
      repositoryId: oldest.repositoryId,
      snapshotId: oldest.snapshotIds[0]!,
      paths: [letter],
      target,
      from: source,
    };
    const dry = await agent.client.snapshots.restore({ body: { ...wanted, dryRun: true }, signal });
    const counted = await agent.jobEnded(dry.id);
    expect(counted.result).toMatchObject({ dryRun: true, bytesRestored: 17 });
    expect(() => readFileSync(join(target, 'letter.txt'))).toThrow('ENOENT');
    const real = await agent.client.snapshots.restore({ body: wanted, signal });
    expect((await agent.jobEnded(real.id)).state).toBe('done');
    expect(readFileSync(join(target, 'letter.txt'), 'utf8')).toBe('the first version');

    const told = (await agent.history()).map(({ kind, state, planName }) => `${kind} ${state} ${planName}`);
    for (const line of ['backup done My files', 'backup interrupted My files', 'restore done My files']) {
      expect(told).toContain(line);
    }
    await judge.restore('latest', profile.folder.at('judged'));
    expect(compareTrees(source, join(profile.folder.at('judged'), source))).toEqual([]);
    await sound();
  });

  it('ends on SIGTERM within 5 s in the middle of a backup, leaves no lock, and goes on after the next start', async () => {
    await using profile = await agentProfile();
    const source = profile.folder.at('source');
    fillLarge(source);
    let agent = await profile.start();
    const plan = await agent.client.plans.create({
      body: { name: 'Large', sources: [source], trigger: { kind: 'manual' }, repositories: ['default'] },
      signal: agent.signal,
    });
    const job = await agent.client.plans.run({ params: { id: plan.id }, body: {}, signal: agent.signal });
    await agent.inTheMiddle(job.id);
    const from = performance.now();
    expect(await agent.end('SIGTERM')).toBe(0);
    expect(performance.now() - from).toBeLessThan(5500);
    expect(repositoryIds(profile.repository, 'locks')).toEqual([]);
    expect(repositoryIds(profile.repository, 'snapshots')).toEqual([]);

    agent = await profile.start();
    const done = await agent.jobEnded(job.id);
    expect([done.state, done.attempt, done.interruptions ?? 0]).toEqual(['done', 1, 0]);
    expect((await agent.history()).map(({ state }) => state)).toEqual(['done']);
    expect((await judgeOf(profile).check()).code).toBe(0);
  });
});
