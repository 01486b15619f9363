import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { newAgentToken, writeAgentFile } from '../../../src/platform/agent-file.ts';
import { claimProfile } from '../../../src/platform/single-instance.ts';
import { runOk } from '../../support/run-process.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const { signal } = new AbortController();
const locked = expect.objectContaining({ code: 'locked' });

/** A process that says "ready", claims the profile at a line of input, says how that went, and then waits for more. */
class Contender {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(folder: string) {
    const module = new URL('../../../src/platform/single-instance.ts', import.meta.url);
    const script = `
      import { claimProfile } from ${JSON.stringify(module.href)};
      console.log('ready');
      process.stdin.once('data', async () => {
        try {
          await claimProfile(${JSON.stringify(folder)}, new AbortController().signal);
          globalThis.gc?.();
          console.log('won');
        } catch (error) {
          console.log(error.code ?? String(error));
        }
      });
      process.stdin.on('end', () => process.exit());`;
    const args = ['--expose-gc', '--input-type=module', '-e', script];
    this.#child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    return (await this.#lines.next()).value;
  }

  /** Claims now. */
  claim(): Promise<string> {
    this.#child.stdin!.write('\n');
    return this.line();
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}

async function contenders(folder: string, count: number): Promise<Contender[] & AsyncDisposable> {
  const all = Array.from({ length: count }, () => new Contender(folder));
  expect(new Set(await Promise.all(all.map((each) => each.line())))).toEqual(new Set(['ready']));
  return Object.assign(all, {
    [Symbol.asyncDispose]: async () => {
      await Promise.all(all.map((each) => each.kill()));
    },
  });
}

describe('claimProfile', () => {
  it('of 20 processes that start at once exactly one gets it, also over left-overs, and again when it was killed', async () => {
    await using folder = await temporaryFolder();
    const profile = folder.at('profile');
    mkdirSync(profile);
    writeFileSync(`${profile}/agent.lock`, `${process.pid}\n`);
    writeFileSync(`${profile}/agent.lock-journal`, 'left over'.repeat(100));
    await using all = await contenders(profile, 20);
    const answers = await Promise.all(all.map((each) => each.claim()));
    expect(answers.filter((answer) => answer === 'won')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'locked')).toHaveLength(19);
    await expect(claimProfile(profile, signal)).rejects.toEqual(locked);
    const losers = all.filter((_, at) => answers[at] === 'locked');
    await Promise.all(losers.map((each) => each.kill()));
    await expect(claimProfile(profile, signal), 'the dead losers took nothing with them').rejects.toEqual(locked);
    await all[answers.indexOf('won')]!.kill();
    using _ = await claimProfile(profile, signal);
    await using late = await contenders(profile, 1);
    expect(await late[0]!.claim()).toBe('locked');
  });

  it('is given back, and is one for all names of the folder and for this process too', async () => {
    await using folder = await temporaryFolder();
    symlinkSync('.', folder.at('link'));
    const first = await claimProfile(folder.path, signal);
    await expect(claimProfile(folder.path, signal)).rejects.toEqual(locked);
    // By another process: closing a descriptor in this one would undo its lock.
    await runOk('cp', [process.execPath, folder.at('agent.lock')]);
    await expect(claimProfile(`${folder.path}/./`, signal)).rejects.toEqual(locked);
    await using other = await contenders(folder.path, 1);
    expect(await other[0]!.claim(), 'what others write into the file undoes no claim').toBe('locked');
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    using second = await claimProfile(folder.path, signal);
    first[Symbol.dispose]();
    expect(second.folder).toBe(folder.path);
    await expect(claimProfile(folder.path, signal)).rejects.toEqual(locked);
  });

  it('leaves an empty private file', async () => {
    await using folder = await temporaryFolder();
    using _ = await claimProfile(folder.at('new/profile'), signal);
    expect(readdirSync(folder.at('new/profile'))).toEqual(['agent.lock']);
    expect(statSync(folder.at('new/profile/agent.lock')).size).toBe(0);
    if (process.platform === 'win32') return;
    expect(lstatSync(folder.at('new/profile/agent.lock')).mode & 0o777).toBe(0o600);
    expect(lstatSync(folder.at('new/profile')).mode & 0o777).toBe(0o700);
  });

  it('names the agent that has it', async () => {
    await using folder = await temporaryFolder();
    using _ = await claimProfile(folder.path, signal);
    const startedAt = new Date().toISOString();
    writeAgentFile(folder.path, { port: 1, token: newAgentToken(), startedAt, version: '1' });
    const refused = claimProfile(folder.path, signal);
    await expect(refused).rejects.toThrow(`process ${process.pid}`);
    await expect(refused).rejects.toMatchObject({ hint: expect.stringContaining('holdfast agent stop') });
  });

  it('says what is wrong with a folder that cannot be locked, and passes cancelling on', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at('file'), '');
    await expect(claimProfile(folder.at('file'), signal)).rejects.toMatchObject({ name: 'HoldfastError' });
    mkdirSync(folder.at('odd/agent.lock'), { recursive: true });
    await expect(claimProfile(folder.at('odd'), signal)).rejects.toMatchObject({ code: 'io' });
    await expect(claimProfile(folder.path, AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
  });
});
