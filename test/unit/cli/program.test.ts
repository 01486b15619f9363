import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { openLocalBackend } from '../../../src/backend/local/local-backend.ts';
import { runProgram } from '../../../src/cli/program.ts';
import { initRepository } from '../../../src/repository/mod.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { cheapKey, never } from '../repository/test-repository.ts';
import { capture, environment } from './capture.ts';

const run = (...args: string[]) => capture(() => runProgram(args, '1.2.3'));
const clean = {
  HOLDFAST_REPOSITORY: undefined,
  HOLDFAST_REPOSITORY_FILE: undefined,
  RESTIC_REPOSITORY: undefined,
  RESTIC_REPOSITORY_FILE: undefined,
  HOLDFAST_PASSWORD: 'secret',
  HOLDFAST_PASSWORD_FILE: undefined,
  HOLDFAST_PASSWORD_COMMAND: undefined,
};

/** Under the password "secret", quickly. */
async function makeRepository(location: string): Promise<void> {
  const backend = openLocalBackend(location);
  await using _ = await initRepository({ backend, password: 'secret', keyOptions: cheapKey, signal: never });
}

describe('the program', () => {
  it('shows help: all verbs, and one verb with its options', async () => {
    const all = await run('--help');
    expect(all.result).toBe(0);
    for (const verb of ['init', 'backup', 'snapshots']) expect(all.stdout).toMatch(new RegExp(`^ +${verb} `, 'm'));
    for (const args of [
      ['help', 'backup'],
      ['backup', '--help'],
      ['--help', 'backup'],
    ]) {
      const one = await run(...args);
      expect(one.result, args.join(' ')).toBe(0);
      expect(one.stdout).toContain('--exclude-caches');
    }
  });

  it('refuses what it does not know with exit code 1, and says where help is', async () => {
    for (const args of [['nonsense'], ['backup', '--nonsense'], ['--nonsense', 'backup'], ['backup', '--tag']]) {
      const seen = await run(...args);
      expect(seen.result, args.join(' ')).toBe(1);
      expect(seen.stderr).toMatch(/^error: /m);
      expect(seen.stderr).not.toMatch(/\n +at /);
    }
    expect((await run()).result).toBe(1);
  });

  it.each([
    ['behind the verb', (repo: string) => ['snapshots', '-r', repo, '--json']],
    ['before it', (repo: string) => ['-r', repo, '--json', 'snapshots']],
    ['joined', (repo: string) => [`--repo=${repo}`, '--json', 'snapshots']],
    ['joined to the letter', (repo: string) => [`-r${repo}`, 'snapshots', '--json']],
    ['letters together', (repo: string) => ['-qr', repo, '--json', 'snapshots']],
  ])('takes options %s', async (_, args) => {
    await using folder = await temporaryFolder();
    using _env = environment(clean);
    const repository = join(folder.path, 'repository');
    await makeRepository(repository);
    const seen = await run(...args(repository));
    expect(seen.stderr).toBe('');
    expect([seen.result, JSON.parse(seen.stdout)]).toEqual([0, []]);
  });

  it('turns failures into exit codes and one line each', async () => {
    await using folder = await temporaryFolder();
    using _env = environment(clean);
    const repository = join(folder.path, 'repository');
    const none = await run('snapshots', '-r', repository);
    expect(none.result).toBe(10);
    expect(none.stderr).toMatch(/^holdfast: .*\n {2}.*\n$/);
    await makeRepository(repository);
    const missing = await run('backup', '-r', repository, folder.at('gone'));
    expect(missing.result).toBe(4);
    process.env.HOLDFAST_PASSWORD = 'wrong';
    expect((await run('snapshots', '-r', repository)).result).toBe(12);
    const json = await run('snapshots', '-r', repository, '--json');
    expect(JSON.parse(json.stderr)).toMatchObject({ message_type: 'exit_error', code: 12 });
  });

  it('is cancelled by the first signal, and gives its handlers back', async () => {
    await using folder = await temporaryFolder();
    using _env = environment(clean);
    const repository = join(folder.path, 'repository');
    await makeRepository(repository);
    writeFileSync(folder.at('source', 'file'), 'x');
    const handlers = process.listenerCount('SIGINT');
    const seen = await capture(() => {
      const running = runProgram(['backup', '-r', repository, folder.at('source', 'file')], '1.2.3');
      process.emit('SIGINT');
      return running;
    });
    expect(seen.result).toBe(130);
    expect(seen.stderr).toContain('Cancelled');
    expect(process.listenerCount('SIGINT')).toBe(handlers);
  });

  it.each([
    ['EPIPE', 141, ''],
    ['ENOSPC', 1, 'no space'],
  ])('output that cannot be written (%s) ends it as a cancel does, never as done', async (code, exit, says) => {
    await using folder = await temporaryFolder();
    using _env = environment(clean);
    const repository = join(folder.path, 'repository');
    await makeRepository(repository);
    writeFileSync(folder.at('source', 'file'), 'x');
    const quit = vi.spyOn(process, 'exit').mockImplementation(() => {
      throw new Error('exit');
    });
    const seen = await capture(() => {
      const running = runProgram(['backup', '-r', repository, folder.at('source', 'file')], '1.2.3');
      process.stdout.emit('error', Object.assign(new Error(code), { code }));
      return running;
    });
    expect(quit).not.toHaveBeenCalled();
    expect(seen.result).toBe(exit);
    if (says === '') expect(seen.stderr).toBe('');
    else expect(seen.stderr).toContain(says);
    expect(JSON.parse((await run('snapshots', '-r', repository, '--json')).stdout)).toEqual([]);
  });
});

describe('verbs with actions', () => {
  it.each([[['help', 'plan']], [['plan', '--help']]])('list their actions: %j', async (args) => {
    const seen = await run(...args);
    expect(seen.result).toBe(0);
    for (const action of ['list', 'add', 'edit', 'remove'])
      expect(seen.stdout).toMatch(new RegExp(`^ +${action} `, 'm'));
  });

  it.each([[['help', 'plan', 'add']], [['plan', 'add', '--help']], [['--help', 'plan', 'add']]])(
    'show one with its options, and none of those of repositories: %j',
    async (args) => {
      const seen = await run(...args);
      expect(seen.result).toBe(0);
      expect(seen.stdout).toContain('--quiet-hours');
      expect(seen.stdout).not.toContain('--pack-size');
    },
  );

  it('refuse actions and options that they do not know', async () => {
    for (const args of [['plan'], ['plan', 'nonsense'], ['plan', 'list', '-r', 'x'], ['job', 'show']]) {
      const seen = await run(...args);
      expect(seen.result, args.join(' ')).toBe(1);
    }
  });
});
