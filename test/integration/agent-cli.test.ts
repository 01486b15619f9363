/** The agent as a person drives it, by the command line alone: its own process, its own home. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isProcessAlive } from '../../src/platform/host.ts';
import { processIdentity } from '../../src/platform/process-identity.ts';
import { Holdfast } from '../support/holdfast.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';

interface User extends AsyncDisposable {
  readonly holdfast: Holdfast;
  readonly folder: TemporaryFolder;
  /** Of the running agent. */
  pid(): number;
}

/** One that has ended counts as such, also before whoever adopted it has taken note. */
function isRunning(pid: number): boolean {
  return isProcessAlive(pid) && (process.platform !== 'linux' || processIdentity(pid) !== undefined);
}

/** A user with some documents; whatever agent is left over ends with it. */
async function user(): Promise<User> {
  const folder = await temporaryFolder();
  mkdirSync(folder.at('home', 'docs'), { recursive: true });
  writeFileSync(folder.at('home', 'docs', 'letter.txt'), 'first version');
  const holdfast = new Holdfast({ home: folder.at('home') });
  const file = join(folder.path, 'home/.local/share/holdfast/agent/agent.json');
  const pid = (): number => JSON.parse(readFileSync(file, 'utf8')).pid;
  return {
    holdfast,
    folder,
    pid,
    async [Symbol.asyncDispose]() {
      if (existsSync(file) && isRunning(pid())) process.kill(pid(), 'SIGKILL');
      await folder[Symbol.asyncDispose]();
    },
  };
}

describe('the agent by the command line', { timeout: 120_000 }, () => {
  it('plan add and run are enough; it survives SIGKILL; one a profile; stop ends it', async () => {
    await using me = await user();
    const { holdfast, folder } = me;
    const added = await holdfast.ok(['plan', 'add', folder.at('home', 'docs'), '--manual', '--drill', 'never']);
    expect(added.stderr).toContain('Started the agent in the background');
    expect(added.stdout).toContain('Made the plan "docs" (docs)');
    const first = me.pid();

    const ran = await holdfast.ok(['run']);
    expect(ran.stdout).toMatch(/docs: backup: done in .*1 new/);
    const drilled = await holdfast.ok(['drill', 'docs']);
    expect(drilled.stdout).toContain('1 file proven');

    const second = await holdfast.run(['agent', 'start']);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(`(process ${first})`);

    process.kill(first, 'SIGKILL');
    writeFileSync(folder.at('home', 'docs', 'letter.txt'), 'second version');
    const again = await holdfast.ok(['run', 'docs']);
    expect(again.stderr).toContain('Started the agent in the background');
    expect(me.pid()).not.toBe(first);

    const history = await holdfast.json<{ kind: string; state: string }[]>(['history', '--kind', 'backup']);
    expect(history.map(({ state }) => state)).toEqual(['done', 'done']);
    const { versions } = await holdfast.json<{ versions: { snapshotIds: string[]; size: number }[] }>([
      'versions',
      folder.at('home', 'docs', 'letter.txt'),
    ]);
    expect(versions.map(({ size }) => size)).toEqual([14, 13]);
    const oldest = versions.at(-1)?.snapshotIds[0] ?? '';
    await holdfast.ok(['restore', oldest, '--target', folder.at('home', 'back')]);
    expect(readFileSync(join(folder.path, 'home/back', folder.path, 'home/docs/letter.txt'), 'utf8')).toBe(
      'first version',
    );

    expect((await holdfast.ok(['status'])).stdout).toContain('docs');
    const pid = me.pid();
    await holdfast.ok(['agent', 'stop']);
    expect(isRunning(pid)).toBe(false);
    expect((await holdfast.run(['status'])).code).toBe(1);
  });

  it('restores as a job that the history has, counts first, and downloads', async () => {
    await using me = await user();
    const { holdfast, folder } = me;
    const docs = folder.at('home', 'docs');
    await holdfast.ok(['plan', 'add', docs, '--manual', '--drill', 'never']);
    await holdfast.ok(['run']);
    writeFileSync(join(docs, 'letter.txt'), 'second version');
    writeFileSync(join(docs, 'new.txt'), 'new');
    await holdfast.ok(['run']);

    const snapshots = await holdfast.json<{ id: string }[]>(['plan', 'snapshots', 'docs']);
    const [newer = '', older = ''] = snapshots.map(({ id }) => id.slice(0, 8));
    expect((await holdfast.ok(['plan', 'browse', 'docs', '--snapshot', older])).stdout).toMatch(/letter.txt\n1 entry/);
    const differences = await holdfast.ok(['plan', 'diff', 'docs', older, newer]);
    expect(differences.stdout).toContain(`M    ${join(docs, 'letter.txt')}\n+    ${join(docs, 'new.txt')}`);

    const counted = await holdfast.ok(['plan', 'restore', 'docs', '--snapshot', older, '--original', '--dry-run']);
    expect(counted.stdout).toMatch(/nothing written, 0 files to restore, 1 to replace/);
    expect(readFileSync(join(docs, 'letter.txt'), 'utf8')).toBe('second version');
    const asked = await holdfast.run(['plan', 'restore', 'docs', '--snapshot', older, '--original']);
    expect([asked.code, readFileSync(join(docs, 'letter.txt'), 'utf8')]).toEqual([1, 'second version']);
    await holdfast.ok(['plan', 'restore', 'docs', 'letter.txt', '--snapshot', older, '--original', '--yes']);
    expect(readFileSync(join(docs, 'letter.txt'), 'utf8')).toBe('first version');

    const back = folder.at('home', 'back');
    await holdfast.ok(['plan', 'restore', 'docs', 'new.txt', '--from', docs, '--target', back]);
    expect(readFileSync(join(back, 'new.txt'), 'utf8')).toBe('new');
    const gone = await holdfast.run(['plan', 'restore', 'docs', 'gone.txt', '--target', back]);
    expect([gone.code, gone.stderr]).toEqual([1, expect.stringContaining('gone.txt')]);
    const archive = folder.at('home', 'docs.zip');
    await holdfast.ok(['plan', 'restore', 'docs', '--download', archive]);
    expect(readFileSync(archive).subarray(0, 2).toString()).toBe('PK');

    const restores = await holdfast.json<{ kind: string; state: string }[]>(['history', '--kind', 'restore']);
    expect(restores.map(({ state }) => state)).toEqual(['failed', 'done', 'done', 'done']);
  });

  it('an agent that cannot start says why, in the words of its log', async () => {
    await using me = await user();
    const { holdfast, folder } = me;
    mkdirSync(folder.at('home', '.config', 'holdfast'), { recursive: true });
    writeFileSync(folder.at('home', '.config', 'holdfast', 'config.json'), '{"version":999}');
    const run = await holdfast.run(['agent', 'start', '--background']);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('The agent ended while it started.');
    expect(run.stderr).toContain('version 999');
  });

  it('in the foreground it runs until it is told to end, and ends well', async () => {
    await using me = await user();
    const { holdfast } = me;
    const running = holdfast.run(['agent', 'start', '--json']);
    for (let tries = 0; (await holdfast.run(['status'])).code !== 0; tries++) expect(tries).toBeLessThan(50);
    await holdfast.ok(['agent', 'stop']);
    const { code, stdout } = await running;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ message_type: 'agent_ready' });
  });

  it('does not inherit passwords', async () => {
    if (process.platform !== 'linux') return;
    await using me = await user();
    const env = { HOLDFAST_PASSWORD: 'canary 7391', RESTIC_PASSWORD: 'canary 7392' };
    await me.holdfast.ok(['agent', 'start', '--background'], { env });
    const seen = readFileSync(`/proc/${me.pid()}/environ`, 'utf8') + readFileSync(`/proc/${me.pid()}/cmdline`, 'utf8');
    expect(seen).not.toContain('canary');
    expect(seen).toContain('HOME=');
  });
});
