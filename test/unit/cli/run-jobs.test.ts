/** `run` and other verbs that stay with their jobs: progress, ends, exit codes, Ctrl-C, an agent that goes away. */
import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../src/base/errors.ts';
import { type JobView, worstExitCode } from '../../../src/cli/job-text.ts';
import { runProgram } from '../../../src/cli/program.ts';
import { agentServer, jobOf, planOf, type SomeHandlers } from './agent-server.ts';
import { capture } from './capture.ts';

const run = (...args: string[]) => capture(() => runProgram(args, '1.2.3'));
const error = (code: 'source-missing' | 'locked' | 'io') => new HoldfastError(code, `It was ${code}.`).toJSON();

/** An agent whose runs end as told, each after having been seen running. */
async function agentWith(ends: Readonly<Record<string, Partial<JobView>>>, handlers: SomeHandlers = {}) {
  const server = await agentServer({
    plans: {
      run: ({ params }) => {
        const job = jobOf(`job-${params.id}`, { planId: params.id, planName: params.id });
        server.state.jobs.push(job);
        setImmediate(() => {
          change(job.id, { state: 'running', progress: { phase: 'saving', filesDone: 1, bytesDone: 5 } });
          const end = ends[params.id];
          if (end !== undefined) change(job.id, { endedAt: job.createdAt, startedAt: job.createdAt, ...end });
        });
        return job;
      },
      ...handlers.plans,
    },
    ...(handlers.jobs === undefined ? {} : { jobs: handlers.jobs }),
  });
  const change = (id: string, more: Partial<JobView>): JobView => {
    const at = server.state.jobs.findIndex((job) => job.id === id);
    const job = { ...server.state.jobs[at]!, ...more };
    server.state.jobs[at] = job;
    server.events.publish('job.changed', job);
    return job;
  };
  server.state.plans.push(...Object.keys(ends).map((id) => planOf(id)));
  return Object.assign(server, { change });
}

describe('run', () => {
  it('runs all plans, or those that are named, and says how each ended', async () => {
    const result = { files: { new: 2, changed: 1, unmodified: 0 }, dataAdded: 2048, snapshotId: 'ab'.repeat(32) };
    await using server = await agentWith({ docs: { state: 'done', result }, photos: { state: 'done', result: {} } });
    const all = await run('run');
    expect(all.result, all.stderr).toBe(0);
    expect(all.stdout).toContain('docs: backup: done in 0:00, 2 new, 1 changed, 2.000 KiB added, snapshot abababab\n');
    expect(all.stdout).toContain('photos: backup: done in 0:00, nothing new\n');
    server.asked.length = 0;
    const one = await run('run', 'photos', '--full', '--allow-empty', '--json');
    expect(one.result).toBe(0);
    expect(JSON.parse(one.stdout)).toMatchObject({ message_type: 'job', id: 'job-photos', state: 'done' });
    expect(server.asked.filter(({ method }) => method === 'plans.run')).toEqual([
      { method: 'plans.run', input: { params: { id: 'photos' }, body: { full: true, allowEmpty: true } } },
    ]);
  });

  it.each<[number, string, Partial<JobView>]>([
    [3, 'holdfast job problems job-docs', { state: 'done', problems: 2 }],
    [4, 'It was source-missing.', { state: 'skipped', error: error('source-missing') }],
    [11, 'It was locked.', { state: 'failed', error: error('locked') }],
    [1, 'It was io.', { state: 'failed', error: error('io') }],
    [1, 'on battery', { state: 'skipped', reason: 'on battery' }],
    [1, 'interrupted', { state: 'interrupted' }],
    [130, 'cancelled', { state: 'cancelled' }],
  ])('exit code %d: %s', async (code, says, end) => {
    await using _server = await agentWith({ docs: end });
    const seen = await run('run');
    expect(seen.result).toBe(code);
    expect(seen.stderr).toContain(says);
  });

  it.each([
    [0, { state: 'done', result: { copied: 1 } } as const],
    [1, { state: 'failed', error: error('locked') } as const],
  ])('stays with the copies and what follows them: %d', async (code, end) => {
    let looks = 0;
    await using server = await agentWith(
      { docs: { state: 'done', result: {} } },
      {
        jobs: {
          related: ({ params: { id } }) => {
            looks += 1;
            if (looks === 1) {
              setImmediate(() => server.events.publish('status.changed', {}));
              return { complete: false, jobs: [] };
            }
            const copy = jobOf('copy', { kind: 'copy', planName: 'docs', followsJob: 'job-docs', ...end });
            return { complete: true, jobs: id === 'job-docs' ? [copy] : [] };
          },
        },
      },
    );
    const seen = await run('run');
    expect(seen.result, seen.stderr).toBe(code);
    expect(seen.stdout + seen.stderr).toContain(`docs: copy: ${end.state}`);
  });

  it('--no-wait only starts it', async () => {
    await using server = await agentWith({ docs: undefined as never });
    const seen = await run('run', '--no-wait');
    expect(seen).toMatchObject({ result: 0, stdout: 'docs: backup: queued (job-docs)\n' });
    expect(server.asked.some(({ method }) => method === 'jobs.get')).toBe(false);
  });

  it('says what to do where there are no plans, or not that one', async () => {
    await using _server = await agentWith({});
    expect((await run('run')).stderr).toContain('holdfast plan add DIR');
    expect((await run('run', 'docs')).stderr).toContain('holdfast plan list');
  });

  it('Ctrl-C cancels what it started, and ends with 130', async () => {
    const cancelled: string[] = [];
    await using server = await agentWith(
      { docs: {}, photos: {} },
      {
        jobs: {
          get: ({ params }) => {
            // The last look at the jobs: both are known now.
            if (params.id === 'job-photos') setImmediate(() => process.emit('SIGINT'));
            return jobOf(params.id, { state: 'running' });
          },
          cancel: ({ params }) => {
            cancelled.push(params.id);
            return jobOf(params.id, { state: 'cancelled' });
          },
        },
      },
    );
    void server;
    const seen = await run('run');
    expect(seen.result).toBe(130);
    expect(cancelled.toSorted()).toEqual(['job-docs', 'job-photos']);
  });

  it('a job that could not be started leaves none of the others unwatched', async () => {
    await using server = await agentWith(
      { docs: {}, photos: {} },
      {
        plans: {
          run: ({ params }) => {
            if (params.id === 'photos') throw new HoldfastError('not-found', 'It was removed just now.');
            const job = jobOf('job-docs');
            server.state.jobs.push(job);
            return job;
          },
        },
      },
    );
    const seen = await run('run');
    expect(seen.result).toBe(1);
    expect(seen.stderr).toContain('It was removed just now.');
    expect(seen.stderr).toContain('job-docs');
  });

  it('an agent that ends is not waited for', async () => {
    await using server = await agentWith(
      { docs: {} },
      {
        jobs: {
          get: ({ params }) => {
            setImmediate(() => server.end());
            return jobOf(params.id, { state: 'running' });
          },
        },
      },
    );
    const seen = await run('run');
    expect(seen.result).toBe(1);
    expect(seen.stderr).toContain('The agent ended before the job did.');
    expect(seen.stderr).toContain('holdfast agent start');
  });

  it('a job that ended before anybody listened is not waited for in vain', async () => {
    await using server = await agentServer({
      plans: {
        run: () => {
          server.state.jobs.push(jobOf('quick', { state: 'done', result: {} }));
          return jobOf('quick', { state: 'queued' });
        },
      },
    });
    server.state.plans.push(planOf('docs'));
    expect((await run('run')).result).toBe(0);
  });
});

describe('other jobs', () => {
  it('drill, check, prune and retry stay with theirs', async () => {
    const done = (kind: JobView['kind']) => () =>
      jobOf(`a-${kind}`, { kind, state: 'done', result: { packs: 1, files: 7 } });
    await using server = await agentServer({
      plans: { drill: done('drill') },
      repositories: { check: done('check'), prune: done('prune') },
      jobs: { retry: done('backup') },
    });
    server.state.plans.push(planOf('docs'));
    for (const [args, kind] of [
      [['drill'], 'drill'],
      [['plan', 'drill', 'docs'], 'drill'],
      [['repository', 'check', 'default', '--read-data-percent', '5'], 'check'],
      [['repository', 'prune', 'default'], 'prune'],
      [['job', 'retry', 'x'], 'backup'],
    ] as const) {
      const seen = await run(...args);
      expect(seen.result, seen.stderr).toBe(0);
      expect(seen.stdout).toContain(`${kind}: done, 7 files proven, `);
    }
    expect(server.asked.find(({ method }) => method === 'repositories.check')?.input).toEqual({
      params: { id: 'default' },
      body: { readDataPercent: 5 },
    });
    const both = await run('repository', 'check', 'default', '--read-data', '--read-data-percent', '5');
    expect(both.result).toBe(1);
  });
});

describe('the exit code of several jobs', () => {
  const done = jobOf('a', { state: 'done' });
  const incomplete = jobOf('b', { state: 'done', problems: 1 });
  const missing = jobOf('c', { state: 'failed', error: error('source-missing') });
  const failed = jobOf('d', { state: 'failed', error: error('io') });
  it.each<[number, JobView[]]>([
    [0, []],
    [0, [done, done]],
    [3, [done, incomplete]],
    [4, [done, incomplete, missing]],
    [4, [missing, missing]],
    [1, [missing, failed]],
  ])('%d', (code, jobs) => expect(worstExitCode(jobs)).toBe(code));
});
