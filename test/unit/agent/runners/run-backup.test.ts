import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fromUtf8 } from '../../../../src/base/byte-string.ts';
import { type RunnerRig, runnerRig } from './runner-rig.ts';

let rig: RunnerRig;
beforeEach(async () => {
  rig = await runnerRig();
});
afterEach(() => rig[Symbol.asyncDispose]());

const continuous = {
  trigger: { kind: 'continuous', quietSeconds: 1, atLeastEveryMinutes: 1, fullScanHours: 24 },
} as const;

/** Everything in the newest snapshot, by path in the source. */
async function restored(into: string, repositoryId = 'disk'): Promise<(name: string) => string> {
  const [snapshot] = (await rig.snapshots(repositoryId)).slice(-1);
  const target = rig.folder.at(into);
  await rig.run({
    kind: 'restore',
    repositoryIds: [repositoryId],
    input: { repositoryId, snapshotId: snapshot?.id, paths: [], target },
  });
  return (name) => readFileSync(join(target, rig.source, name), 'utf8');
}

describe('the backup of a plan', () => {
  it('saves its sources, tagged as its own, and is remembered as its last good run', async () => {
    rig.plan({ tags: ['mine'] });
    rig.write('a.txt', 'first');
    const { result, problems } = await rig.run({});
    const [snapshot] = await rig.snapshots();
    expect(snapshot?.snapshot).toMatchObject({ paths: [rig.source], tags: ['mine', 'plan:home'] });
    expect(result).toMatchObject({ snapshotId: snapshot?.id, files: { new: 1 }, problems: 0 });
    expect(problems).toBe(0);
    expect(rig.memory.get('home')).toMatchObject({
      lastGood: { repositoryId: 'disk', snapshotId: snapshot?.id },
      newest: { disk: snapshot?.id },
      figures: [{ files: 1, bytes: 5 }],
      failures: 0,
    });
    expect(await rig.statistics.series('disk')).toMatchObject([{ snapshots: 1, heldBytes: 5 }]);
    expect(rig.progress.length).toBeGreaterThan(0);
  });

  it.each(['schedule', 'manual', 'retry', 'catch-up'] as const)(
    'by %s sees each time what changed, though nobody told of it',
    async (trigger) => {
      rig.plan();
      rig.write('a.txt', 'first');
      await rig.run({ trigger });
      rig.write('a.txt', 'second!'); // which changes nothing of its folder
      await rig.run({ trigger });
      expect((await restored('back'))('a.txt')).toBe('second!');
    },
  );

  it('of a continuous plan looks only at what was heard of when a change asked for it', async () => {
    rig.plan(continuous);
    rig.pending.begin('home');
    rig.write('heard/a.txt', 'one');
    rig.write('unheard/b.txt', 'one');
    await rig.run({ trigger: 'change' });
    rig.write('heard/a.txt', 'two!');
    rig.write('unheard/b.txt', 'two!');
    rig.pending.hear('home', { folders: [fromUtf8(join(rig.source, 'heard'))], subtrees: [] });
    await rig.run({ trigger: 'change' });
    const text = await restored('back');
    expect(text('heard/a.txt')).toBe('two!');
    expect(text('unheard/b.txt')).toBe('one');
  });

  it('by hand looks at everything, also while the watch waits for quiet', async () => {
    rig.plan(continuous);
    rig.pending.begin('home');
    rig.write('a.txt', 'one');
    await rig.run({ trigger: 'change' });
    rig.write('a.txt', 'two!');
    await rig.run({ trigger: 'manual' });
    expect((await restored('back'))('a.txt')).toBe('two!');
  });

  it('makes no snapshot when a change asked and nothing is different; by hand it does', async () => {
    rig.plan(continuous);
    rig.pending.begin('home');
    rig.write('a.txt', 'one');
    await rig.run({ trigger: 'change' });
    // Other tests make folders in /tmp meanwhile, which is a folder that leads to the source.
    let saved = await rig.run({ trigger: 'change' });
    for (let tries = 0; tries < 20 && saved.result?.snapshotId !== undefined; tries++) {
      saved = await rig.run({ trigger: 'change' });
    }
    expect(saved.result).not.toHaveProperty('snapshotId');
    const { length } = await rig.snapshots();
    await rig.run({ trigger: 'manual' });
    expect(await rig.snapshots()).toHaveLength(length + 1);
  });

  it('gives back what was heard when it fails', async () => {
    rig.plan(continuous);
    rig.pending.begin('home');
    rig.write('a.txt', 'one');
    await rig.run({ trigger: 'change' });
    const heard = fromUtf8(rig.source);
    rig.pending.hear('home', { folders: [heard], subtrees: [] });
    const aborted = AbortSignal.abort(new Error('stop'));
    await expect(rig.run({ trigger: 'change' }, aborted)).rejects.toThrow('stop');
    rmSync(rig.source, { recursive: true });
    await expect(rig.run({ trigger: 'change' })).rejects.toMatchObject({ code: 'source-missing' });
    expect([...rig.pending.take('home').folders]).toEqual([heard]);
  });

  it('looks again at a folder in which something could not be read', async () => {
    if (process.getuid?.() === 0) return; // root reads everything
    rig.plan(continuous);
    rig.pending.begin('home');
    rig.write('secret.txt', 'one');
    rig.write('other.txt', 'one');
    chmodSync(join(rig.source, 'secret.txt'), 0);
    const { problems } = await rig.run({ trigger: 'change' });
    expect(problems).toBe(1);
    expect(await rig.problems()).toMatchObject([{ path: join(rig.source, 'secret.txt') }]);
    expect([...rig.pending.take('home').folders]).toEqual([fromUtf8(rig.source)]);
  });

  it('writes to the repository that the job has, though the plan names another since', async () => {
    rig.plan({ repositories: ['nas'] });
    rig.write('a.txt', 'one');
    await rig.run({ repositoryIds: ['disk'] });
    expect(await rig.snapshots('disk')).toHaveLength(1);
    expect(await rig.snapshots('nas')).toHaveLength(0);
    expect(rig.memory.get('home').lastGood?.repositoryId).toBe('disk');
  });

  it('fails for a plan that is gone', async () => {
    await expect(rig.run({})).rejects.toMatchObject({ code: 'not-found' });
  });

  it('never an empty snapshot of a source that was emptied, unless it is meant', async () => {
    rig.plan();
    rig.write('a.txt', 'one');
    await rig.run({});
    rmSync(join(rig.source, 'a.txt'));
    await expect(rig.run({})).rejects.toMatchObject({ code: 'source-missing' });
    expect(await rig.snapshots()).toHaveLength(1);
    await rig.run({ input: { planId: 'home', allowEmpty: true } });
    expect(await rig.snapshots()).toHaveLength(2);
  });

  it('removes locks of processes of this machine that are gone, and none that is only old', async () => {
    rig.plan();
    rig.write('a.txt', 'one');
    const lock = { exclusive: false, username: 'me', uid: 0, gid: 0, time: '2020-01-01T00:00:00Z' };
    const dead = await rig.lock({ ...lock, hostname: hostname(), pid: 2 ** 22 + 1 });
    const old = await rig.lock({ ...lock, hostname: 'elsewhere', pid: 1 });
    await rig.run({});
    const left = await rig.locks();
    expect(left).toContain(old);
    expect(left).not.toContain(dead);
  });

  it('tells when the snapshot that was saved last is gone', async () => {
    rig.plan();
    rig.write('a.txt', 'one');
    await rig.run({});
    const [snapshot] = await rig.snapshots();
    rmSync(rig.folder.at('disk', 'snapshots', snapshot!.id));
    await rig.run({});
    expect(rig.notices).toMatchObject([{ code: 'repository-rolled-back', planId: 'home', repositoryId: 'disk' }]);
    await rig.run({});
    expect(rig.notices).toHaveLength(1);
  });
});
