/** Several repositories, what is kept in them, what is proven of them, and what comes out of them as archives. */
import { createWriteStream, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { type AgentProfile, agentProfile, type RunningAgent } from '../../support/agent.ts';
import { compareTrees } from '../../support/compare-trees.ts';
import { makeTree, mutateTree } from '../../support/make-tree.ts';
import { seededRandom } from '../../support/random.ts';
import { flipBit, repositoryFiles, repositoryIds } from '../../support/repository-files.ts';
import { forgeRepository } from '../../support/repository-forge.ts';
import { Restic } from '../../support/restic.ts';
import { runOk } from '../../support/run-process.ts';
import { requireTool } from '../../support/tools.ts';

const restic = requireTool('restic');
const unzip = requireTool('unzip');
const password = 'correct horse battery staple';

/** A repository at a place of its own, listed by the agent. @returns its id */
async function addRepository(agent: RunningAgent, { folder }: AgentProfile, name: string): Promise<string> {
  const location = folder.at(name);
  forgeRepository(location, password, 2);
  const body = { name, location, mode: 'open', password } as const;
  return (await agent.client.repositories.add({ body, signal: agent.signal })).repository.id;
}

const judgeOf = ({ folder, home }: AgentProfile, name: string) =>
  new Restic({ repository: folder.at(name), password, home });

describe.skipIf(restic === undefined)('several repositories', () => {
  it('get the same snapshots by copy, and each fails alone', async () => {
    await using profile = await agentProfile();
    const { folder } = profile;
    const source = folder.at('source');
    makeTree(source, { files: 20, bytes: 100_000, seed: 1 });
    const agent = await profile.start();
    const repositories: string[] = [];
    for (const name of ['first', 'second', 'third']) repositories.push(await addRepository(agent, profile, name));
    const plan = await agent.addPlan({ sources: [source], repositories });
    const [, second] = repositories as [string, string, string];
    renameSync(folder.at('second'), folder.at('second-away'));

    expect((await agent.run(plan.id)).state).toBe('done');
    const copies = await agent.ended('copy', 2);
    expect(copies.map(({ repositoryIds: [id], state, error }) => [id, state, error?.code]).sort()).toEqual(
      repositories.slice(1).map((id) => (id === second ? [id, 'failed', 'no-repository'] : [id, 'done', undefined])),
    );
    expect((await agent.planStatus(plan.id)).lastGoodAt).toBeDefined();
    expect((await agent.notices()).map(({ code }) => code)).toContain('copy-failed');

    // What is asked about all of them says which could not be read.
    const { signal } = agent;
    const away = [
      expect.objectContaining({ repositoryId: second, error: expect.objectContaining({ code: 'no-repository' }) }),
    ];
    const { snapshots, unread } = await agent.client.snapshots.list({ query: { planId: plan.id }, signal });
    expect(snapshots.map(({ repositoryId }) => repositoryId).sort()).toEqual(
      repositories.filter((id) => id !== second).sort(),
    );
    expect(unread).toEqual(away);
    const query = { planId: plan.id, path: source };
    expect((await agent.client.snapshots.versions({ query, signal })).unread).toEqual(away);
    expect((await agent.client.snapshots.search({ query: { text: 'source' }, signal })).unread).toContainEqual(away[0]);
    const alone = agent.client.snapshots.list({ query: { repositoryId: second }, signal });
    await expect(alone).rejects.toMatchObject({ code: 'no-repository' });

    renameSync(folder.at('second-away'), folder.at('second'));
    mutateTree(source, 2);
    expect((await agent.run(plan.id)).state).toBe('done');
    await agent.ended('copy', 4);
    expect((await agent.notices()).map(({ code }) => code)).not.toContain('copy-failed');
    for (const name of ['first', 'second', 'third']) {
      const judge = judgeOf(profile, name);
      expect((await judge.check()).code).toBe(0);
      expect(await judge.list('snapshots')).toHaveLength(2);
      expect(await judge.list('locks')).toEqual([]);
      await judge.restore('latest', folder.at(`from-${name}`));
      expect(compareTrees(source, join(folder.at(`from-${name}`), source))).toEqual([]);
    }
  });
});

describe('retention', () => {
  it('is applied after a run, held by a warning sign, and goes on when the user has looked', async () => {
    await using profile = await agentProfile();
    const source = profile.folder.at('source');
    makeTree(source, { files: 60, bytes: 100_000, seed: 1 });
    const agent = await profile.start();
    const { signal } = agent;
    const id = await addRepository(agent, profile, 'repository');
    const plan = await agent.addPlan({ sources: [source], repositories: [id], retention: { last: 2 } });
    const snapshots = () => repositoryIds(profile.folder.at('repository'), 'snapshots').length;
    for (let run = 1; run <= 3; run++) {
      writeFileSync(join(source, 'changes.txt'), `run ${run}`);
      expect((await agent.run(plan.id)).warnings ?? []).toEqual([]);
      await agent.idle();
    }
    expect(snapshots()).toBe(2);

    rmSync(source, { recursive: true });
    makeTree(source, { files: 5, bytes: 1000, seed: 2 });
    const suspicious = await agent.run(plan.id);
    expect([suspicious.state, suspicious.warnings]).toEqual(['done', [expect.stringMatching(/files .* are gone/)]]);
    await agent.idle();
    expect(snapshots()).toBe(3);
    expect(await agent.planStatus(plan.id)).toMatchObject({ state: 'held', reasons: suspicious.warnings });
    expect((await agent.notices()).map(({ code }) => code)).toContain('warning-sign');
    writeFileSync(join(source, 'changes.txt'), 'a harmless run does not end it');
    await agent.run(plan.id);
    await agent.idle();
    expect(snapshots()).toBe(4);

    await agent.client.plans.release({ params: { id: plan.id }, signal });
    expect((await agent.planStatus(plan.id)).state).toBe('ok');
    expect((await agent.notices()).map(({ code }) => code)).not.toContain('warning-sign');
    await agent.run(plan.id);
    await agent.idle();
    expect(snapshots()).toBe(2);
    const prune = await agent.client.repositories.prune({ params: { id }, signal });
    expect((await agent.jobEnded(prune.id)).state).toBe('done');
    // Six backups and the prune, each as it was then: the many files up to three times, later the few.
    const points = await agent.client.repositories.statistics({ params: { id }, signal });
    const held = points.map(({ snapshots: count, heldBytes = 0 }) => [count, Math.round(heldBytes / 100_000)]);
    expect(held).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
      [3, 2],
      [4, 2],
      [5, 2],
      [2, 0],
    ]);
    if (restic !== undefined) expect((await judgeOf(profile, 'repository').check()).code).toBe(0);
  });
});

describe('a drill', () => {
  it('proves a plan; after a bit has flipped it fails, and names the file', async () => {
    await using profile = await agentProfile();
    const source = profile.folder.at('source');
    mkdirSync(source);
    writeFileSync(join(source, 'whole.bin'), seededRandom(1).bytes(300_000));
    const agent = await profile.start();
    const { signal } = agent;
    const id = await addRepository(agent, profile, 'repository');
    const plan = await agent.addPlan({ sources: [source], repositories: [id] });
    const drill = async () => {
      const job = await agent.client.plans.drill({ params: { id: plan.id }, signal });
      return agent.jobEnded(job.id);
    };
    expect((await drill()).error?.code).toBe('not-found');
    await agent.run(plan.id);
    expect((await agent.planStatus(plan.id)).lastProvenAt).toBeUndefined();
    const proven = await drill();
    expect(proven).toMatchObject({ state: 'done', result: { files: 1, bytes: 300_000, comparedWithSource: 1 } });
    const { lastProvenAt } = await agent.planStatus(plan.id);
    expect(lastProvenAt).toBe(proven.endedAt);

    const packs = repositoryFiles(profile.folder.at('repository'), 'data');
    // The one with the file's bytes, not the one with its name.
    for (const pack of packs.filter((path) => statSync(path).size > 100_000)) flipBit(pack, 100, 3);
    const failed = await drill();
    expect([failed.state, failed.error?.code]).toEqual(['failed', 'corrupt']);
    const { problems } = await agent.client.jobs.problems({ params: { id: failed.id }, query: {}, signal });
    expect(problems.map(({ path }) => path)).toEqual([expect.stringContaining(join(source, 'whole.bin'))]);
    expect((await agent.planStatus(plan.id)).lastProvenAt).toBe(lastProvenAt);
    expect((await agent.notices()).map(({ code }) => code)).toContain('drill-failed');

    const check = await agent.client.repositories.check({ params: { id }, body: { readDataPercent: 100 }, signal });
    expect(await agent.jobEnded(check.id)).toMatchObject({ state: 'failed', error: { code: 'corrupt' } });
    const damaged = await agent.client.jobs.problems({ params: { id: check.id }, query: {}, signal });
    expect(damaged.problems.map(({ path }) => path)).toContain(join(source, 'whole.bin'));
    const [listed] = (await agent.client.repositories.list({ signal })).filter((one) => one.repository.id === id);
    expect(listed).toMatchObject({ lastCheckFailed: true, warnings: [expect.any(String)] });
  });
});

describe.skipIf(unzip === undefined)('a download', () => {
  const unpack = { zip: ['unzip', '-q'], 'tar.gz': ['tar', 'xzf'] } as const;
  it('as zip and as tar.gz unpacks to the same bytes', async () => {
    await using profile = await agentProfile();
    const source = profile.folder.at('source');
    makeTree(source, { files: 30, bytes: 2_000_000, seed: 1 });
    const agent = await profile.start();
    const plan = await agent.addPlan({ sources: [source] });
    const job = await agent.run(plan.id);
    const id = String(job.result?.snapshotId);
    for (const format of ['zip', 'tar.gz'] as const) {
      const query = { repositoryId: 'default', paths: [source], from: source, format };
      const { body, mediaType, fileName } = await agent.client.snapshots.download({
        params: { id },
        query,
        signal: agent.signal,
      });
      expect([mediaType, fileName]).toEqual([
        format === 'zip' ? 'application/zip' : 'application/gzip',
        expect.stringMatching(new RegExp(`^source-.*\\.${format}$`)),
      ]);
      const file = profile.folder.at(`download.${format}`);
      // The stream of fetch is the stream of Node; their types differ.
      await pipeline(Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]), createWriteStream(file));
      const target = profile.folder.at(`unpacked-${format}`);
      mkdirSync(target);
      const [command, ...args] = unpack[format];
      await runOk(command, [...args, file], { cwd: target });
      const options = { owner: false, links: false, xattrs: false, mtime: false, mode: format !== 'zip' };
      expect([format, compareTrees(source, target, options)]).toEqual([format, []]);
    }
  });
});
