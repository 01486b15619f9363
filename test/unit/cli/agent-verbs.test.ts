/** The verbs that drive the agent, against a real control server: what they ask for, what they show, how they fail. */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../src/base/errors.ts';
import { runProgram } from '../../../src/cli/program.ts';
import { settingsSchema } from '../../../src/config/settings.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { agentServer, jobOf, planOf, planView, profileIn, repositoryOf } from './agent-server.ts';
import { capture } from './capture.ts';

const run = (...args: string[]) => capture(() => runProgram(args, '1.2.3'));

describe('where no agent runs', () => {
  it.each([
    [['status']],
    [['agent', 'status']],
    [['plan', 'list']],
    [['job', 'list']],
    [['history']],
    [['job', 'cancel', 'x']],
  ])('%j says so, and how to start one', async (args) => {
    await using folder = await temporaryFolder();
    using _profile = profileIn(folder);
    const seen = await run(...args);
    expect(seen.result).toBe(1);
    expect(seen.stderr).toMatch(/^holdfast: The agent is not running\.\n {2}.*holdfast agent start/);
    const json = await run(...args, '--json');
    expect(JSON.parse(json.stderr)).toMatchObject({ message_type: 'exit_error', code: 1, error_code: 'not-found' });
  });

  it('agent stop has nothing to do', async () => {
    await using folder = await temporaryFolder();
    using _profile = profileIn(folder);
    expect(await run('agent', 'stop')).toMatchObject({ result: 0, stdout: 'The agent is not running.\n' });
  });

  it('the file of an agent that is gone is no agent', async () => {
    await using folder = await temporaryFolder();
    using _profile = profileIn(folder);
    mkdirSync(folder.at('data', 'agent'), { recursive: true, mode: 0o700 });
    const dead = {
      port: 9,
      pid: 2 ** 22 + 1,
      token: 'x'.repeat(43),
      startedAt: '2026-11-21T08:15:00.000Z',
      version: '1',
    };
    writeFileSync(folder.at('data', 'agent', 'agent.json'), JSON.stringify(dead), { mode: 0o600 });
    expect((await run('plan', 'list')).stderr).toContain('not running');
  });
});

describe('plans', () => {
  it('plan add sends what options say, with absolute paths and the default repository', async () => {
    await using server = await agentServer();
    const source = server.folder.at('My Documents');
    mkdirSync(source);
    const seen = await run('plan', 'add', source, '--every', '4h', '-e', '*.tmp');
    expect(seen).toMatchObject({ result: 0, stderr: '' });
    expect(seen.stdout).toContain('Made the plan "My Documents" (my-documents): by interval.');
    const create = server.asked.find(({ method }) => method === 'plans.create');
    expect(create?.input).toMatchObject({
      body: { name: 'My Documents', sources: [source], trigger: { minutes: 240 }, repositories: ['default'] },
    });
    const again = await run('plan', 'add', source, '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ name: 'My Documents 2', sources: [source] });
    const taken = await run('plan', 'add', source, '--name', 'My Documents');
    expect(taken).toMatchObject({ result: 1, stdout: '' });
    expect(taken.stderr).toContain('There is a plan "My Documents" already.');
  });

  it('plan add refuses what is not there, and mistakes, before it asks anybody', async () => {
    await using folder = await temporaryFolder();
    using _profile = profileIn(folder);
    const missing = await run('plan', 'add', folder.at('gone'));
    expect(missing.result).toBe(4);
    expect(missing.stderr).toContain(folder.at('gone'));
    const mistake = await run('plan', 'add', folder.path, '--every', 'often');
    expect(mistake.result).toBe(1);
    expect(mistake.stderr).toContain('--every');
    expect(existsSync(join(folder.path, 'data'))).toBe(false);
  });

  it('a repository that is not known is named, with what lists them', async () => {
    await using server = await agentServer();
    const seen = await run('plan', 'add', server.folder.path, '--repository', 'nas');
    expect(seen.result).toBe(1);
    expect(seen.stderr).toBe(
      'holdfast: There is no repository "nas".\n  holdfast repository list shows what there is.\n',
    );
  });

  it('are found by id, name, or the start of either, and never by guessing', async () => {
    await using server = await agentServer();
    server.state.plans.push(
      planOf('docs', { name: 'Documents' }),
      planOf('photos'),
      planOf('phones'),
      planOf('photos-2'),
    );
    for (const name of ['docs', 'Documents', 'documents', 'Doc', 'photos']) {
      const seen = await run('plan', 'show', name, '--json');
      expect(JSON.parse(seen.stdout).plan.id, name).toBe(name.toLowerCase().startsWith('d') ? 'docs' : 'photos');
    }
    const several = await run('plan', 'show', 'ph');
    expect(several.result).toBe(1);
    for (const name of ['photos', 'phones', 'photos-2']) expect(several.stderr).toContain(`(${name})`);
    const none = await run('plan', 'show', 'x');
    expect(none.stderr).toContain('holdfast plan list');
  });

  it('plan edit sends the whole plan with what was given changed', async () => {
    await using server = await agentServer();
    const plan = planOf('docs', { tags: ['a'], excludes: { ...planOf('x').excludes, patterns: ['*.o'] } });
    server.state.plans.push({ ...plan, paused: {} });
    const seen = await run('plan', 'edit', 'docs', '--tag', 'b');
    expect(seen).toMatchObject({ result: 0, stderr: '' });
    const { id: _id, createdAt: _createdAt, revision, ...input } = plan;
    expect(server.asked.at(-1)).toEqual({
      method: 'plans.update',
      input: { params: { id: 'docs' }, query: { revision }, body: { ...input, tags: ['a', 'b'] } },
    });
  });

  it('plan remove asks first, and does nothing where it cannot ask', async () => {
    const removed: string[] = [];
    await using server = await agentServer({ plans: { remove: ({ params }) => void removed.push(params.id) } });
    server.state.plans.push(planOf('docs'));
    const refused = await run('plan', 'remove', 'docs');
    expect(refused.result).toBe(1);
    expect(refused.stderr).toContain('--yes');
    expect(removed).toEqual([]);
    expect((await run('plan', 'remove', 'docs', '--yes')).result).toBe(0);
    expect(removed).toEqual(['docs']);
  });

  it('pause, resume, release, next, effect', async () => {
    const until = '2026-11-21T09:15:00.000Z';
    await using server = await agentServer({
      plans: {
        pause: ({ body }) => planOf('docs', { paused: body.for === 'hour' ? { until } : {} }),
        resume: () => planOf('docs'),
        release: () => planOf('docs'),
        nextRuns: ({ body }) => ({ text: `by ${body.trigger.kind}`, times: [until].slice(0, body.count) }),
        effect: () => ({
          files: 12,
          bytes: 2048,
          excluded: [{ rule: 'bad\u001b[2Jname', items: 3, bytes: 10 }],
          complete: false,
        }),
      },
    });
    server.state.plans.push(planOf('docs', { trigger: { kind: 'interval', minutes: 5 } }));
    expect((await run('plan', 'pause', 'docs', '--for', 'hour')).stdout).toMatch(/paused until 2026-/);
    expect((await run('plan', 'pause', 'docs')).stdout).toContain('until it is resumed');
    expect((await run('plan', 'pause', 'docs', '--for', 'ever')).stderr).toContain('--for');
    expect((await run('plan', 'resume', 'docs')).result).toBe(0);
    expect((await run('plan', 'release', 'docs')).result).toBe(0);
    expect((await run('plan', 'next', 'docs')).stdout).toContain('by interval');
    expect((await run('plan', 'next', '--cron', '* * * * *', '-n', '1')).stdout).toContain('by cron');
    for (const args of [
      ['plan', 'next'],
      ['plan', 'next', 'docs', '--manual'],
    ]) {
      expect((await run(...args)).stderr).toContain('Either a plan or a trigger');
    }
    const effect = await run('plan', 'effect', 'docs', '-e', '*.x', '--source', '/b');
    expect(effect.stdout).toContain('At least 12 files, 2.000 KiB');
    expect(effect.stdout).toContain('bad\\x1b[2Jname');
    expect(server.asked.at(-1)?.input).toMatchObject({
      body: { sources: ['/home/me', '/b'], excludes: { patterns: ['*.x'] } },
    });
  });

  it('export and import are each other’s, by file or stream', async () => {
    const { id: _id, createdAt: _createdAt, revision: _revision, ...input } = planOf('docs');
    const exported = { version: 1 as const, plans: [input] };
    await using server = await agentServer({
      plans: { export: () => exported, import: ({ body }) => body.plans.map(({ name }) => planOf(name)) },
    });
    const file = server.folder.at('plans.json');
    const printed = await run('plan', 'export');
    expect(JSON.parse(printed.stdout)).toEqual(exported);
    expect((await run('plan', 'export', '-o', file)).result).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(printed.stdout);
    expect((await run('plan', 'import', file)).stdout).toContain('"docs"');
    expect(server.asked.at(-1)?.input).toEqual({ body: exported });
    writeFileSync(file, JSON.stringify({ ...exported, plans: [{ ...input, sources: ['relative'] }] }));
    expect((await run('plan', 'import', file)).stderr).toContain('plans.0.sources.0');
    writeFileSync(file, '{');
    expect((await run('plan', 'import', file)).result).toBe(1);
  });
});

describe('answers and errors of the agent', () => {
  it('status shows plans, jobs and notices; names cannot play tricks', async () => {
    const nasty = planOf('docs', { name: 'bad\u001b]0;name' });
    const running = jobOf('j1', {
      state: 'running',
      planName: nasty.name,
      progress: { phase: 'saving', filesDone: 3, bytesDone: 1024, bytesTotal: 4096, secondsLeft: 65 },
    });
    const status = {
      version: '1.2.3',
      pid: process.pid,
      startedAt: '2026-11-21T08:15:00.000Z',
      state: 'attention' as const,
      plans: [{ ...planView(nasty), state: 'overdue' as const, reasons: ['No good backup for 3 days.'] }],
      jobs: [running],
      notices: [
        {
          id: 'n1',
          time: '2026-11-21T08:15:00.000Z',
          level: 'warning' as const,
          code: 'x',
          message: 'Look',
          hint: 'At it',
        },
      ],
      host: { online: 'unknown' as const, metered: true, onBattery: true, batteryPercent: 41.6 },
    };
    const dismissed: string[] = [];
    await using _server = await agentServer({
      agent: { status: () => status, dismiss: ({ params }) => void dismissed.push(params.id) },
    });
    const seen = await run('status');
    expect(seen).toMatchObject({ result: 0, stderr: '' });
    expect(seen.stdout).not.toContain('\u001b');
    for (const text of [
      'something wants a look',
      'on a metered connection, on battery (42 %)',
      'overdue',
      'No good backup for 3 days.',
      'running, saving, 3 files, 1.000 KiB of 4.000 KiB, 1:05 left',
      'Look',
      'At it',
    ]) {
      expect(seen.stdout).toContain(text);
    }
    expect(seen.stdout).not.toContain('offline');
    expect(JSON.parse((await run('agent', 'status', '--json')).stdout)).toEqual(status);
    expect((await run('agent', 'dismiss')).result).toBe(0);
    expect(dismissed).toEqual(['n1']);
  });

  it('an unknown job comes with the verbs that list them', async () => {
    await using _server = await agentServer({
      jobs: {
        cancel: () => {
          throw new HoldfastError('not-found', 'There is no job x.');
        },
      },
    });
    for (const args of [
      ['job', 'show', 'x'],
      ['job', 'cancel', 'x'],
    ]) {
      const seen = await run(...args);
      expect(seen.result).toBe(1);
      expect(seen.stderr).toMatch(/There is no job x\.\n {2}holdfast job list .*holdfast history/);
    }
  });

  it('what the agent refuses is told with its hint and code', async () => {
    await using server = await agentServer({
      plans: {
        create: () => {
          throw new HoldfastError('invalid-input', 'The expression is none.', { hint: 'Give another.' });
        },
      },
    });
    const seen = await run('plan', 'add', server.folder.path, '--cron', 'x');
    expect(seen).toMatchObject({ result: 1, stderr: 'holdfast: The expression is none.\n  Give another.\n' });
  });

  it('an agent that does not answer is said so', async () => {
    await using server = await agentServer();
    server.events.close();
    const { end } = server;
    const file = server.folder.at('data', 'agent', 'agent.json');
    const kept = readFileSync(file);
    await end();
    writeFileSync(file, kept, { mode: 0o600 });
    const seen = await run('plan', 'list');
    expect(seen.result).toBe(1);
    expect(seen.stderr).toContain('does not answer');
  });
});

describe('jobs and history', () => {
  it('history sends its filters, and reads pages until it has enough', async () => {
    await using server = await agentServer({
      jobs: {
        history: ({ query }) => ({
          jobs: Array.from({ length: query.limit }, (_, at) => jobOf(`${query.cursor ?? 'a'}${at}`, { state: 'done' })),
          next: `${query.cursor ?? 'a'}x`,
        }),
      },
    });
    server.state.plans.push(planOf('docs'));
    const filters = [
      '--plan',
      'docs',
      '--kind',
      'backup',
      '--state',
      'done',
      '--text',
      'word',
      '--repository',
      'default',
    ];
    const seen = await run('history', ...filters, '--limit', '1500', '--json');
    expect(JSON.parse(seen.stdout)).toHaveLength(1500);
    const asked = server.asked.filter(({ method }) => method === 'jobs.history').map(({ input }) => input);
    const query = { planId: 'docs', repositoryId: 'default', kind: 'backup', state: 'done', text: 'word' };
    expect(asked).toEqual([{ query: { ...query, limit: 1000 } }, { query: { ...query, limit: 500, cursor: 'ax' } }]);
    expect((await run('history', '-n', '2')).stdout).toContain('There are more');
    expect((await run('history', '--state', 'fine')).stderr).toContain('one of queued, running');
  });

  it('log and problems give all pages, a line each', async () => {
    const lines = Array.from({ length: 2345 }, (_, at) => ({
      time: '2026-11-21T08:15:00.000Z',
      level: at === 7 ? ('error' as const) : ('info' as const),
      text: `line ${at}`,
    }));
    const page = <T>(items: readonly T[], { offset, limit }: { offset: number; limit: number }) => ({
      items: items.slice(offset, offset + limit),
      total: items.length,
    });
    await using _server = await agentServer({
      jobs: {
        log: ({ query }) => ({ lines: page(lines, query).items, total: lines.length }),
        problems: () => ({ problems: [{ path: '/a\u0007', message: 'no' }], total: 1 }),
      },
    });
    const log = (await run('job', 'log', 'x')).stdout.trim().split('\n');
    expect(log).toHaveLength(2345);
    expect(log[7]).toMatch(/error: line 7$/);
    expect(
      (await run('job', 'log', 'x', '--json')).stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).text),
    ).toEqual(lines.map(({ text }) => text));
    expect((await run('job', 'problems', 'x')).stdout).toBe('/a\\x07: no\n');
  });
});

describe('repositories', () => {
  const none = {
    repository: repositoryOf('nas', 'NAS'),
    planIds: [],
    password: 'keychain' as const,
    credentials: [],
    warnings: [],
  };

  it('add: a new one without a password gets its own; one that is there needs it', async () => {
    await using server = await agentServer({
      repositories: {
        test: ({ body }) => ({ state: body.location.endsWith('new') ? 'empty' : 'password-needed', writable: true }),
        add: () => none,
      },
    });
    const fresh = await run('repository', 'add', server.folder.at('new'));
    expect(fresh.result, fresh.stderr).toBe(0);
    expect(fresh.stdout).toContain('holdfast repository kit nas');
    expect(server.asked.at(-1)?.input).toEqual({
      body: { name: 'new', location: server.folder.at('new'), mode: 'either' },
    });
    const old = await run('repository', 'add', server.folder.at('old'));
    expect(old.result).toBe(12);
    expect(old.stderr).toContain('--password-file');
    writeFileSync(server.folder.at('password'), 'canary 7391\n');
    const given = await run('repository', 'add', server.folder.at('old'), '--open', '-p', server.folder.at('password'));
    expect(given.result).toBe(0);
    expect(given.stdout + given.stderr).not.toContain('canary');
    expect(server.asked.at(-1)?.input).toMatchObject({ body: { mode: 'open', password: 'canary 7391' } });
  });

  it('kit goes to standard output, or to a new file that only the user can read', async () => {
    const text = 'Password   canary\n';
    await using server = await agentServer({ repositories: { emergencyKit: () => ({ text }) } });
    expect((await run('repository', 'kit', 'default')).stdout).toBe(text);
    const file = server.folder.at('kit.txt');
    const written = await run('repository', 'kit', 'default', '-o', file);
    expect(written.stdout + written.stderr).not.toContain('canary');
    expect([readFileSync(file, 'utf8'), statSync(file).mode & 0o777]).toEqual([text, 0o600]);
    expect((await run('repository', 'kit', 'default', '-o', file)).result).toBe(1);
  });

  it('rename, remove, unlock, statistics, test', async () => {
    await using server = await agentServer({
      repositories: {
        update: () => none,
        remove: () => undefined,
        unlock: ({ body }) => ({ removed: body.all ? 2 : 1 }),
        statistics: () => [
          { time: '2026-11-21T08:15:00.000Z', snapshots: 2, blobs: 3, plainBytes: 4096, packedBytes: 1024 },
        ],
        test: () => ({ state: 'repository', writable: false, snapshots: 3 }),
      },
    });
    server.state.repositories.push(repositoryOf('nas', 'NAS'));
    expect((await run('repository', 'rename', 'nas', 'Disk')).result).toBe(0);
    expect(server.asked.at(-1)?.input).toMatchObject({ params: { id: 'nas' }, body: { name: 'Disk' } });
    const edit = await run(
      ...['repository', 'edit', 'nas', '--check-every', '1w', '--read-data', '7', '--prune-cron', '0 3 * * 0'],
      '--upkeep-on-battery',
    );
    expect(edit.result, edit.stderr).toBe(0);
    expect(server.asked.at(-1)?.input).toMatchObject({
      body: {
        name: 'NAS',
        upkeep: {
          check: { kind: 'interval', minutes: 10_080 },
          readDataPercent: 7,
          prune: { kind: 'cron', expression: '0 3 * * 0' },
          notOnBattery: false,
        },
      },
    });
    for (const args of [[], ['--read-data', '101'], ['--check-every', '1d', '--check-cron', '0 3 * * 0']]) {
      expect((await run('repository', 'edit', 'nas', ...args)).result).toBe(1);
    }
    await run('repository', 'edit', 'nas', '--check-every', 'never');
    expect(server.asked.at(-1)?.input).toMatchObject({
      body: { upkeep: { check: { kind: 'manual' }, notOnBattery: true } },
    });
    expect((await run('repository', 'remove', 'NAS')).stderr).toContain('--yes');
    expect((await run('repository', 'remove', 'NAS', '--yes')).stdout).toContain('/backup/nas');
    expect((await run('repository', 'unlock', 'nas', '--remove-all')).stdout).toBe('Removed 2 locks.\n');
    expect((await run('repository', 'statistics', 'nas')).stdout).toContain('4.000 KiB  1.000 KiB');
    expect((await run('repository', 'test', '/x')).stdout).toBe(
      'There is a repository; 3 snapshots; it cannot be written.\n',
    );
    expect((await run('repository', 'list')).stdout).toContain('/backup/nas');
  });
});

describe('a job', () => {
  it('log --follow shows what comes until it has ended; show names what came of it', async () => {
    const time = '2026-11-21T08:15:00.000Z';
    const said = [1, 2, 3].map((n) => ({ time, level: 'info' as const, text: `line ${n}` }));
    let looks = 0;
    await using server = await agentServer({
      jobs: {
        get: () => jobOf('old', { state: ++looks === 1 ? 'running' : 'failed' }),
        log: ({ query: { offset } }) => {
          const known = said.slice(0, looks === 1 ? 1 : 3);
          return { lines: known.slice(offset), total: known.length };
        },
      },
    });
    server.state.jobs.push(jobOf('new', { retryOf: 'old' }), jobOf('copy', { kind: 'copy', followsJob: 'old' }));
    const seen = await run('job', 'log', 'old', '--follow');
    expect(seen.stdout.match(/line \d/g)).toEqual(['line 1', 'line 2', 'line 3']);
    const shown = await run('job', 'show', 'old');
    expect(shown.stdout).toContain('Retried:  backup, queued (new)\nThen:     copy, queued (copy)\n');
  });
});

describe('a repository that changed', () => {
  it('password sends the one of a file, and does not say it; move sends an absolute place', async () => {
    const view = {
      repository: repositoryOf('nas', 'NAS'),
      planIds: [],
      password: 'file' as const,
      credentials: [],
      warnings: [],
    };
    await using server = await agentServer({ repositories: { setPassword: () => view, move: () => view } });
    server.state.repositories.push(repositoryOf('nas', 'NAS'));
    expect((await run('repository', 'password', 'nas')).stderr).toContain('--password-file');
    const file = server.folder.at('password');
    writeFileSync(file, 'canary\n');
    const kept = await run('repository', 'password', 'NAS', '-p', file);
    expect(kept, kept.stderr).toMatchObject({ result: 0, stderr: '' });
    expect(kept.stdout).not.toContain('canary');
    expect(server.asked.at(-1)?.input).toEqual({ params: { id: 'nas' }, body: { password: 'canary' } });
    expect((await run('repository', 'move', 'nas', 'there')).result).toBe(0);
    expect(server.asked.at(-1)?.input).toMatchObject({ body: { location: join(process.cwd(), 'there') } });
  });

  it('plan edit sends the revision that it saw', async () => {
    await using server = await agentServer();
    server.state.plans.push(planOf('docs', { revision: 4 }));
    expect((await run('plan', 'edit', 'docs', '--name', 'Docs')).result).toBe(0);
    expect(server.asked.at(-1)?.input).toMatchObject({ params: { id: 'docs' }, query: { revision: 4 } });
  });
});

describe('settings', () => {
  it('are shown, changed by a file, tested; secrets come from a file and are not said', async () => {
    const settings = settingsSchema.parse({ language: 'de' });
    await using server = await agentServer({
      settings: {
        get: () => settings,
        update: ({ body }) => body,
        setSecret: () => undefined,
        removeSecret: () => undefined,
        testTelling: () => undefined,
      },
    });
    const file = server.folder.at('settings.json');
    const shown = await run('settings', 'show');
    expect(JSON.parse(shown.stdout)).toEqual(settings);
    writeFileSync(file, shown.stdout);
    expect((await run('settings', 'set', file)).result).toBe(0);
    expect(server.asked.at(-1)?.input).toEqual({ body: settings });
    writeFileSync(file, JSON.stringify({ maintenance: { parallelJobs: 0 } }));
    expect((await run('settings', 'set', file)).stderr).toContain('maintenance.parallelJobs');
    writeFileSync(file, 'canary\n');
    const kept = await run('settings', 'secret', 'telling-mail', '--file', file);
    expect(kept).toMatchObject({ result: 0, stdout: 'telling-mail is kept.\n' });
    expect(server.asked.at(-1)?.input).toEqual({ params: { name: 'telling-mail' }, body: { value: 'canary' } });
    expect((await run('settings', 'secret', 'telling-mail', '--remove')).stdout).toContain('forgotten');
    expect((await run('settings', 'test', 'mail')).result).toBe(0);
  });
});

describe('finding', () => {
  it('search and versions send their filters', async () => {
    const version = {
      repositoryId: 'default',
      snapshotIds: ['ab'.repeat(32), 'cd'.repeat(32)],
      type: 'file' as const,
      size: 5,
      mtime: '2026-11-21T08:15:00.000Z',
    };
    const away = {
      code: 'network',
      message: 'The server nas does not answer.',
      retry: 'backoff',
      context: {},
    } as const;
    const unread = [{ repositoryId: 'nas', error: away }];
    await using server = await agentServer({
      snapshots: {
        search: () => ({ files: [{ path: '/a/b', versions: [version] }], more: true, snapshots: 9, unread }),
        versions: ({ query }) => ({ path: query.path, versions: [version], unread }),
      },
    });
    server.state.plans.push(planOf('docs'));
    const found = await run('search', '*.odt', '--glob', '--plan', 'docs');
    expect(found.stdout).toContain('snapshot abababab and 1 other (default)');
    expect(found.stderr).toContain('There are more');
    expect(found.stderr).toContain(
      'nas could not be read, so what only it has is missing: The server nas does not answer.',
    );
    expect(server.asked.at(-1)?.input).toEqual({ query: { text: '*.odt', mode: 'glob', limit: 100, planId: 'docs' } });
    expect((await run('search', 'x', '--glob', '--regex')).result).toBe(1);
    const versions = await run('versions', '/a/b');
    expect(versions.stdout).toContain('holdfast restore abababab --include /a/b');
    expect(server.asked.at(-1)?.input).toEqual({ query: { path: '/a/b' } });
  });

  it('open prints a link that works once where there is no browser', async () => {
    await using server = await agentServer({ agent: { login: () => ({ path: '/login?code=once' }) } });
    const seen = await run('open', '--no-browser');
    expect(seen.stdout).toBe(`http://127.0.0.1:${server.port}/login?code=once\n`);
    expect(seen.stdout + seen.stderr).not.toContain(server.token);
  });
});
