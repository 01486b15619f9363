/** The command line as a user or a script meets it: exit codes, the default repository, JSON, Ctrl-C, errors, secrets. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { compareTrees } from '../support/compare-trees.ts';
import { Holdfast, holdfastCommand, parseJsonLines, runHoldfast } from '../support/holdfast.ts';
import { makeTree } from '../support/make-tree.ts';
import { seededRandom } from '../support/random.ts';
import { flipBit, repositoryFiles, repositoryIds, repositoryState } from '../support/repository-files.ts';
import type { ProcessResult } from '../support/run-process.ts';
import { sharedRepository } from '../support/shared-repository.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';

const stackTrace = /^\s+at .+[:(].*\d+:\d+\)?$/m;

/** A user with an empty home and no repository named. */
function userIn(folder: TemporaryFolder): Holdfast {
  mkdirSync(folder.at('home'), { recursive: true });
  return new Holdfast({ home: folder.at('home') });
}

/** Every text below a folder, to look for secrets in. */
function everythingBelow(folder: string): { path: string; bytes: Buffer }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, bytes: readFileSync(path) }));
}

describe('exit codes', { timeout: 60_000 }, () => {
  it('0: done', async () => {
    await using shared = await sharedRepository();
    makeTree(shared.folder.at('source'), { files: 3, bytes: 100, seed: 1 });
    for (const args of [['backup', shared.folder.at('source')], ['snapshots'], ['check'], ['version'], ['--help']]) {
      const run = await shared.holdfast.run(args);
      expect(run.code, `${args.join(' ')}: ${run.stderr}`).toBe(0);
    }
  });

  it('1: used wrongly, and says what is wrong', async () => {
    await using shared = await sharedRepository();
    for (const args of [
      ['bakup'],
      ['backup'],
      ['backup', '--no-such-flag', 'x'],
      ['restore'],
      ['ls', 'abcdef01'],
      ['check', '--read-data-subset', '0/9'],
    ]) {
      const run = await shared.holdfast.run(args);
      expect(run.code, `${args.join(' ')}: ${run.stderr}`).toBe(1);
      expect(run.stderr.trim()).not.toBe('');
      expect(run.stderr).not.toMatch(stackTrace);
    }
  });

  it('1: check finds damage', async () => {
    await using shared = await sharedRepository();
    makeTree(shared.folder.at('source'), { files: 3, bytes: 10_000, seed: 1 });
    await shared.holdfast.backup([shared.folder.at('source')]);
    const [pack = ''] = repositoryFiles(shared.repository, 'data');
    flipBit(pack, 20, 0);
    expect((await shared.holdfast.run(['check', '--read-data'])).code).toBe(1);
  });

  it('4: a source is missing, and nothing is written', async () => {
    await using shared = await sharedRepository();
    const before = repositoryState(shared.repository);
    const run = await shared.holdfast.run(['backup', shared.folder.at('nowhere')]);
    expect(run.code, run.stderr).toBe(4);
    expect(run.stderr).toContain(shared.folder.at('nowhere'));
    expect(repositoryState(shared.repository)).toEqual(before);
  });

  it('10: no repository, which is named', async () => {
    await using folder = await temporaryFolder();
    const user = new Holdfast({ home: folder.at('home'), repository: folder.at('absent'), password: 'x' });
    for (const verb of ['snapshots', 'check', 'prune']) {
      const run = await user.run([verb]);
      expect(run.code, run.stderr).toBe(10);
      expect(run.stderr).toContain(folder.at('absent'));
      expect(run.stderr).not.toMatch(stackTrace);
    }
    expect(existsSync(folder.at('absent'))).toBe(false);
  });

  it('11: locked, by whom', async () => {
    await using shared = await sharedRepository();
    shared.forge.saveFile('locks', {
      time: new Date().toISOString(),
      exclusive: true,
      hostname: 'the-other-machine',
      username: 'someone',
      pid: 4242,
    });
    const run = await shared.holdfast.run(['check']);
    expect(run.code, run.stderr).toBe(11);
    expect(run.stderr).toMatch(/the-other-machine/);
    expect(run.stderr).toMatch(/unlock/);
  });

  it('12: wrong password, nothing written, and the password is not said', async () => {
    await using shared = await sharedRepository();
    const before = repositoryState(shared.repository);
    const wrong = new Holdfast({ ...shared.holdfast.home, password: 'a wrong canary 7391' });
    mkdirSync(shared.folder.at('source'));
    for (const args of [
      ['snapshots'],
      ['backup', shared.folder.at('source')],
      ['check', '--json'],
      ['snapshots', '--debug'],
    ]) {
      const run = await wrong.run(args);
      expect(run.code, run.stderr).toBe(12);
      expect(run.stderr + run.stdout).not.toContain('canary 7391');
    }
    expect(repositoryState(shared.repository)).toEqual(before);
    expect(repositoryIds(shared.repository, 'locks')).toEqual([]);
  });
});

describe('the default repository', { timeout: 60_000 }, () => {
  it('is made at first use, said, and restores', async () => {
    await using folder = await temporaryFolder();
    const user = userIn(folder);
    const source = folder.at('source');
    makeTree(source, { files: 20, bytes: 100_000, seed: 1 });
    const first = await user.run(['backup', source]);
    expect(first.code, first.stderr).toBe(0);
    const said = first.stdout + first.stderr;
    expect(said).toContain(folder.at('home'));
    const second = await user.run(['backup', source]);
    expect(second.code, second.stderr).toBe(0);
    expect(await user.json<unknown[]>(['snapshots'])).toHaveLength(2);
    await user.ok(['restore', 'latest', '--target', folder.at('out')]);
    expect(compareTrees(source, folder.at('out') + source)).toEqual([]);
  });

  it('keeps its password in a file that only the user can read, and nowhere else', async () => {
    await using folder = await temporaryFolder();
    const user = userIn(folder);
    makeTree(folder.at('source'), { files: 2, bytes: 100, seed: 1 });
    const run = await user.ok(['backup', folder.at('source')]);
    const secretFiles = everythingBelow(folder.at('home')).filter(({ path }) => (statSync(path).mode & 0o077) === 0);
    const kept = secretFiles.filter(({ path }) => !path.includes('/repository/'));
    expect(kept.length).toBeGreaterThan(0);
    for (const { bytes } of kept) {
      for (const secret of bytes.toString('utf8').match(/[A-Za-z0-9+/_=-]{20,}/g) ?? []) {
        expect(run.stdout + run.stderr).not.toContain(secret);
      }
    }
  });

  it('is not made by asking about it', async () => {
    await using folder = await temporaryFolder();
    const user = userIn(folder);
    expect((await user.run(['snapshots'])).code).toBe(10);
    expect(readdirSync(folder.at('home'))).toEqual([]);
  });
});

describe('where the repository and the password come from', { timeout: 60_000 }, () => {
  it('takes -r, --password-file, --password-command, and the environment of Holdfast before that of restic', async () => {
    await using shared = await sharedRepository();
    const file = shared.folder.at('password');
    writeFileSync(file, `${shared.password}\n`);
    const base = { PATH: process.env.PATH ?? '', HOME: shared.holdfast.home.home, LANG: 'C.UTF-8' };
    const ways: { args?: string[]; env?: Record<string, string> }[] = [
      { args: ['-r', shared.repository, '--password-file', file] },
      { args: ['--repo', `local:${shared.repository}`, '-p', file] },
      { args: ['-r', shared.repository, '--password-command', `cat ${file}`] },
      { env: { HOLDFAST_REPOSITORY: shared.repository, HOLDFAST_PASSWORD: shared.password } },
      { env: { HOLDFAST_REPOSITORY: shared.repository, HOLDFAST_PASSWORD_FILE: file } },
      { env: { RESTIC_REPOSITORY: shared.repository, RESTIC_PASSWORD: shared.password } },
      { env: { RESTIC_REPOSITORY: '/nowhere', HOLDFAST_REPOSITORY: shared.repository, RESTIC_PASSWORD_FILE: file } },
    ];
    for (const { args = [], env = {} } of ways) {
      for (const line of [
        [...args, 'snapshots'],
        ['snapshots', ...args],
      ]) {
        const run = await runHoldfast(line, { env: { ...base, ...env } });
        expect(run.code, `${line.join(' ')} ${JSON.stringify(env)}: ${run.stderr}`).toBe(0);
      }
    }
  });

  it('an unknown kind of repository is named, with those there are', async () => {
    await using folder = await temporaryFolder();
    const run = await userIn(folder).run(['-r', 'gopher:somewhere', 'snapshots'], { env: { HOLDFAST_PASSWORD: 'x' } });
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('gopher');
    expect(run.stderr).toContain('local');
  });
});

describe('--json', { timeout: 60_000 }, () => {
  it('gives JSON and nothing else on standard output, for success and failure', async () => {
    await using shared = await sharedRepository();
    makeTree(shared.folder.at('source'), { files: 30, bytes: 1_000_000, seed: 1 });
    const source = shared.folder.at('source');
    const lines = [
      ['backup', source],
      ['backup', '--verbose', source],
      ['backup', shared.folder.at('nowhere')],
      ['snapshots'],
      ['ls', 'latest'],
      ['find', '*'],
      ['stats'],
      ['check'],
      ['forget', '--keep-last', '1', '--dry-run'],
      ['restore', 'latest', '--target', shared.folder.at('out')],
      ['restore', 'ffffffff', '--target', shared.folder.at('out')],
      ['prune'],
      ['key', 'list'],
    ];
    for (const args of lines) {
      const run = await shared.holdfast.run([...args, '--json']);
      expect(() => parseJsonLines(run.stdout), `${args.join(' ')}: ${run.stdout.slice(0, 300)}`).not.toThrow();
      if (run.code !== 0) {
        const error = parseJsonLines(run.stderr).find((line) => line.message_type === 'exit_error');
        expect(error, `${args.join(' ')}: ${run.stderr}`).toMatchObject({ code: run.code });
      }
    }
  });
});

/** Starts a backup that takes a while, calls back once it is under way, and waits for its end. */
async function interrupt(
  user: Holdfast,
  args: readonly string[],
  act: (pid: number, ended: Promise<unknown>) => Promise<void>,
): Promise<{ code: number | null; signal: string | null; msAfterSignal: number; stderr: string }> {
  const [command = '', ...first] = holdfastCommand;
  const child = spawn(command, [...first, ...args], { env: user.env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString();
  });
  child.stdout.resume();
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const locks = join(user.home.repository ?? '', 'locks');
  while (readdirSync(locks).length === 0 && child.exitCode === null) await delay(10);
  await delay(400);
  const at = performance.now();
  await act(child.pid ?? 0, ended);
  const { code, signal } = await ended;
  return { code, signal, stderr, msAfterSignal: performance.now() - at };
}

describe('Ctrl-C', { timeout: 60_000 }, () => {
  async function slowSource(folder: TemporaryFolder): Promise<string> {
    const source = folder.at('source');
    mkdirSync(source);
    const random = seededRandom('slow');
    for (let number = 0; number < 40; number++)
      writeFileSync(join(source, `large-${number}`), random.bytes(25_000_000));
    return source;
  }

  it('once: a clean stop within a second, no lock left, finished packs kept; twice: at once', async () => {
    await using shared = await sharedRepository();
    const source = await slowSource(shared.folder);
    const args = ['backup', '--compression', 'max', source];
    const once = await interrupt(shared.holdfast, args, async (pid) => void process.kill(pid, 'SIGINT'));
    expect(once.code, once.stderr).toBe(130);
    expect(once.msAfterSignal).toBeLessThan(1000);
    expect(once.stderr).not.toMatch(stackTrace);
    expect(repositoryIds(shared.repository, 'locks')).toEqual([]);
    expect(repositoryIds(shared.repository, 'snapshots')).toEqual([]);
    expect((await shared.holdfast.run(['check'])).code).toBe(0);

    const twice = await interrupt(shared.holdfast, args, async (pid) => {
      process.kill(pid, 'SIGINT');
      await delay(20);
      try {
        process.kill(pid, 'SIGINT');
      } catch {
        // It was quick enough with one.
      }
    });
    expect(twice.code === 130 || twice.signal === 'SIGINT', JSON.stringify(twice)).toBe(true);
    expect(twice.msAfterSignal).toBeLessThan(1000);

    const term = await interrupt(shared.holdfast, args, async (pid) => void process.kill(pid, 'SIGTERM'));
    expect(term.code, term.stderr).toBeGreaterThan(127);
    expect(term.msAfterSignal).toBeLessThan(1000);
  });
});

describe('errors', { timeout: 60_000 }, () => {
  it('name the thing and what to do, without a stack trace; --debug shows one', async () => {
    await using shared = await sharedRepository();
    const config = join(shared.repository, 'config');
    flipBit(config, 40, 1);
    const plain = await shared.holdfast.run(['snapshots']);
    expect(plain.code).toBe(1);
    expect(plain.stderr).toMatch(/config/);
    expect(plain.stderr).not.toMatch(stackTrace);
    const debug = await shared.holdfast.run(['snapshots', '--debug']);
    expect(debug.code).toBe(1);
    expect(debug.stderr).toMatch(stackTrace);
  });

  it('are said without control characters of a hostile name', async () => {
    await using shared = await sharedRepository();
    const run = await shared.holdfast.run(['backup', shared.folder.at('evil\u001b[2Jname')]);
    expect(run.code).toBe(4);
    expect(run.stderr).not.toContain('\u001b[2J');
  });

  it('a closed pipe is no error', async () => {
    await using shared = await sharedRepository();
    makeTree(shared.folder.at('source'), { files: 2000, bytes: 2000, seed: 1 });
    await shared.holdfast.backup([shared.folder.at('source')]);
    const run = await runPipe(shared.holdfast, ['ls', 'latest']);
    expect(run.stderr).not.toMatch(/EPIPE|at /);
  });
});

async function runPipe(user: Holdfast, args: readonly string[]): Promise<ProcessResult> {
  const { runProcess } = await import('../support/run-process.ts');
  return runProcess('bash', ['-c', '"$@" | head -n 1', 'bash', ...holdfastCommand, ...args], { env: user.env });
}

describe('secrets', { timeout: 60_000 }, () => {
  it('the password is in no output and no file, whatever is asked', async () => {
    const password = 'canary-password-5519';
    await using folder = await temporaryFolder();
    mkdirSync(folder.at('home'));
    const repository = folder.at('repository');
    const user = new Holdfast({ home: folder.at('home'), repository, password });
    makeTree(folder.at('source'), { files: 5, bytes: 1000, seed: 1 });
    const outputs: string[] = [];
    for (const args of [
      ['init'],
      ['init'],
      ['backup', folder.at('source'), '--debug', '--verbose'],
      ['key', 'list', '--json'],
      ['snapshots', '--json', '--debug'],
      ['check', '--read-data', '--debug', '--verbose'],
      ['bogus', '--debug'],
      ['restore', 'nothing', '--target', folder.at('out'), '--debug'],
    ]) {
      const run = await user.run(args);
      outputs.push(run.stdout + run.stderr);
    }
    expect(outputs.join('\n')).not.toContain(password);
    const found = everythingBelow(folder.path).filter(({ bytes }) => bytes.includes(password));
    expect(found.map(({ path }) => path)).toEqual([]);
  });
});
