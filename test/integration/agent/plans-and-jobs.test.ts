/** Plans while their jobs are queued or run: cancelled, edited, deleted, paused; hooks; errors in words. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { agentProfile } from '../../support/agent.ts';
import { makeTree } from '../../support/make-tree.ts';
import { repositoryIds } from '../../support/repository-files.ts';
import { forgeRepository } from '../../support/repository-forge.ts';
import type { TemporaryFolder } from '../../support/temporary-folder.ts';

/** A hook that holds a run until the gate is opened. */
function gateIn(folder: TemporaryFolder, name = 'gate') {
  const path = folder.at(name);
  const script = 'echo > "$1.reached"; while [ ! -e "$1" ]; do sleep 0.05; done';
  return {
    hook: { command: ['sh', '-c', script, 'gate', path] },
    open: () => writeFileSync(path, ''),
  };
}

function sourceIn(folder: TemporaryFolder, name = 'source'): string {
  const path = folder.at(name);
  makeTree(path, { files: 10, bytes: 20_000, seed: name });
  return path;
}

describe('a job', () => {
  it('that is cancelled stops within a second, leaves no lock, and is in the history', async () => {
    await using profile = await agentProfile();
    const source = profile.folder.at('source');
    makeTree(source, { files: 60, bytes: 200_000_000, seed: 1 });
    const agent = await profile.start();
    const plan = await agent.addPlan({ sources: [source] });
    const { id } = await agent.startRun(plan.id);
    await agent.inTheMiddle(id);
    const cancelled = await agent.client.jobs.cancel({ params: { id }, signal: agent.signal });
    expect(cancelled.state).toBe('cancelled');
    const past = await agent.jobEnded(id);
    expect([past.state, past.reason]).toEqual(['cancelled', 'Cancelled by the user.']);
    expect(repositoryIds(profile.repository, 'locks')).toEqual([]);
    expect(await agent.snapshots()).toEqual([]);
    await expect(agent.client.jobs.cancel({ params: { id }, signal: agent.signal })).rejects.toMatchObject({
      code: 'conflict',
    });
    expect((await agent.run(plan.id)).state).toBe('done');
  });

  it('stays queued when its plan is edited, and is cancelled when its plan is deleted', async () => {
    await using profile = await agentProfile();
    const { folder } = profile;
    const gate = gateIn(folder);
    const agent = await profile.start();
    const { signal } = agent;
    const blocking = await agent.addPlan({
      name: 'Blocking',
      sources: [sourceIn(folder, 'one')],
      hooks: { before: [gate.hook] },
    });
    const edited = await agent.addPlan({ name: 'Edited', sources: [sourceIn(folder, 'two')] });
    const deleted = await agent.addPlan({ name: 'Deleted', sources: [sourceIn(folder, 'three')] });
    const first = await agent.startRun(blocking.id);
    const [kept, gone] = [await agent.startRun(edited.id), await agent.startRun(deleted.id)];
    expect([kept.state, gone.state]).toEqual(['queued', 'queued']);

    const { id, createdAt: _, revision: _revision, ...input } = edited;
    await agent.client.plans.update({ params: { id }, body: { ...input, name: 'Edited anew', tags: ['new'] }, signal });
    await agent.client.plans.remove({ params: { id: deleted.id }, signal });
    expect((await agent.client.jobs.get({ params: { id: kept.id }, signal })).state).toBe('queued');
    expect(await agent.jobEnded(gone.id)).toMatchObject({ state: 'cancelled', reason: 'Its plan was deleted.' });

    gate.open();
    expect((await agent.jobEnded(first.id)).state).toBe('done');
    expect((await agent.jobEnded(kept.id)).state).toBe('done');
    const [snapshot] = await agent.snapshots({ planId: edited.id });
    expect(snapshot?.tags).toContain('new');
  });

  it('that runs is cancelled with its plan, its hook too', async () => {
    await using profile = await agentProfile();
    const gate = gateIn(profile.folder);
    const agent = await profile.start();
    const plan = await agent.addPlan({ sources: [sourceIn(profile.folder)], hooks: { before: [gate.hook] } });
    const { id } = await agent.startRun(plan.id);
    await agent.client.plans.remove({ params: { id: plan.id }, signal: agent.signal });
    expect((await agent.jobEnded(id)).state).toBe('cancelled');
    expect(repositoryIds(profile.repository, 'snapshots')).toEqual([]);
  });

  it('of 20 at once is run, and all are cancelled at once', async () => {
    await using profile = await agentProfile();
    const gate = gateIn(profile.folder);
    const agent = await profile.start();
    const sources = [sourceIn(profile.folder)];
    const plans = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        agent.addPlan({ name: `Plan ${n}`, sources, hooks: { before: [gate.hook] } }),
      ),
    );
    expect(new Set(plans.map(({ id }) => id)).size).toBe(20);
    await Promise.all(plans.map(({ id }) => agent.startRun(id)));
    const cancelled = await agent.client.jobs.cancelAll({ signal: agent.signal });
    expect(cancelled.map(({ state }) => state)).toEqual(Array.from({ length: 20 }, () => 'cancelled'));
    await agent.idle();
  });
});

describe('a pause', () => {
  it('keeps a continuous plan from running until it is ended; by hand it runs all the same', async () => {
    await using profile = await agentProfile();
    const source = sourceIn(profile.folder);
    const agent = await profile.start();
    const { signal } = agent;
    const plan = await agent.addPlan({
      sources: [source],
      trigger: { kind: 'continuous', quietSeconds: 1 },
    });
    const params = { id: plan.id };
    await agent.until('first snapshot', async () => ((await agent.snapshots()).length === 1 ? true : undefined));
    await agent.idle();
    const paused = await agent.client.plans.pause({ params, body: { for: 'resumed' }, signal });
    expect(paused.paused?.until).toBeUndefined();
    writeFileSync(join(source, 'new.txt'), 'new');
    const skipped = await agent.until('skipped run', async () =>
      (await agent.history()).find(({ state }) => state === 'skipped'),
    );
    expect([skipped.planId, skipped.reason]).toEqual([plan.id, expect.stringMatching(/paused/i)]);
    expect((await agent.planStatus(plan.id)).state).toBe('paused');
    expect((await agent.run(plan.id)).state).toBe('done');
    writeFileSync(join(source, 'newer.txt'), 'newer');
    await agent.client.plans.resume({ params, signal });
    await agent.until('snapshot after the pause', async () =>
      (await agent.snapshots()).length === 3 ? true : undefined,
    );
    await agent.until('state ok', async () => ((await agent.planStatus(plan.id)).state === 'ok' ? true : undefined));
  });
});

describe('hooks', () => {
  const write = (file: string) => ['sh', '-c', 'env | grep ^HOLDFAST_ | sort >> "$0"', file];

  it('run before, after and on failure, with what they may know in their environment', async () => {
    await using profile = await agentProfile();
    const [before, after, failed] = ['before', 'after', 'failed'].map((name) => profile.folder.at(name)) as [
      string,
      string,
      string,
    ];
    const source = sourceIn(profile.folder);
    const agent = await profile.start({ env: { HOLDFAST_PASSPHRASE: 'canary-passphrase' } });
    const hooks = {
      before: [{ command: write(before) }],
      after: [{ command: write(after) }],
      onFailure: [{ command: write(failed) }],
    };
    const plan = await agent.addPlan({ name: 'Hooked', sources: [source], hooks });
    const job = await agent.run(plan.id);
    expect(job.state).toBe('done');
    expect(readFileSync(before, 'utf8')).toContain(`HOLDFAST_PLAN_ID=${plan.id}\n`);
    expect(readFileSync(before, 'utf8')).not.toContain('canary-passphrase');
    expect(readFileSync(after, 'utf8')).toContain(String(job.result?.snapshotId));
    expect(existsSync(failed)).toBe(false);
    renameSync(source, `${source}.away`);
    expect((await agent.run(plan.id)).state).toBe('failed');
    expect(readFileSync(failed, 'utf8')).toContain('source-missing');
    const { lines } = await agent.client.jobs.log({ params: { id: job.id }, query: {}, signal: agent.signal });
    expect(lines.map(({ text }) => text)).toContain('The hook "sh" (before) ended well.');
  });

  it('that fail cancel the run only where they may', async () => {
    await using profile = await agentProfile();
    const agent = await profile.start();
    const sources = [sourceIn(profile.folder)];
    const command = ['sh', '-c', 'echo no disk today; exit 3'];
    const harmless = await agent.addPlan({ name: 'Harmless', sources, hooks: { before: [{ command }] } });
    const strict = { before: [{ command, cancelOnFailure: true }] };
    const cancelling = await agent.addPlan({ name: 'Cancelling', sources, hooks: strict });
    expect((await agent.run(harmless.id)).state).toBe('done');
    const job = await agent.run(cancelling.id);
    expect([job.state, job.error?.code]).toEqual(['failed', 'conflict']);
    expect(job.error?.message).toContain('sh');
    expect(await agent.snapshots({ planId: cancelling.id })).toEqual([]);
    const { lines } = await agent.client.jobs.log({ params: { id: job.id }, query: {}, signal: agent.signal });
    expect(lines.map(({ text }) => text).join('\n')).toContain('no disk today');
  });
});

describe('errors', () => {
  it('say in words what is wrong with a repository, and what to do', async () => {
    await using profile = await agentProfile();
    const { folder } = profile;
    const agent = await profile.start();
    const { signal } = agent;
    const location = folder.at('other');
    forgeRepository(location, 'right password', 2);
    const add = (body: { location: string; mode: 'open' | 'create'; password?: string }) =>
      agent.client.repositories.add({ body: { name: 'Other', ...body }, signal });
    await expect(add({ location, mode: 'open', password: 'wrong' })).rejects.toMatchObject({
      code: 'wrong-password',
      hint: expect.any(String),
    });
    await expect(add({ location, mode: 'create' })).rejects.toMatchObject({ code: 'exists' });
    await expect(add({ location: folder.at('none'), mode: 'open', password: 'x' })).rejects.toMatchObject({
      code: 'no-repository',
      message: expect.stringContaining(folder.at('none')),
    });
    const { repository } = await add({ location, mode: 'open', password: 'right password' });
    await expect(add({ location, mode: 'open', password: 'right password' })).rejects.toMatchObject({ code: 'exists' });

    const plan = await agent.addPlan({ sources: [sourceIn(folder)], repositories: [repository.id] });
    expect((await agent.run(plan.id)).state).toBe('done');
    await expect(agent.client.repositories.remove({ params: { id: repository.id }, signal })).rejects.toMatchObject({
      code: 'exists',
    });
    renameSync(location, `${location}.away`);
    const gone = await agent.run(plan.id);
    expect(gone).toMatchObject({ state: 'failed', error: { code: 'no-repository' } });
    expect(gone.error?.message).toContain(location);
    expect((await agent.planStatus(plan.id)).state).toBe('failed');
    expect((await agent.notices()).map(({ code }) => code)).toContain('backup-failed');

    mkdirSync(location);
    expect((await agent.run(plan.id)).error?.code).toBe('no-repository');
    renameSync(`${location}.away`, `${location}/../again`);
    const taken = folder.at('taken');
    renameSync(location, taken);
    renameSync(folder.at('again'), location);
    expect((await agent.run(plan.id)).state).toBe('done');
    expect((await agent.planStatus(plan.id)).state).toBe('ok');
    expect((await agent.notices()).map(({ code }) => code)).not.toContain('backup-failed');
  });

  it('of a plan are told before it is made', async () => {
    await using profile = await agentProfile();
    const agent = await profile.start();
    const rejected = (input: Parameters<typeof agent.addPlan>[0]) =>
      agent.addPlan(input).then(
        () => 'made',
        ({ code, fields }) => [code, fields[0]?.path],
      );
    expect(await rejected({ sources: ['relative'] })).toEqual(['invalid-input', 'sources.0']);
    expect(await rejected({ sources: ['/a'], repositories: ['none'] })).toEqual(['not-found', 'repositories']);
    expect(await rejected({ sources: ['/a'], trigger: { kind: 'cron', expression: '99 * * * *' } })).toEqual([
      'invalid-input',
      'trigger',
    ]);
    expect(await rejected({ sources: ['/a'], excludes: { presets: ['nonsense'] } })).toEqual([
      'invalid-input',
      'excludes',
    ]);
    expect(await agent.client.plans.list({ signal: agent.signal })).toEqual([]);
  });
});
