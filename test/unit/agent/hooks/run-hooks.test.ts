import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type HookFacts, hookEnvironment } from '../../../../src/agent/hooks/hook-environment.ts';
import { cancelledByHook, type HookOutcome, runHooks } from '../../../../src/agent/hooks/run-hooks.ts';
import { type Hook, hookSchema } from '../../../../src/config/plan.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const facts: HookFacts = {
  planId: 'documents',
  planName: 'My "documents"\0',
  jobId: 'job-1',
  jobKind: 'backup',
  trigger: 'schedule',
  status: 'running',
};
const signal = new AbortController().signal;
const hook = (script: string, more: Partial<Hook> = {}): Hook =>
  hookSchema.parse({ command: [process.execPath, '-e', script], ...more });
const touch = (path: string) => `require('fs').writeFileSync(${JSON.stringify(path)}, '');`;

async function run(
  stage: Parameters<typeof runHooks>[0],
  hooks: Hook[],
  more: Partial<Parameters<typeof runHooks>[1]> = {},
) {
  const outcomes: HookOutcome[] = [];
  const onOutcome = (outcome: HookOutcome): void => void outcomes.push(outcome);
  const cancelled = await runHooks(stage, { hooks, facts, signal, onOutcome, ...more });
  return { outcomes, cancelled };
}

describe('hooks', () => {
  it('run in order, each with what it wants to know', async () => {
    const names = ['HOOK', 'PLAN', 'PLAN_ID', 'JOB_ID', 'STATUS', 'ERROR_CODE', 'PROBLEMS', 'SNAPSHOT_ID'];
    const script = `for (const n of ${JSON.stringify(names)}) console.log(process.env["HOLDFAST_" + n])`;
    const { outcomes, cancelled } = await run('onFailure', [hook(script), hook('console.log(2)')], {
      facts: { ...facts, status: 'failed', error: { code: 'network', message: 'gone' }, problems: 3 },
    });
    expect(cancelled).toBeUndefined();
    expect(outcomes.map(({ output }) => output.trimEnd().split('\n'))).toEqual([
      ['on-failure', 'My "documents"', 'documents', 'job-1', 'failed', 'network', '3'],
      ['2'],
    ]);
    expect(outcomes.every(({ problem }) => problem === undefined)).toBe(true);
  });

  it('cancel the run where they are told to, and then the rest is left out', async () => {
    await using folder = await temporaryFolder();
    const [one, two] = [folder.at('one'), folder.at('two')];
    const fails = 'console.error("disk is busy"); process.exit(7)';
    const hooks = [hook(fails), hook(touch(one)), hook(fails, { cancelOnFailure: true }), hook(touch(two))];
    const { outcomes, cancelled } = await run('before', hooks);
    expect(outcomes).toHaveLength(3);
    expect(cancelled).toMatchObject({ output: 'disk is busy\n', problem: expect.stringContaining('exit code 7') });
    expect([existsSync(one), existsSync(two)]).toEqual([true, false]);
    expect(cancelledByHook(cancelled!)).toMatchObject({ code: 'conflict', retry: 'backoff', hint: expect.any(String) });
  });

  it('after the run never cancel or fail anything', async () => {
    const missing = hookSchema.parse({ command: ['holdfast-no-such'] });
    const hooks = [hook('process.exit(1)', { cancelOnFailure: true }), missing, hook('')];
    for (const stage of ['after', 'onFailure'] as const) {
      const { outcomes, cancelled } = await run(stage, hooks);
      expect(cancelled).toBeUndefined();
      expect(outcomes.map(({ problem }) => problem)).toEqual([
        expect.stringContaining('exit code 1'),
        expect.stringContaining('There is no program "holdfast-no-such"'),
        undefined,
      ]);
    }
  });

  it('that cannot be started cancel as well as those that fail', async () => {
    const missing = hookSchema.parse({ command: ['/nowhere/dump', '--password', 'canary'], cancelOnFailure: true });
    const { cancelled } = await run('before', [missing]);
    expect(cancelled?.problem).toContain('before-hook "dump" could not be started');
    expect(JSON.stringify(cancelled)).not.toContain('canary');
  });

  it('are ended when they take too long', async () => {
    const clock = new FakeClock();
    let result: Awaited<ReturnType<typeof run>> | undefined;
    void run('before', [hook('setInterval(() => {}, 1000)', { timeoutSeconds: 30 })], { clock }).then((ended) => {
      result = ended;
    });
    while (result === undefined) await clock.advance(1000);
    expect(result.outcomes[0]?.problem).toContain('ended after 30 seconds');
  });

  it('end with the job that is cancelled', async () => {
    await using folder = await temporaryFolder();
    const stop = new AbortController();
    const up = folder.at('up');
    const running = run('before', [hook(`${touch(up)} setInterval(() => {}, 1000)`)], { signal: stop.signal });
    while (!existsSync(up)) await new Promise(setImmediate);
    stop.abort(new Error('cancelled'));
    await expect(running).rejects.toThrow('cancelled');
  });
});

describe('the environment of hooks', () => {
  const secrets = {
    HOLDFAST_PASSWORD: 'canary-1',
    HOLDFAST_PASSWORD_COMMAND: 'canary-2',
    RESTIC_PASSWORD: 'canary-3',
    RESTIC_REPOSITORY: 'rest:https://me:canary-4@host',
    AWS_SECRET_ACCESS_KEY: 'canary-5',
    GITHUB_TOKEN: 'canary-6',
    smtp_password: 'canary-7',
    MY_API_KEY: 'canary-8',
    SSH_PASSPHRASE: 'canary-9',
  };

  it('holds no secrets', async () => {
    await using folder = await temporaryFolder();
    const out = folder.at('environment');
    const before = { ...process.env };
    Object.assign(process.env, secrets);
    try {
      await run('before', [hook(`require('fs').writeFileSync(${JSON.stringify(out)}, JSON.stringify(process.env))`)]);
    } finally {
      for (const name of Object.keys(secrets)) delete process.env[name];
      Object.assign(process.env, before);
    }
    const seen = readFileSync(out, 'utf8');
    expect(seen).not.toContain('canary');
    expect(JSON.parse(seen)).toMatchObject({ HOLDFAST_HOOK: 'before', PATH: process.env.PATH });
  });

  it('leaves the rest', () => {
    const environment = hookEnvironment('after', facts, { PATH: '/bin', SSH_AUTH_SOCK: '/s', HOLDFAST_TOKEN: 'x' });
    expect(Object.keys(environment)).not.toContain('PATH');
    expect(Object.keys(environment)).not.toContain('SSH_AUTH_SOCK');
    expect(environment).toMatchObject({ HOLDFAST_TOKEN: undefined, HOLDFAST_PLAN: 'My "documents"' });
  });
});
